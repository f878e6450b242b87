//! What an assignment does to the value of a key, exactly as the loader of systemd does it.
//!
//! Values are folded in reading order: an assignment sets, extends, resets, is ignored, or refuses the unit.

use super::address::{self, Prefix};
use super::command::{self, Command};
use super::message::Fault;
use super::set::{self, Families};
use super::specifier::{self, Subject};
use super::syscall::{self, Filter};
use super::words::{Split, Word, words};
use super::{
    CONTROLLERS, Class, Empty, KeyId, Message, Model, Repeat, SECCOMP_ARCHITECTURES, Scope, Specifiers, Status,
    UnitKind, key, number, path, user,
};
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
    /// `IPAddressAllow=` and `IPAddressDeny=`
    Prefixes(Vec<Prefix>),
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
fn allowed(id: KeyId, at: &Setting<'_>) -> &'static [&'static str] {
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
    Parser { id, text, at, faults }.assign(value)
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
        if self.text.is_empty() {
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
            _ => self.other(value),
        }
    }

    /// Keys whose grammar is not modelled: the text as it is.
    fn other(&mut self, value: &mut Value) -> Outcome {
        match self.id.key().repeat {
            Repeat::Append | Repeat::Map | Repeat::Accumulate => {
                push(value, self.text);
                Outcome::Set
            }
            Repeat::Never => Outcome::Ignored,
            Repeat::First if *value != Value::Unset => Outcome::Ignored,
            _ => set(value, Value::Text(self.text.into())),
        }
    }

    fn word(&mut self, value: &mut Value, or_boolean: bool) -> Outcome {
        let key = self.id.key();
        let words = allowed(self.id, self.at);
        if let Some(word) = words.iter().find(|w| **w == self.text) {
            return set(value, Value::Word(word));
        }
        match number::boolean(self.text).filter(|_| or_boolean) {
            Some(on) => set(value, Value::Word(if on { key.true_word } else { key.false_word })),
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

    fn capabilities(&mut self, value: &mut Value) -> Outcome {
        let bounding = self.id == key::CAPABILITY_BOUNDING_SET;
        let initial = if bounding { u64::MAX } else { 0 };
        let (invert, from) = self.invert();
        // an open quote ends the line without a message before 254, and is closed by the end since
        let split = if self.model().number() < 254 { Split::UNQUOTE } else { Split::UNQUOTE_RELAX };
        let words = words(&self.text[from..], split).map_while(Result::ok);
        let sum = words.fold(0, |sum, word| sum | set::capability(&word.text).map_or(0, |c| 1 << c));
        let everything = if self.model().number() < 259 { u64::MAX } else { set::ALL_CAPABILITIES };
        let now = match value {
            Value::Capabilities(bits) => *bits,
            _ => initial,
        };
        *value = Value::Capabilities(match (sum == 0 || now == initial, invert) {
            (true, true) => everything & !sum,
            (true, false) => sum,
            (false, true) => now & !sum,
            (false, false) => now | sum,
        });
        Outcome::Set
    }

    fn namespaces(&mut self, value: &mut Value) -> Outcome {
        if let Some(on) = number::boolean(self.text) {
            return set(value, Value::Namespaces(if on { 0 } else { set::ALL_NAMESPACES }));
        }
        let (invert, from) = self.invert();
        let mut flags = 0;
        for word in self.words(Split::PLAIN, from) {
            match word.map(|w| (set::namespace(&w.text), w.at)) {
                Ok((Some(flag), _)) => flags |= flag,
                Ok((None, at)) => {
                    self.fault(Message::NamespaceInvalid, at);
                    return Outcome::Ignored;
                }
                Err(at) => {
                    self.fault(Message::NamespaceInvalid, at);
                    return Outcome::Ignored;
                }
            }
        }
        *value = Value::Namespaces(match (&*value, invert) {
            (Value::Namespaces(now), true) => now & !flags,
            (Value::Namespaces(now), false) => now | flags,
            (_, true) => set::ALL_NAMESPACES & !flags,
            (_, false) => flags,
        });
        Outcome::Set
    }

    fn families(&mut self, value: &mut Value) -> Outcome {
        if self.text == "none" {
            return set(value, Value::Families(Families::NONE));
        }
        let (invert, from) = self.invert();
        let mut families = match value {
            Value::Families(f) => f.clone(),
            _ => Families::default(),
        };
        families.begin(invert);
        let stops = self.model().number() >= 261;
        self.each(Split::UNQUOTE, from, |p, word, at| match set::family(word) {
            Some(family) => {
                families.put(family, invert);
                true
            }
            None => {
                p.fault(Message::AddressFamilyInvalid, at);
                !stops
            }
        });
        set(value, Value::Families(families))
    }

    fn filter(&mut self, value: &mut Value) -> Outcome {
        let model = self.model();
        let (invert, from) = self.invert();
        let mut filter = match value {
            Value::Filter(filter) => filter.clone(),
            _ => Box::new(Filter::new(invert, model)),
        };
        self.each(Split::PLAIN, from, |p, word, at| {
            let (name, action) = match word.split_once(':') {
                Some((name, action)) => (name, Some(action)),
                None => (word, None),
            };
            if action.is_some_and(|a| syscall::action(a).is_none()) || name.is_empty() {
                p.fault(Message::SyscallErrnoInvalid, at);
            } else if action.is_some() && !invert {
                p.fault(Message::SyscallErrnoInAllow, at);
            } else if name.starts_with('@') {
                match syscall::group(name, model) {
                    Some(group) => filter.put(group.members(model), invert, action.is_some(), model),
                    None => p.fault(Message::SyscallGroupUnknown, at),
                }
            } else {
                match syscall::known(name, model) {
                    Some(call) => {
                        let mut one = syscall::SyscallSet::EMPTY;
                        one.insert(call);
                        filter.put(&one, invert, action.is_some(), model);
                    }
                    None => p.fault(Message::SyscallUnknown, at),
                }
            }
            true
        });
        set(value, Value::Filter(filter))
    }

    fn architectures(&mut self, value: &mut Value) -> Outcome {
        let known = SECCOMP_ARCHITECTURES[self.model().index()];
        let mut list = match std::mem::take(value) {
            Value::List(list) => list,
            _ => Vec::new(),
        };
        self.each(Split::UNQUOTE, 0, |p, word, at| {
            if !known.contains(&word) {
                p.fault(Message::InvalidGeneric, at);
            } else if !list.iter().any(|l| **l == *word) {
                list.push(word.into());
            }
            true
        });
        set(value, Value::List(list))
    }

    fn prefixes(&mut self, value: &mut Value) -> Outcome {
        let mut list = match std::mem::take(value) {
            Value::Prefixes(list) => list,
            _ => Vec::new(),
        };
        self.each(Split::PLAIN, 0, |p, word, at| {
            match Prefix::of_word(word) {
                Some(prefixes) => prefixes.into_iter().for_each(|prefix| address::add(&mut list, prefix)),
                None => p.fault(Message::IpPrefixInvalid, at),
            }
            true
        });
        set(value, Value::Prefixes(list))
    }

    fn device(&mut self, value: &mut Value) -> Outcome {
        let mut rest = words(self.text, Split::UNQUOTE);
        let word = match rest.next() {
            Some(Ok(word)) => word,
            _ => return self.whole(Message::InvalidQuoting),
        };
        let Ok(device) = specifier::expand(&word.text, Specifiers::Path, &self.at.subject) else {
            self.fault(Message::SpecifierUnresolvable, word.at);
            return Outcome::Ignored;
        };
        let mut device = device.into_owned();
        if !device.starts_with("block-") && !device.starts_with("char-") {
            let simple = path::simplify(&device, self.model());
            let node = ["/dev", "/run/systemd/inaccessible"]
                .iter()
                .any(|d| simple.strip_prefix(d).is_some_and(|r| r.is_empty() || r.starts_with('/')));
            if !node || simple.split('/').any(|p| p == "..") {
                self.fault(Message::DeviceNodeInvalid, word.at);
                return Outcome::Ignored;
            }
            device = simple;
        }
        let rights = rest.rest();
        if rights.bytes().any(|b| !b"rwm".contains(&b)) {
            self.fault(Message::DeviceNodeInvalid, self.text.len() - rights.len()..self.text.len());
            return Outcome::Ignored;
        }
        push(value, &format!("{device} {}", if rights.is_empty() { "rwm" } else { rights }));
        Outcome::Set
    }

    fn delegate(&mut self, value: &mut Value) -> Outcome {
        if !matches!(self.at.kind, UnitKind::Service | UnitKind::Scope) {
            return self.whole(Message::WrongUnitTypeForSetting);
        }
        if let Some(on) = number::boolean(self.text) {
            return set(value, Value::Bool(on));
        }
        let known = CONTROLLERS[self.model().index()];
        let mut broken = false;
        let faults = self.faults.len();
        self.each(Split::UNQUOTE, 0, |p, word, at| {
            if !known.contains(&word) {
                p.fault(Message::InvalidGeneric, at);
            }
            true
        });
        broken |= self.faults[faults..].iter().any(|f| f.message == Message::InvalidQuoting);
        if broken { Outcome::Ignored } else { set(value, Value::Bool(true)) }
    }

    /// Expands and judges a name; `None` refuses the unit.
    fn name(&mut self, word: &str, at: Range<usize>) -> Option<Box<str>> {
        let Ok(name) = specifier::expand(word, Specifiers::Full, &self.at.subject) else {
            self.fault(Message::SpecifierUnresolvable, at);
            return None;
        };
        match user::judge(&name) {
            user::Verdict::Impossible => {
                self.fault(Message::UserInvalid, at);
                return None;
            }
            user::Verdict::Relaxed => self.fault(Message::UserRelaxed, at.clone()),
            user::Verdict::Good => {}
        }
        if name == user::NOBODY && self.id.name().contains("User") {
            self.fault(Message::UserNobody, at);
        }
        Some(name.into())
    }

    fn user(&mut self, value: &mut Value) -> Outcome {
        match self.name(self.text, 0..self.text.len()) {
            Some(name) => set(value, Value::Text(name)),
            None => Outcome::Fatal,
        }
    }

    fn users(&mut self, value: &mut Value) -> Outcome {
        let mut fatal = false;
        let before = self.faults.len();
        self.each(Split::PLAIN, 0, |p, word, at| match p.name(word, at) {
            Some(name) => {
                push(value, &name);
                true
            }
            None => {
                fatal = true;
                false
            }
        });
        fatal |= self.faults[before..].iter().any(|f| f.message == Message::InvalidQuoting);
        if fatal { Outcome::Fatal } else { Outcome::Set }
    }

    fn command(&mut self, value: &mut Value) -> Outcome {
        if self.text.is_empty() {
            *value = Value::Unset;
            return Outcome::Reset;
        }
        let (commands, outcome) = match command::parse(self.text, &self.at.subject, self.faults) {
            command::Parsed::Commands(commands) => (commands, Outcome::Set),
            command::Parsed::Ignored(commands) => (commands, Outcome::Ignored),
            command::Parsed::Fatal => return Outcome::Fatal,
        };
        if !commands.is_empty() {
            match value {
                Value::Commands(list) => list.extend(commands),
                _ => *value = Value::Commands(commands),
            }
        }
        outcome
    }

    /// Expands and simplifies an absolute path.
    fn absolute(&mut self, text: &str, at: Range<usize>) -> Option<String> {
        let Ok(expanded) = specifier::expand(text, Specifiers::Path, &self.at.subject) else {
            self.fault(Message::SpecifierUnresolvable, at);
            return None;
        };
        match path::absolute(&expanded, self.model()) {
            Ok(path) => Some(path),
            Err(bad) => {
                self.faults.push(bad.fault(at, &expanded));
                None
            }
        }
    }

    fn path(&mut self, value: &mut Value, fatal: bool) -> Outcome {
        match self.absolute(self.text, 0..self.text.len()) {
            Some(path) => set(value, Value::Text(path.into())),
            None if fatal => Outcome::Fatal,
            None => Outcome::Ignored,
        }
    }

    fn path_line(&mut self, value: &mut Value) -> Outcome {
        let Some(path) = self.absolute(self.text, 0..self.text.len()) else {
            return Outcome::Ignored;
        };
        if !matches!(value, Value::List(l) if l.iter().any(|p| **p == *path)) {
            push(value, &path);
        }
        Outcome::Set
    }

    fn working_directory(&mut self, value: &mut Value) -> Outcome {
        let dash = self.text.starts_with('-');
        let from = usize::from(dash);
        let text = &self.text[from..];
        if text == "~" {
            return set(value, Value::Text("~".into()));
        }
        match self.absolute(text, from..self.text.len()) {
            Some(path) => set(value, Value::Text(path.into())),
            None if dash => Outcome::Ignored,
            None => Outcome::Fatal,
        }
    }

    fn pid_file(&mut self, value: &mut Value) -> Outcome {
        let Ok(expanded) = specifier::expand(self.text, Specifiers::Path, &self.at.subject) else {
            return self.whole(Message::SpecifierUnresolvable);
        };
        let runtime = if self.at.subject.scope == Scope::User { "/run/user/1000" } else { "/run" };
        let full = if expanded.starts_with('/') { expanded.into_owned() } else { format!("{runtime}/{expanded}") };
        let checked = path::absolute(&full, self.model())
            .and_then(|p| if path::below_api_vfs(&p, self.model()) { Err(path::BadPath::ApiVfs) } else { Ok(p) });
        match checked {
            Ok(path) => match path.strip_prefix("/var/run/") {
                Some(rest) => {
                    let moved = format!("/run/{rest}");
                    self.whole(Message::LegacyVarRun);
                    set(value, Value::Text(moved.into()))
                }
                None => set(value, Value::Text(path.into())),
            },
            Err(bad) => {
                self.faults.push(bad.fault(0..self.text.len(), &full));
                Outcome::Fatal
            }
        }
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
