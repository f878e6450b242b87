//! What systemd understands, as data: keys, value grammars, capabilities, system call groups, per systemd version.
//!
//! Knows the unit language. Must not know a rule, a file or a severity. The tables are made by `generate.rs` at build
//! time from `data/*.json`; nothing here runs when the program starts.

pub mod address;
mod arch;
mod boot;
pub mod cgroup;
pub mod command;
mod hash;
pub mod image;
pub mod kernel;
pub mod message;
pub mod name;
pub mod net;
pub mod number;
pub mod path;
pub mod set;
pub mod size;
pub mod specifier;
pub mod syscall;
mod table;
pub mod time;
pub mod user;
pub mod value;
mod wellknown;
pub mod words;

pub use arch::Arch;
pub use boot::{BootUnit, boot_units};
use kernel::{CgroupDirective, KernelName};
use message::MessageInfo;
use syscall::{SyscallGroup, SyscallSet};
pub use table::Texts;
use table::{Rows, Text, reads};
use wellknown::Known;
pub use wellknown::{Origin, is_well_known, origin, origins, well_known_units};

include!(concat!(env!("OUT_DIR"), "/vocab.rs"));

/// A recorded systemd release whose behaviour is modelled; an index into [`MODELS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Model(u8);

impl Model {
    /// The newest recorded release.
    pub const LATEST: Self = Self(MODELS.len() as u8 - 1);

    /// The nearest recorded release that is not newer than `version`; the oldest one for anything before it.
    pub fn nearest(version: u16) -> Self {
        Self(MODELS.iter().rposition(|m| *m <= version).unwrap_or(0) as u8)
    }

    /// The number of the release, such as 257.
    pub fn number(self) -> u16 {
        MODELS[self.index()]
    }

    pub(crate) fn index(self) -> usize {
        usize::from(self.0)
    }

    fn bit(self) -> u8 {
        1 << self.0
    }
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $text:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $(#[doc = $text] $variant),* }
        impl $name {
            /// All of them, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];
            /// The word that stands for it.
            pub fn word(self) -> &'static str { match self { $(Self::$variant => $text),* } }
            /// The one a word stands for.
            pub fn named(word: &str) -> Option<Self> { match word { $($text => Some(Self::$variant),)* _ => None } }
        }
    };
}

words! {
    /// The type of a unit, which is the suffix of its name.
    UnitKind {
        Service = "service", Socket = "socket", Target = "target", Device = "device", Mount = "mount",
        Automount = "automount", Swap = "swap", Timer = "timer", Path = "path", Slice = "slice", Scope = "scope",
    }
}

words! {
    /// The system manager or the managers of the users.
    Scope { System = "system", User = "user" }
}

words! {
    /// A section that some unit type knows.
    Section {
        Unit = "Unit", Install = "Install", Service = "Service", Socket = "Socket", Target = "Target",
        Device = "Device", Mount = "Mount", Automount = "Automount", Swap = "Swap", Timer = "Timer", Path = "Path",
        Slice = "Slice", Scope = "Scope",
    }
}

impl UnitKind {
    /// The section of this type's own keys.
    pub fn section(self) -> Section {
        match self {
            Self::Service => Section::Service,
            Self::Socket => Section::Socket,
            Self::Target => Section::Target,
            Self::Device => Section::Device,
            Self::Mount => Section::Mount,
            Self::Automount => Section::Automount,
            Self::Swap => Section::Swap,
            Self::Timer => Section::Timer,
            Self::Path => Section::Path,
            Self::Slice => Section::Slice,
            Self::Scope => Section::Scope,
        }
    }

    /// Whether units of this type start processes of their own (systemd.exec(5)).
    pub fn has_exec_context(self) -> bool {
        matches!(self, Self::Service | Self::Socket | Self::Mount | Self::Swap)
    }

    /// Whether this type can be a template (systemd.unit(5)).
    pub fn may_template(self) -> bool {
        matches!(self, Self::Service | Self::Socket | Self::Target | Self::Timer | Self::Path)
    }

    /// Whether a symbolic link may give this type another name (systemd.unit(5)).
    pub fn may_alias(self) -> bool {
        matches!(self, Self::Service | Self::Socket | Self::Target | Self::Device | Self::Timer | Self::Path)
    }
}

impl Section {
    /// Whether units of this type know the section.
    pub fn fits(self, kind: UnitKind) -> bool {
        matches!(self, Self::Unit | Self::Install) || self == kind.section()
    }
}

/// Where a group of keys is at home.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the words of the data")]
pub enum Context {
    Exec,
    Cgroup,
    Kill,
    Unit,
    Install,
    Service,
    Socket,
    Mount,
    Automount,
    Timer,
    Path,
    Slice,
    Several,
}

/// What a repeated assignment does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the words of the data")]
pub enum Repeat {
    Last,
    Append,
    Map,
    SetSign,
    Accumulate,
    First,
    Never,
}

/// What an empty assignment does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the words of the data")]
pub enum Empty {
    ResetList,
    ResetDefault,
    ErrorUnchanged,
    Noop,
    Special,
}

/// Which specifiers a key expands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the words of the data")]
pub enum Specifiers {
    None,
    Full,
    Path,
    Name,
    Exec,
    Env,
    CredId,
    FdOrPath,
    CredIdAndPath,
    Fd,
    AfterColon,
}

/// Whether a value that cannot be parsed refuses the unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the words of the data")]
pub enum Fatal {
    Never,
    Always,
    UnlessDash,
    Specifier,
}

/// Whether a key should still be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the words of the data")]
pub enum Status {
    Current,
    Alias,
    Deprecated,
    Discouraged,
    Obsolete,
    Removed,
}

/// A section that knows a key.
#[derive(Clone, Copy, Debug)]
pub struct Placement {
    /// the section
    pub section: Section,
    versions: u8,
    /// first release that parses it there (0: before all release tags)
    pub introduced: u16,
    /// accepted there for old units only
    pub legacy: bool,
}

impl Placement {
    /// Whether the modelled release parses the key here.
    pub fn known_to(&self, model: Model) -> bool {
        self.versions & model.bit() != 0
    }
}

/// One key of the unit language.
#[derive(Debug)]
pub struct Key {
    name: Text,
    /// the manual that it belongs to
    pub context: Context,
    placements: Rows,
    /// in which sections, a bit each
    sections: u16,
    /// first release that parses it anywhere (0: before all release tags)
    pub introduced: u16,
    class: [Class; MODELS.len()],
    words: [Texts; MODELS.len()],
    young_words: Rows,
    user_words: Texts,
    true_word: Text,
    false_word: Text,
    /// what a repeated assignment does
    pub repeat: Repeat,
    /// what an empty assignment does
    pub empty: Empty,
    specifiers: [Specifiers; MODELS.len()],
    /// whether a bad value refuses the unit
    pub fatal: Fatal,
    /// whether it should still be used
    pub status: Status,
    replacement: Text,
    /// the release that changed the status
    pub status_since: u16,
    status_note: Text,
    ignored: u8,
    default: Text,
    man: Texts,
    notes: Texts,
    user_manager: [Text; MODELS.len()],
    /// the range of numbers
    pub range: Option<(i64, i64)>,
    unit: Text,
    /// the base of size suffixes, 0 where there are none
    pub base: u16,
}

reads! {
    Key {
        /// As it is written.
        name: Text,
        /// The word that a true value stands for, where booleans are accepted.
        true_word: Text,
        /// The word that a false value stands for.
        false_word: Text,
        /// The key to use instead.
        replacement: Text,
        /// What its status means.
        status_note: Text,
        /// The value when nothing is assigned.
        default: Text,
        /// Manual pages.
        man: Texts,
        /// What else is worth knowing.
        notes: Texts,
        /// The unit of a bare number.
        unit: Text,
    }
}

impl Key {
    /// How a value is written.
    pub fn class(&self, model: Model) -> Class {
        self.class[model.index()]
    }

    /// The words it takes; empty where it takes no fixed words.
    pub fn words(&self, model: Model) -> Texts {
        self.words[model.index()]
    }

    /// Where it may stand.
    pub fn placements(&self) -> &'static [Placement] {
        self.placements.of(&PLACEMENTS)
    }

    /// The release that brought a word, where it is younger than the key.
    pub fn word_since(&self, word: &str) -> Option<u16> {
        self.young_words.of(&YOUNG_WORDS).iter().find(|(young, _)| young.is(word)).map(|(_, since)| *since)
    }

    /// Whether a word stands for a false value.
    #[inline(never)] // most that ask have a boolean, and need nothing of this
    pub fn is_false(&self, word: &str) -> bool {
        self.false_word.is(word)
    }

    /// Whether yes and no are values of it.
    pub fn takes_boolean(&self, model: Model) -> bool {
        matches!(self.class(model), Class::Boolean | Class::Tristate | Class::EnumOrBoolean | Class::ProtectHostname)
    }

    /// Whether a word of an action would stop more than the manager of a user may stop.
    pub fn user_words_only(&self, word: &str, scope: Scope) -> bool {
        scope == Scope::User && !self.user_words.is_empty() && !self.user_words.contains(word)
    }

    /// Which specifiers are expanded.
    pub fn specifiers(&self, model: Model) -> Specifiers {
        self.specifiers[model.index()]
    }

    /// Whether the key is accepted and then ignored.
    pub fn ignored(&self, model: Model) -> bool {
        self.ignored & model.bit() != 0
    }

    /// What it does in a unit of a user manager.
    pub fn user_manager(&self, model: Model) -> &'static str {
        self.user_manager[model.index()].get()
    }

    /// The placement in a section, if there is one.
    pub fn placement(&self, section: Section) -> Option<&'static Placement> {
        self.placements().iter().find(|p| p.section == section)
    }

    /// Whether any section of the modelled release knows it.
    pub fn known_to(&self, model: Model) -> bool {
        self.placements().iter().any(|p| p.known_to(model))
    }
}

/// An index into [`KEYS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(u16);

impl KeyId {
    pub(crate) const fn index(self) -> usize {
        self.0 as usize
    }

    /// `PrivateTmp`
    pub fn name(self) -> &'static str {
        KEY_NAMES[self.index()]
    }

    /// What is known of it.
    pub fn key(self) -> &'static Key {
        &KEYS[self.index()]
    }
}

/// The places at which a table may have a name (`lookup_table()` made it).
fn places(table: &'static [u16], name: &[u8]) -> impl Iterator<Item = u16> {
    let (start, mask) = (hash::of(name) as usize, table.len() - 1);
    (0..=mask).map(move |i| table[(start + i) & mask]).take_while(|place| *place != u16::MAX)
}

/// The key of that name in that section, in whatever release.
pub fn lookup(section: Section, name: &str) -> Option<KeyId> {
    let fits = |id: &KeyId| id.name() == name && id.key().sections & (1 << section as u16) != 0;
    places(&KEY_TABLE, name.as_bytes()).map(KeyId).find(fits)
}

/// All keys of that name: some mean something else in the section of another type.
pub fn all_named(name: &str) -> impl Iterator<Item = KeyId> {
    places(&KEY_TABLE, name.as_bytes()).map(KeyId).filter(move |id| id.name() == name)
}

/// The key of that name in some section.
pub fn lookup_anywhere(name: &str) -> Option<KeyId> {
    all_named(name).next()
}

const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut i = 0;
    while i < a.len() && i < b.len() && a[i] == b[i] {
        i += 1;
    }
    i == a.len() && i == b.len()
}

/// The key of that name, for tables made at compile time.
///
/// # Panics
/// When there is none: a mistake in a rule file, found by the compiler.
pub(crate) const fn key_named(name: &str) -> KeyId {
    let mut i = 0;
    while i < KEYS.len() {
        if KEYS[i].name.is_now(name) {
            return KeyId(i as u16);
        }
        i += 1;
    }
    panic!("no such key")
}

/// The bits of these capabilities.
///
/// # Panics
/// When one does not exist.
pub(crate) const fn capability_mask(names: &[&str]) -> u64 {
    let (mut mask, mut n) = (0, 0);
    while n < names.len() {
        let mut i = 0;
        while !same(CAPABILITIES[i], names[n]) {
            i += 1;
        }
        mask |= 1 << i;
        n += 1;
    }
    mask
}

/// The bit of a namespace word.
///
/// # Panics
/// When there is none.
pub(crate) const fn namespace_mask(name: &str) -> u8 {
    let mut i = 0;
    while !same(NAMESPACES[i].0, name) {
        i += 1;
    }
    1 << i
}

/// The group of that name.
///
/// # Panics
/// When there is none.
pub(crate) const fn syscall_group(name: &str) -> &'static SyscallGroup {
    let mut i = 0;
    while !same(SYSCALL_GROUPS[i].name, name) {
        i += 1;
    }
    &SYSCALL_GROUPS[i]
}

/// A release of a distribution and what it runs by default.
#[derive(Debug)]
pub struct Distribution {
    /// `debian13`
    pub name: &'static str,
    /// `trixie`
    pub aliases: &'static [&'static str],
    /// its systemd; `None` where it moves
    pub systemd: Option<u16>,
    /// its kernel series
    pub kernel: Option<&'static str>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_cover_every_version() {
        assert_eq!(Model::nearest(239).number(), 252);
        assert_eq!(Model::nearest(256).number(), 252);
        assert_eq!(Model::nearest(257).number(), 257);
        assert_eq!(Model::nearest(999), Model::LATEST);
    }

    #[test]
    fn keys_are_found_in_their_section_only() {
        assert_eq!(lookup(Section::Service, "PrivateTmp"), Some(key::PRIVATE_TMP));
        assert_eq!(lookup(Section::Timer, "PrivateTmp"), None);
        assert_eq!(lookup(Section::Service, "privatetmp"), None);
        assert_ne!(lookup(Section::Service, "Type"), lookup(Section::Mount, "Type"));
    }

    #[test]
    fn every_key_is_found_by_its_name() {
        for k in &KEYS {
            for p in k.placements() {
                assert_eq!(lookup(p.section, k.name()).map(KeyId::name), Some(k.name()));
            }
        }
    }
}
