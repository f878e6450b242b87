//! Files for cron: without a timer that does the same, or beside one so that both do it.

use crate::rule::{Hit, Level, Shipped};
use crate::tree::NodeKind;
use crate::vocab::UnitKind;

const DIRECTORIES: [&str; 6] =
    ["/etc/cron.d", "/etc/cron.hourly", "/etc/cron.daily", "/etc/cron.weekly", "/etc/cron.monthly", "/etc/cron.yearly"];

pub(crate) fn check(shipped: &Shipped<'_>) -> Vec<Hit> {
    let mut out = Vec::new();
    for entry in shipped.list_all(&DIRECTORIES) {
        if !matches!(entry.kind, NodeKind::File | NodeKind::Link) || entry.name.starts_with('.') {
            continue;
        }
        let hit = shipped.hit(&entry.path).word("path", &entry.path);
        let mut timers = shipped.units.iter().filter(|u| u.kind() == UnitKind::Timer);
        let Some(first) = timers.next() else {
            let help =
                "ship a timer with a service that runs the same, and let the file for cron give way where systemd runs";
            out.push(hit.state("alone").at_most(Level::Note).help(help));
            continue;
        };
        let same = std::iter::once(first).chain(timers).find(|u| u.name.stem() == entry.name);
        let asks = |bytes: &[u8]| memchr::memmem::find(bytes, b"systemd").is_some();
        let text = shipped.text(&entry.path);
        if let Some((timer, text)) = same.zip(text).filter(|(_, text)| !asks(&text.bytes)) {
            let has = text.bytes.split(|b| *b == b'\n').any(|l| !l.trim_ascii().is_empty() && !l.starts_with(b"#"));
            if has {
                let help = "let it do nothing where systemd runs: [ -d /run/systemd/system ] && exit 0";
                out.push(hit.state("twice").word("timer", timer.name.as_str()).help(help));
            }
        }
    }
    out
}
