//! Circles of orderings among units that are started together, each told by its shortest one.

use crate::rule::{Hit, Note, View, WorldHit};
use crate::text::count_word;
use crate::unit::world::{Cycle, NodeId, Said, Step, World};

pub(crate) fn check(view: &View<'_>) -> Vec<WorldHit> {
    view.world.cycles().iter().filter_map(|cycle| told(view.world, cycle)).collect()
}

/// A finding at a line of a unit that is being looked at; none where the circle is all somebody else's.
fn told(world: &World, cycle: &Cycle) -> Option<WorldHit> {
    let steps = &cycle.steps;
    let owner = |i: usize| owner(steps, i);
    let ours = |i: &usize| matches!(steps[*i].said, Said::At(_)) && world.node(owner(*i)).asked;
    let first = (0..steps.len()).find(ours)?;
    let order: Vec<usize> = (0..steps.len()).map(|i| (first + i) % steps.len()).collect();
    let name = |i: usize| world.node(steps[i].unit).name.as_str();
    let mut circle: Vec<&str> = order.iter().map(|i| name(*i)).collect();
    circle.push(name(first));
    let Said::At(at) = &steps[first].said else { return None };
    let mut hit = Hit::at(at.clone()).word("circle", circle.join(" → "));
    for (n, i) in order.iter().enumerate() {
        hit = hit.note(step(world, steps, *i, n == 0));
    }
    Some(WorldHit { node: owner(first), hit: hit.help(cut(world, steps, &order)), link: None })
}

/// Who says a step: the unit that waits, or with `Before=` the one that it waits for.
fn owner(steps: &[Step], i: usize) -> NodeId {
    if steps[i].by_next { steps[(i + 1) % steps.len()].unit } else { steps[i].unit }
}

fn step(world: &World, steps: &[Step], i: usize, is_first: bool) -> Note {
    let name = |id| &world.node(id).name;
    let next = steps[(i + 1) % steps.len()].unit;
    let text = format!("{} waits for {}", name(steps[i].unit), name(next));
    match &steps[i].said {
        Said::At(at) if !is_first => Note::on(at.clone(), text),
        Said::At(_) => Note::new(format!("{text}: this line")),
        Said::Implied(why) => Note::new(format!("{text}: {why} of {}", name(owner(steps, i)))),
        Said::Link(path) => Note::new(format!("{text}: {}", path.display())),
        Said::WellKnown => Note::new(format!("{text}: so it is in systemd's own units")),
    }
}

/// Where to cut.
fn cut(world: &World, steps: &[Step], order: &[usize]) -> String {
    let defaults = |i: usize| matches!(steps[i].said, Said::Implied("DefaultDependencies=yes"));
    let early = order.iter().find(|i| defaults(**i) && world.node(owner(steps, **i)).asked);
    if let Some(i) = early {
        return format!(
            "if {} is for early boot, write DefaultDependencies=no there, with Conflicts= and Before=shutdown.target; else take the ordering away",
            world.node(owner(steps, *i)).name
        );
    }
    let written = order.iter().filter(|i| matches!(steps[**i].said, Said::At(_))).count();
    match written {
        1 => "take this ordering away: it is the only one that is written down".into(),
        n => format!("take one of the {} written orderings away", count_word(n)),
    }
}
