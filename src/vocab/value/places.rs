//! Names, addresses, paths, images, credentials and environment (systemd.exec(5), systemd.socket(5), systemd.unit(5)).

use super::super::image::{self, Bad, Entries};
use super::super::name::{self, UnitName};
use super::super::net::{self, BadAddress, BadProgram, Listen};
use super::super::words::Split;
use super::super::{Class, Message, Specifiers, UnitKind, key, path, specifier, syscall};
use super::{Outcome, Parser, Value, push, set};
use std::ops::Range;

fn message(bad: Bad) -> Message {
    match bad {
        Bad::Syntax => Message::InvalidQuoting,
        Bad::Specifier => Message::SpecifierUnresolvable,
        Bad::Path(path::BadPath::NotAbsolute) => Message::PathNotAbsolute,
        Bad::Path(path::BadPath::NotNormalized) => Message::PathNotNormalized,
        Bad::Path(path::BadPath::ApiVfs) => Message::PathBelowApiVfs,
        Bad::PathAbsolute => Message::PathNotRelative,
        Bad::Private => Message::DirectoryPrivate,
        Bad::LinkNotSupported => Message::ConfigdirectoryExtra,
        Bad::CredentialName | Bad::CredentialSource | Bad::Data => Message::CredentialInvalid,
        Bad::Option | Bad::Partition | Bad::NoDestination => Message::InvalidGeneric,
    }
}

impl Parser<'_, '_> {
    /// The place-like classes; `None` for other classes.
    pub(super) fn place(&mut self, class: Class, value: &mut Value) -> Option<Outcome> {
        let model = self.model();
        let subject = &self.at.subject;
        // the pieces of a value take what its key takes
        let set = self.specifiers();
        let full = |text: &str| specifier::expand(text, set, subject).ok().map(std::borrow::Cow::into_owned);
        let text = self.text;
        // an escape made bytes that are no UTF-8
        let lost = |w: &str| w.contains(char::REPLACEMENT_CHARACTER) && !text.contains(char::REPLACEMENT_CHARACTER);
        let text_or = |good: bool| if good { Ok(()) } else { Err(Message::InvalidGeneric) };
        Some(match class {
            Class::BindPaths => self.entries(value, image::bind_paths(text, model, &full)),
            Class::ColonPathList => self.entries(value, image::colon_path_list(text, model, &full)),
            Class::MountImages => self.entries(value, image::mount_images(text, model, &full)),
            Class::ExtensionImages => self.entries(value, image::extension_images(text, model, &full)),
            Class::RootImageOptions => self.entries(value, image::root_image_options(text, model, &full)),
            Class::RelativeDirectories => {
                let links = self.id != key::CONFIGURATION_DIRECTORY;
                self.entries(value, image::relative_directories(text, links, model, &full))
            }
            Class::TemporaryFilesystems => self.each_word(value, Split::UNQUOTE, |w| {
                image::temporary_filesystem(w, model, &full).map(|_| ()).map_err(message)
            }),
            Class::LoadCredential => self.line(value, image::load_credential(text, &full).map(|_| ()).map_err(message)),
            Class::SetCredential => {
                let encrypted = self.id == key::SET_CREDENTIAL_ENCRYPTED;
                self.line(value, image::set_credential(text, encrypted, &full).map(|_| ()).map_err(message))
            }
            Class::ImportCredential => {
                self.line(value, image::import_credential(text, model, &full).map(|_| ()).map_err(message))
            }
            Class::OpenFile => self.line(value, text_or(image::open_file(text).is_some())),
            Class::ImagePolicy => {
                self.line(value, image::image_policy(text, model).map(|_| ()).map_err(|_| Message::ImagePolicyInvalid))
            }
            Class::RootHash => self.line(value, text_or(image::root_hash(text).is_ok())),
            Class::RootHashSignature => self.line(value, text_or(image::root_hash_signature(text).is_ok())),
            Class::Base64 => self.line(value, text_or(image::base64(text).is_some())),
            Class::EscapedText => self.line(value, text_or(image::escaped_text(text).is_some())),
            Class::RuleNames => self.each_word(value, Split::UNQUOTE_RAW, |w| {
                image::rule_name(w).map(|_| ()).ok_or(Message::InvalidGeneric)
            }),
            Class::PathList => self.path_words(value, false),
            Class::PathListPrefixed => self.path_words(value, true),
            Class::ConditionPath => self.condition(value, true),
            Class::ConditionString => self.condition(value, false),
            Class::SocketAddress => self.listen(value),
            Class::SocketBindRule => self.line(value, text_or(net::socket_bind_rule(text).is_some())),
            Class::BpfProgram => self.bpf_program(value),
            Class::NftSet => self.each_word(value, Split::UNQUOTE_RAW, |w| text_or(net::nft_set(w).is_some())),
            Class::InterfaceName => self.interface(value),
            Class::InterfaceNames => {
                let longest = net::restrict_name_length(model);
                let from = usize::from(text.starts_with('~'));
                self.each_from(value, Split::UNQUOTE, from, |w| text_or(net::is_interface(w, longest)))
            }
            Class::FdName => self.expanded_line(value, |t| net::fd_name(t).is_some()),
            Class::BusName => self.expanded_line(value, |t| net::bus_name(t).is_some()),
            Class::LogNamespace => self.expanded_line(value, |t| net::log_namespace(t).is_some()),
            Class::XattrAssignment => self.expanded_line(value, |t| net::xattr_assignment(t).is_some()),
            Class::RegexPattern => self.line(value, text_or(net::regex_pattern(text).fault.is_none())),
            Class::StandardInput => self.stream(value, net::standard_input(text)),
            Class::StandardOutput => self.stream(value, net::standard_output(text)),
            Class::JournalFields => self.each_expanded(value, Split::UNQUOTE_C, |w| {
                net::journal_field(w).map(|_| ()).map_err(|_| Message::LogFieldInvalid)
            }),
            Class::Environment => self.each_expanded(value, Split::UNQUOTE_C, |w| {
                net::env_assignment(w).filter(|_| !lost(w)).map(|_| ()).ok_or(Message::EnvironmentInvalid)
            }),
            Class::EnvNames => self.each_expanded(value, Split::UNQUOTE, |w| {
                net::env_name(w).map(|_| ()).ok_or(Message::EnvironmentNameInvalid)
            }),
            Class::EnvNamesOrAssignments => self.each_expanded(value, Split::UNQUOTE_C, |w| {
                net::env_name_or_assignment(w).filter(|_| !lost(w)).map(|_| ()).ok_or(Message::EnvironmentNameInvalid)
            }),
            Class::EnvFile => {
                let (dash, file) = net::env_file(text);
                match self.absolute(file, usize::from(dash)..text.len()) {
                    Some(_) => self.line(value, Ok(())),
                    None => Outcome::Ignored,
                }
            }
            Class::WatchPath => match self.absolute(text, 0..text.len()) {
                Some(path) => {
                    push(value, &path);
                    Outcome::Set
                }
                None => Outcome::Ignored,
            },
            Class::UrlList => self.documentation(value),
            Class::UnitNames => {
                let (id, own) = (self.id, subject.name.as_str());
                self.each_expanded_as(value, Split::RAW, Specifiers::Name, |w| match name::kind_of(w) {
                    None => Err(Message::DependencyInvalidName),
                    Some(kind) if id == key::BEFORE && kind == UnitKind::Device => Err(Message::DependencyBeforeDevice),
                    // on itself these two are dropped without a word
                    Some(_) if w == own && !matches!(id, key::WANTS | key::REQUIRES) => Err(Message::DependencyOnSelf),
                    Some(_) => Ok(()),
                })
            }
            Class::UnitName => self.trigger(value),
            Class::SliceName => self.slice(value),
            Class::ServiceName => {
                self.expanded_line_as(value, Specifiers::Name, |t| name::kind_of(t) == Some(UnitKind::Service))
            }
            Class::SocketNames => self.each_expanded_as(value, Split::PLAIN, Specifiers::Name, |w| {
                text_or(name::kind_of(w) == Some(UnitKind::Socket))
            }),
            Class::Install => self.install(value),
            Class::SyscallList => self.syscall_names(value),
            Class::Controllers => {
                let known = super::super::CONTROLLERS[model.index()];
                self.each_word(value, Split::PLAIN, |w| text_or(known.contains(&w)))
            }
            _ => return None,
        })
    }

    fn specifiers(&self) -> Specifiers {
        self.id.key().specifiers(self.model())
    }

    /// One value for the whole line.
    fn line(&mut self, value: &mut Value, good: Result<(), Message>) -> Outcome {
        match good {
            Ok(()) => {
                push(value, self.text);
                Outcome::Set
            }
            Err(message) => self.whole(message),
        }
    }

    fn expanded_line(&mut self, value: &mut Value, good: impl Fn(&str) -> bool) -> Outcome {
        self.expanded_line_as(value, self.specifiers(), good)
    }

    fn expanded_line_as(&mut self, value: &mut Value, specifiers: Specifiers, good: impl Fn(&str) -> bool) -> Outcome {
        match self.expanded(self.text, specifiers, 0..self.text.len()) {
            Some(text) if good(&text) => set(value, Value::Text(text.into())),
            Some(_) => self.whole(Message::InvalidGeneric),
            None => Outcome::Ignored,
        }
    }

    /// Entries that were split and judged elsewhere.
    fn entries<T>(&mut self, value: &mut Value, entries: Entries<T>) -> Outcome {
        for problem in entries.problems {
            self.fault(message(problem.what), problem.at);
        }
        if entries.items.is_empty() {
            return Outcome::Ignored;
        }
        push(value, self.text);
        Outcome::Set
    }

    fn each_word(&mut self, value: &mut Value, split: Split, judge: impl Fn(&str) -> Result<(), Message>) -> Outcome {
        self.each_from(value, split, 0, judge)
    }

    fn each_from(
        &mut self,
        value: &mut Value,
        split: Split,
        from: usize,
        judge: impl Fn(&str) -> Result<(), Message>,
    ) -> Outcome {
        self.each(split, from, |p, word, at| {
            match judge(word) {
                Ok(()) => push(value, word),
                Err(message) => p.fault(message, at),
            }
            true
        });
        Outcome::Set
    }

    fn each_expanded(
        &mut self,
        value: &mut Value,
        split: Split,
        judge: impl Fn(&str) -> Result<(), Message>,
    ) -> Outcome {
        self.each_expanded_as(value, split, self.specifiers(), judge)
    }

    fn each_expanded_as(
        &mut self,
        value: &mut Value,
        split: Split,
        specifiers: Specifiers,
        judge: impl Fn(&str) -> Result<(), Message>,
    ) -> Outcome {
        self.each(split, 0, |p, word, at| {
            if let Some(text) = p.expanded(word, specifiers, at.clone()) {
                match judge(&text) {
                    Ok(()) => push(value, &text),
                    Err(message) => p.fault(message, at),
                }
            }
            true
        });
        Outcome::Set
    }

    fn path_words(&mut self, value: &mut Value, prefixed: bool) -> Outcome {
        self.each(Split::UNQUOTE, 0, |p, word, at| {
            let path = if prefixed { image::prefixed_path(word).path } else { word };
            if p.absolute(path, at).is_some() {
                push(value, word);
            }
            true
        });
        Outcome::Set
    }

    fn condition(&mut self, value: &mut Value, is_path: bool) -> Outcome {
        let condition = image::condition(self.text, is_path);
        let at = self.text.len() - condition.value.len()..self.text.len();
        let good = if is_path {
            self.absolute(condition.value, at).is_some()
        } else {
            self.expanded(condition.value, Specifiers::Full, at).is_some()
        };
        if !good {
            return Outcome::Ignored;
        }
        push(value, self.text);
        Outcome::Set
    }

    fn listen(&mut self, value: &mut Value) -> Outcome {
        let Some(kind) = Listen::named(self.id.name()) else { return Outcome::Ignored };
        let Some(text) = self.expanded(self.text, Specifiers::Path, 0..self.text.len()) else {
            return Outcome::Ignored;
        };
        match net::socket_address(kind, &text, self.model()) {
            Ok(_) => {}
            Err(BadAddress::Path(bad)) => {
                self.faults.push(bad.fault(0..self.text.len(), &text));
                return Outcome::Ignored;
            }
            Err(_) => return self.whole(Message::SocketAddressInvalid),
        }
        let moved = text
            .strip_prefix("/var/run/")
            .filter(|_| kind.moves_var_run() && Message::LegacyVarRun.said_by(self.model()));
        match moved {
            // Debian's 252 says it at debug level only
            Some(rest) if self.model().number() >= 254 => {
                self.whole(Message::LegacyVarRun);
                push(value, &format!("/run/{rest}"));
            }
            _ => push(value, &text),
        }
        Outcome::Set
    }

    fn bpf_program(&mut self, value: &mut Value) -> Outcome {
        match net::bpf_program(self.text) {
            Ok((_, path)) => {
                let at = self.text.len() - path.len()..self.text.len();
                if self.absolute(path, at).is_none() {
                    return Outcome::Ignored;
                }
                push(value, self.text);
                Outcome::Set
            }
            Err(BadProgram::Syntax | BadProgram::AttachType) => self.whole(Message::InvalidGeneric),
        }
    }

    fn interface(&mut self, value: &mut Value) -> Outcome {
        let Some(text) = self.expanded(self.text, self.specifiers(), 0..self.text.len()) else {
            return Outcome::Ignored;
        };
        let longest =
            if self.id == key::BIND_TO_DEVICE { net::SHORT_NAME } else { net::restrict_name_length(self.model()) };
        if (self.id == key::BIND_TO_DEVICE && text == "*") || net::is_interface(&text, longest) {
            set(value, Value::Text(text.into()))
        } else {
            self.whole(Message::InvalidGeneric)
        }
    }

    fn stream(&mut self, value: &mut Value, stream: Option<net::Stream<'_>>) -> Outcome {
        let Some(stream) = stream else { return self.whole(Message::InvalidGeneric) };
        let end = self.text.len();
        if stream.path().is_some_and(|path| self.absolute(path, end - path.len()..end).is_none()) {
            return Outcome::Ignored;
        }
        if let net::Stream::Fd(name) = stream {
            let at = end - name.len()..end;
            match self.expanded(name, Specifiers::Fd, at.clone()) {
                Some(name) if name.is_empty() || net::fd_name(&name).is_some() => {}
                Some(_) => {
                    self.fault(Message::InvalidGeneric, at);
                    return Outcome::Ignored;
                }
                None => return Outcome::Ignored,
            }
        }
        set(value, Value::Text(self.text.into()))
    }

    /// The whole line is expanded first and split then.
    fn documentation(&mut self, value: &mut Value) -> Outcome {
        let Some(text) = self.expanded(self.text, Specifiers::Full, 0..self.text.len()) else {
            return Outcome::Ignored;
        };
        let same = text == self.text;
        for word in super::super::words::words(&text, Split::UNQUOTE_RAW) {
            let place = |at: Range<usize>| if same { at } else { 0..self.text.len() };
            match word {
                Ok(word) if net::documentation_url(&word.text).is_some() => push(value, &word.text),
                Ok(word) => {
                    let at = place(word.at);
                    self.fault(Message::DocumentationInvalid, at);
                }
                Err(bad) => {
                    let at = place(bad.at);
                    self.fault(Message::InvalidQuoting, at);
                }
            }
        }
        Outcome::Set
    }

    /// `Unit=` of timers and paths.
    fn trigger(&mut self, value: &mut Value) -> Outcome {
        if *value != Value::Unset {
            return self.whole(Message::TriggerMultiple);
        }
        let Some(text) = self.expanded(self.text, Specifiers::Name, 0..self.text.len()) else {
            return Outcome::Ignored;
        };
        if text == self.at.subject.name.as_str() {
            return self.whole(Message::TriggerSelf);
        }
        match name::kind_of(&text) {
            Some(_) => set(value, Value::Text(text.into())),
            None => self.whole(Message::TriggerType),
        }
    }

    fn slice(&mut self, value: &mut Value) -> Outcome {
        if self.at.kind == UnitKind::Slice {
            return self.whole(Message::SliceInSlice);
        }
        let Some(text) = self.expanded(self.text, Specifiers::Name, 0..self.text.len()) else {
            return Outcome::Ignored;
        };
        // there are no templates of slices, so that none has an instance (`unit_add_name()`)
        match UnitName::parse(&text) {
            Some(name) if name.kind() == UnitKind::Slice && name.instance().is_none() => {
                set(value, Value::Text(text.into()))
            }
            _ => self.whole(Message::SliceLoad),
        }
    }

    /// What only `systemctl enable` reads: the loader has nothing against any value, enabling has.
    fn install(&mut self, value: &mut Value) -> Outcome {
        let (alias, kind) = (self.id == key::ALIAS, self.at.kind);
        let names = self.id != key::DEFAULT_INSTANCE;
        self.each(Split::UNQUOTE_RAW, 0, |p, word, at| {
            let text = specifier::expand(word, Specifiers::Name, &p.at.subject);
            let found = text.as_ref().ok().and_then(|t| name::kind_of(t));
            if names && found.is_none_or(|found| alias && found != kind) {
                p.fault(Message::InstallNameInvalid, at);
            }
            push(value, word);
            true
        });
        Outcome::Set
    }

    /// Names of calls and groups that are only logged.
    fn syscall_names(&mut self, value: &mut Value) -> Outcome {
        let model = self.model();
        let from = usize::from(self.text.starts_with('~'));
        self.each_from(value, Split::PLAIN, from, |word| match word {
            w if w.starts_with('@') => syscall::group(w, model).map(|_| ()).ok_or(Message::SyscallGroupUnknown),
            w => syscall::known(w, model).map(|_| ()).ok_or(Message::SyscallUnknown),
        })
    }
}
