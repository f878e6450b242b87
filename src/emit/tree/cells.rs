//! What stands in the columns.

use super::{CPUS, LIMITS, PROTECTIONS, notation, percent, ranges, short};
use crate::emit::style::{Look, Paint, clean};
use crate::unit::cgroups::{Cgroups, Controller, GroupId};
use crate::vocab::size::Limit;
use crate::vocab::value::Value;
use crate::vocab::{KeyId, key};
use std::fmt::Write as _;

const DISKS: [(KeyId, &str); 6] = [
    (key::IO_DEVICE_WEIGHT, "weight"),
    (key::IO_DEVICE_LATENCY_TARGET_SEC, "latency"),
    (key::IO_READ_BANDWIDTH_MAX, "read"),
    (key::IO_WRITE_BANDWIDTH_MAX, "write"),
    (key::IO_READ_IOPS_MAX, "read ops"),
    (key::IO_WRITE_IOPS_MAX, "write ops"),
];

/// What the columns are about.
pub(super) const COLUMNS: [&str; 5] = ["cpu", "memory", "tasks", "disks", "besides"];

/// A piece of a cell: what the group says itself, or with a look of its own what comes from elsewhere.
type Piece = (Option<Look>, String);

/// What stands in one column for one group.
#[derive(Default)]
pub(super) struct Cell(Vec<Vec<Piece>>);

impl Cell {
    fn own(&mut self, text: impl Into<String>) -> &mut Self {
        self.0.push(vec![(None, text.into())]);
        self
    }

    fn given(&mut self, text: &str) -> &mut Self {
        self.0.push(vec![(Some(Look::Dim), format!("({text})"))]);
        self
    }

    /// Adds to the last item what really counts.
    fn but(&mut self, look: Look, text: &str) {
        if let Some(last) = self.0.last_mut() {
            last.push((Some(look), format!(" ({text})")));
        }
    }

    pub(super) fn width(&self) -> usize {
        let items: usize = self.0.iter().flatten().map(|(_, text)| text.chars().count()).sum();
        items + self.0.len().saturating_sub(1) * 2
    }

    pub(super) fn print(&self, out: &mut String, paint: Paint) {
        for (n, item) in self.0.iter().enumerate() {
            if n > 0 {
                out.push_str("  ");
            }
            for (look, text) in item {
                match look {
                    None => out.push_str(text),
                    Some(look) => {
                        let _ = write!(out, "{}", paint.the(*look, text));
                    }
                }
            }
        }
    }
}

/// Everything that is to be said of a group.
pub(super) fn cells(cgroups: &Cgroups, id: GroupId) -> [Cell; 5] {
    if id == cgroups.root() {
        // what the root slice says for itself has no effect; what it says for others does
        let mut out: [Cell; 5] = Default::default();
        for (key, word) in [(key::DEFAULT_MEMORY_MIN, "min"), (key::DEFAULT_MEMORY_LOW, "low")] {
            if let Some(own) = cgroups.group(id).own(key) {
                out[1].own(format!("default {word} {}", own.text));
            }
        }
        out[4] = besides(cgroups, id);
        return out;
    }
    let mut memory = Cell::default();
    for (key, word) in PROTECTIONS {
        protection(&mut memory, cgroups, id, key, word);
    }
    for (key, word) in &LIMITS[..4] {
        limit(&mut memory, cgroups, id, *key, word);
    }
    let mut tasks = Cell::default();
    limit(&mut tasks, cgroups, id, key::TASKS_MAX, "");
    [processors(cgroups, id), memory, tasks, disks(cgroups, id), besides(cgroups, id)]
}

/// Whether a setting does nothing, for its controller was taken away.
fn is_off(cgroups: &Cgroups, id: GroupId, key: KeyId) -> bool {
    Controller::of(key).is_some_and(|controller| cgroups.disabled(id, controller).is_some())
}

fn worded(word: &str, text: &str) -> String {
    if word.is_empty() { text.to_owned() } else { format!("{word} {text}") }
}

fn limit(cell: &mut Cell, cgroups: &Cgroups, id: GroupId, key: KeyId, word: &str) {
    let own = cgroups.group(id).own(key);
    // the manager's own default says nothing where nobody changed it
    let of_manager = own.is_none() && key == key::TASKS_MAX && cgroups.manager.said("DefaultTasksMax").is_none();
    let bounds: Vec<String> = cgroups
        .limit(id, key)
        .bounds()
        .filter(|(_, by)| if own.is_some() { *by != id } else { !of_manager || *by != id })
        .map(|(limit, _)| short(key, limit))
        .collect();
    let bounds = bounds.join(", ");
    match own {
        Some(_) => {
            cell.own(worded(word, &short(key, cgroups.own_limit(id, key))));
            if is_off(cgroups, id, key) {
                cell.but(Look::Bad, "off");
            } else if !bounds.is_empty() {
                cell.but(Look::Fair, &bounds);
            }
        }
        None if !bounds.is_empty() => drop(cell.given(&worded(word, &bounds))),
        None => {}
    }
}

fn protection(cell: &mut Cell, cgroups: &Cgroups, id: GroupId, key: KeyId, word: &str) {
    let kept = cgroups.protection(id, key);
    let less: Vec<String> = match kept.cut_by {
        Some(_) => vec!["0".into()],
        None => kept.kept.bounds().filter(|(_, by)| *by != id).map(|(limit, _)| short(key, limit)).collect(),
    };
    let shared = kept.shared.map(|(limit, _)| format!("{} shared", short(key, limit)));
    let nothing = matches!(kept.own, Limit::Absolute(0) | Limit::Share(0));
    let own = cgroups.group(id).own(key).is_some();
    if own || (kept.default_of.is_some() && !nothing) {
        let text = worded(word, &short(key, kept.own));
        let cut = kept.cut_by.and(shared);
        let look = if cut.is_some() { Look::Dim } else { Look::Fair };
        let counts = Some(cut.unwrap_or_else(|| less.join(", "))).filter(|_| !nothing && !less.is_empty());
        match (own, counts) {
            (true, Some(counts)) => cell.own(text).but(look, &counts),
            (true, None) => drop(cell.own(text)),
            (false, Some(counts)) => drop(cell.given(&format!("{text}, {counts}"))),
            (false, None) => drop(cell.given(&text)),
        }
    } else if let Some(shared) = shared {
        cell.given(&worded(word, &shared));
    }
    let default = if key == key::MEMORY_MIN { key::DEFAULT_MEMORY_MIN } else { key::DEFAULT_MEMORY_LOW };
    if let Some(own) = cgroups.group(id).own(default) {
        cell.own(format!("default {word} {}", own.text));
    }
}

fn weight(cell: &mut Cell, cgroups: &Cgroups, id: GroupId, key: KeyId) {
    let weight = cgroups.weight(id, key);
    let share = weight.permille().filter(|_| weight.is_weighed && weight.groups > 1);
    let share = share.map(|p| if p >= 100 { format!("{}%", (p + 5) / 10) } else { percent(p * 10) });
    let text = if weight.weight == 0 { "idle".to_owned() } else { format!("weight {}", weight.weight) };
    let off = is_off(cgroups, id, key);
    // whose own slice has the controller is weighed there, if only with the usual weight
    let weighed = cgroups.group(id).slice.is_some_and(|slice| !is_off(cgroups, slice, key));
    let share = share.filter(|_| weight.weight > 0 && weighed);
    match (weight.is_set, share) {
        (true, _) if off => cell.own(text).but(Look::Bad, "off"),
        (true, Some(share)) => drop(cell.own(format!("{text} = {share}"))),
        (true, None) => drop(cell.own(text)),
        // the usual weight says nothing, the share does
        (false, Some(share)) => drop(cell.given(&share)),
        (false, None) => {}
    }
}

fn processors(cgroups: &Cgroups, id: GroupId) -> Cell {
    let group = cgroups.group(id);
    let mut cell = Cell::default();
    weight(&mut cell, cgroups, id, key::CPU_WEIGHT);
    if let Some(own) = group.own(key::STARTUP_CPU_WEIGHT) {
        cell.own(format!("startup {}", notation(own)));
    }
    limit(&mut cell, cgroups, id, key::CPU_QUOTA, "quota");
    for (key, word) in CPUS {
        let (own, counts) = (cgroups.own_cpus(id, key), cgroups.cpus(id, key));
        let counts = counts.map(|c| ranges(&c.ranges)).unwrap_or_default();
        match own.map(|own| ranges(&own)) {
            Some(own) => {
                cell.own(format!("{word} {own}"));
                if is_off(cgroups, id, key) {
                    cell.but(Look::Bad, "off");
                } else if own != counts {
                    cell.but(Look::Fair, &counts);
                }
            }
            None if !counts.is_empty() => drop(cell.given(&format!("{word} {counts}"))),
            None => {}
        }
    }
    cell
}

fn disks(cgroups: &Cgroups, id: GroupId) -> Cell {
    let mut cell = Cell::default();
    weight(&mut cell, cgroups, id, key::IO_WEIGHT);
    if let Some(own) = cgroups.group(id).own(key::STARTUP_IO_WEIGHT) {
        cell.own(format!("startup {}", notation(own)));
    }
    for (key, word) in DISKS {
        if let Some(Value::List(list)) = cgroups.group(id).own(key).map(|own| &own.value) {
            for line in list {
                cell.own(format!("{word} {}", clean(line)));
            }
        }
    }
    cell
}

fn besides(cgroups: &Cgroups, id: GroupId) -> Cell {
    let group = cgroups.group(id);
    let mut cell = Cell::default();
    if let Some(own) = group.own(key::DELEGATE).filter(|own| own.value.is_true()) {
        let all = crate::vocab::number::boolean(&own.text) == Some(true);
        cell.own(if all { "delegates".to_owned() } else { format!("delegates {}", clean(&own.text)) });
    }
    if let Some(own) = group.own(key::DISABLE_CONTROLLERS) {
        cell.own(format!("without {}", clean(&notation(own))));
    }
    let kills = |key: KeyId| group.own(key).is_some_and(|own| own.value.word() == Some("kill"));
    if kills(key::MANAGED_OOM_SWAP) {
        cell.own("oomd swap");
    }
    if kills(key::MANAGED_OOM_MEMORY_PRESSURE) {
        let limit = group.own(key::MANAGED_OOM_MEMORY_PRESSURE_LIMIT).map(|own| format!(" {}", notation(own)));
        cell.own(format!("oomd pressure{}", limit.unwrap_or_default()));
    }
    match group.own(key::MANAGED_OOM_PREFERENCE).and_then(|own| own.value.word()) {
        Some("avoid") => drop(cell.own("oomd avoid")),
        Some("omit") => drop(cell.own("oomd omit")),
        _ => {}
    }
    cell
}
