//! Lines of presets that do nothing. What another package may bring is left alone; a line that another file overrides is in
//! order.

use crate::load::{Preset, PresetLine};
use crate::rule::{Hit, Level, Note, View, WorldHit};
use crate::suggest::Slips;
use crate::unit::world::NodeId;
use crate::vocab::name::UnitName;

pub(crate) fn check(view: &View<'_>) -> Vec<WorldHit> {
    let mut out = Vec::new();
    if view.world.asked().next().is_none() {
        return out;
    }
    for preset in Preset::all(view.tree, view.catalog) {
        for (n, line) in preset.lines.iter().enumerate().filter(|(_, line)| line.is_name()) {
            let hit = judge(view, &preset, n, line);
            let told = |(node, hit)| WorldHit { node, hit, link: Some(preset.path.clone()) };
            out.extend(hit.map(told));
        }
    }
    out
}

fn judge(view: &View<'_>, preset: &Preset, n: usize, line: &PresetLine) -> Option<(NodeId, Hit)> {
    let asked = |name: &str| view.world.find(name).filter(|id| view.world.node(*id).asked);
    let hit = Hit::at(preset.place(line)).word("name", &*line.pattern);
    let Some(name) = UnitName::parse(&line.pattern) else {
        let full = format!("{}.service", line.pattern);
        let hit = hit.state("suffix").word("unit", full.clone()).help(format!("write {full}"));
        return Some((asked(&full)?, hit));
    };
    if let Some(node) = asked(name.as_str()) {
        if let Some(above) = preset.lines[..n].iter().find(|l| l.matches(&line.pattern)) {
            let hit = hit.state("hidden").note(Note::on(preset.place(above), "this line comes first"));
            let same = above.verb == line.verb;
            return Some((node, if same { hit.at_most(Level::Note) } else { hit }));
        }
        let facts = &view.world.node(node).facts;
        let is_static =
            &*line.verb == "enable" && view.world.asked().any(|(id, _)| id == node) && !facts.is_installable;
        let help = "give the unit an [Install] section, or take the line out";
        return is_static.then(|| (node, hit.state("static").at_most(Level::Note).help(help)));
    }
    if view.has(name.as_str()) || name.stem().len() < 6 {
        return None;
    }
    let suffix = name.suffix();
    let stems = view.catalog.names(None).filter_map(|(n, _)| n.strip_suffix(suffix)?.strip_suffix('.'));
    let near = Slips::among(stems).of(name.stem())?.to_owned();
    let digits = |text: &str| text.bytes().filter(u8::is_ascii_digit).collect::<Vec<_>>();
    let near = (digits(&near) == digits(name.stem())).then(|| format!("{near}.{suffix}"))?;
    // a unit of another package may have nearly the name of one that has a line of its own
    let has_line = preset.lines.iter().any(|l| *l.pattern == *near);
    let hit = hit.state("misspelt").word("unit", near.clone()).help(format!("did you mean {near}?"));
    Some((asked(&near).filter(|_| !has_line)?, hit))
}
