//! What lies on the desk: open documents over the files of the disk, and what was found about each.

use super::convert::{self, Encoding};
use super::wishes::Wishes;
use crate::engine::suppress::Date;
use crate::engine::{self, Asked, Config, Input, Options, Plan, Report, Settings, config};
use crate::load::{self, File, PathKind};
use crate::rule::Finding;
use crate::syntax::Kind;
use crate::text::{Source, Span};
use crate::tree::{Disk, Kept, Overlay};
use crate::unit::Unit;
use crate::vocab::{Scope, Section, UnitKind};
use gen_lsp_types::{TextDocumentContentChangeEvent, Uri};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The files as the user sees them.
pub(super) type Files = Overlay<Arc<Kept<Disk>>>;

/// Where documents lie that have no file yet: no directory is called so.
const UNSAVED: &str = "/nonexistent/unsaved";

/// An open document.
pub(super) struct Document {
    /// as the editor calls it
    pub(super) uri: Uri,
    /// the file that it is or will be
    pub(super) path: PathBuf,
    /// as the editor counts
    pub(super) version: i32,
    /// its text
    pub(super) file: Arc<File>,
    /// what it was judged by, and the units that it is part of
    plan: Option<(Arc<Settings>, Plan)>,
    /// what was found when the text was looked at
    pub(super) seen: Option<Seen>,
}

/// What was found about the units of a document.
pub(super) struct Seen {
    /// what is in force
    pub(super) settings: Arc<Settings>,
    /// the units
    pub(super) reports: Vec<Report>,
    /// about names, links and several units together
    pub(super) rest: Vec<Finding>,
}

impl Seen {
    /// Everything that was found.
    pub(super) fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.reports.iter().flat_map(|r| &r.findings).chain(&self.rest)
    }
}

impl Document {
    /// Whether it says what is in force, and no unit.
    pub(super) fn is_configuration(&self) -> bool {
        self.path.file_name().is_some_and(|name| name == config::NAME)
    }

    /// Whether systemd reads it.
    pub(super) fn is_unit(&self) -> bool {
        PathKind::of(&self.path) != PathKind::Other
    }

    /// The first of the units that it is part of.
    pub(super) fn report(&self) -> Option<&Report> {
        self.seen.as_ref()?.reports.first()
    }

    /// The same without what was found.
    pub(super) fn unit(&self) -> Option<&Unit> {
        self.report().map(|r| &*r.unit)
    }

    /// Its number among the files of its unit.
    pub(super) fn number(&self) -> Option<u16> {
        let at = self.unit()?.files.iter().position(|f| f.source.path == self.path)?;
        u16::try_from(at).ok()
    }

    /// The type of its unit, by its name.
    pub(super) fn kind(&self) -> UnitKind {
        match PathKind::of(&self.path) {
            PathKind::Unit(name) => name.kind(),
            PathKind::DropIn { owner } => {
                let suffix = owner.rsplit('.').next().unwrap_or_default();
                UnitKind::named(suffix).unwrap_or(UnitKind::Service)
            }
            PathKind::Profile(kind, _) => kind,
            PathKind::Other => UnitKind::Service,
        }
    }

    /// Its bytes with their lines.
    pub(super) fn source(&self) -> &Source {
        &self.file.source
    }
}

/// The desk.
pub(super) struct Desk {
    /// the files of the disk, as they were seen
    pub(super) disk: Arc<Kept<Disk>>,
    /// the same with what is open in front
    pub(super) files: Files,
    /// by URI
    pub(super) documents: BTreeMap<String, Document>,
    /// the directories that the editor works in
    pub(super) folders: Vec<PathBuf>,
    /// how the editor counts columns
    pub(super) encoding: Encoding,
    /// what its user asks for
    pub(super) wishes: Wishes,
    asked: Asked,
    settings: BTreeMap<PathBuf, Arc<Settings>>,
    today: Option<Date>,
    /// what is to be shown to the user, once
    pub(super) messages: Vec<String>,
}

impl Desk {
    /// Nothing is open.
    pub(super) fn new(today: Option<Date>) -> Self {
        let disk = Arc::new(Kept::new(Disk));
        Self {
            files: Overlay::new(disk.clone()),
            disk,
            documents: BTreeMap::new(),
            folders: Vec::new(),
            encoding: Encoding::default(),
            wishes: Wishes::default(),
            asked: Asked { today, ..Asked::default() },
            settings: BTreeMap::new(),
            today,
            messages: Vec::new(),
        }
    }

    /// Takes in what the user asks for.
    pub(super) fn wish(&mut self, wishes: Wishes, faults: Vec<String>) {
        let (asked, more) = wishes.asked(self.today);
        self.messages.extend(faults);
        self.messages.extend(more);
        (self.wishes, self.asked) = (wishes, asked);
        self.forget_settings();
    }

    /// What is in force is read again.
    pub(super) fn forget_settings(&mut self) {
        self.settings.clear();
        self.documents.values_mut().for_each(|d| d.plan = None);
    }

    /// Something changed on the disk.
    pub(super) fn forget(&mut self) {
        self.disk.forget();
        self.forget_settings();
    }

    /// The path that counts for a URI.
    pub(super) fn path(uri: &str, text: &[u8]) -> PathBuf {
        match convert::path(uri) {
            Some(path) => load::edited(&path).unwrap_or(path),
            None => unsaved(uri, text),
        }
    }

    /// The URI of a path: that of the document where it is open.
    pub(super) fn uri(&self, path: &Path) -> Uri {
        let open = self.documents.values().find(|d| d.path == path);
        open.map_or_else(|| convert::uri(path), |d| d.uri.clone())
    }

    /// Opens a document.
    pub(super) fn open(&mut self, uri: Uri, version: i32, text: String) {
        let path = Self::path(&uri.0, text.as_bytes());
        let file = Arc::new(File::new(path.clone(), text.into_bytes()));
        self.files.put(&path, &*file.source.bytes);
        self.forget_plans(&path);
        self.documents.insert(uri.0.clone(), Document { uri, path, version, file, plan: None, seen: None });
    }

    /// Changes a document; whether it is open.
    pub(super) fn change(&mut self, uri: &Uri, version: i32, changes: Vec<TextDocumentContentChangeEvent>) -> bool {
        let Some(document) = self.documents.get_mut(&uri.0) else { return false };
        let mut bytes = document.file.source.bytes.to_vec();
        for change in changes {
            match change {
                TextDocumentContentChangeEvent::TextDocumentContentChangePartial(change) => {
                    let source = Source::new(document.path.clone(), bytes);
                    let span = self.encoding.span(&source, change.range);
                    bytes = source.bytes.into();
                    bytes.splice(span.range(), change.text.into_bytes());
                }
                TextDocumentContentChangeEvent::TextDocumentContentChangeWholeDocument(change) => {
                    bytes = change.text.into_bytes();
                }
            }
        }
        let path = document.path.clone();
        document.version = version;
        document.file = Arc::new(File::new(path.clone(), bytes));
        self.files.put(&path, &*document.file.source.bytes);
        if document.is_configuration() {
            self.forget_settings();
        }
        true
    }

    /// Closes a document.
    pub(super) fn close(&mut self, uri: &Uri) -> Option<Document> {
        let document = self.documents.remove(&uri.0)?;
        self.files.take(&document.path);
        if let Some(other) = self.documents.values().find(|d| d.path == document.path) {
            self.files.put(&other.path, &*other.file.source.bytes);
        }
        self.forget_plans(&document.path);
        Some(document)
    }

    /// A file is there that was not, or the other way round.
    fn forget_plans(&mut self, path: &Path) {
        if path.file_name().is_some_and(|name| name == config::NAME) {
            self.forget_settings();
        }
        self.documents.values_mut().for_each(|d| d.plan = None);
    }

    /// What is in force in a directory.
    pub(super) fn settings(&mut self, directory: &Path) -> Arc<Settings> {
        if let Some(known) = self.settings.get(directory) {
            return known.clone();
        }
        let config = self.config(directory);
        let settings = match self.asked.clone().over(&self.files, config) {
            Ok(settings) => settings,
            Err(what) => {
                if !self.messages.contains(&what) {
                    self.messages.push(what);
                }
                let config = self.config(directory);
                let plain = Asked { today: self.today, ..Asked::default() }.over(&self.files, config);
                // without words of the user nothing can be wrong with them
                plain.unwrap_or_else(|_| unreachable!("nothing was asked"))
            }
        };
        let settings = Arc::new(settings);
        self.settings.insert(directory.to_owned(), settings.clone());
        settings
    }

    fn config(&self, directory: &Path) -> Config {
        if self.wishes.isolated {
            return Config::default();
        }
        let (path, top) = match &self.wishes.config {
            Some(path) => match self.folders.first() {
                Some(folder) => (folder.join(path), PathBuf::from("/")),
                None => (path.clone(), PathBuf::from("/")),
            },
            None => match config::search(&self.files, directory) {
                Some(found) => found,
                None => return Config::default(),
            },
        };
        match config::load(&self.files, &top, &path) {
            Ok(bytes) => Config::read(&self.files, &path, bytes),
            Err(why) => Config::unreadable(&path, &why),
        }
    }

    /// How units are searched under these settings.
    pub(super) fn options(settings: &Settings) -> Options {
        Options { scope: settings.scope, target: settings.target, ..Options::default() }
    }

    /// Looks at the units of a document.
    pub(super) fn look(&mut self, uri: &str) {
        let Some(document) = self.documents.get(uri) else { return };
        let directory = document.path.parent().unwrap_or(Path::new("/")).to_owned();
        let is_unit = document.is_unit();
        let known = self.documents.get_mut(uri).and_then(|d| d.plan.take());
        let (settings, plan) = match known {
            Some(known) => known,
            None => {
                let settings = self.settings(&directory);
                let path = self.documents.get(uri).map(|d| d.path.clone()).unwrap_or_default();
                let inputs = if is_unit { vec![Input::Path(path)] } else { Vec::new() };
                let options = Self::options(&settings);
                let plan = if is_unit { Plan::make(&self.files, &inputs, &options) } else { Plan::nothing(&options) };
                (settings, plan)
            }
        };
        let mut reports = Vec::new();
        let rest = engine::run(&self.files, &plan, &settings.session, |report| reports.push(report));
        let mut rest = rest.findings;
        if !is_unit {
            rest.extend(settings.config.findings.iter().cloned());
        }
        if let Some(document) = self.documents.get_mut(uri) {
            document.seen = Some(Seen { settings: settings.clone(), reports, rest });
            document.plan = Some((settings, plan));
        }
    }

    /// What the plan of a document searches.
    pub(super) fn plan(&self, uri: &str) -> Option<&Plan> {
        self.documents.get(uri)?.plan.as_ref().map(|(_, plan)| plan)
    }
}

/// A name for a text that has none: by the name that the editor gives it, else by the first section of a type.
fn unsaved(uri: &str, text: &[u8]) -> PathBuf {
    let name = uri.rsplit(['/', ':']).next().unwrap_or_default();
    let name: String = name.chars().filter(|c| c.is_ascii_alphanumeric() || "-_.@".contains(*c)).collect();
    let path = Path::new(UNSAVED).join(&name);
    if PathKind::of(&path) != PathKind::Other {
        return path;
    }
    let sections = crate::syntax::parse(text).items.into_iter().filter_map(|item| match item.kind {
        Kind::Section { name } => Section::named(str::from_utf8(name.of(text)).ok()?),
        _ => None,
    });
    let kind = sections.into_iter().find_map(|s| UnitKind::ALL.iter().find(|k| k.section() == s));
    let kind = kind.copied().unwrap_or(UnitKind::Service);
    Path::new(UNSAVED).join(format!("{}.{}", if name.is_empty() { "untitled" } else { &name }, kind.word()))
}

/// Whose units a scope without a path has.
pub(super) fn scope_of(document: &Document) -> Scope {
    document.unit().map_or(Scope::System, |u| u.scope)
}

/// The bytes of a line without its end.
pub(super) fn line(source: &Source, offset: u32) -> Span {
    let span = source.lines().line(source.lines().line_of(offset), &source.bytes);
    let text = span.of(&source.bytes);
    let length = text.iter().rposition(|b| !matches!(b, b'\n' | b'\r')).map_or(0, |at| at + 1);
    Span { start: span.start, end: span.start + length as u32 }
}
