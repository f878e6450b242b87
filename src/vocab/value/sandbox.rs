//! Values that make up the sandbox: capabilities, namespaces, address families, system calls, addresses, devices
//! (systemd.exec(5), systemd.resource-control(5)).

use super::super::address::{self, Prefix};
use super::super::set::{self, Families};
use super::super::specifier;
use super::super::syscall::{self, Filter};
use super::super::words::{Split, words};
use super::super::{CONTROLLERS, Message, SECCOMP_ARCHITECTURES, Specifiers, UnitKind, key, number, path};
use super::{Outcome, Parser, Value, push, set};
use std::collections::BTreeSet;

impl Parser<'_, '_> {
    pub(super) fn capabilities(&mut self, value: &mut Value) -> Outcome {
        let bounding = self.id == key::CAPABILITY_BOUNDING_SET;
        let initial = if bounding { u64::MAX } else { 0 };
        let (invert, from) = self.invert();
        // an open quote ends the line without a message before 254, and is closed by the end since
        let split = if self.model().number() < 254 { Split::UNQUOTE } else { Split::UNQUOTE_RELAX };
        let mut sum = 0;
        let mut unknown = Vec::new();
        for word in words(&self.text[from..], split).map_while(Result::ok) {
            match set::capability(&word.text) {
                Some(c) => sum |= 1 << c,
                None => unknown.push(word.at.start + from..word.at.end + from),
            }
        }
        for at in unknown {
            self.fault(Message::CapabilityInvalid, at);
        }
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

    pub(super) fn namespaces(&mut self, value: &mut Value) -> Outcome {
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

    pub(super) fn families(&mut self, value: &mut Value) -> Outcome {
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

    pub(super) fn filter(&mut self, value: &mut Value) -> Outcome {
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
            if action.is_some_and(|a| syscall::action(a, model).is_none()) || name.is_empty() {
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

    pub(super) fn architectures(&mut self, value: &mut Value) -> Outcome {
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

    pub(super) fn prefixes(&mut self, value: &mut Value) -> Outcome {
        let mut list = match std::mem::take(value) {
            Value::Prefixes(list) => list,
            _ => BTreeSet::new(),
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

    pub(super) fn device(&mut self, value: &mut Value) -> Outcome {
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

    pub(super) fn delegate(&mut self, value: &mut Value) -> Outcome {
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
}
