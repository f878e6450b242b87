//! Mounts, images, directories and credentials of a unit: values that are split in their own way, `load-fragment.c`.
//!
//! A value that expands specifiers piece by piece takes `expand`, which gives `None` for a specifier that cannot be
//! resolved.

use super::path::{self, BadPath};
use super::{CONTROLLERS, Model, words};
use std::ops::Range;

/// Expands the specifiers of one piece.
pub type Expand<'e> = &'e dyn Fn(&str) -> Option<String>;

/// How [`Cursor`] tells words apart: the flags of `extract_first_word()`.
#[derive(Clone, Copy, Debug)]
pub(super) struct How {
    pub(super) separators: &'static [u8],
    /// quotes group (`EXTRACT_UNQUOTE`)
    pub(super) unquote: bool,
    /// a backslash is an ordinary character (`EXTRACT_RETAIN_ESCAPE`)
    pub(super) raw: bool,
    /// C escapes and escaped separators (`EXTRACT_CUNESCAPE|EXTRACT_UNESCAPE_SEPARATORS`)
    pub(super) escapes: bool,
    /// two separators in a row make an empty word (`EXTRACT_DONT_COALESCE_SEPARATORS`)
    pub(super) every: bool,
}

impl How {
    const BLANKS: &'static [u8] = b" \t\n\r";
    /// blanks, quotes group, backslashes stay
    pub(super) const OUTER: Self =
        Self { separators: Self::BLANKS, unquote: true, raw: true, escapes: false, every: false };
    /// blanks, quotes group
    pub(super) const UNQUOTE: Self =
        Self { separators: Self::BLANKS, unquote: true, raw: false, escapes: false, every: false };
    /// colons in a row count as one, C escapes
    pub(super) const INNER: Self = Self { separators: b":", unquote: false, raw: false, escapes: true, every: false };
    /// each colon counts, C escapes
    pub(super) const INNER_EVERY: Self = Self { every: true, ..Self::INNER };
    /// each colon counts, a backslash protects
    pub(super) const COLON: Self = Self { separators: b":", unquote: false, raw: false, escapes: false, every: true };
    /// colons in a row count as one, a backslash protects
    pub(super) const COLONS: Self = Self { every: false, ..Self::COLON };
    /// blanks and colons, each counts, quotes group
    const BIND: Self = Self { separators: b" \t\n\r:", unquote: true, raw: false, escapes: false, every: true };
}

/// One word and where it stood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) text: String,
    pub(super) at: Range<usize>,
}

/// An open quote, an unknown escape, or a backslash at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BadSyntax;

/// `extract_first_word()`: takes words off a text, each in its own way.
#[derive(Clone, Debug)]
pub(super) struct Cursor<'a> {
    text: &'a str,
    at: Option<usize>,
    /// the separator that ended the last word
    stopped_by: u8,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: Some(0), stopped_by: 0 }
    }

    /// What has not been read; `None` behind the last word.
    pub(super) fn rest(&self) -> Option<&'a str> {
        self.at.map(|at| &self.text[at..])
    }

    /// Whether something is left to read.
    pub(super) fn is_empty(&self) -> bool {
        self.rest().is_none_or(str::is_empty)
    }

    /// Whether the last word ended in a colon.
    fn colon(&self) -> bool {
        self.at.is_some() && self.stopped_by == b':'
    }

    pub(super) fn next(&mut self, how: How) -> Result<Option<Piece>, BadSyntax> {
        let bytes = self.text.as_bytes();
        let separates = |b: u8| how.separators.contains(&b);
        let Some(mut i) = self.at.take() else { return Ok(None) };
        if !how.every {
            while bytes.get(i).is_some_and(|b| separates(*b)) {
                i += 1;
            }
            if i == bytes.len() {
                return Ok(None);
            }
        }
        let (start, mut quote, mut out) = (i, 0, Vec::new());
        while let Some(&b) = bytes.get(i) {
            i += 1;
            if b == b'\\' && !how.raw {
                i += escaped(&bytes[i..], how, &mut out)?;
            } else if quote != 0 {
                if b == quote { quote = 0 } else { out.push(b) }
            } else if how.unquote && (b == b'"' || b == b'\'') {
                quote = b;
            } else if separates(b) {
                let end = i - 1;
                if !how.every {
                    while bytes.get(i).is_some_and(|b| separates(*b)) {
                        i += 1;
                    }
                }
                self.stopped_by = b;
                self.at = (how.every || i < bytes.len()).then_some(i);
                return Ok(Some(Piece { text: text_of(out), at: start..end }));
            } else {
                out.push(b);
            }
        }
        if quote == 0 { Ok(Some(Piece { text: text_of(out), at: start..i })) } else { Err(BadSyntax) }
    }
}

/// Decodes what follows a backslash; gives the number of bytes used.
fn escaped(rest: &[u8], how: How, out: &mut Vec<u8>) -> Result<usize, BadSyntax> {
    let next = *rest.first().ok_or(BadSyntax)?;
    if !how.escapes {
        out.push(next);
        return Ok(1);
    }
    if let Some((used, bytes)) = c_escape(rest, false) {
        out.extend(bytes);
        return Ok(used);
    }
    if how.separators.contains(&next) || next == b'\\' {
        out.push(next);
        return Ok(1);
    }
    Err(BadSyntax)
}

fn text_of(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned())
}

/// What is wrong with a part of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bad {
    /// quotes, escapes, or the number of fields; the rest of the line is lost
    Syntax,
    /// a specifier that cannot be resolved
    Specifier,
    /// an unusable path
    Path(BadPath),
    /// absolute where it has to be relative
    PathAbsolute,
    /// a directory below `private`
    Private,
    /// a symbolic link for `ConfigurationDirectory=`
    LinkNotSupported,
    /// unknown option or flag
    Option,
    /// unknown partition
    Partition,
    /// an image without a place to mount it
    NoDestination,
    /// the name of a credential
    CredentialName,
    /// where a credential comes from
    CredentialSource,
    /// data that cannot be decoded
    Data,
}

/// A part of a value that does not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// what is wrong
    pub what: Bad,
    /// the part that is wrong, decoded
    pub about: String,
    /// the word that it stands in
    pub at: Range<usize>,
}

/// What a line of several entries comes to: the good ones and the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entries<T> {
    /// those that count, in order
    pub items: Vec<T>,
    /// the rest
    pub problems: Vec<Problem>,
}

impl<T> Entries<T> {
    fn new() -> Self {
        Self { items: Vec::new(), problems: Vec::new() }
    }

    fn problem(&mut self, what: Bad, about: &str, at: &Range<usize>) {
        self.problems.push(Problem { what, about: about.to_owned(), at: at.clone() });
    }

    /// The value of a result, or its error on record.
    fn keep<V>(&mut self, result: Result<V, (Bad, String)>, at: &Range<usize>) -> Option<V> {
        result.map_err(|(what, about)| self.problem(what, &about, at)).ok()
    }
}

/// Expands and simplifies an absolute path.
fn absolute(text: &str, model: Model, expand: Expand<'_>) -> Result<String, (Bad, String)> {
    let full = expand(text).ok_or_else(|| (Bad::Specifier, text.to_owned()))?;
    path::absolute(&full, model).map_err(|bad| (Bad::Path(bad), full))
}

/// As [`absolute`], and refuses what lies on a file system of the kernel's own.
fn off_api_vfs(text: &str, dev_ok: bool, model: Model, expand: Expand<'_>) -> Result<String, (Bad, String)> {
    let path = absolute(text, model, expand)?;
    let dev = path == "/dev" || path.starts_with("/dev/");
    if path::below_api_vfs(&path, model) && !(dev && dev_ok) {
        Err((Bad::Path(BadPath::ApiVfs), path))
    } else {
        Ok(path)
    }
}

/// A relative path in its simple form (`PATH_CHECK_RELATIVE`).
///
/// # Errors
/// When it is absolute, empty, too long, or leaves its directory.
pub fn relative(text: &str, model: Model) -> Result<String, Bad> {
    if text.starts_with('/') {
        return Err(Bad::PathAbsolute);
    }
    let simple = path::simplify(text, model);
    if simple.is_empty() || simple.len() > 4095 || simple.split('/').any(|p| p == ".." || p.len() > 255) {
        return Err(Bad::Path(BadPath::NotNormalized));
    }
    Ok(simple)
}

/// One bind mount.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bind {
    /// on the host
    pub source: String,
    /// in the unit's view
    pub destination: String,
    /// `rbind`, the default
    pub recursive: bool,
    /// `-`: no error when the source is missing
    pub optional: bool,
}

/// `BindPaths=` and `BindReadOnlyPaths=` (`config_parse_bind_paths()`).
///
/// Up to 257 blanks and colons end a word alike and each of them counts, so two blanks in a row make an empty path;
/// quotes protect a colon. Newer releases split into words first.
pub fn bind_paths(text: &str, model: Model, expand: Expand<'_>) -> Entries<Bind> {
    let mut all = Entries::new();
    let mut outer = Cursor::new(text);
    loop {
        let start = outer.at.unwrap_or(text.len());
        let next = if model.number() <= 257 {
            bind_flat(&mut outer, model, expand, &mut all)
        } else {
            bind_nested(&mut outer, model, expand, &mut all)
        };
        match next {
            Ok(true) => {}
            Ok(false) => return all,
            Err(BadSyntax) => {
                all.problem(Bad::Syntax, &text[start..], &(start..text.len()));
                return all;
            }
        }
    }
}

fn bind_source(text: &str, model: Model, expand: Expand<'_>) -> Result<(bool, String), (Bad, String)> {
    let full = expand(text).ok_or_else(|| (Bad::Specifier, text.to_owned()))?;
    let (optional, plain) = match full.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, &*full),
    };
    path::absolute(plain, model).map(|p| (optional, p)).map_err(|bad| (Bad::Path(bad), plain.to_owned()))
}

fn bind_option(text: &str) -> Result<bool, (Bad, String)> {
    match text {
        "" | "rbind" => Ok(true),
        "norbind" => Ok(false),
        _ => Err((Bad::Option, text.to_owned())),
    }
}

fn bind_flat(
    words: &mut Cursor<'_>,
    model: Model,
    expand: Expand<'_>,
    all: &mut Entries<Bind>,
) -> Result<bool, BadSyntax> {
    let Some(word) = words.next(How::BIND)? else { return Ok(false) };
    let Some((optional, source)) = all.keep(bind_source(&word.text, model, expand), &word.at) else { return Ok(true) };
    let mut bind = Bind { destination: source.clone(), source, recursive: true, optional };
    if words.colon() {
        let Some(word) = words.next(How::BIND)? else { return Ok(true) };
        let Some(destination) = all.keep(absolute(&word.text, model, expand), &word.at) else { return Ok(true) };
        bind.destination = destination;
        if words.colon() {
            let word = words.next(How::UNQUOTE)?.unwrap_or(Piece { text: String::new(), at: word.at });
            let Some(recursive) = all.keep(bind_option(&word.text), &word.at) else { return Ok(true) };
            bind.recursive = recursive;
        }
    }
    all.items.push(bind);
    Ok(true)
}

fn bind_nested(
    words: &mut Cursor<'_>,
    model: Model,
    expand: Expand<'_>,
    all: &mut Entries<Bind>,
) -> Result<bool, BadSyntax> {
    let Some(Piece { text, at }) = words.next(How::OUTER)? else { return Ok(false) };
    let mut parts = Cursor::new(&text);
    let mut part = || parts.next(How::INNER_EVERY).map(|p| p.map(|p| p.text));
    let (source, destination, option) = (part()?.unwrap_or_default(), part()?, part()?);
    let judged = (|| {
        let (optional, source) = bind_source(&source, model, expand)?;
        let destination = match &destination {
            Some(d) => absolute(d, model, expand)?,
            None => source.clone(),
        };
        if !parts.is_empty() {
            return Err((Bad::Option, text.clone()));
        }
        Ok(Bind { source, destination, recursive: bind_option(option.as_deref().unwrap_or(""))?, optional })
    })();
    if let Some(bind) = all.keep(judged, &at) {
        all.items.push(bind);
    }
    Ok(true)
}

/// `TemporaryFileSystem=`: path and mount options of one word, split off by quotes already
/// (`config_parse_temporary_filesystems()`). The options are not looked at.
///
/// # Errors
/// What is wrong with the path.
pub fn temporary_filesystem(word: &str, model: Model, expand: Expand<'_>) -> Result<(String, Option<String>), Bad> {
    let mut parts = Cursor::new(word);
    let first = parts.next(How::COLON).map_err(|BadSyntax| Bad::Syntax)?.ok_or(Bad::Syntax)?;
    let path = absolute(&first.text, model, expand).map_err(|(bad, _)| bad)?;
    Ok((path, parts.rest().filter(|r| !r.is_empty()).map(str::to_owned)))
}

/// A word of `ReadWritePaths=` and the like: `[-][+]PATH`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prefixed<'a> {
    /// `-`: may be missing
    pub optional: bool,
    /// `+`: below the root directory of the unit
    pub in_root: bool,
    /// the rest, with its specifiers
    pub path: &'a str,
}

/// Takes `-` and then `+` off a path (`config_parse_namespace_path_strv()`). The rest has to be an absolute path.
pub fn prefixed_path(word: &str) -> Prefixed<'_> {
    let (optional, rest) = word.strip_prefix('-').map_or((false, word), |r| (true, r));
    let (in_root, path) = rest.strip_prefix('+').map_or((false, rest), |r| (true, r));
    Prefixed { optional, in_root, path }
}

/// `ExecSearchPath=`: absolute paths between colons; the first bad one ends the line
/// (`config_parse_colon_separated_paths()`).
pub fn colon_path_list(text: &str, model: Model, expand: Expand<'_>) -> Entries<String> {
    let mut all = Entries::new();
    let mut words = Cursor::new(text);
    loop {
        match words.next(How::COLON) {
            Ok(Some(word)) => match all.keep(absolute(&word.text, model, expand), &word.at) {
                Some(path) => all.items.push(path),
                None => return all,
            },
            Ok(None) => return all,
            Err(BadSyntax) => {
                all.problem(Bad::Syntax, text, &(0..text.len()));
                return all;
            }
        }
    }
}

/// The partitions of a disk image that a unit can name (`partition_designator_from_string()`).
const PARTITIONS: [&str; 13] = [
    "root",
    "usr",
    "home",
    "srv",
    "esp",
    "xbootldr",
    "swap",
    "root-verity",
    "usr-verity",
    "root-verity-sig",
    "usr-verity-sig",
    "tmp",
    "var",
];

/// Those of other architectures, which 252 knew.
const FOREIGN_PARTITIONS: [&str; 12] = [
    "root-secondary",
    "root-other",
    "usr-secondary",
    "usr-other",
    "root-secondary-verity",
    "root-other-verity",
    "usr-secondary-verity",
    "usr-other-verity",
    "root-secondary-verity-sig",
    "root-other-verity-sig",
    "usr-secondary-verity-sig",
    "usr-other-verity-sig",
];

/// The partition of that name, if this release knows it.
pub fn partition(name: &str, model: Model) -> Option<&'static str> {
    let foreign: &[&'static str] = if model.number() < 257 { &FOREIGN_PARTITIONS } else { &[] };
    PARTITIONS.iter().chain(foreign).find(|p| **p == name).copied()
}

/// Mount options for one partition of an image.
pub type PartitionOptions = (&'static str, String);

/// A disk image to mount or to extend the unit's view with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// the file or device
    pub source: String,
    /// where it is mounted; empty for an extension
    pub destination: String,
    /// options, where there are any
    pub options: Vec<PartitionOptions>,
    /// `-`: may be missing
    pub optional: bool,
}

/// `MountImages=` (`config_parse_mount_images()`).
pub fn mount_images(text: &str, model: Model, expand: Expand<'_>) -> Entries<Image> {
    images(text, true, model, expand)
}

/// `ExtensionImages=` (`config_parse_extension_images()`).
pub fn extension_images(text: &str, model: Model, expand: Expand<'_>) -> Entries<Image> {
    images(text, false, model, expand)
}

fn images(text: &str, mounted: bool, model: Model, expand: Expand<'_>) -> Entries<Image> {
    let mut all = Entries::new();
    let mut outer = Cursor::new(text);
    loop {
        let start = outer.at.unwrap_or(text.len());
        match outer.next(How::OUTER) {
            Ok(Some(word)) => {
                if image(&word, mounted, model, expand, &mut all).is_err() {
                    all.problem(Bad::Syntax, &word.text, &word.at);
                    return all;
                }
            }
            Ok(None) => return all,
            Err(BadSyntax) => {
                all.problem(Bad::Syntax, &text[start..], &(start..text.len()));
                return all;
            }
        }
    }
}

fn image(
    word: &Piece,
    mounted: bool,
    model: Model,
    expand: Expand<'_>,
    all: &mut Entries<Image>,
) -> Result<(), BadSyntax> {
    let at = &word.at;
    let mut parts = Cursor::new(&word.text);
    let Some(first) = parts.next(How::INNER)? else { return Ok(()) };
    let second = if mounted { parts.next(How::INNER)? } else { None };
    let (optional, source) = first.text.strip_prefix('-').map_or((false, &*first.text), |r| (true, r));
    let Some(source) = all.keep(off_api_vfs(source, mounted, model, expand), at) else { return Ok(()) };
    let mut image = Image { source, destination: String::new(), options: Vec::new(), optional };
    if mounted {
        let Some(second) = second.filter(|s| !s.text.is_empty()) else {
            all.problem(Bad::NoDestination, &word.text, at);
            return Ok(());
        };
        let Some(destination) = all.keep(off_api_vfs(&second.text, true, model, expand), at) else { return Ok(()) };
        image.destination = destination;
    }
    while let Some(first) = parts.next(How::INNER)? {
        let second = parts.next(How::INNER)?;
        let (name, options) = second.as_ref().map_or(("root", &first.text), |s| (&*first.text, &s.text));
        match partition(name, model) {
            None => all.problem(Bad::Partition, name, at),
            Some(name) => match expand(options) {
                Some(options) => image.options.push((name, options)),
                None => all.problem(Bad::Specifier, options, at),
            },
        }
    }
    all.items.push(image);
    Ok(())
}

/// `RootImageOptions=`: `[PARTITION:]OPTIONS`, blank separated (`config_parse_root_image_options()`). Bad syntax
/// anywhere spoils the line.
pub fn root_image_options(text: &str, model: Model, expand: Expand<'_>) -> Entries<PartitionOptions> {
    let mut all = Entries::new();
    let pairs = match option_pairs(text) {
        Ok(pairs) => pairs,
        Err(BadSyntax) => {
            all.problem(Bad::Syntax, text, &(0..text.len()));
            return all;
        }
    };
    for (at, first, second) in pairs {
        let (name, options) = second.as_ref().map_or(("root", &first), |s| (&*first, s));
        match partition(name, model) {
            None => all.problem(Bad::Partition, name, &at),
            Some(name) => match expand(options) {
                Some(options) => all.items.push((name, options)),
                None => all.problem(Bad::Specifier, options, &at),
            },
        }
    }
    all
}

type Pair = (Range<usize>, String, Option<String>);

/// `strv_split_colon_pairs()`
fn option_pairs(text: &str) -> Result<Vec<Pair>, BadSyntax> {
    let (mut pairs, mut outer) = (Vec::new(), Cursor::new(text));
    while let Some(word) = outer.next(How::OUTER)? {
        let mut parts = Cursor::new(&word.text);
        let Some(first) = parts.next(How::INNER)? else { continue };
        let second = parts.next(How::INNER)?;
        if !parts.is_empty() {
            return Err(BadSyntax);
        }
        pairs.push((word.at, first.text, second.map(|s| s.text)));
    }
    Ok(pairs)
}

/// What an image policy says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImagePolicy {
    /// `-`, or nothing: partitions may exist and are not used
    Ignore,
    /// `*`: everything may be used
    Allow,
    /// `~`: nothing may exist
    Deny,
    /// by partition; an empty name is the default for the others
    Rules(Vec<(String, Vec<String>)>),
}

/// What is wrong with an image policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadPolicy {
    /// a part without an equal sign, or a bad escape; an error in every release
    Syntax(String),
    /// two rules for one partition; an error in every release
    Twice(String),
    /// unknown partition; passed over since 262
    Partition(String),
    /// unknown flag; passed over since 262
    Flag(String),
}

const POLICY_FLAGS: [&str; 12] = [
    "verity",
    "signed",
    "encrypted",
    "unprotected",
    "unused",
    "absent",
    "open",
    "ignore",
    "read-only-on",
    "read-only-off",
    "growfs-on",
    "growfs-off",
];

/// `RootImagePolicy=` and its sisters (`image_policy_from_string()`).
///
/// # Errors
/// Up to 257 for anything unknown, in newer releases for broken syntax only.
pub fn image_policy(text: &str, model: Model) -> Result<ImagePolicy, BadPolicy> {
    match text {
        "" | "-" => return Ok(ImagePolicy::Ignore),
        "*" => return Ok(ImagePolicy::Allow),
        "~" => return Ok(ImagePolicy::Deny),
        _ => {}
    }
    let graceful = model.number() > 257;
    let broken = |BadSyntax| BadPolicy::Syntax(text.to_owned());
    let equal = How { separators: b"=", ..How::COLON };
    let (mut rules, mut outer): (Vec<(String, Vec<String>)>, _) = (Vec::new(), Cursor::new(text));
    while let Some(rule) = outer.next(How::COLON).map_err(broken)? {
        let mut inner = Cursor::new(&rule.text);
        let name = inner.next(equal).map_err(broken)?.unwrap_or(Piece { text: String::new(), at: 0..0 }).text;
        let flags = inner.rest().ok_or_else(|| BadPolicy::Syntax(rule.text.clone()))?;
        let name = name.trim_matches([' ', '\t', '\n', '\r']);
        if !name.is_empty() && !PARTITIONS.contains(&name) {
            if graceful {
                continue;
            }
            return Err(BadPolicy::Partition(name.to_owned()));
        }
        if rules.iter().any(|(n, _)| n == name) {
            return Err(BadPolicy::Twice(name.to_owned()));
        }
        rules.push((name.to_owned(), policy_flags(flags.trim_matches([' ', '\t', '\n', '\r']), graceful)?));
    }
    Ok(ImagePolicy::Rules(rules))
}

fn policy_flags(text: &str, graceful: bool) -> Result<Vec<String>, BadPolicy> {
    if text.is_empty() || text == "-" {
        return Ok(Vec::new());
    }
    let mut flags = Vec::new();
    for flag in text.split('+').map(|f| f.trim_matches([' ', '\t', '\n', '\r'])) {
        if POLICY_FLAGS.contains(&flag) {
            flags.push(flag.to_owned());
        } else if !graceful {
            return Err(BadPolicy::Flag(flag.to_owned()));
        }
    }
    Ok(flags)
}

/// `RootHash=`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RootHash<'a> {
    /// a file, not checked any further
    File(&'a str),
    /// that many bytes in the value itself
    Bytes(usize),
}

/// What is wrong with a root hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadHash {
    /// neither a path nor in the right encoding
    Encoding,
    /// fewer than 16 bytes
    Short,
}

/// A path, or at least 16 bytes in hexadecimal digits, blanks allowed (`config_parse_exec_root_hash()`).
///
/// # Errors
/// When it is neither.
pub fn root_hash(text: &str) -> Result<RootHash<'_>, BadHash> {
    if text.starts_with('/') {
        return Ok(RootHash::File(text));
    }
    let digits = text.bytes().filter(|b| !How::BLANKS.contains(b));
    let count = digits.clone().count();
    if count % 2 != 0 || !digits.clone().all(|b| b.is_ascii_hexdigit()) {
        return Err(BadHash::Encoding);
    }
    if count < 32 { Err(BadHash::Short) } else { Ok(RootHash::Bytes(count / 2)) }
}

/// A path, or data behind `base64:` (`config_parse_exec_root_hash_sig()`).
///
/// # Errors
/// When it is neither.
pub fn root_hash_signature(text: &str) -> Result<RootHash<'_>, BadHash> {
    if text.starts_with('/') {
        return Ok(RootHash::File(text));
    }
    let data = text.strip_prefix("base64:").and_then(base64).ok_or(BadHash::Encoding)?;
    Ok(RootHash::Bytes(data.len()))
}

/// The data of a base64 text; blanks are passed over, the padding has to be complete and its unused bits zero
/// (`unbase64mem()`).
pub fn base64(text: &str) -> Option<Vec<u8>> {
    let symbols: Vec<u8> = text.bytes().filter(|b| !How::BLANKS.contains(b)).collect();
    if !symbols.len().is_multiple_of(4) {
        return None;
    }
    let padding = symbols.iter().rev().take_while(|b| **b == b'=').count();
    if padding > 2 {
        return None;
    }
    let mut out = Vec::with_capacity(symbols.len() / 4 * 3);
    let (mut bits, mut have) = (0_u32, 0);
    for symbol in &symbols[..symbols.len() - padding] {
        bits = bits << 6 | sextet(*symbol)?;
        have += 6;
        if have >= 8 {
            have -= 8;
            out.push((bits >> have) as u8);
            bits &= (1 << have) - 1;
        }
    }
    (bits == 0).then_some(out)
}

fn sextet(symbol: u8) -> Option<u32> {
    Some(u32::from(match symbol {
        b'A'..=b'Z' => symbol - b'A',
        b'a'..=b'z' => symbol - b'a' + 26,
        b'0'..=b'9' => symbol - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    }))
}

/// Decodes what stands behind a backslash: the number of bytes used and what they mean. Other than
/// [`words::c_escape`] it takes surrogates with `\u`, refuses noncharacters with `\U`, and takes NUL where allowed
/// (`cunescape_one()`).
fn c_escape(rest: &[u8], accept_nul: bool) -> Option<(usize, Vec<u8>)> {
    let digits = match rest.first()? {
        b'u' => 4,
        b'U' => 8,
        b'x' if accept_nul && rest.starts_with(b"x00") => return Some((3, vec![0])),
        b'0' if accept_nul && rest.starts_with(b"000") => return Some((3, vec![0])),
        _ => return words::c_escape(rest),
    };
    let text = rest.get(1..=digits).filter(|d| d.iter().all(u8::is_ascii_hexdigit))?;
    let code = u32::from_str_radix(std::str::from_utf8(text).ok()?, 16).ok()?;
    if code == 0 && !accept_nul {
        return None;
    }
    let nonchar = (0xFDD0..=0xFDEF).contains(&code) || code & 0xFFFE == 0xFFFE;
    let bytes = match char::from_u32(code) {
        Some(_) if digits == 8 && nonchar => return None,
        Some(c) => c.to_string().into_bytes(),
        // a lone surrogate, as the three bytes that systemd writes
        None if digits == 4 => {
            vec![0xE0 | (code >> 12) as u8, 0x80 | (code >> 6 & 0x3F) as u8, 0x80 | (code & 0x3F) as u8]
        }
        None => return None,
    };
    Some((1 + digits, bytes))
}

fn unescape(text: &str, accept_nul: bool) -> Option<Vec<u8>> {
    let mut rest = text.as_bytes();
    let mut out = Vec::with_capacity(rest.len());
    while let Some((first, tail)) = rest.split_first() {
        rest = tail;
        if *first == b'\\' {
            let (used, bytes) = c_escape(rest, accept_nul)?;
            out.extend(bytes);
            rest = &rest[used..];
        } else {
            out.push(*first);
        }
    }
    Some(out)
}

/// `StandardInputText=`: C escapes, no NUL; specifiers are expanded afterwards (`config_parse_exec_input_text()`).
pub fn escaped_text(text: &str) -> Option<Vec<u8>> {
    unescape(text, false)
}

/// An entry of `StateDirectory=` and its sisters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directory {
    /// below the base directory
    pub path: String,
    /// a symbolic link to it
    pub link: Option<String>,
    /// `ro`
    pub read_only: bool,
}

/// `RuntimeDirectory=`, `StateDirectory=`, `CacheDirectory=`, `LogsDirectory=`, and `ConfigurationDirectory=` with
/// `links` false (`config_parse_exec_directories()`).
pub fn relative_directories(text: &str, links: bool, model: Model, expand: Expand<'_>) -> Entries<Directory> {
    let mut all = Entries::new();
    let mut outer = Cursor::new(text);
    loop {
        let start = outer.at.unwrap_or(text.len());
        match outer.next(How::OUTER) {
            Ok(Some(word)) => match directory_fields(&word.text, model) {
                Ok(fields) => {
                    let entry = directory(&word.text, &fields, links, model, expand);
                    if let Some(entry) = all.keep(entry, &word.at) {
                        all.items.push(entry);
                    }
                }
                Err(BadSyntax) => {
                    all.problem(Bad::Syntax, &word.text, &word.at);
                    return all;
                }
            },
            Ok(None) => return all,
            Err(BadSyntax) => {
                all.problem(Bad::Syntax, &text[start..], &(start..text.len()));
                return all;
            }
        }
    }
}

/// Path, link and flags; before 257 colons in a row count as one and a third field is not looked at.
fn directory_fields(word: &str, model: Model) -> Result<[Option<String>; 3], BadSyntax> {
    let mut parts = Cursor::new(word);
    let flags = model.number() >= 257;
    let mut part = || parts.next(if flags { How::INNER_EVERY } else { How::INNER }).map(|p| p.map(|p| p.text));
    let fields = [part()?, part()?, if flags { part()? } else { None }];
    if fields[0].is_none() { Err(BadSyntax) } else { Ok(fields) }
}

fn directory(
    word: &str,
    fields: &[Option<String>; 3],
    links: bool,
    model: Model,
    expand: Expand<'_>,
) -> Result<Directory, (Bad, String)> {
    let simple = |text: &str| {
        let full = expand(text).ok_or_else(|| (Bad::Specifier, text.to_owned()))?;
        relative(&full, model).map_err(|bad| (bad, full))
    };
    let path = simple(fields[0].as_deref().unwrap_or(""))?;
    if path == "private" || path.starts_with("private/") {
        return Err((Bad::Private, word.to_owned()));
    }
    let link = match fields[1].as_deref().filter(|l| !l.is_empty()) {
        Some(_) if !links => return Err((Bad::LinkNotSupported, word.to_owned())),
        Some(link) => Some(simple(link)?),
        None => None,
    };
    let read_only = match fields[2].as_deref().unwrap_or("") {
        "" => false,
        "ro" => true,
        flags => return Err((Bad::Option, flags.to_owned())),
    };
    Ok(Directory { path, link, read_only })
}

/// A name that can be a file in a directory (`filename_is_valid()`).
pub fn is_file_name(name: &str) -> bool {
    !name.is_empty() && name != "." && name != ".." && !name.contains('/') && name.len() <= 255
}

/// A name that can be passed in `$LISTEN_FDNAMES`; the empty one counts (`fdname_is_valid()`).
pub fn is_fd_name(name: &str) -> bool {
    name.len() <= 255 && name.bytes().all(|b| (b' '..0x7f).contains(&b) && b != b':')
}

/// A name of a credential (`credential_name_valid()`).
pub fn is_credential(name: &str) -> bool {
    is_file_name(name) && is_fd_name(name)
}

/// A name of a credential, or the start of one and an asterisk (`credential_glob_valid()`).
pub fn is_credential_glob(glob: &str) -> bool {
    match glob.find(['*', '?', '[', ']']) {
        None => is_credential(glob),
        Some(0) => glob == "*",
        Some(n) => &glob[n..] == "*" && is_credential(&glob[..n]),
    }
}

/// The name in front of the first colon, expanded, and what follows.
fn credential_name<'a>(text: &'a str, expand: Expand<'_>) -> Result<(String, Option<&'a str>), Bad> {
    let mut parts = Cursor::new(text);
    let name = parts.next(How::COLON).map_err(|BadSyntax| Bad::Syntax)?.ok_or(Bad::Syntax)?;
    let name = expand(&name.text).ok_or(Bad::Specifier)?;
    Ok((name, parts.rest().filter(|r| !r.is_empty())))
}

/// Where a credential is loaded from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadedCredential {
    /// its name for the unit
    pub name: String,
    /// a path, or the name of a credential of the manager
    pub source: String,
}

/// `LoadCredential=` and `LoadCredentialEncrypted=` (`config_parse_load_credential()`).
///
/// # Errors
/// What is wrong with the line.
pub fn load_credential(text: &str, expand: Expand<'_>) -> Result<LoadedCredential, Bad> {
    let (name, rest) = credential_name(text, expand)?;
    if !is_credential(&name) {
        return Err(Bad::CredentialName);
    }
    let source = match rest {
        Some(rest) => expand(rest).ok_or(Bad::Specifier)?,
        None => name.clone(),
    };
    let good = if source.starts_with('/') { is_normalized(&source) } else { is_credential(&source) };
    if good { Ok(LoadedCredential { name, source }) } else { Err(Bad::CredentialSource) }
}

/// An absolute path without `.`, `..` and double slashes (`path_is_normalized()`).
fn is_normalized(path: &str) -> bool {
    let parts = |p: &str| p != "." && p != ".." && p.len() <= 255;
    path.len() < 4096 && !path.contains("//") && path.split('/').all(parts)
}

/// `SetCredential=`, and with `encrypted` `SetCredentialEncrypted=`: the name and the data
/// (`config_parse_set_credential()`).
///
/// # Errors
/// What is wrong with the line.
pub fn set_credential(text: &str, encrypted: bool, expand: Expand<'_>) -> Result<(String, Vec<u8>), Bad> {
    let mut parts = Cursor::new(text);
    let word = parts.next(How::COLON).map_err(|BadSyntax| Bad::Syntax)?.ok_or(Bad::Syntax)?;
    let data = parts.rest().filter(|r| !r.is_empty()).ok_or(Bad::Syntax)?;
    let name = expand(&word.text).ok_or(Bad::Specifier)?;
    if !is_credential(&name) {
        return Err(Bad::CredentialName);
    }
    let data = if encrypted { base64(data) } else { unescape(data, true) };
    Ok((name, data.ok_or(Bad::Data)?))
}

/// `ImportCredential=`: a name or glob, and since 257 what its matches are called then
/// (`config_parse_import_credential()`).
///
/// # Errors
/// What is wrong with the line.
pub fn import_credential(text: &str, model: Model, expand: Expand<'_>) -> Result<(String, Option<String>), Bad> {
    if model.number() < 257 {
        let glob = expand(text).ok_or(Bad::Specifier)?;
        return if is_credential_glob(&glob) { Ok((glob, None)) } else { Err(Bad::CredentialName) };
    }
    let (glob, rename) = credential_name(text, expand)?;
    if !is_credential_glob(&glob) || rename.is_some_and(|r| !is_credential(r)) {
        return Err(Bad::CredentialName);
    }
    Ok((glob, rename.map(str::to_owned)))
}

/// A file that the manager opens for a service.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct OpenFile {
    /// what is opened
    pub path: String,
    /// its name among the descriptors
    pub name: String,
    /// `read-only`
    pub read_only: bool,
    /// `append`
    pub append: bool,
    /// `truncate`
    pub truncate: bool,
    /// `graceful`
    pub graceful: bool,
}

/// `OpenFile=` (`open_file_parse()`): `PATH[:NAME[:OPTION,...]]`.
pub fn open_file(text: &str) -> Option<OpenFile> {
    let mut parts = Cursor::new(text);
    let mut part = || parts.next(How::INNER_EVERY).map(|p| p.map(|p| p.text));
    let (path, name, options) = (part().ok()??, part().ok()?, part().ok()?);
    if !parts.is_empty() {
        return None;
    }
    let mut file = OpenFile::default();
    let mut words = Cursor::new(options.as_deref().unwrap_or(""));
    while let Some(option) = words.next(How { separators: b",", ..How::COLONS }).ok()? {
        let flag = match &*option.text {
            "read-only" => &mut file.read_only,
            "append" => &mut file.append,
            "truncate" => &mut file.truncate,
            "graceful" => &mut file.graceful,
            _ => return None,
        };
        if std::mem::replace(flag, true) {
            return None;
        }
    }
    let last = path.trim_end_matches('/').rsplit('/').next().unwrap_or("");
    file.name = name.filter(|n| !n.is_empty()).unwrap_or_else(|| last.to_owned());
    let whole = path.starts_with('/') && path.len() < 4096 && path.split('/').all(|p| p.len() <= 255);
    let modes = u8::from(file.read_only) + u8::from(file.append) + u8::from(file.truncate);
    let good = whole && !file.name.is_empty() && is_fd_name(&file.name) && modes <= 1;
    good.then_some(OpenFile { path, ..file })
}

/// The words of `SecureBits=` in the order of their bits (`secure_bit_to_string()`).
const SECURE_BITS: [&str; 12] = [
    "noroot",
    "noroot-locked",
    "no-setuid-fixup",
    "no-setuid-fixup-locked",
    "keep-caps",
    "keep-caps-locked",
    "no-cap-ambient-raise",
    "no-cap-ambient-raise-locked",
    "exec-restrict-file",
    "exec-restrict-file-locked",
    "exec-deny-interactive",
    "exec-deny-interactive-locked",
];

/// The bit of a word of `SecureBits=`; an unknown word is passed over without a message
/// (`secure_bits_from_string()`).
pub fn secure_bit(word: &str, model: Model) -> Option<u16> {
    let known = if model.number() > 257 { SECURE_BITS.len() } else { 6 };
    SECURE_BITS[..known].iter().position(|w| *w == word).map(|bit| 1 << bit)
}

/// `SELinuxContext=`, `AppArmorProfile=`, `SmackProcessLabel=`: whether errors are ignored, and the label, which is not
/// checked. A specifier that cannot be resolved refuses the unit unless errors are ignored
/// (`config_parse_exec_selinux_context()`).
pub fn security_label(text: &str) -> (bool, &str) {
    text.strip_prefix('-').map_or((false, text), |label| (true, label))
}

/// A word of `OOMRules=`: a name that can be a file.
pub fn rule_name(word: &str) -> Option<&str> {
    is_file_name(word).then_some(word)
}

/// `DelegateSubgroup=`: a name that a control group can have as it is (`cg_needs_escape()`).
pub fn cgroup_name(text: &str, model: Model) -> Option<&str> {
    let reserved = text.starts_with(['_', '.'])
        || matches!(text, "notify_on_release" | "release_agent" | "tasks")
        || text.starts_with("cgroup.")
        || CONTROLLERS[model.index()].iter().any(|c| text.strip_prefix(c).is_some_and(|r| r.starts_with('.')));
    (is_file_name(text) && !reserved).then_some(text)
}

/// The prefixes of a condition and its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Condition<'a> {
    /// `|`: one of these has to hold
    pub triggering: bool,
    /// `!`: has to be false
    pub negated: bool,
    /// the rest. Only the path of a `condition_path` key is checked when the unit is read: it has to be absolute.
    pub value: &'a str,
}

/// Takes `|` and then `!` off a condition; blanks may follow them unless the value is a path
/// (`config_parse_unit_condition_path()`, `config_parse_unit_condition_string()`).
pub fn condition(text: &str, is_path: bool) -> Condition<'_> {
    let behind =
        |rest: &'_ str| if is_path { 0 } else { rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len() };
    let (triggering, rest) = text.strip_prefix('|').map_or((false, text), |r| (true, &r[behind(r)..]));
    let (negated, value) = rest.strip_prefix('!').map_or((false, rest), |r| (true, &r[behind(r)..]));
    Condition { triggering, negated, value }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: u16 = 252;

    fn at(version: u16) -> Model {
        Model::nearest(version)
    }

    /// `%n` becomes a name and `%z` cannot be resolved.
    fn expand(text: &str) -> Option<String> {
        (!text.contains("%z")).then(|| text.replace("%n", "x.service"))
    }

    fn whats<T>(entries: &Entries<T>) -> Vec<Bad> {
        entries.problems.iter().map(|p| p.what).collect()
    }

    fn binds(text: &str, version: u16) -> (Vec<String>, Vec<Bad>) {
        let all = bind_paths(text, at(version), &expand);
        let show = |b: &Bind| {
            let (minus, flat) = (if b.optional { "-" } else { "" }, if b.recursive { "" } else { "!" });
            format!("{minus}{}>{}{flat}", b.source, b.destination)
        };
        (all.items.iter().map(show).collect(), whats(&all))
    }

    const RELATIVE: Bad = Bad::Path(BadPath::NotAbsolute);
    const DOTS: Bad = Bad::Path(BadPath::NotNormalized);

    #[test]
    fn bind_paths_of_old_releases() {
        let table: &[(&str, &[&str], &[Bad])] = &[
            ("/a", &["/a>/a"], &[]),
            ("-/a:/b:norbind /c", &["-/a>/b!", "/c>/c"], &[]),
            ("/a:/b:", &["/a>/b"], &[]),
            ("/a:/b:  rbind /c", &["/a>/b", "/c>/c"], &[]),
            ("\"/a:/b\"", &["/a:/b>/a:/b"], &[]),
            ("\"/a b\":/c", &["/a b>/c"], &[]),
            ("/a\\:b", &["/a:b>/a:b"], &[]),
            ("/a  /b", &["/a>/a", "/b>/b"], &[RELATIVE]),
            ("/a:", &[], &[RELATIVE]),
            ("/a::rbind", &[], &[RELATIVE, RELATIVE]),
            ("::", &[], &[RELATIVE, RELATIVE, RELATIVE]),
            ("/a:/b :rbind", &["/a>/b"], &[RELATIVE, RELATIVE]),
            ("/a:/b: /c", &[], &[Bad::Option]),
            ("/a:/b:RBIND", &[], &[Bad::Option]),
            ("/a \"/b", &["/a>/a"], &[Bad::Syntax]),
            ("/a/../b %z /c", &["/c>/c"], &[DOTS, Bad::Specifier]),
        ];
        for (text, good, bad) in table {
            let (items, problems) = binds(text, OLD);
            assert_eq!((items, &*problems), (good.iter().map(|s| (*s).to_owned()).collect(), *bad), "{text}");
            assert_eq!(binds(text, 257), binds(text, OLD), "{text}");
        }
    }

    #[test]
    fn bind_paths_since_words_come_first() {
        let good = |text: &str| binds(text, 262).0.join(" ");
        assert_eq!(good("\"/a:/b\""), "/a>/b");
        assert_eq!(good("/a  /b\t-/c:/d:norbind"), "/a>/a /b>/b -/c>/d!");
        assert_eq!(good("/a\\:b:/c\\x20d"), "/a:b>/c d");
        assert_eq!(binds("/a:b /c", 262), (vec!["/c>/c".into()], vec![RELATIVE]));
        assert_eq!(binds("/a:/b:idmap", 262).1, [Bad::Option]);
        assert_eq!(binds("/a\\q /b", 262), (vec![], vec![Bad::Syntax]));
    }

    #[test]
    fn paths_in_lists() {
        let tmp = |text| temporary_filesystem(text, at(OLD), &expand);
        assert_eq!(tmp("/a:ro,size=1:x"), Ok(("/a".into(), Some("ro,size=1:x".into()))));
        assert_eq!(tmp("/a\\:b:"), Ok(("/a:b".into(), None)));
        assert_eq!(tmp("/a:%z"), Ok(("/a".into(), Some("%z".into()))));
        assert_eq!((tmp(":ro"), tmp("%z"), tmp("/a/..")), (Err(RELATIVE), Err(Bad::Specifier), Err(DOTS)));

        let prefix = |word| (prefixed_path(word).optional, prefixed_path(word).in_root, prefixed_path(word).path);
        assert_eq!(prefix("-+/a"), (true, true, "/a"));
        assert_eq!(prefix("+-/a"), (false, true, "-/a"));
        assert_eq!(prefix("--/a"), (true, false, "-/a"));

        let list = |text| {
            let all = colon_path_list(text, at(OLD), &expand);
            (all.items.join(" "), whats(&all))
        };
        assert_eq!(list("/a:/b c:/\\:"), ("/a /b c /:".into(), vec![]));
        assert_eq!(list("/a::/b"), ("/a".into(), vec![RELATIVE]));
        assert_eq!(list("b:c"), (String::new(), vec![RELATIVE]));
        assert_eq!(list("\"/a:/b\""), (String::new(), vec![RELATIVE]));
    }

    #[test]
    fn images_and_their_options() {
        let mounts = |text: &str, version| {
            let all = mount_images(text, at(version), &expand);
            let options = |i: &Image| i.options.iter().map(|(p, o)| format!("{p}={o}")).collect::<Vec<_>>().join(",");
            let show = |i: &Image| format!("{}>{}[{}]", i.source, i.destination, options(i));
            (all.items.iter().map(show).collect::<Vec<_>>().join(" "), whats(&all))
        };
        let table: &[(&str, &str, &[Bad])] = &[
            ("/a:/b", "/a>/b[]", &[]),
            ("-/a:/b:ro /c:/d:home:x:ro", "/a>/b[root=ro] /c>/d[home=x,root=ro]", &[]),
            ("/a:/b:foo:ro", "/a>/b[]", &[Bad::Partition]),
            ("/a:/b:%z", "/a>/b[]", &[Bad::Specifier]),
            ("/a::/b:", "/a>/b[]", &[]),
            ("/a b", "", &[Bad::NoDestination, RELATIVE]),
            (":/b", "", &[Bad::NoDestination]),
            ("/a\\q:/b /c:/d", "", &[Bad::Syntax]),
            ("/a:/b:\\q /c:/d", "", &[Bad::Syntax]),
            ("\"\" /a:/b", "/a>/b[]", &[]),
            ("\"/a:/b", "", &[Bad::Syntax]),
        ];
        for (text, good, bad) in table {
            assert_eq!(mounts(text, OLD), ((*good).to_owned(), bad.to_vec()), "{text}");
        }
        let api = Bad::Path(BadPath::ApiVfs);
        assert_eq!(mounts("/proc/a:/b /dev/a:/sys/b /dev/a:/b", 257), ("/dev/a>/b[]".into(), vec![api, api]));
        assert!(mounts("/proc/a:/b", OLD).1.is_empty());

        let extensions = |text, version| whats(&extension_images(text, at(version), &expand));
        assert!(extensions("/a -/b:ro /c:root:x", OLD).is_empty());
        assert_eq!(extensions(":ro", OLD), [RELATIVE]);
        assert_eq!(extensions("/dev/a", 257), [api]);

        let root = |text, version| {
            let all = root_image_options(text, at(version), &expand);
            (all.items.iter().map(|(p, o)| format!("{p}={o}")).collect::<Vec<_>>().join(" "), whats(&all))
        };
        assert_eq!(root("ro home:rw :x", OLD), ("root=ro home=rw root=x".into(), vec![]));
        assert_eq!(root("foo:ro home:x", OLD), ("home=x".into(), vec![Bad::Partition]));
        assert_eq!(root("home:x root:a:b", OLD), (String::new(), vec![Bad::Syntax]));
        assert_eq!(root("root-secondary:x", OLD).1, []);
        assert_eq!(root("root-secondary:x", 257).1, [Bad::Partition]);
    }

    #[test]
    fn policies() {
        let good = |text| image_policy(text, at(257));
        assert_eq!(good("*"), Ok(ImagePolicy::Allow));
        let rules = vec![("root".into(), vec!["verity".into(), "absent".into()]), (String::new(), vec![])];
        assert_eq!(good("root=verity+absent:=-"), Ok(ImagePolicy::Rules(rules)));
        assert_eq!(good("root"), Err(BadPolicy::Syntax("root".into())));
        assert_eq!(good("root=open:root=open"), Err(BadPolicy::Twice("root".into())));
        assert_eq!(good("boot=open"), Err(BadPolicy::Partition("boot".into())));
        assert_eq!(good("root=closed"), Err(BadPolicy::Flag("closed".into())));
        assert_eq!(
            image_policy("boot=open:root=closed", at(262)),
            Ok(ImagePolicy::Rules(vec![("root".into(), vec![])]))
        );
        assert!(image_policy("root=open:home", at(262)).is_err());
    }

    #[test]
    fn hashes_and_base64() {
        assert_eq!(root_hash("/a/../b"), Ok(RootHash::File("/a/../b")));
        assert_eq!(root_hash("0123456789abcdef 0123456789ABCDEF"), Ok(RootHash::Bytes(16)));
        assert_eq!(
            (root_hash("aa"), root_hash("a"), root_hash("zz")),
            (Err(BadHash::Short), Err(BadHash::Encoding), Err(BadHash::Encoding))
        );
        assert_eq!(root_hash_signature("base64:QQ=="), Ok(RootHash::Bytes(1)));
        assert_eq!(root_hash_signature("base64:"), Ok(RootHash::Bytes(0)));
        assert_eq!(root_hash_signature("QQ=="), Err(BadHash::Encoding));
        assert_eq!(base64("Q U J\tD"), Some(b"ABC".to_vec()));
        assert_eq!(base64("/+aa"), Some(vec![0xff, 0xe6, 0x9a]));
        for bad in ["QUJ", "QQ", "QQ=", "QR==", "QUJ=", "=", "====", "QQ==QUJD", "QUJD=", "A-_A", "\"QUJD\""] {
            assert_eq!(base64(bad), None, "{bad}");
        }
    }

    #[test]
    fn escapes() {
        assert_eq!(escaped_text("a\\n\\x41\\101\\s\\\""), Some(b"a\nAA \"".to_vec()));
        assert_eq!(escaped_text("\\uD800"), Some(vec![0xED, 0xA0, 0x80]));
        for bad in
            ["\\q", "\\x4", "\\1", "\\400", "\\000", "\\x00", "\\u0000", "\\U0010FFFF", "\\U00110000", "\\", "\\e"]
        {
            assert_eq!(escaped_text(bad), None, "{bad}");
        }
    }

    #[test]
    fn directories() {
        let show = |d: &Directory| {
            let link = d.link.as_ref().map_or(String::new(), |l| format!(">{l}"));
            format!("{}{link}{}", d.path, if d.read_only { "!" } else { "" })
        };
        let judge = |text: &str, links, version| {
            let all = relative_directories(text, links, at(version), &expand);
            (all.items.iter().map(show).collect::<Vec<_>>().join(" "), whats(&all))
        };
        let table: &[(&str, &str, &[Bad])] = &[
            ("a b/./c/ \"d e\"", "a b/c d e", &[]),
            ("a:b::ignored", "a>b", &[]),
            (":b a::c", "b a>c", &[]),
            ("a\\:b", "a:b", &[]),
            ("/a b", "b", &[Bad::PathAbsolute]),
            ("\\x2fa", "", &[Bad::PathAbsolute]),
            ("a/.. . b:..", "", &[DOTS, DOTS, DOTS]),
            ("private ./private/x privatex a:private", "privatex a>private", &[Bad::Private, Bad::Private]),
            ("a\\q b", "", &[Bad::Syntax]),
            ("\"\" b", "", &[Bad::Syntax]),
            ("%z a:%z %n", "x.service", &[Bad::Specifier, Bad::Specifier]),
        ];
        for (text, good, bad) in table {
            assert_eq!(judge(text, true, OLD), ((*good).to_owned(), bad.to_vec()), "{text}");
        }
        assert_eq!(judge("a:b c:", false, OLD), ("c".into(), vec![Bad::LinkNotSupported]));
        assert_eq!(judge("a::ro b:c:ro d:e:rw", true, 257), ("a! b>c!".into(), vec![Bad::Option]));
        assert_eq!(judge(":b", true, 257), (String::new(), vec![DOTS]));
    }

    #[test]
    fn credentials() {
        let load = |text| load_credential(text, &expand).map(|c| format!("{}<{}", c.name, c.source));
        for good in ["a", "a:", "a:/b", "a:b", "a b:/b:c", "a*:/b", "a\\x41:/", "\"a:/b\"", "%n:c"] {
            assert!(load(good).is_ok(), "{good}");
        }
        assert_eq!(load("a:").as_deref(), Ok("a<a"));
        for bad in [":/b", "ä", "a/b:/c", "..:/c", "a\\:b:/c"] {
            assert_eq!(load(bad), Err(Bad::CredentialName), "{bad}");
        }
        for bad in ["a:b/c", "a::/b", "a:-/b", "a: /b", "a:..", "a:/b/../c", "a:/b//c", "a:ä"] {
            assert_eq!(load(bad), Err(Bad::CredentialSource), "{bad}");
        }
        assert_eq!(load("a:%z"), Err(Bad::Specifier));

        let set = |text, encrypted| set_credential(text, encrypted, &expand);
        assert_eq!(set("a:b:\\x00\\n %z", false), Ok(("a".into(), b"b:\0\n %z".to_vec())));
        assert_eq!((set("a", false), set("a:", false)), (Err(Bad::Syntax), Err(Bad::Syntax)));
        assert_eq!((set("a:\\q", false), set("a:QUJ", true)), (Err(Bad::Data), Err(Bad::Data)));
        assert_eq!(set("a: QU JD", true), Ok(("a".into(), b"ABC".to_vec())));

        let import = |text, version| import_credential(text, at(version), &expand).is_ok();
        assert!(import("a.*", 257) && import("*", 257) && import("a*:b", 257) && import("a", 257));
        assert!(
            !import("a*b", 257)
                && !import("**", 257)
                && !import("a[b]", 257)
                && !import("a:b:c", 257)
                && !import("", 257)
        );
    }

    #[test]
    fn opened_files() {
        let name = |text| open_file(text).map(|f| f.name);
        assert_eq!(name("/a/b"), Some("b".into()));
        assert_eq!(name("/a\\:b:c:read-only,graceful"), Some("c".into()));
        assert_eq!(name("/a::append"), Some("a".into()));
        for bad in
            ["a", "", "/", "/a:b:read-write", "/a:b:append,truncate", "/a:b:append,append", "/a:b:append:x", "/a:ä"]
        {
            assert_eq!(name(bad), None, "{bad}");
        }
    }

    #[test]
    fn small_words() {
        assert_eq!((secure_bit("keep-caps", at(OLD)), secure_bit("KEEP-CAPS", at(OLD))), (Some(16), None));
        assert_eq!(
            (secure_bit("exec-restrict-file", at(257)), secure_bit("exec-restrict-file", at(262))),
            (None, Some(256))
        );
        assert_eq!((security_label("-a"), security_label("a b")), ((true, "a"), (false, "a b")));
        for bad in ["", ".", "..", "a/b"] {
            assert_eq!((rule_name(bad), cgroup_name(bad, at(257))), (None, None), "{bad}");
        }
        for bad in ["_a", ".a", "tasks", "cgroup.procs", "cpu.max", "memory."] {
            assert_eq!(cgroup_name(bad, at(257)), None, "{bad}");
        }
        assert_eq!((cgroup_name("cpux", at(257)), cgroup_name("a b", at(257))), (Some("cpux"), Some("a b")));
    }

    #[test]
    fn prefixes_of_conditions() {
        let parts = |text, is_path| {
            (condition(text, is_path).triggering, condition(text, is_path).negated, condition(text, is_path).value)
        };
        assert_eq!(parts("|!/a", true), (true, true, "/a"));
        assert_eq!(parts("!|/a", true), (false, true, "|/a"));
        assert_eq!(parts("| /a", true), (true, false, " /a"));
        assert_eq!(parts("|  ! vm", false), (true, true, "vm"));
        assert_eq!(parts("!", false), (false, true, ""));
    }
}
