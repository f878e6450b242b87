//! Services that say nothing of where they are described.

use crate::rule::{Hit, Shipped};
use crate::unit::State;
use crate::vocab::{Section, UnitKind, key};

pub(crate) fn check(shipped: &Shipped<'_>) -> Vec<Hit> {
    let silent = shipped.units.iter().filter(|u| {
        let own = u.kind() == UnitKind::Service && u.state == State::Loaded && !u.lone;
        own && u.counted(key::DOCUMENTATION).next().is_none()
    });
    let told = |u: &crate::unit::Unit| {
        let header = u.header(Section::Unit).filter(|h| h.file == 0);
        let hit = match header {
            Some(h) => Hit::at(u.loc(h.file, h.span)),
            None => Hit::whole(&u.path),
        };
        hit.word("unit", u.name.as_str()).help("add a line such as Documentation=man:foo(8) https://example.org/foo")
    };
    silent.map(told).collect()
}
