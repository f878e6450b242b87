//! Who runs what and where: users, command lines, paths (systemd.exec(5), systemd.service(5)).

use super::super::words::Split;
use super::super::{Message, Scope, Specifiers, command, path, specifier, user};
use super::{Outcome, Parser, Value, push, set};
use std::ops::Range;

impl Parser<'_, '_> {
    /// Expands and judges a name; `None` refuses the unit.
    pub(super) fn name(&mut self, word: &str, at: Range<usize>) -> Option<Box<str>> {
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

    pub(super) fn user(&mut self, value: &mut Value) -> Outcome {
        match self.name(self.text, 0..self.text.len()) {
            Some(name) => set(value, Value::Text(name)),
            None => Outcome::Fatal,
        }
    }

    pub(super) fn users(&mut self, value: &mut Value) -> Outcome {
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

    pub(super) fn command(&mut self, value: &mut Value) -> Outcome {
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
    pub(super) fn absolute(&mut self, text: &str, at: Range<usize>) -> Option<String> {
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

    pub(super) fn path(&mut self, value: &mut Value, fatal: bool) -> Outcome {
        match self.absolute(self.text, 0..self.text.len()) {
            Some(path) => set(value, Value::Text(path.into())),
            None if fatal => Outcome::Fatal,
            None => Outcome::Ignored,
        }
    }

    pub(super) fn path_line(&mut self, value: &mut Value) -> Outcome {
        let Some(path) = self.absolute(self.text, 0..self.text.len()) else {
            return Outcome::Ignored;
        };
        if !matches!(value, Value::List(l) if l.iter().any(|p| **p == *path)) {
            push(value, &path);
        }
        Outcome::Set
    }

    pub(super) fn working_directory(&mut self, value: &mut Value) -> Outcome {
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

    pub(super) fn pid_file(&mut self, value: &mut Value) -> Outcome {
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
