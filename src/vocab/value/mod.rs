//! What an assignment does to the value of a key, exactly as the loader of systemd does it.
//!
//! Values are folded in reading order: an assignment sets, extends, resets, is ignored, or refuses the unit.

mod amounts;
mod identity;
mod places;
mod sandbox;

use super::address::Prefix;
use super::command::Command;
use super::message::Fault;
use super::set::Families;
use super::size::{Limit, Rlimit};
use super::specifier::{self, Subject};
use super::syscall::Filter;
use super::words::{Split, Word, words};
use super::{Class, Empty, KeyId, Message, Model, Repeat, Specifiers, Status, Texts, UnitKind, key, number};
use std::collections::BTreeSet;
use std::ops::Range;

/// The value of a key.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    /// nothing assigned, or reset: the default counts
    #[default]
    Unset,
    /// yes or no
    Bool(bool),
    /// a fixed word of the key
    Word(&'static str),
    /// a number
    Number(i64),
    /// a time in microseconds (nanoseconds for `TimerSlackNSec=`), `u64::MAX` for infinity
    Span(u64),
    /// an amount of memory, tasks or disk
    Limit(Limit),
    /// `Limit…=`
    Rlimit(Rlimit),
    /// text as it is, or a path in its simple form
    Text(Box<str>),
    /// words, paths, lines
    List(Vec<Box<str>>),
    /// `CapabilityBoundingSet=` and `AmbientCapabilities=`: the bits
    Capabilities(u64),
    /// `RestrictNamespaces=`: the bits of the types that stay allowed
    Namespaces(u8),
    /// `RestrictAddressFamilies=`
    Families(Families),
    /// `SystemCallFilter=`
    Filter(Box<Filter>),
    /// `IPAddressAllow=` and `IPAddressDeny=`, none within another
    Prefixes(BTreeSet<Prefix>),
    /// `ExecStart=` and its sisters
    Commands(Vec<Command>),
}

impl Value {
    /// Whether it is an explicit yes.
    pub fn is_true(&self) -> bool {
        *self == Self::Bool(true)
    }

    /// The word, where it is one.
    pub fn word(&self) -> Option<&'static str> {
        match self {
            Self::Word(word) => Some(word),
            _ => None,
        }
    }

    /// The text, where it is one.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Whether it is unset or a list without entries.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Unset => true,
            Self::List(l) => l.is_empty(),
            Self::Prefixes(l) => l.is_empty(),
            Self::Commands(l) => l.is_empty(),
            Self::Text(t) => t.is_empty(),
            _ => false,
        }
    }
}

/// What an assignment came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// it counts
    Set,
    /// it took back what was assigned before
    Reset,
    /// it changes nothing
    Ignored,
    /// reading of the file stops here; in a fragment the unit is refused
    Fatal,
}

/// Everything a parser may look at besides the value.
#[derive(Clone, Debug)]
pub struct Setting<'a> {
    /// what specifiers stand for
    pub subject: Subject<'a>,
    /// the type of the unit
    pub kind: UnitKind,
}

impl Setting<'_> {
    fn model(&self) -> Model {
        self.subject.model
    }
}

/// Words that a key takes in this version and scope.
fn allowed(id: KeyId, at: &Setting<'_>) -> Texts {
    id.key().words(at.model())
}

struct Parser<'a, 'f> {
    id: KeyId,
    text: &'a str,
    at: &'a Setting<'a>,
    faults: &'f mut Vec<Fault>,
}

/// Applies an assignment of `text` to `value`.
pub fn assign(id: KeyId, value: &mut Value, text: &str, at: &Setting<'_>, faults: &mut Vec<Fault>) -> Outcome {
    let mut parser = Parser { id, text, at, faults };
    let outcome = parser.assign(value);
    parser.note_deprecated();
    outcome
}

impl Parser<'_, '_> {
    fn model(&self) -> Model {
        self.at.model()
    }

    fn fault(&mut self, message: Message, at: Range<usize>) {
        let about = self.text[at.clone()].to_owned();
        self.faults.push(Fault { message, at, about });
    }

    fn whole(&mut self, message: Message) -> Outcome {
        self.fault(message, 0..self.text.len());
        Outcome::Ignored
    }

    fn assign(&mut self, value: &mut Value) -> Outcome {
        let key = self.id.key();
        let class = key.class(self.model());
        if class == Class::LegacyIgnored || key.status == Status::Removed && key.ignored(self.model()) {
            return self.whole(Message::LegacyRemoved);
        }
        self.note_legacy();
        // a boolean that became something else later had no empty value then
        let strict = class == Class::Boolean && key.class(Model::LATEST) != Class::Boolean;
        if self.text.is_empty() && !strict {
            match key.empty {
                Empty::ResetList | Empty::ResetDefault => {
                    *value = Value::Unset;
                    return Outcome::Reset;
                }
                Empty::Noop => return Outcome::Ignored,
                Empty::ErrorUnchanged | Empty::Special => {}
            }
        }
        match class {
            Class::Boolean if self.id == key::DYNAMIC_USER => match number::boolean(self.text) {
                Some(on) => set(value, Value::Bool(on)),
                None => {
                    self.whole(Message::FatalBoolean);
                    Outcome::Fatal
                }
            },
            Class::Boolean | Class::Tristate => match number::boolean(self.text) {
                Some(on) => set(value, Value::Bool(on)),
                None => self.whole(Message::InvalidBoolean),
            },
            Class::Enum => self.word(value, false),
            Class::EnumOrBoolean => self.word(value, true),
            Class::ProtectHostname => self.protect_hostname(value),
            Class::Mode => match number::mode(self.text) {
                Some(mode) => set(value, Value::Number(i64::from(mode))),
                None => self.whole(Message::InvalidGeneric),
            },
            Class::CapabilitySet => self.capabilities(value),
            Class::Namespaces => self.namespaces(value),
            Class::AddressFamilies => self.families(value),
            Class::SyscallFilter => self.filter(value),
            Class::Architectures => self.architectures(value),
            Class::IpPrefixes => self.prefixes(value),
            Class::DeviceAllow => self.device(value),
            Class::Delegate => self.delegate(value),
            Class::UserOrGroup => self.user(value),
            Class::UserOrGroupList => self.users(value),
            Class::ExecCommand => self.command(value),
            Class::Path => self.path(value, key.fatal == super::Fatal::Always),
            Class::PathSingleAppend => self.path_line(value),
            Class::WorkingDirectory => self.working_directory(value),
            Class::PidFile => self.pid_file(value),
            Class::TimerValue => self.timer(value),
            Class::CpuSet | Class::NumaMask => self.cpus(class, value),
            Class::IoDeviceWeight | Class::IoDeviceLatency | Class::IoDeviceLimit => self.io_device(class, value),
            Class::ExitStatusSet => self.exit_statuses(value),
            Class::CoredumpFilter => self.coredump_filter(value),
            // what an empty value means is told by the key; those that are left reset it
            _ if self.text.is_empty() && key.empty == Empty::Special => {
                *value = Value::Unset;
                Outcome::Reset
            }
            _ => match self.amount(class, value) {
                Some(outcome) => outcome,
                None => self.place(class, value).unwrap_or_else(|| self.other(value)),
            },
        }
    }

    /// Keys and values that work and are told to be replaced.
    fn note_legacy(&mut self) {
        let message = match self.id {
            key::CPU_SHARES | key::STARTUP_CPU_SHARES => Message::LegacyCpushares,
            key::MEMORY_LIMIT => Message::LegacyMemorylimit,
            key::BLOCK_IO_DEVICE_WEIGHT | key::BLOCK_IO_READ_BANDWIDTH | key::BLOCK_IO_WRITE_BANDWIDTH => {
                Message::LegacyBlockio
            }
            key::BLOCK_IO_WEIGHT | key::STARTUP_BLOCK_IO_WEIGHT | key::BLOCK_IO_ACCOUNTING => {
                Message::LegacyBlockioSilent
            }
            key::REQUIRES_OVERRIDABLE | key::REQUISITE_OVERRIDABLE => Message::DependencyObsoleteType,
            key::ON_FAILURE_ISOLATE => Message::OnFailureIsolate,
            key::KILL_MODE if self.text == "none" => Message::KillmodeNone,
            key::STANDARD_OUTPUT | key::STANDARD_ERROR if matches!(self.text, "syslog" | "syslog+console") => {
                Message::OutputSyslog
            }
            _ => return,
        };
        if message.said_by(self.model()) {
            self.whole(message);
        }
    }

    /// Specifiers that were expanded and should not be used.
    fn note_deprecated(&mut self) {
        for letter in self.at.subject.deprecated.take() {
            // an escape may have made it
            let at = specifier::find(self.text, letter).map_or(0..self.text.len(), |at| at..at + 2);
            self.faults.push(Fault { message: Message::SpecifierDeprecated, at, about: format!("%{letter}") });
        }
    }

    /// Keys whose grammar is not modelled: the text with its specifiers expanded.
    fn other(&mut self, value: &mut Value) -> Outcome {
        let key = self.id.key();
        let set_of = match key.specifiers(self.model()) {
            plain @ (Specifiers::Full | Specifiers::Path | Specifiers::Name | Specifiers::Env | Specifiers::Fd) => {
                plain
            }
            _ => Specifiers::None,
        };
        let Ok(text) = specifier::expand(self.text, set_of, &self.at.subject) else {
            return self.whole(Message::SpecifierUnresolvable);
        };
        match key.repeat {
            Repeat::Append | Repeat::Map | Repeat::Accumulate => {
                push(value, &text);
                Outcome::Set
            }
            Repeat::Never => Outcome::Ignored,
            Repeat::First if *value != Value::Unset => Outcome::Ignored,
            _ => set(value, Value::Text(text.into())),
        }
    }

    fn word(&mut self, value: &mut Value, or_boolean: bool) -> Outcome {
        let key = self.id.key();
        let words = allowed(self.id, self.at);
        if let Some(word) = words.find(self.text) {
            if key.user_words_only(word, self.at.subject.scope) {
                self.whole(Message::UserModeAction);
                if self.model().number() >= 254 {
                    return Outcome::Ignored;
                }
            }
            return set(value, Value::Word(word));
        }
        match number::boolean(self.text).filter(|_| or_boolean) {
            Some(on) => set(value, Value::Word(if on { key.true_word() } else { key.false_word() })),
            None => self.whole(Message::InvalidGeneric),
        }
    }

    /// `BOOL` or `private`, each true value with `:HOSTNAME` behind it.
    fn protect_hostname(&mut self, value: &mut Value) -> Outcome {
        let (mode, host) = self.text.split_once(':').map_or((self.text, None), |(m, h)| (m, Some(h)));
        let word = match number::boolean(mode) {
            Some(true) => "yes",
            Some(false) => "no",
            None if mode == "private" => "private",
            None => return self.whole(Message::InvalidGeneric),
        };
        if let Some(host) = host {
            let valid = match specifier::expand(host, Specifiers::Full, &self.at.subject) {
                Ok(host) => is_hostname(&host) && word != "no",
                Err(_) => {
                    self.fault(Message::SpecifierUnresolvable, mode.len() + 1..self.text.len());
                    return Outcome::Ignored;
                }
            };
            if !valid {
                return self.whole(Message::InvalidGeneric);
            }
        }
        set(value, Value::Word(word))
    }

    fn words(&self, split: Split, from: usize) -> Vec<Result<Word<'_>, Range<usize>>> {
        let shift = |r: Range<usize>| r.start + from..r.end + from;
        words(&self.text[from..], split)
            .map(|w| w.map(|w| Word { at: shift(w.at.clone()), ..w }).map_err(|bad| shift(bad.at)))
            .collect()
    }

    /// Words one by one; a broken one ends the line with a message.
    fn each(&mut self, split: Split, from: usize, mut visit: impl FnMut(&mut Self, &str, Range<usize>) -> bool) {
        for word in words(&self.text[from..], split) {
            match word {
                Ok(word) => {
                    if !visit(self, &word.text, word.at.start + from..word.at.end + from) {
                        return;
                    }
                }
                Err(bad) => {
                    self.fault(Message::InvalidQuoting, bad.at.start + from..bad.at.end + from);
                    return;
                }
            }
        }
    }

    fn invert(&self) -> (bool, usize) {
        let invert = self.text.starts_with('~');
        (invert, usize::from(invert))
    }
}

fn set(value: &mut Value, new: Value) -> Outcome {
    *value = new;
    Outcome::Set
}

fn push(value: &mut Value, item: &str) {
    match value {
        Value::List(list) => list.push(item.into()),
        _ => *value = Value::List(vec![item.into()]),
    }
}

/// `hostname_is_valid()`
fn is_hostname(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 64
        && name.split('.').all(|l| {
            !l.is_empty()
                && !l.starts_with('-')
                && !l.ends_with('-')
                && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        })
}
