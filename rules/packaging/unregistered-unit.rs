//! Units that could be enabled and that no script of their package registers.

use crate::load::dependency_owner;
use crate::rule::amount::PULLED_IN_BY;
use crate::rule::maintainer::mention;
use crate::rule::shipped::{Format, Script, UNITS};
use crate::rule::{Hit, Shipped};
use crate::unit::State;
use crate::vocab::{Scope, UnitKind, is_well_known, key};

const KINDS: [UnitKind; 5] = [UnitKind::Service, UnitKind::Socket, UnitKind::Timer, UnitKind::Path, UnitKind::Target];

pub(crate) fn check(shipped: &Shipped<'_>) -> Vec<Hit> {
    if shipped.format == Format::Other {
        return Vec::new();
    }
    // a script that goes through a list names its units elsewhere
    let loops = |s: &Script| {
        let lines = s.source.bytes.split(|b| *b == b'\n');
        let call = |l: &[u8]| {
            ["deb-systemd-helper", "systemctl", "systemd-update-helper"]
                .iter()
                .any(|p| memchr::memmem::find(l, p.as_bytes()).is_some())
        };
        lines.filter(|l| call(l)).any(|l| {
            l.windows(2).any(|w| w[0] == b'$' && (w[1].is_ascii_lowercase() || w[1] == b'{' || w[1] == b'@'))
                && memchr::memmem::find(l, b"DPKG_ROOT").is_none()
        })
    };
    if shipped.scripts.iter().any(loops) {
        return Vec::new();
    }
    let mut out = Vec::new();
    for unit in shipped.units {
        let may = unit.scope == Scope::System
            && unit.state == State::Loaded
            && !unit.lone
            && KINDS.contains(&unit.kind())
            && unit.name.instance().is_none()
            && !shipped.installed(&unit.path).starts_with("/etc/");
        let Some(entry) = PULLED_IN_BY.iter().filter(|_| may).find_map(|k| unit.counted(*k).next()) else { continue };
        let name = unit.name.as_str();
        if mention(shipped, name) || mention(shipped, unit.name.stem()) && unit.kind() == UnitKind::Service {
            continue;
        }
        let also =
            shipped.units.iter().any(|u| u.has_word(key::ALSO, |w| w == name) && mention(shipped, u.name.as_str()));
        if also || is_linked(shipped, name) || is_well_known(name, unit.scope, unit.target.model) {
            continue;
        }
        let hit = Hit::at(entry.key_loc()).word("unit", name);
        out.push(match shipped.format {
            Format::Deb => {
                hit.state("deb").help("let dh_installsystemd do it; with --no-enable it says that this is meant")
            }
            _ => hit
                .state("rpm")
                .help(format!("add %systemd_post {name}, %systemd_preun {name} and %systemd_postun {name}")),
        });
    }
    out
}

/// Whether the package itself pulls it in.
fn is_linked(shipped: &Shipped<'_>, name: &str) -> bool {
    let dirs = shipped.list_all(&UNITS).into_iter().filter(|e| dependency_owner(&e.name).is_some());
    dirs.into_iter().any(|d| shipped.has(&format!("{}/{name}", d.path)))
}
