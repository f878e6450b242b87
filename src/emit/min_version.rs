//! The oldest systemd that takes all of a unit, and the lines that say so.

use super::json::Json;
use super::open_unit;
use super::style::{Look, Paint, clean, path, shorten};
use crate::engine::min_version::Need;
use crate::unit::Unit;
use std::fmt::Write as _;
use std::io::{self, Write};

/// A unit and what it needs, the newest first.
pub type Row = (Unit, Vec<Need>);

/// The first release that takes all of the units; `None` where every one does.
fn newest(rows: &[Row]) -> Option<u16> {
    rows.iter().filter_map(|(_, needs)| needs.first()).map(|n| n.since).max()
}

/// For people: a row a unit, the most demanding last.
pub fn table(rows: &[Row], all: bool, paint: Paint) -> String {
    let mut order: Vec<&Row> = rows.iter().collect();
    order.sort_by_key(|(unit, needs)| (needs.first().map(|n| n.since), unit.path.clone()));
    let width = order.iter().map(|(u, _)| u.name.as_str().chars().count()).max().unwrap_or(0).clamp(4, 40);
    let mut out = format!("{}\n", paint.the(Look::Dim, format!("{:>7}  {:<width$}  because of", "systemd", "unit")));
    for (unit, needs) in order {
        let name = clean(unit.name.as_str()).into_owned();
        let Some(first) = needs.first() else {
            let _ = writeln!(out, "{:>7}  {name:<width$}  {}", "any", paint.the(Look::Dim, "nothing new in it"));
            continue;
        };
        // without --all only what keeps the unit from the release before
        let shown = needs.iter().filter(|n| all || n.since == first.since);
        for (i, need) in shown.enumerate() {
            let since = if i == 0 || all { need.since.to_string() } else { String::new() };
            let place = format!("{}:{}", path(need.at.path()), need.at.line());
            let hedge = if need.at_the_latest { " at the latest" } else { "" };
            let name = if i == 0 { name.as_str() } else { "" };
            let _ = writeln!(
                out,
                "{since:>7}  {name:<width$}  {}{hedge}  {}",
                shorten(&clean(&need.what), 60),
                paint.the(Look::Path, place)
            );
        }
    }
    if rows.len() > 1 {
        let _ = match newest(rows) {
            Some(since) => writeln!(out, "All {} units need systemd {}.", rows.len(), paint.the(Look::Strong, since)),
            None => writeln!(out, "Every known systemd takes all {} units.", rows.len()),
        };
    }
    out
}

/// One document.
///
/// # Errors
/// Of the writer.
pub fn json(out: impl Write, rows: &[Row]) -> io::Result<()> {
    let mut json = Json::new(out);
    let version = |json: &mut Json<_>, since: Option<u16>| {
        match since {
            Some(since) => json.number(since),
            None => json.null(),
        };
    };
    json.open(b'{').key("unitlint").string(env!("CARGO_PKG_VERSION")).key("schema").number(super::SCHEMA);
    json.key("min_systemd");
    version(&mut json, newest(rows));
    json.key("units").open(b'[');
    for (unit, needs) in rows {
        open_unit(&mut json, unit);
        json.key("min_systemd");
        version(&mut json, needs.first().map(|n| n.since));
        json.key("needs").open(b'[');
        for need in needs {
            json.open(b'{').key("what").string(&need.what).key("since").number(need.since);
            json.key("at_the_latest").bool(need.at_the_latest);
            json.key("path").path(need.at.path()).key("line").number(need.at.line()).close(b'}');
        }
        json.close(b']').close(b'}');
        json.flush_if_large()?;
    }
    json.close(b']').close(b'}');
    json.finish()
}
