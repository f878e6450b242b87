//! The typed unit: every setting with its whole history and the value that counts, and where that comes from.
//!
//! Knows directives and values. Must not know a rule, a severity or a format.

pub mod cgroups;
mod idle;
mod implied;
mod picture;
mod reach;
mod read;
mod refuse;
mod settings;
mod sketch;
pub mod world;

use crate::load::File;
use crate::syntax::{Continued, Item, Joined, Kind};
use crate::target::Target;
use crate::text::{Loc, Span, Traces};
use crate::vocab::command::Line;
use crate::vocab::name::UnitName;
use crate::vocab::value::{Outcome, Value};
use crate::vocab::{KeyId, Message, Scope, Section, UnitKind, command, key};
pub use picture::{KeySet, Picture};
pub use reach::{Access, FILTERED, REACHING};
use settings::Settings;
pub use sketch::Drafts;
use smallvec::SmallVec;
use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

/// Whether the manager would have the unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// as it is here
    Loaded,
    /// switched off
    Masked,
    /// there is no file
    NotFound,
    /// the manager does not load it: the problem that says why
    Refused(String),
}

/// One `KEY=VALUE` of a file.
#[derive(Clone, Debug)]
pub struct Assignment {
    /// an index into [`Unit::files`]
    pub file: u16,
    /// an index into the items of the file
    pub item: u32,
    /// the key
    pub key: Span,
    /// the value; empty for a reset
    pub value: Span,
    /// the section
    pub section: Section,
    /// what it came to
    pub outcome: Outcome,
}

impl Assignment {
    /// Key and value.
    pub fn whole(&self) -> Span {
        Span { start: self.key.start, end: self.value.end.max(self.key.end) }
    }
}

/// An assignment as it is written.
#[derive(Clone, Debug)]
pub struct Entry<'u> {
    /// what came of it
    pub assignment: &'u Assignment,
    /// the value, continued lines joined
    pub value: Joined<'u>,
    file: &'u Arc<File>,
    item: &'u Item,
}

impl Entry<'_> {
    /// The key.
    pub fn key(&self) -> Cow<'_, str> {
        self.file.source.text(self.assignment.key)
    }

    /// The value.
    pub fn text(&self) -> &str {
        &self.value.text
    }

    /// The place of key and value.
    pub fn loc(&self) -> Loc {
        self.loc_of(self.assignment.whole())
    }

    /// The place of the key.
    pub fn key_loc(&self) -> Loc {
        self.loc_of(self.assignment.key)
    }

    /// The place of the value.
    pub fn value_loc(&self) -> Loc {
        self.loc_of(self.assignment.value)
    }

    /// The place of a part of the value.
    pub fn part(&self, range: std::ops::Range<usize>) -> Loc {
        self.loc_of(self.value.span(range))
    }

    /// The place of a word of [`Entry::text`]: a piece of that very text.
    pub fn word(&self, word: &str) -> Loc {
        let from = word.as_ptr() as usize - self.text().as_ptr() as usize;
        self.part(from..from + word.len())
    }

    /// All its lines, with their ends.
    pub fn lines(&self) -> Loc {
        self.loc_of(self.item.span)
    }

    /// Whether the value goes over several lines.
    pub fn is_continued(&self) -> bool {
        !matches!(self.item.kind, Kind::Entry { continued: Continued::No, .. })
    }

    fn loc_of(&self, span: Span) -> Loc {
        Loc { source: self.file.source.clone(), span }
    }
}

/// Where an effective value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// nothing is assigned
    Default,
    /// an index into the assignments: the last one that counts
    Assigned(u32),
    /// another key sets it when the unit is loaded
    Implied(KeyId),
}

/// A key that is assigned or implied.
#[derive(Clone, Debug)]
pub struct Setting {
    /// which
    pub key: KeyId,
    /// in reading order
    pub assignments: SmallVec<[Assignment; 1]>,
    /// the value after loading
    pub value: Value,
    /// where it comes from
    pub from: From,
}

impl Setting {
    /// Every word that its lines came to, for who would look at all of them; `None` where a reset took some back, or its
    /// value is no list.
    pub fn every_word(&self) -> Option<&[Box<str>]> {
        match &self.value {
            Value::List(words) if self.assignments.iter().all(|a| a.outcome != Outcome::Reset) => Some(words),
            _ => None,
        }
    }
}

/// Where a problem is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum At {
    /// a place in a file
    Span {
        /// an index into [`Unit::files`]
        file: u16,
        /// the word
        span: Span,
        /// the line that systemd would name
        line: u32,
    },
    /// the unit as a whole
    Unit,
}

/// Something that the loader of systemd would say, or do without a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// what
    pub message: Message,
    /// where
    pub at: At,
    /// the word it is about
    pub about: String,
}

/// A section header.
#[derive(Clone, Debug)]
pub struct Header {
    /// an index into [`Unit::files`]
    pub file: u16,
    /// which section
    pub section: Section,
    /// with its brackets
    pub span: Span,
}

/// A unit as its manager would see it after loading.
#[derive(Clone, Debug)]
pub struct Unit {
    /// its name; an alias is loaded under its target's
    pub name: UnitName,
    /// whose manager
    pub scope: Scope,
    /// where it was found, as reached
    pub path: PathBuf,
    /// the fragment, then the drop-ins, in the order in which they count
    pub files: Vec<Arc<File>>,
    /// other names
    pub aliases: Vec<Box<str>>,
    /// whether the manager would have it
    pub state: State,
    /// there is no fragment, only drop-ins
    pub lone: bool,
    /// a drop-in of it is there and cannot be read: nobody knows what it says
    pub unread: bool,
    /// which of the files is the profile of portable services that it is attached with
    pub profile: Option<u16>,
    /// for whom it was read
    pub target: Target,
    settings: Settings,
    /// in reading order
    pub headers: Vec<Header>,
    /// in reading order
    pub problems: Vec<Problem>,
    /// files, as indexes, of which a line ended the reading: what stands below it counts for nothing
    cut: Vec<u16>,
    /// what implications replaced, in their order
    replaced: Vec<implied::Replaced>,
    /// the manager has added what it adds
    completed: bool,
    /// what its command lines are made of
    command_traces: OnceLock<Traces>,
    /// the commands of each of their assignments, sorted by file and item
    command_lines: OnceLock<Vec<(Place, Vec<Line<'static>>)>>,
    /// what its processes can do with directories
    fences: OnceLock<Vec<reach::Fence>>,
}

/// Where an assignment is: its file and its item.
type Place = (u16, u32);

static UNSET: Value = Value::Unset;

/// Of so many bytes of command lines the words are kept.
const KEPT: usize = 1 << 16;

impl Unit {
    /// The type.
    pub fn kind(&self) -> UnitKind {
        self.name.kind()
    }

    /// The setting of a key, if anything assigned or implied it.
    pub fn setting(&self, id: KeyId) -> Option<&Setting> {
        self.settings.get(id)
    }

    /// All settings, sorted by key.
    pub fn settings(&self) -> &[Setting] {
        self.settings.all()
    }

    /// Whether any of these keys is assigned or implied.
    pub fn sets_any(&self, keys: &KeySet) -> bool {
        !self.set_of(keys).is_empty()
    }

    /// Which of these keys are assigned or implied.
    pub fn set_of(&self, keys: &KeySet) -> KeySet {
        self.settings.present().and(keys)
    }

    /// The value of a key after loading.
    pub fn value(&self, id: KeyId) -> &Value {
        self.setting(id).map_or(&UNSET, |s| &s.value)
    }

    /// Whether a boolean, or a key with a word for "off", is on.
    pub fn is_on(&self, id: KeyId) -> bool {
        match self.value(id) {
            Value::Bool(on) => *on,
            Value::Word(word) => !id.key().is_false(word),
            Value::Unset => self.on_by_default(id),
            _ => false,
        }
    }

    /// The keys that say something where they are not set: [`Unit::is_on`], [`Unit::word`].
    pub(crate) const DEFAULTED: KeySet = KeySet::of(&[
        key::DEFAULT_DEPENDENCIES,
        key::PRIVATE_MOUNTS,
        key::KEYRING_MODE,
        key::PROTECT_PROC,
        key::PROC_SUBSET,
        key::NOTIFY_ACCESS,
        key::DEVICE_POLICY,
        key::KILL_MODE,
        key::PROTECT_HOME,
        key::PROTECT_SYSTEM,
        key::RESTART,
        key::SUCCESS_ACTION,
    ]);

    fn on_by_default(&self, id: KeyId) -> bool {
        match id {
            key::DEFAULT_DEPENDENCIES => true,
            // a tristate since 254; its unset state reads as true
            key::PRIVATE_MOUNTS => self.target.model.number() >= 254,
            _ => false,
        }
    }

    /// The word of an enumeration, with the default of this type and scope.
    pub fn word(&self, id: KeyId) -> &'static str {
        self.value(id).word().unwrap_or_else(|| self.default_word(id))
    }

    fn default_word(&self, id: KeyId) -> &'static str {
        match id {
            key::KEYRING_MODE if self.scope == Scope::User => "inherit",
            key::KEYRING_MODE if self.kind() == UnitKind::Service => "private",
            key::KEYRING_MODE => "shared",
            key::PROTECT_PROC => "default",
            key::PROC_SUBSET => "all",
            key::NOTIFY_ACCESS => "none",
            key::DEVICE_POLICY => "auto",
            key::KILL_MODE => "control-group",
            key::PROTECT_HOME | key::PROTECT_SYSTEM | key::RESTART => "no",
            key::SUCCESS_ACTION => "none",
            _ => "",
        }
    }

    /// Whether processes of the unit run with the identity of root (the `privileged` of `analyze-security.c`).
    pub fn is_privileged(&self) -> bool {
        if self.scope == Scope::User && self.target.model.number() >= 262 {
            return false;
        }
        match self.value(key::USER).text() {
            Some("0" | "root") => true,
            Some(_) => false,
            None => !self.is_on(key::DYNAMIC_USER),
        }
    }

    /// A place in one of the unit's files.
    pub fn loc(&self, file: u16, span: Span) -> Loc {
        Loc { source: self.files[usize::from(file)].source.clone(), span }
    }

    /// An assignment with its text.
    pub fn entry<'u>(&'u self, assignment: &'u Assignment) -> Entry<'u> {
        let file = &self.files[usize::from(assignment.file)];
        let item = &file.syntax().items[assignment.item as usize];
        // an assignment was made from an entry that could be read
        let value = item.value(&file.source.bytes).unwrap_or_default();
        Entry { assignment, value, file, item }
    }

    /// Every assignment of a key, in the order in which they count.
    pub fn entries(&self, id: KeyId) -> impl Iterator<Item = Entry<'_>> {
        self.setting(id).into_iter().flat_map(|s| &s.assignments).map(|a| self.entry(a))
    }

    /// The assignments of a key that still count in the end: those behind the last reset that were not ignored.
    pub fn counted(&self, id: KeyId) -> impl Iterator<Item = Entry<'_>> {
        let all = self.setting(id).map_or(&[][..], |s| &s.assignments);
        let from = all.iter().rposition(|a| a.outcome == Outcome::Reset).map_or(0, |at| at + 1);
        all[from..].iter().filter(|a| a.outcome == Outcome::Set).map(|a| self.entry(a))
    }

    /// What its values with command lines are made of: most rules about commands look for something that is not there.
    pub fn command_traces(&self) -> &Traces {
        self.command_traces.get_or_init(|| {
            let mut traces = Traces::default();
            self.commands(|_, entry| traces.add(entry.text()));
            traces
        })
    }

    /// The commands of a value that [`Unit::commands`] shows: most rules about commands look at the same ones.
    pub fn lines_of<'u>(&'u self, entry: &'u Entry<'u>) -> Cow<'u, [Line<'u>]> {
        let place = |entry: &Entry<'_>| (entry.assignment.file, entry.assignment.item);
        let known = self.command_lines.get_or_init(|| {
            let (mut all, mut left) = (Vec::new(), KEPT);
            self.commands(|_, entry| {
                left = left.saturating_sub(entry.text().len());
                if left > 0 {
                    let lines = command::lines(entry.text(), self.target.model).into_iter();
                    all.push((place(&entry), lines.map(Line::into_owned).collect()));
                }
            });
            all.sort_unstable_by_key(|(place, _)| *place);
            all
        });
        match known.binary_search_by_key(&place(entry), |(place, _)| *place) {
            Ok(at) => Cow::Borrowed(&known[at].1),
            Err(_) => Cow::Owned(command::lines(entry.text(), self.target.model)),
        }
    }

    /// Shows every value with command lines that counts (systemd.service(5)).
    pub fn commands<'u>(&'u self, mut show: impl FnMut(KeyId, Entry<'u>)) {
        for id in command::KEYS {
            if self.setting(id).is_some() {
                self.counted(id).for_each(|entry| show(id, entry));
            }
        }
    }

    /// Whether some word of the assignments of a key that count is one of these.
    pub fn has_word(&self, id: KeyId, is: impl Fn(&str) -> bool) -> bool {
        self.counted(id).any(|e| e.text().split_ascii_whitespace().any(&is))
    }

    /// Every assignment of every key, by key.
    pub fn all_entries(&self) -> impl Iterator<Item = (KeyId, Entry<'_>)> {
        self.settings().iter().flat_map(|s| s.assignments.iter().map(|a| (s.key, self.entry(a))))
    }

    /// Whether a file was read to its end.
    pub fn is_read_whole(&self, file: u16) -> bool {
        !self.cut.contains(&file)
    }

    /// The first header of a section.
    pub fn header(&self, section: Section) -> Option<&Header> {
        self.headers.iter().find(|h| h.section == section)
    }

    /// The assignment that decides the value of a key; for an implied value that of the key that implies it.
    pub fn decisive(&self, id: KeyId) -> Option<&Assignment> {
        let setting = self.setting(id)?;
        match setting.from {
            From::Assigned(i) => setting.assignments.get(i as usize),
            From::Implied(by) => self.decisive(by),
            From::Default => None,
        }
    }

    fn setting_mut(&mut self, id: KeyId) -> &mut Setting {
        self.settings.get_or_insert(id)
    }
}
