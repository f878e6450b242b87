//! What to do about a message of systemd's loader: what was probably meant, since when it would be right, and the edit
//! that says so. An edit is safe only where the unit means the same before and after; a corrected spelling makes a
//! setting count that never did.

use super::cgroup_v1;
use crate::rule::{Case, Fix, Safety, edit};
use crate::suggest;
use crate::syntax::Kind;
use crate::text::{Loc, Span};
use crate::unit::{Problem, Unit};
use crate::vocab::specifier::Unresolvable;
use crate::vocab::value::{self, Outcome, Value};
use crate::vocab::words::{Split, Word, words};
use crate::vocab::{self, KEYS, KeyId, MODELS, Message, Model, Section, key};
use std::borrow::Cow;
use std::cell::OnceCell;

/// Nobody writes longer values by hand, and each of their words may have a problem of its own.
const LONG: usize = 4096;

/// The assignment that a problem is in. Problems of one line come together and share it.
pub(super) struct Place<'u> {
    pub(super) key: Cow<'u, str>,
    pub(super) value: Cow<'u, str>,
    pub(super) section: Option<Section>,
    pub(super) id: Option<KeyId>,
    pub(super) file: u16,
    /// its lines
    pub(super) lines: Span,
    item: usize,
    newer: OnceCell<Option<u16>>,
}

impl<'u> Place<'u> {
    pub(super) fn of(unit: &'u Unit, file: u16, span: Span) -> Option<Self> {
        let source = unit.files.get(usize::from(file))?;
        let items = &source.syntax().items;
        let at = items.partition_point(|i| i.span.end <= span.start);
        let item = items.get(at)?;
        let (key, value) = item.entry(&source.source.bytes)?;
        let headers = unit.headers.partition_point(|h| (h.file, h.span.start) < (file, span.start));
        let header = headers.checked_sub(1).map(|last| &unit.headers[last]);
        let section = header.filter(|h| h.file == file).map(|h| h.section);
        let id = section.and_then(|s| crate::vocab::lookup(s, &key));
        Some(Self { key, value: value.text, section, id, file, lines: item.span, item: at, newer: OnceCell::new() })
    }

    /// Its place among the items of the file.
    pub(super) fn item(&self) -> usize {
        self.item
    }

    /// Why systemd does not take it.
    pub(super) fn case(&self, unit: &Unit, problem: &Problem) -> Case {
        if self.id.and_then(vocab::cgroup::family).is_some() && problem.message == Message::LegacyRemoved {
            return Case::CgroupV1;
        }
        if problem.message != Message::UnknownKey {
            return if self.newer_takes_value(unit).is_some() { Case::TooNew } else { Case::Any };
        }
        if self.id.is_some() {
            return Case::TooNew;
        }
        let fits = |k: &crate::vocab::Key| {
            k.placements().iter().any(|p| p.section.fits(unit.kind()) && p.known_to(unit.target.model))
        };
        let elsewhere = KEYS.iter().any(|k| k.name() == self.key && fits(k));
        if elsewhere { Case::Elsewhere } else { Case::Unknown }
    }

    /// The release that brought the value, or the first newer recorded one that has nothing against it.
    fn newer_takes_value(&self, unit: &Unit) -> Option<u16> {
        let id = self.id?;
        if let Some(since) = id.key().word_since(&self.value) {
            return (since > unit.target.systemd).then_some(since);
        }
        *self.newer.get_or_init(|| {
            MODELS.iter().copied().filter(|m| *m > unit.target.model.number()).find(|m| {
                let model = Model::nearest(*m);
                let mut faults = Vec::new();
                let setting = unit.value_setting(model);
                let outcome = value::assign(id, &mut Value::Unset, &self.value, &setting, &mut faults);
                faults.is_empty() && outcome == Outcome::Set
            })
        })
    }
}

/// What to do.
#[derive(Debug, Default)]
pub(super) struct Advice {
    /// in words
    pub(super) note: Option<String>,
    /// as an edit
    pub(super) fix: Option<Fix>,
}

impl Advice {
    pub(super) fn note(text: impl Into<String>) -> Self {
        Self { note: Some(text.into()), fix: None }
    }

    fn fix(fix: Fix) -> Self {
        Self { note: None, fix: Some(fix) }
    }

    pub(super) fn and(mut self, fix: Option<Fix>) -> Self {
        self.fix = fix;
        self
    }
}

/// A problem, and where it is.
struct Trouble<'a> {
    unit: &'a Unit,
    problem: &'a Problem,
    place: Option<&'a Place<'a>>,
    at: Option<&'a Loc>,
}

/// What to do about a problem.
pub(super) fn on(unit: &Unit, problem: &Problem, place: Option<&Place<'_>>, at: Option<&Loc>) -> Option<Advice> {
    let case = Trouble { unit, problem, place, at };
    if let Some(advice) = case.comment() {
        return Some(advice);
    }
    match problem.message {
        Message::UnknownKey => case.unknown_key(),
        Message::UnknownSection => case.unknown_section(),
        Message::MissingEqualSign => case.missing_equal_sign(),
        Message::AssignmentOutsideSection => case.outside_section(),
        Message::InvalidGeneric | Message::InvalidBoolean => case.value(),
        Message::CapabilityInvalid => Some(case.capability()),
        Message::InstallNameInvalid => case.install_name(),
        Message::AddressFamilyInvalid => {
            let lost = match unit.target.model.number() {
                ..261 => "the word is ignored",
                _ => "the word and the rest of the line are ignored",
            };
            case.near(vocab::ADDRESS_FAMILIES.iter().map(|f| f.0)).or_else(|| Some(Advice::note(lost)))
        }
        Message::SyscallUnknown => case.near(vocab::SYSCALLS),
        Message::SyscallGroupUnknown => case.near(vocab::SYSCALL_GROUPS.iter().map(|g| g.name)),
        Message::NamespaceInvalid => case.near(vocab::NAMESPACES.iter().map(|n| n.0)),
        Message::SpecifierUnresolvable => {
            Some(Advice::note("a literal percent sign is written %%").and(case.doubled_percent()))
        }
        Message::SpecifierDeprecated => {
            let fix = problem.about.chars().nth(1).and_then(|letter| case.doubled(letter));
            Some(Advice::note("a literal percent sign is written %%").and(fix))
        }
        Message::PathNotAbsolute => Some(case.relative_path()),
        Message::LegacyVarRun => case.rewritten("/var/run/", "/run/"),
        Message::OutputSyslog => case.rewritten("syslog", "journal"),
        Message::DependencyObsoleteType => case.renamed(),
        Message::OnFailureIsolate => case.isolate(),
        Message::EnvironmentInvalid => case.environment(),
        Message::LegacyCpushares
        | Message::LegacyMemorylimit
        | Message::LegacyBlockio
        | Message::LegacyBlockioSilent
        | Message::LegacyRemoved => cgroup_v1::on(unit, place?),
        message => plain(message).map(Advice::note),
    }
}

/// Where something that looks like a comment begins in a value: behind a blank, alone or right before a word.
fn trailing_mark(value: &str) -> Option<usize> {
    let bytes = value.as_bytes();
    let blank = |i: usize| matches!(bytes.get(i), None | Some(b' ' | b'\t'));
    let begins = |i: usize| blank(i) || bytes[i].is_ascii_alphabetic();
    memchr::memchr2_iter(b'#', b';', bytes).find(|i| *i > 0 && blank(*i - 1) && begins(*i + 1))
}

/// What can be said without looking at the unit.
fn plain(message: Message) -> Option<&'static str> {
    Some(match message {
        Message::InvalidQuoting | Message::ExecUnbalancedQuotes => {
            "close the quote, or write \\ before one that is meant literally"
        }
        Message::ExecNotAbsolute => "write the whole path, or a bare name that is searched in /usr/bin and the like",
        Message::ExecEmptyPath | Message::ExecEmptyArgv0 => "write the program behind the prefixes",
        Message::ExecDirectory => "write the path of the program itself",
        Message::ExecSpecialCharacters => "the program is a path; quotes and control characters cannot be part of it",
        Message::TimerWeekdayConflict => "the timer never elapses; take the weekday or the date away",
        Message::PathNotNormalized => "write the path without ..",
        Message::ServiceMultipleExecstart => "put an empty ExecStart= before it to replace the first command",
        _ => return None,
    })
}

impl Trouble<'_> {
    fn model(&self) -> Model {
        self.unit.target.model
    }

    /// A comment behind the value that the problem is in, or behind a section's header.
    fn comment(&self) -> Option<Advice> {
        const NOTE: &str = "a comment needs a line of its own";
        let at = self.at?;
        if self.problem.message == Message::InvalidSectionHeader {
            return self.problem.about.contains("] #").then(|| Advice::note(NOTE));
        }
        let place = self.place.filter(|p| p.id.is_some() && self.problem.message != Message::UnknownKey)?;
        if place.value.len() > LONG {
            return None;
        }
        let file = self.unit.files.get(usize::from(place.file))?;
        let item = file.syntax().items.get(place.item)?;
        let mark = trailing_mark(&place.value)?;
        let Kind::Entry { value, .. } = item.kind else { return None };
        let (_, joined) = item.entry(&file.source.bytes)?;
        let loc = |span| Loc { source: file.source.clone(), span };
        let comment = edit::to_line_end(&loc(joined.span(mark..mark + 1)), value.end);
        // of several words that are refused the first one brings the edit
        let first = at.span.start <= comment.span.start && comment.span.start < at.span.end;
        let fix = first.then(|| edit::own_line(&loc(item.span), &comment));
        (at.span.end > comment.span.start).then(|| Advice::note(NOTE).and(fix))
    }

    /// Other text in place of the word.
    fn replaced(&self, with: &str, safety: Safety) -> Option<Fix> {
        let at = self.at?;
        let old = at.source.text(at.span);
        Some(Fix::replace(format!("write {with} instead of {old}"), safety, at, with))
    }

    /// The nearest of some words.
    fn near(&self, words: impl IntoIterator<Item = &'static str>) -> Option<Advice> {
        let word = suggest::nearest(&self.problem.about, words)?;
        Some(Advice::note(format!("did you mean {word}?")).and(self.replaced(word, Safety::Unsafe)))
    }

    fn unknown_key(&self) -> Option<Advice> {
        let place = self.place?;
        let fits = |p: &vocab::Placement| p.section.fits(self.unit.kind()) && p.known_to(self.model());
        if let Some(id) = place.id {
            let since = id.key().placement(place.section?)?.introduced;
            return Some(Advice::note(format!("{}= is known since systemd {since}", place.key)));
        }
        let homes = || KEYS.iter().filter(|k| k.name() == place.key).flat_map(|k| k.placements());
        if let Some(home) = homes().find(|p| fits(p)) {
            let section = home.section.word();
            return Some(Advice::note(format!("it belongs in [{section}]")).and(self.moved(home.section)));
        }
        self.near(KEYS.iter().filter(|k| k.placements().iter().any(fits)).map(|k| k.name()))
    }

    /// The lines of the assignment in another section of the same file.
    fn moved(&self, section: Section) -> Option<Fix> {
        let place = self.place?;
        let file = self.unit.files.get(usize::from(place.file))?;
        let span = file.syntax().items.get(place.item)?.span;
        let lines = Loc { source: file.source.clone(), span };
        let text = edit::closed(&file.source.text(span));
        let (there, insert) = edit::last_of(self.unit, place.file, section, &text)?;
        let title = format!("move {}= to [{}]", place.key, section.word());
        Some(Fix::replace(title, Safety::Unsafe, &lines, "").and(&there, insert))
    }

    fn unknown_section(&self) -> Option<Advice> {
        let name = self.problem.about.trim_matches(['[', ']']);
        let fits = Section::ALL.iter().filter(|s| s.fits(self.unit.kind()));
        if let Some(near) = suggest::nearest(name.trim(), fits.clone().map(|s| s.word())) {
            let fix = self.replaced(&format!("[{near}]"), Safety::Unsafe);
            return Some(Advice::note(format!("did you mean [{near}]?")).and(fix));
        }
        let known: Vec<String> = fits.map(|s| format!("[{}]", s.word())).collect();
        Some(Advice::note(format!("a .{} has {}", self.unit.kind().word(), known.join(", "))))
    }

    /// `Key value` and `Key: value`
    fn missing_equal_sign(&self) -> Option<Advice> {
        let at = self.at?;
        let text = at.source.text(at.span);
        let (key, rest) = text.split_once([' ', '\t', ':'])?;
        let known =
            KEYS.iter().any(|k| k.name() == key && k.placements().iter().any(|p| p.section.fits(self.unit.kind())));
        let value = rest.trim_start_matches([' ', '\t', ':']);
        let good = known && !value.is_empty() && !text.contains('\n');
        good.then(|| {
            let line = format!("{key}={value}");
            Advice::note(format!("did you mean {key}=?")).and(self.replaced(&line, Safety::Unsafe))
        })
    }

    /// The only section that knows the key of a line above all headers.
    fn outside_section(&self) -> Option<Advice> {
        let at = self.at?;
        let text = at.source.text(at.span);
        let key = text.split('=').next()?.trim();
        let fits = |p: &&vocab::Placement| p.section.fits(self.unit.kind()) && p.known_to(self.model()) && !p.legacy;
        let mut homes = KEYS.iter().filter(|k| k.name() == key).flat_map(|k| k.placements()).filter(fits);
        let (home, None) = (homes.next()?, homes.next()) else { return None };
        Some(Advice::note(format!("it belongs in [{}]", home.section.word())))
    }

    fn value(&self) -> Option<Advice> {
        let place = self.place?;
        if let Some(since) = place.newer_takes_value(self.unit) {
            return Some(Advice::note(format!("systemd {since} takes it")));
        }
        let key = place.id?.key();
        let words = key.words(self.model());
        let booleans: &[&str] = if key.takes_boolean(self.model()) { &["yes", "no", "true", "false"] } else { &[] };
        let list = || {
            let more = booleans.iter().copied().filter(|b| !words.contains(b));
            let all: Vec<&str> = words.iter().chain(more).collect();
            Advice::note(format!("one of {}", all.join(", ")))
        };
        self.near(words.iter().chain(booleans.iter().copied()))
            .or_else(|| (!words.is_empty() && words.len() <= 12).then(list))
    }

    fn capability(&self) -> Advice {
        let about = &self.problem.about;
        let full = if about.to_ascii_uppercase().starts_with("CAP_") { about.clone() } else { format!("CAP_{about}") };
        match suggest::nearest(&full, vocab::CAPABILITIES) {
            Some(near) => Advice::note(format!("did you mean {near}? systemd drops the word without a message"))
                .and(self.replaced(near, Safety::Unsafe)),
            None => Advice::note("systemd drops the word without a message"),
        }
    }

    fn install_name(&self) -> Option<Advice> {
        const TARGETS: [&str; 7] = [
            "multi-user.target",
            "graphical.target",
            "default.target",
            "timers.target",
            "sockets.target",
            "sysinit.target",
            "network-online.target",
        ];
        let about = &self.problem.about;
        if self.place.and_then(|p| p.id) == Some(key::ALIAS) {
            let suffix = self.unit.kind().word();
            return Some(Advice::note(format!("an alias has the type of its unit: it ends in .{suffix}")));
        }
        let full = if about.contains('.') { about.clone() } else { format!("{about}.target") };
        let near = suggest::nearest(&full, TARGETS)?;
        Some(Advice::note(format!("did you mean {near}?")).and(self.replaced(near, Safety::Unsafe)))
    }

    /// A second percent sign before each one that makes the specifier that has no meaning.
    fn doubled_percent(&self) -> Option<Fix> {
        let set = self.place?.id?.key().specifiers(self.model());
        let subject = self.unit.value_setting(self.model()).subject;
        match vocab::specifier::expand(&self.problem.about, set, &subject).err()? {
            Unresolvable::Letter(letter) => self.doubled(letter),
            Unresolvable::TooLong => None,
        }
    }

    /// A second percent sign before each one that makes a specifier of this letter.
    fn doubled(&self, letter: char) -> Option<Fix> {
        let at = self.at?;
        let old = at.source.text(at.span);
        let mut new = String::with_capacity(old.len() + 4);
        let mut chars = old.chars().peekable();
        while let Some(c) = chars.next() {
            new.push(c);
            if c != '%' {
                continue;
            }
            match chars.peek() {
                Some('%') => new.extend(chars.next()),
                Some(next) if *next == letter => new.push('%'),
                _ => {}
            }
        }
        (new != *old).then(|| Fix::replace(format!("write %%{letter} for %{letter}"), Safety::Unsafe, at, new))
    }

    fn relative_path(&self) -> Advice {
        let (about, Some(place)) = (self.problem.about.as_str(), self.place) else { return Advice::default() };
        let quoted = |q: char| about.len() > 2 && about.starts_with(q) && about.ends_with(q);
        if quoted('"') || quoted('\'') {
            let bare = &about[1..about.len() - 1];
            let fix = self
                .replaced(bare, Safety::Unsafe)
                .filter(|_| bare.starts_with('/') && !bare.contains(['"', '\'', '\\']));
            return Advice::note(format!("take the quotes away: {}= does not unquote", place.key)).and(fix);
        }
        Advice::note("write the path from the root on; ~ and variables are not expanded")
    }

    /// What systemd itself reads in place of the word.
    fn rewritten(&self, old: &str, new: &str) -> Option<Advice> {
        let at = self.at?;
        let text = at.source.text(at.span);
        (text.matches(old).count() == 1).then(|| {
            let with = text.replacen(old, new, 1);
            Advice { note: None, fix: self.replaced(&with, Safety::Safe) }
        })
    }

    /// The key that this one is read as.
    fn renamed(&self) -> Option<Advice> {
        let new = self.place?.id?.key().replacement();
        self.key_written(new).map(Advice::fix)
    }

    /// The key of the assignment written otherwise.
    fn key_written(&self, new: &str) -> Option<Fix> {
        let place = self.place?;
        let file = self.unit.files.get(usize::from(place.file))?;
        let Kind::Entry { key, .. } = file.syntax().items.get(place.item)?.kind else { return None };
        let at = Loc { source: file.source.clone(), span: key };
        Some(Fix::replace(format!("write {new}= instead of {}=", place.key), Safety::Safe, &at, new))
    }

    /// A word of `Environment=` that is no assignment: mostly the rest of a value with blanks and without quotes.
    fn environment(&self) -> Option<Advice> {
        let (place, at) = (self.place?, self.at?);
        if self.problem.about == "export" {
            return Some(Advice::note("systemd is no shell: leave export away"));
        }
        let file = self.unit.files.get(usize::from(place.file))?;
        if place.value.len() > LONG {
            return None;
        }
        let (_, joined) = file.syntax().items.get(place.item)?.entry(&file.source.bytes)?;
        let all: Vec<_> = words(&joined.text, Split::UNQUOTE_C).map_while(Result::ok).collect();
        let is_assignment = |w: &Word<'_>| vocab::net::env_assignment(&w.text).is_some();
        let word = all.iter().position(|w| joined.to_source(w.at.start) == at.span.start)?;
        let Some(begin) = all[..word].iter().rposition(is_assignment) else {
            return Some(Advice::note("a name has letters, digits and underscores, and does not begin with a digit"));
        };
        let end = all[word..].iter().position(is_assignment).map_or(all.len(), |n| word + n);
        let range = all[begin].at.start..all[end - 1].at.end;
        let text = &joined.text[range.clone()];
        let plain = !text.contains(['"', '\'', '\\']);
        // of several words the first one brings the edit
        let fix = (plain && begin + 1 == word).then(|| {
            let quoted = Loc { source: file.source.clone(), span: joined.span(range) };
            Fix::replace("put quotes around the assignment", Safety::Unsafe, &quoted, format!("\"{text}\""))
        });
        Some(Advice::note("a value with blanks needs quotes around the whole assignment: \"NAME=a b\"").and(fix))
    }

    fn isolate(&self) -> Option<Advice> {
        let place = self.place?;
        let mode = if vocab::number::boolean(&place.value)? { "isolate" } else { "replace" };
        let file = self.unit.files.get(usize::from(place.file))?;
        let Kind::Entry { key, value, .. } = file.syntax().items.get(place.item)?.kind else { return None };
        let loc = |span| Loc { source: file.source.clone(), span };
        let title = format!("write OnFailureJobMode={mode} instead of OnFailureIsolate=");
        Some(Advice::fix(Fix::replace(title, Safety::Safe, &loc(key), "OnFailureJobMode").and(&loc(value), mode)))
    }
}
