//! From files to settings: `config_parse()` and the folding of values, file by file in the order in which they count.

use super::implied::Replaced;
use super::settings::Settings;
use super::{Assignment, At, From, Header, Problem, State, Unit};
use crate::load::{self, File, Files};
use crate::syntax::{Junk, Kind};
use crate::target::Target;
use crate::text::Span;
use crate::vocab::message::Fault;
use crate::vocab::name::UnitName;
use crate::vocab::specifier::{Deprecated, Subject};
use crate::vocab::value::{self, Outcome, Value};
use crate::vocab::{self, KeyId, Message, Section};
use std::sync::{Arc, OnceLock};

/// What the lines below belong to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// no header yet
    Nowhere,
    /// a header that is ignored
    Ignored,
    /// a section of the unit
    In(Section),
}

struct Reader<'a> {
    unit: Unit,
    at: value::Setting<'a>,
    faults: Vec<Fault>,
}

impl Unit {
    /// Reads the files that loading found.
    pub fn read(files: Files, target: Target) -> Self {
        let mut unit = Self::begin(files, target);
        unit.complete();
        unit
    }

    /// The same for several units, step by step: code that has just run costs less.
    #[allow(clippy::vec_box, reason = "they are handed on many times, and large")]
    pub(crate) fn read_all(files: Vec<Files>, target: Target) -> Vec<Box<Self>> {
        files.iter().flat_map(|unit| &unit.files).for_each(|file| _ = file.syntax());
        let mut units: Vec<Box<Self>> = files.into_iter().map(|files| Box::new(Self::begin(files, target))).collect();
        units.iter_mut().for_each(|unit| unit.complete_implied());
        units.iter_mut().for_each(|unit| unit.complete_judged());
        units
    }

    /// As the files have it, before the manager adds to it.
    fn begin(files: Files, target: Target) -> Self {
        let state = match &files.state {
            load::State::Found => State::Loaded,
            load::State::Masked => State::Masked,
            load::State::NotFound => State::NotFound,
            load::State::Unreadable(e) => State::Refused(format!("its file cannot be read: {e}")),
        };
        let unit = Self {
            scope: files.scope,
            path: files.path,
            files: files.files,
            aliases: files.aliases,
            state,
            target,
            settings: Settings::default(),
            headers: Vec::new(),
            problems: Vec::new(),
            cut: Vec::new(),
            lone: files.lone,
            unread: !files.unreadable.is_empty(),
            profile: files.profile,
            name: files.name,
            replaced: Vec::new(),
            completed: false,
            command_traces: OnceLock::new(),
            command_lines: OnceLock::new(),
            fences: OnceLock::new(),
        };
        unit.read_files(0)
    }

    /// Reads the files from one on, into what those before it came to.
    fn read_files(mut self, from: usize) -> Self {
        if !matches!(self.state, State::Loaded | State::Masked) {
            return self;
        }
        if self.kind() == vocab::UnitKind::Scope && !self.lone {
            // scopes are made through the API only: a file is not looked at, but drop-ins are
            if self.state == State::Loaded {
                self.refuse_for(Message::ScopeFile);
            }
            return self;
        }
        let target = self.target;
        let subject_name = subject_name(&self.name, target.model);
        let fragment = self.path.to_str().map_or_else(|| self.path.to_string_lossy().into_owned(), str::to_owned);
        let subject = Subject {
            name: &subject_name,
            fragment: &fragment,
            scope: self.scope,
            model: target.model,
            arch: target.arch,
            deprecated: Deprecated::default(),
        };
        let at = value::Setting { subject, kind: self.name.kind() };
        let mut reader = Reader { unit: self, at, faults: Vec::new() };
        for index in from..reader.unit.files.len() {
            let file = reader.unit.files[index].clone();
            let Some(why) = reader.file(index as u16, &file) else { continue };
            reader.unit.cut.push(index as u16);
            if index == 0 && !reader.unit.lone {
                reader.unit.state = State::Refused(why);
                reader.unit.note_refusal();
                break;
            }
        }
        reader.unit
    }

    /// After a line that ends the reading of the fragment: systemd names the unit as well when a value was fatal.
    fn note_refusal(&mut self) {
        use Message::{BadSectionCharacters, InvalidSectionHeader, LineTooLong, NotUtf8};
        let last = self.problems.last().map(|p| p.message);
        if last.is_some_and(|m| !matches!(m, BadSectionCharacters | InvalidSectionHeader | LineTooLong | NotUtf8)) {
            self.problems.push(Problem { message: Message::FatalConfiguration, at: At::Unit, about: String::new() });
        }
    }

    /// The same unit with one more drop-in behind all others. The files before it are not read again, and what is to be
    /// said of them is not said again.
    #[must_use]
    pub fn with_dropin(&self, file: File) -> Self {
        let files = self.files.iter().cloned().chain([Arc::new(file)]).collect();
        let mut unit = self.copy(files, self.settings.clone(), self.replaced.clone());
        unit.headers.clone_from(&self.headers);
        let mut unit = unit.read_files(self.files.len());
        unit.complete();
        unit
    }

    /// The unit before the manager adds to it, with other files and settings.
    pub(super) fn copy(&self, files: Vec<Arc<File>>, settings: Settings, replaced: Vec<Replaced>) -> Self {
        let mut unit = Self {
            name: self.name.clone(),
            scope: self.scope,
            path: self.path.clone(),
            files,
            aliases: self.aliases.clone(),
            // what was refused as a whole is looked at anew, what could not be read is not
            state: if self.completed { State::Loaded } else { self.state.clone() },
            lone: self.lone,
            unread: self.unread,
            profile: self.profile,
            target: self.target,
            settings,
            headers: Vec::new(),
            problems: Vec::new(),
            cut: self.cut.clone(),
            replaced,
            completed: false,
            command_traces: OnceLock::new(),
            command_lines: OnceLock::new(),
            fences: OnceLock::new(),
        };
        unit.forget_implied();
        unit
    }

    /// What a value of this unit is parsed with, by the rules of a release.
    pub fn value_setting(&self, model: vocab::Model) -> value::Setting<'_> {
        let fragment = self.path.to_str().unwrap_or_default();
        let subject = Subject {
            name: &self.name,
            fragment,
            scope: self.scope,
            model,
            arch: self.target.arch,
            deprecated: Deprecated::default(),
        };
        value::Setting { subject, kind: self.kind() }
    }

    /// What the manager adds, and whether it takes the unit at all.
    fn complete(&mut self) {
        self.complete_implied();
        self.complete_judged();
    }

    fn complete_implied(&mut self) {
        if self.state == State::Loaded {
            self.completed = true;
            self.imply();
        }
    }

    fn complete_judged(&mut self) {
        if !self.completed {
            return;
        }
        if !self.lone {
            self.refuse();
            self.note_idle();
        }
        if self.state != State::Loaded {
            // nothing follows from what is not taken
            self.settings.retain(|s| !s.assignments.is_empty());
        }
    }
}

impl Reader<'_> {
    /// Reads a file; gives the reason when reading stops before its end.
    fn file(&mut self, index: u16, file: &Arc<File>) -> Option<String> {
        let bytes = &file.source.bytes;
        self.unit.settings.reserve(file.syntax().items.len().min(32));
        let mut place = Place::Nowhere;
        for (i, item) in file.syntax().items.iter().enumerate() {
            if let Some(at) = file.syntax().too_long.filter(|at| item.span.end > *at) {
                let at = At::Span { file: index, span: Span { start: at, end: at + 1 }, line: item.line };
                self.unit.problems.push(Problem { message: Message::LineTooLong, at, about: String::new() });
                return Some("a line is longer than 1 MiB".into());
            }
            let mut say = |message, span: Span| {
                let about = String::from_utf8_lossy(span.of(bytes)).into_owned();
                self.unit.problems.push(Problem {
                    message,
                    at: At::Span { file: index, span, line: item.line },
                    about,
                });
            };
            match &item.kind {
                Kind::Blank | Kind::Comment => {}
                Kind::Junk(Junk::NotUtf8) => {
                    say(Message::NotUtf8, item.span);
                    return Some(format!("line {} is not UTF-8", item.line));
                }
                Kind::Junk(Junk::BadHeader) => {
                    say(Message::InvalidSectionHeader, trimmed(bytes, item.span));
                    return Some(format!("line {} is a broken section header", item.line));
                }
                Kind::Section { name } => match Self::section(&self.at, bytes, *name) {
                    Ok(now) => {
                        let header = Span { start: name.start - 1, end: name.end + 1 };
                        place = match now {
                            Some(section) => {
                                self.unit.headers.push(Header { file: index, section, span: header });
                                Place::In(section)
                            }
                            None => {
                                if !name.of(bytes).starts_with(b"X-") {
                                    say(Message::UnknownSection, header);
                                }
                                Place::Ignored
                            }
                        };
                    }
                    Err(()) => {
                        say(Message::BadSectionCharacters, *name);
                        return Some(format!("line {} is a section header with bad characters", item.line));
                    }
                },
                Kind::Junk(_) | Kind::Entry { .. } if place == Place::Ignored => {}
                Kind::Junk(_) | Kind::Entry { .. } if place == Place::Nowhere => {
                    say(Message::AssignmentOutsideSection, trimmed(bytes, item.span));
                }
                Kind::Junk(Junk::NoEqual) => say(Message::MissingEqualSign, trimmed(bytes, item.span)),
                Kind::Junk(Junk::NoKey) => say(Message::MissingKey, trimmed(bytes, item.span)),
                Kind::Entry { key, value, .. } => {
                    let Place::In(section) = place else { continue };
                    let spans = (*key, *value);
                    if let Some(why) = self.entry(index, i, file, section, spans) {
                        return Some(why);
                    }
                }
            }
        }
        None
    }

    /// `Err` for a name that stops the file, `None` for a section to ignore.
    fn section(at: &value::Setting<'_>, bytes: &[u8], name: Span) -> Result<Option<Section>, ()> {
        let name = name.of(bytes);
        let unsafe_byte = |b: &u8| *b < b' ' || *b == 0x7f || b"\"'\\".contains(b);
        if name.iter().any(unsafe_byte) || (name.is_empty() && at.subject.model.number() >= 258) {
            return Err(());
        }
        let section = std::str::from_utf8(name).ok().and_then(Section::named);
        Ok(section.filter(|s| s.fits(at.kind)))
    }

    fn entry(
        &mut self,
        index: u16,
        item: usize,
        file: &File,
        section: Section,
        (key_span, value_span): (Span, Span),
    ) -> Option<String> {
        let line = &file.syntax().items[item];
        let (name, joined) = line.entry(&file.source.bytes)?;
        let target = self.unit.target;
        let any = vocab::lookup(section, &name);
        let Some(id) = any.filter(|id| is_known(*id, section, target)) else {
            // the release that was asked for may know what the recorded one that stands for it does not
            let new = target.model.number() + 1..=target.systemd;
            let known = any.and_then(|id| id.key().placement(section)).is_some_and(|p| new.contains(&p.introduced));
            if !name.starts_with("X-") && !known {
                let at = At::Span { file: index, span: key_span, line: line.line };
                self.unit.problems.push(Problem { message: Message::UnknownKey, at, about: name.into_owned() });
            }
            return None;
        };
        let setting = self.unit.settings.get_or_insert(id);
        let outcome = assign(id, &mut setting.value, &joined.text, target, &self.at, &mut self.faults);
        if matches!(outcome, Outcome::Set | Outcome::Reset) {
            setting.from = From::Assigned(setting.assignments.len() as u32);
        }
        setting.assignments.push(Assignment {
            file: index,
            item: item as u32,
            key: key_span,
            value: value_span,
            section,
            outcome,
        });
        for fault in self.faults.drain(..) {
            let at = At::Span { file: index, span: joined.span(fault.at), line: line.line };
            self.unit.problems.push(Problem { message: fault.message, at, about: fault.about });
        }
        (outcome == Outcome::Fatal).then(|| format!("line {} is fatal: {}={}", line.line, name, joined.text))
    }
}

/// Whether a release has a key in a section.
pub(super) fn is_known(id: KeyId, section: Section, target: Target) -> bool {
    id.key().placement(section).is_some_and(|p| p.known_to(target.model) && p.introduced <= target.systemd)
}

/// Lets a value count for a key.
pub(super) fn assign(
    key: KeyId,
    value: &mut Value,
    text: &str,
    target: Target,
    at: &value::Setting<'_>,
    faults: &mut Vec<Fault>,
) -> Outcome {
    match key.key().word_since(text) {
        // the recorded release that stands for an older one has learnt the word since
        Some(since) if since > target.systemd => {
            faults.push(Fault { message: Message::InvalidGeneric, at: 0..text.len(), about: text.to_owned() });
            Outcome::Ignored
        }
        // and the other way round
        Some(since) if since > target.model.number() => Outcome::Ignored,
        _ => value::assign(key, value, text, at, faults),
    }
}

/// A template is looked at under an invented instance.
fn subject_name(name: &UnitName, model: vocab::Model) -> UnitName {
    let invented = || name.with_instance(load::test_instance(model));
    if name.is_template() { invented() } else { None }.unwrap_or_else(|| name.clone())
}

/// Without blanks and line ends around.
fn trimmed(bytes: &[u8], span: Span) -> Span {
    let text = span.of(bytes);
    let blank = |b: &u8| matches!(b, b' ' | b'\t' | b'\n' | b'\r' | 0);
    let start = text.iter().position(|b| !blank(b)).unwrap_or(0);
    let end = text.iter().rposition(|b| !blank(b)).map_or(start, |e| e + 1);
    Span::new(span.start as usize + start, span.start as usize + end)
}
