//! The tree for people: a line for each group, and columns.

use super::cells::{COLUMNS, Cell, cells};
use super::{LIMITS, PROTECTIONS, Tree, short, slice_of};
use crate::emit::style::{Look, Paint, clean, path};
use crate::text::Loc;
use crate::unit::cgroups::{Cgroups, GroupId, Placed, Presence};
use crate::vocab::size::Limit;
use crate::vocab::{Scope, key};
use std::fmt::Write as _;

/// What people want to see.
#[derive(Clone, Copy, Debug, Default)]
pub struct Show {
    /// units without settings as well
    pub all: bool,
    /// where each value comes from
    pub sources: bool,
    /// colours and characters
    pub paint: Paint,
}

/// One line.
struct Row {
    /// the lines of the tree before it
    before: String,
    /// those before what is said of it
    below: String,
    name: String,
    look: Look,
    cells: [Cell; 5],
    notes: Vec<String>,
}

struct Printer<'a> {
    tree: &'a Tree<'a>,
    show: Show,
    wanted: Vec<bool>,
    /// something is set in the group or in one that it holds
    telling: Vec<bool>,
    rows: Vec<Row>,
}

/// The groups of a manager for people.
pub fn human(tree: &Tree<'_>, show: Show) -> String {
    let cgroups = tree.cgroups;
    let mut telling: Vec<bool> = cgroups.groups().map(|(_, g)| !g.own.is_empty()).collect();
    for (id, group) in cgroups.groups() {
        if !group.own.is_empty() || tree.one_by_one && tree.is_named(id) {
            cgroups.chain(id).for_each(|slice| telling[slice.index()] = true);
        }
    }
    let mut printer = Printer { tree, show, wanted: tree.wanted(), telling, rows: Vec::new() };
    printer.group(cgroups.root(), String::new(), String::new());
    printer.print()
}

impl Printer<'_> {
    fn group(&mut self, id: GroupId, before: String, below: String) {
        let Tree { cgroups, .. } = *self.tree;
        let group = cgroups.group(id);
        let root = id == cgroups.root();
        let look = if group.own.is_empty() { Look::Path } else { Look::Strong };
        let notes = if self.show.sources { sources(cgroups, id) } else { Vec::new() };
        let name = clean(&group.shown).into_owned();
        let members: Vec<GroupId> = group.members.iter().copied().filter(|m| self.wanted[m.index()]).collect();
        let seen = |m: &GroupId| {
            let top = root && (cgroups.group(*m).is_slice() || cgroups.group(*m).presence == Presence::Implied);
            self.show.all || self.telling[m.index()] || top
        };
        let (seen, hidden): (Vec<GroupId>, Vec<GroupId>) = members.into_iter().partition(seen);
        let (slices, units): (Vec<GroupId>, Vec<GroupId>) =
            seen.into_iter().partition(|m| cgroups.group(*m).is_slice());
        let hidden: usize = hidden.iter().map(|m| self.units_in(*m)).sum();
        let inside = units.len() + slices.len() + usize::from(hidden > 0);
        let below_notes = format!("{below}{}", if inside > 0 { self.show.paint.either("│  ", "|  ") } else { "   " });
        self.rows.push(Row { before, below: below_notes, name, look, cells: cells(cgroups, id), notes });
        let mut left = inside;
        let mut next = |paint: Paint| {
            left -= 1;
            let (branch, trunk) = match left {
                0 => (paint.either("└─ ", "`- "), "   "),
                _ => (paint.either("├─ ", "|- "), paint.either("│  ", "|  ")),
            };
            (format!("{below}{branch}"), format!("{below}{trunk}"))
        };
        for unit in units {
            let (before, below) = next(self.show.paint);
            self.group(unit, before, below);
        }
        if hidden > 0 {
            let (before, below) = next(self.show.paint);
            let s = if hidden == 1 { "" } else { "s" };
            let name = format!("{} {hidden} unit{s} without settings", self.show.paint.either("…", "..."));
            self.rows.push(Row { before, below, name, look: Look::Dim, cells: Default::default(), notes: Vec::new() });
        }
        for slice in slices {
            let (before, below) = next(self.show.paint);
            self.group(slice, before, below);
        }
    }

    /// How many units there are in a group, itself included where it is none but a slice.
    fn units_in(&self, id: GroupId) -> usize {
        let group = self.tree.cgroups.group(id);
        let members = group.members.iter().filter(|m| self.wanted[m.index()]);
        members.map(|m| self.units_in(*m)).sum::<usize>() + usize::from(!group.is_slice() || group.members.is_empty())
    }

    fn print(&self) -> String {
        let Show { paint, .. } = self.show;
        let mut out = String::new();
        let whose = if self.tree.cgroups.scope == Scope::System { "system" } else { "user" };
        let title = format!("{whose} manager of {}", path(self.tree.root));
        let first = |row: &Row| row.before.chars().count() + row.name.chars().count();
        let names = self.rows.iter().map(first).max().unwrap_or_default();
        let widths: Vec<usize> = (0..COLUMNS.len())
            .map(|c| match self.rows.iter().map(|r| r.cells[c].width()).max().unwrap_or_default() {
                0 => 0,
                width => width.max(COLUMNS[c].len()),
            })
            .collect();
        let _ = writeln!(out, "{}", paint.the(Look::Dim, title));
        let whole = names + widths.iter().filter(|w| **w > 0).map(|w| w + 2).sum::<usize>();
        let narrow = paint.width > 0 && whole > paint.width;
        if !narrow && widths.iter().any(|w| *w > 0) {
            let mut head = " ".repeat(names);
            for (title, width) in COLUMNS.iter().zip(&widths).filter(|(_, w)| **w > 0) {
                let _ = write!(head, "  {title:width$}");
            }
            let _ = writeln!(out, "{}", paint.the(Look::Dim, head.trim_end()));
        }
        for row in &self.rows {
            let _ = write!(out, "{}{}", paint.the(Look::Dim, &row.before), paint.the(row.look, &row.name));
            // blanks are written only before what comes behind them
            let mut column = first(row);
            let mut start = names;
            for (cell, width) in row.cells.iter().zip(&widths).filter(|(_, w)| **w > 0 && !narrow) {
                start += 2;
                if cell.width() > 0 {
                    let _ = write!(out, "{}", " ".repeat(start - column));
                    cell.print(&mut out, paint);
                    column = start + cell.width();
                }
                start += width;
            }
            out.push('\n');
            // a terminal that is too narrow for columns gets a line for each
            for (cell, title) in row.cells.iter().zip(COLUMNS).filter(|(cell, _)| narrow && cell.width() > 0) {
                let _ = write!(
                    out,
                    "{}  {} ",
                    paint.the(Look::Dim, &row.below),
                    paint.the(Look::Dim, format!("{title:7}"))
                );
                cell.print(&mut out, paint);
                out.push('\n');
            }
            for note in &row.notes {
                let _ = writeln!(out, "{}  {}", paint.the(Look::Dim, &row.below), paint.the(Look::Dim, note));
            }
        }
        out
    }
}

/// `NAME:LINE`
fn place(at: &Loc) -> String {
    format!("{}:{}", path(at.path()), at.start().line)
}

/// Where the values of a group come from.
fn sources(cgroups: &Cgroups, id: GroupId) -> Vec<String> {
    let group = cgroups.group(id);
    let mut out = Vec::new();
    if let Placed::Slice(at) = &group.placed {
        out.push(format!("Slice={}  {}", slice_of(cgroups, group), place(at)));
    }
    for own in &group.own {
        out.push(format!("{}={}  {}", own.key.name(), clean(&own.text), place(&own.at)));
    }
    for (key, _) in LIMITS.into_iter().chain([(key::CPU_QUOTA, "")]) {
        for (limit, by) in cgroups.limit(id, key).bounds().filter(|(_, by)| *by != id) {
            let at = cgroups.group(by).own(key).map(|own| place(&own.at));
            let at = at.unwrap_or_else(|| "the manager's default".into());
            out.push(format!(
                "{}: no more than the {} of {}  {at}",
                key.name(),
                short(key, limit),
                cgroups.group(by).shown
            ));
        }
    }
    for (key, _) in PROTECTIONS {
        let kept = cgroups.protection(id, key);
        if let Some(slice) = kept.default_of {
            out.push(format!("{}: by default in {}", key.name(), cgroups.group(slice).shown));
        }
        if let Some(slice) = kept.cut_by.filter(|_| !matches!(kept.own, Limit::Absolute(0))) {
            out.push(format!("{}: {} promises nothing", key.name(), cgroups.group(slice).shown));
        }
    }
    out
}
