//! A relation from its text, with what is wrong in it and where.

use super::value::Family;
use super::{Amount, Comparison, Of, Op, Right, Setting, Units};
use crate::rule::file::no_directive;
use crate::rule::pattern::Pattern;
use crate::suggest::nearest;
use crate::vocab::name::UnitName;
use crate::vocab::{self, KEYS, KeyId, Model, Section, UnitKind, key};
use std::ops::Range;

/// What is wrong, and where in the text.
pub type Fault = (Range<usize>, String);

/// A part of the text.
#[derive(Clone, Copy)]
struct Part<'t> {
    text: &'t str,
    /// where it begins
    start: usize,
}

impl<'t> Part<'t> {
    fn of(self, range: Range<usize>) -> Self {
        Self { text: &self.text[range.clone()], start: self.start + range.start }
    }

    fn trim(self) -> Self {
        let start = self.text.len() - self.text.trim_start().len();
        self.of(start..start + self.text.trim().len())
    }

    /// A text that is not empty, so that there is something to point at.
    fn at(self) -> Range<usize> {
        self.start..self.start + self.text.len()
    }

    fn fault<T>(self, what: impl Into<String>) -> Result<T, Fault> {
        Err((self.at(), what.into()))
    }

    fn split(self, by: char) -> impl Iterator<Item = Self> {
        let parts = self.text.split(by);
        parts.map(move |part| {
            let start = part.as_ptr() as usize - self.text.as_ptr() as usize;
            self.of(start..start + part.len())
        })
    }

    fn first(self, len: usize) -> Self {
        Self { text: &self.text[..len], ..self }
    }

    /// What is in brackets behind a word.
    fn call(self, word: &str) -> Option<Self> {
        let inner = self.text.strip_prefix(word)?.trim_start().strip_prefix('(')?.strip_suffix(')')?;
        let start = inner.as_ptr() as usize - self.text.as_ptr() as usize;
        Some(self.of(start..start + inner.len()).trim())
    }
}

impl Part<'_> {
    /// Where a word stands between blanks.
    fn word(self, word: &str) -> Option<Range<usize>> {
        let mut found = self.text.match_indices(word).map(|(at, _)| at..at + word.len());
        found.find(|r| {
            let before = self.text[..r.start].ends_with(char::is_whitespace);
            before && self.text[r.end..].starts_with(|c: char| c.is_whitespace() || c == '{')
        })
    }
}

/// Reads the text of a relation.
///
/// # Errors
/// What is wrong with it.
pub fn comparisons(text: &str) -> Result<Vec<Comparison>, Fault> {
    let whole = Part { text, start: 0 };
    let (mut out, mut rest) = (Vec::new(), whole);
    while let Some(at) = rest.word("or") {
        out.push(comparison(rest.first(at.start).trim())?);
        rest = rest.of(at.end..rest.text.len());
    }
    out.push(comparison(rest.trim())?);
    Ok(out)
}

/// The first comparison in a text.
fn operator(part: Part<'_>) -> Option<(Range<usize>, Op)> {
    let mut set = false;
    for (at, c) in part.text.char_indices() {
        match c {
            // what stands in the brackets of a pattern is none
            '[' => set = part.text[at..].contains(']'),
            ']' => set = false,
            _ if set => {}
            '<' | '>' | '=' | '!' => {
                let (word, op) = Op::ALL.iter().find(|(word, _)| part.text[at..].starts_with(word))?;
                return Some((at..at + word.len(), *op));
            }
            _ => {}
        }
    }
    // a word is one between blanks
    let words = Op::ALL.iter().filter(|(word, _)| word.starts_with(char::is_alphabetic));
    words.filter_map(|(word, op)| Some((part.word(word)?, *op))).min_by_key(|(at, _)| at.start)
}

/// One side, before it is known what the other one is.
enum Side<'t> {
    Setting(Setting),
    Text(Part<'t>),
}

fn comparison(part: Part<'_>) -> Result<Comparison, Fault> {
    let Some((at, op)) = operator(part) else {
        return part.fault("nothing is compared here: <, <=, =, !=, >=, >, in { }, disjoint or within is missing");
    };
    let (left, right) = (part.first(at.start).trim(), part.of(at.end..part.text.len()).trim());
    if left.text.is_empty() || right.text.is_empty() {
        let side = if left.text.is_empty() { "before" } else { "behind" };
        return part.of(at).fault(format!("there is nothing {side} it to compare"));
    }
    let (left, op, right) = match (side(left)?, side(right)?) {
        (Side::Setting(left), right) => (left, op, right),
        (Side::Text(text), Side::Setting(right)) => match op.flipped() {
            Some(op) => (right, op, Side::Text(text)),
            None => return text.fault("the setting has to stand before this, as in UNIT:Key within 0-3"),
        },
        (Side::Text(_), Side::Text(_)) => {
            return part.fault("no setting of a unit is compared here: one is written as UNIT:Key");
        }
    };
    let here = part.of(at);
    let Some(family) = Family::of(&left) else {
        let key = left.key.name();
        return part.fault(format!("{key}= cannot be compared: its value is no amount, no set of numbers and no word"));
    };
    let is_set = matches!(family, Family::Processors | Family::Nodes);
    match op {
        Op::Disjoint | Op::Within if !is_set => return here.fault("this is for processors and memory nodes"),
        Op::Less | Op::AtMost | Op::AtLeast | Op::More if is_set || matches!(family, Family::Word(_)) => {
            return here.fault(format!("values of {}= are not more or less than others", left.key.name()));
        }
        _ => {}
    }
    let right = match right {
        Side::Setting(right) => {
            check_pair(part, op, (&left, family), &right)?;
            Right::Setting(right)
        }
        Side::Text(text) => Right::Literals(literals(text, op, left.key, family)?),
    };
    Ok(Comparison { left, op, right })
}

fn check_pair(part: Part<'_>, op: Op, (left, family): (&Setting, Family), right: &Setting) -> Result<(), Fault> {
    if op == Op::In {
        return part.fault("what stands behind in are values: in { a, b }");
    }
    if Family::of(right) != Some(family) {
        let (left, right) = (left.key.name(), right.key.name());
        return part.fault(format!("{left}= and {right}= cannot be compared: they are no values of one kind"));
    }
    if left.unit().is_none() && right.unit().is_none() {
        return part.fault("one side may stand for several units, not both");
    }
    Ok(())
}

fn literals(part: Part<'_>, op: Op, key: KeyId, family: Family) -> Result<Vec<(Amount, Box<str>)>, Fault> {
    let one = |part: Part<'_>| match family.literal(key, part.text) {
        Some(amount) => Ok((amount, part.text.into())),
        None if UnitName::parse(part.text).is_some() && !matches!(family, Family::Word(_)) => {
            part.fault(format!("a setting of this unit is written as {}:{}", part.text, key.name()))
        }
        None => {
            let words = key.key().words(Model::LATEST);
            let what = match (family, words) {
                (Family::Share, _) => "a share is written as 50%".to_owned(),
                (_, words) if words.is_empty() => {
                    format!("{}= takes {}", key.name(), key.key().class(Model::LATEST).grammar())
                }
                _ => format!("{}= takes {}", key.name(), words.join(", ")),
            };
            part.fault(format!("{} is no value that can stand here: {what}", part.text))
        }
    };
    if op != Op::In {
        return Ok(vec![one(part)?]);
    }
    let Some(inner) = part.text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) else {
        return part.fault("what stands behind in are values in braces: { a, b }");
    };
    part.of(1..1 + inner.len())
        .split(',')
        .map(Part::trim)
        .map(|p| if p.text.is_empty() { one(part) } else { one(p) })
        .collect()
}

fn side(part: Part<'_>) -> Result<Side<'_>, Fault> {
    let mut parts = part.split('+').map(Part::trim);
    let (Some(first), true) = (parts.next(), part.text.contains('+')) else { return summand(part) };
    let Ok(Side::Setting(mut sum)) = summand(first) else { return summand(part) };
    let written = |s: &Setting| part.text.get(s.at.start - part.start..s.at.end - part.start);
    for more in parts {
        let adds = |family| matches!(family, Some(Family::Memory | Family::Tasks | Family::Time));
        match if more.text.is_empty() { Ok(Side::Text(more)) } else { summand(more) }? {
            Side::Setting(one) if one.of != sum.of || written(&one) != written(&sum) => {
                return more.fault("only settings of one unit are added up");
            }
            Side::Setting(one) if !adds(Family::of(&one)) || Family::of(&one) != Family::of(&sum) => {
                return more.fault(format!("{}= cannot be added to {}=", one.key.name(), sum.key.name()));
            }
            Side::Setting(one) => sum.plus.push(one.key),
            Side::Text(_) => return part.fault("what is added up are settings of one unit: UNIT:Key + UNIT:Key"),
        }
    }
    Ok(Side::Setting(sum))
}

fn summand(part: Part<'_>) -> Result<Side<'_>, Fault> {
    for (word, of) in [("own", Of::Own), ("share", Of::Share)] {
        if let Some(inner) = part.call(word) {
            return match setting(inner, of)? {
                Some(setting) => Ok(Side::Setting(setting)),
                None => inner.fault(format!("{word}( ) is about a setting: UNIT:Key")),
            };
        }
    }
    Ok(setting(part, Of::Effect)?.map_or(Side::Text(part), Side::Setting))
}

/// A setting; `None` where the text is none, but perhaps a value.
fn setting(part: Part<'_>, of: Of) -> Result<Option<Setting>, Fault> {
    // a unit may have a colon in its name, a directive has none
    let Some(colon) = part.text.rfind(':') else { return Ok(None) };
    let (units, name) = (part.first(colon).trim(), part.of(colon + 1..part.text.len()).trim());
    let is_name =
        |n: &str| n.starts_with(|c: char| c.is_ascii_alphabetic()) && n.bytes().all(|b| b.is_ascii_alphanumeric());
    if !is_name(name.text) {
        return Ok(None);
    }
    let (units_of, kind) = units_from(units)?;
    let Some(id) = directive(name.text, kind) else {
        let near = nearest(name.text, KEYS.iter().map(|k| k.name()));
        let (what, kind) = match (vocab::lookup_anywhere(name.text), kind) {
            (Some(_), Some(kind)) => (format!("{}= is no directive of a {}", name.text, kind.word()), true),
            _ => (no_directive(name.text), false),
        };
        let hint = near.filter(|_| !kind).map_or(String::new(), |n| format!("; did you mean {n}?"));
        return name.fault(what + &hint);
    };
    if of == Of::Share && !matches!(id, key::CPU_WEIGHT | key::IO_WEIGHT) {
        return name.fault("a share is one of processor time or disks: share( ) is for CPUWeight and IOWeight");
    }
    Ok(Some(Setting { units: units_of, key: id, plus: Vec::new(), of, at: units.at() }))
}

/// The directive of that name in units of a type.
fn directive(name: &str, kind: Option<UnitKind>) -> Option<KeyId> {
    match kind {
        Some(kind) => [kind.section(), Section::Unit, Section::Install].iter().find_map(|s| vocab::lookup(*s, name)),
        None => vocab::lookup_anywhere(name),
    }
}

/// Whose setting it is, and the type of these units where that is told.
fn units_from(part: Part<'_>) -> Result<(Units, Option<UnitKind>), Fault> {
    if let Some(name) = UnitName::parse(part.text) {
        let kind = name.kind();
        return Ok((Units::One(name), Some(kind)));
    }
    let (of, except) = match part.word("except") {
        Some(at) => (part.first(at.start).trim(), Some(part.of(at.end..part.text.len()))),
        None => (part, None),
    };
    let pattern = |part: Part<'_>| Pattern::parse(part.text).or_else(|what| part.fault(what));
    if !of.text.contains(['*', '?', '[', '/']) || of.text.contains(char::is_whitespace) {
        return of.fault(format!("{} is no name of a unit: it has a suffix such as .service", of.text));
    }
    let except = except.map(|part| part.split(',').map(Part::trim).map(pattern).collect::<Result<_, _>>());
    let kind = of.text.rsplit_once('.').and_then(|(_, suffix)| UnitKind::named(suffix));
    let units =
        Units::Each { of: pattern(of)?, except: except.transpose()?.unwrap_or_default(), text: part.text.into() };
    Ok((units, kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_has_a_place() {
        for (text, at, says) in [
            (
                "db.service:CPUWeight batch.service:CPUWeight",
                "db.service:CPUWeight batch.service:CPUWeight",
                "nothing is compared",
            ),
            ("db.service:CPUWeigth > 100", "CPUWeigth", "did you mean CPUWeight?"),
            ("db.slice:Restart = always", "Restart", "no directive of a slice"),
            ("db:CPUWeight > 100", "db", "suffix such as .service"),
            ("> 100", ">", "nothing before it"),
            ("db.service:MemoryMax <= ", "<=", "nothing behind it"),
            ("db.service:MemoryMax <= 8Q", "8Q", "MemoryMax= takes"),
            ("db.service:Restart in {always, never}", "never", "on-failure"),
            ("db.service:Restart in always", "always", "in braces"),
            ("db.service:Restart > no", ">", "not more or less"),
            ("db.service:MemoryMax disjoint 1G", "disjoint", "processors and memory nodes"),
            ("db.service:MemoryMax > a.service:CPUWeight", "db.service:MemoryMax > a.service:CPUWeight", "one kind"),
            ("*.service:CPUWeight > a*.service:CPUWeight", "*.service:CPUWeight > a*.service:CPUWeight", "not both"),
            ("db.service:CPUWeight > batch.service", "batch.service", "batch.service:CPUWeight"),
            ("db.service:ExecStart = x", "db.service:ExecStart = x", "cannot be compared"),
            ("1G < 2G", "1G < 2G", "UNIT:Key"),
            ("0-3 within db.service:AllowedCPUs", "0-3", "UNIT:Key within 0-3"),
            ("share(db.service:MemoryMax) > 50%", "MemoryMax", "CPUWeight and IOWeight"),
            ("share(x) > 50%", "x", "UNIT:Key"),
            ("a.service:MemoryMax + b.service:MemoryMax < 1G", "b.service:MemoryMax", "one unit"),
            ("a.service:MemoryMax + a.service:Nice < 1G", "a.service:Nice", "cannot be added"),
            ("a.service:MemoryMax + 1G < 2G", "a.service:MemoryMax + 1G", "settings of one unit"),
            ("a.service:Nice = 1 or b.service:Nice", "b.service:Nice", "nothing is compared"),
            ("*.service except [a:Nice = 1", "[a", "not closed"),
            ("", "", "nothing is compared"),
        ] {
            let (range, what) = comparisons(text).expect_err(text);
            assert!(&text[range.clone()] == at && what.contains(says), "{text}: {what} at {:?}", &text[range]);
        }
    }

    #[test]
    fn sides_are_found() {
        let read = |text: &str| comparisons(text).unwrap_or_else(|(_, what)| panic!("{text}: {what}"));
        let one = |text: &str| read(text).remove(0);
        assert_eq!(one("8G <= db.service:MemoryMax").op, Op::AtLeast);
        assert_eq!(one("db.service:CPUWeight>batch.service:CPUWeight").op, Op::More);
        assert_eq!(
            one("own(db.service:MemoryMax) = infinity").left.of,
            Op::Equal.flipped().map_or(Of::Effect, |_| Of::Own)
        );
        assert_eq!(read("a.service:Nice = 1 or a.service:Nice = 2 or b.service:Nice = 3").len(), 3);
        let each = one("db.service:OOMScoreAdjust < *.service except [<=]x.service, b*.service:OOMScoreAdjust");
        let Right::Setting(Setting { units: Units::Each { except, .. }, .. }) = &each.right else { panic!("{each:?}") };
        assert_eq!(except.len(), 2);
        assert_eq!(
            one("dev-disk-by\\x2did:x.swap:Priority = 1").left.unit().map(UnitName::as_str),
            Some("dev-disk-by\\x2did:x.swap")
        );
        assert_eq!(one("own(a.service:MemoryMax) + own(a.service:MemorySwapMax) < 1G").left.plus.len(), 1);
        let Right::Literals(values) = one("db.service:Restart in { always, on-failure }").right else { panic!() };
        assert_eq!(values.len(), 2);
    }
}
