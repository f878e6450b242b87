//! A parser of other people as the judge of ours: where a unit file is also a plain INI file, both read the same
//! sections, keys and values from it.

use ini::{Ini, ParseOption};
use proptest::prelude::*;
use proptest::sample::select;
use std::fmt::Display;
use std::path::Path;
use unitlint::rule::RULES;
use unitlint::syntax::{self, Kind};
use unitlint::tree::{Disk, Tree, files_below};

/// Section, key and value of every assignment, in order.
type Rows = Vec<(String, String, String)>;

/// A name, a reason, and whether a text is one.
type Exception = (&'static str, &'static str, fn(&str) -> bool);

/// What makes a file something else for the two: a name, the reason, and how to tell from the text alone. Our own
/// parser is not asked, so that its mistakes cannot excuse themselves.
const EXCEPTIONS: &[Exception] = &[
    ("continuation", "a backslash and a line end join lines without a blank in INI", |t| {
        t.lines().any(|l| l.ends_with('\\'))
    }),
    ("lone carriage return", "ends every line in a unit, but not a comment in INI", |t| {
        t.split('\r').skip(1).any(|rest| !rest.starts_with('\n'))
    }),
    ("NUL", "ends a line in a unit, an ordinary character in INI", |t| t.contains('\0')),
    ("byte order mark", "taken off its line in a unit, a part of the first key in INI", |t| t.contains('\u{feff}')),
    ("colon", "a key ends at the first colon in INI", |t| entries(t).any(|(key, _)| key.contains(':'))),
    ("escaped name", "a backslash in a name takes what follows it as it is in INI", |t| {
        lines(t).any(|l| l.starts_with('[') && l.contains('\\')) || entries(t).any(|(key, _)| key.contains('\\'))
    }),
    ("indented comment", "a key, or a mistake, in INI", |t| {
        t.lines().any(|l| l.trim_start().starts_with(['#', ';']) && !l.starts_with(['#', ';']))
    }),
    ("foreign blank", "INI trims every blank of Unicode, a unit only space and tab", |t| {
        t.chars().any(|c| c.is_whitespace() && !" \t\r\n".contains(c))
    }),
    ("header", "INI ends a name at the first bracket and trims it; a unit takes the whole line as it is", |t| {
        let names = lines(t).filter(|l| l.starts_with('[')).map(|l| l.trim_start_matches('['));
        names.into_iter().any(|l| l.split_once(']').is_none_or(|(name, rest)| name.trim() != name || !rest.is_empty()))
            || lines(t).any(|l| l.starts_with("[["))
    }),
    ("junk", "a line without a key is passed over in a unit, joined to the next or an error in INI", |t| {
        lines(t).any(|l| l.starts_with('=') || (!l.starts_with('[') && !l.contains('=')))
    }),
];

/// The lines that say something, without the blanks around.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split('\n').map(|l| l.trim_matches([' ', '\t', '\r'])).filter(|l| !l.is_empty() && !l.starts_with(['#', ';']))
}

fn entries(text: &str) -> impl Iterator<Item = (&str, &str)> {
    lines(text).filter(|l| !l.starts_with('[')).filter_map(|l| l.split_once('='))
}

fn exception(text: &str) -> Option<&'static str> {
    EXCEPTIONS.iter().find(|(_, _, is)| is(text)).map(|(name, _, _)| *name)
}

fn ours(text: &str) -> Result<Rows, String> {
    let (mut rows, mut section) = (Rows::new(), String::new());
    for item in &syntax::parse(text.as_bytes()).items {
        match item.kind {
            Kind::Section { name } => section = text[name.range()].to_owned(),
            Kind::Entry { .. } => {
                let (key, value) = item.entry(text.as_bytes()).expect("an entry has a key and a value");
                rows.push((section.clone(), key.into_owned(), value.text.into_owned()));
            }
            Kind::Blank | Kind::Comment => {}
            Kind::Junk(junk) => return Err(format!("{junk:?}")),
        }
    }
    Ok(grouped(rows))
}

fn theirs(text: &str) -> Result<Rows, String> {
    // quotes and escapes belong to the values of some directives, not to the syntax of the file
    let options = ParseOption { enabled_quote: false, enabled_escape: false, ..ParseOption::default() };
    let ini = Ini::load_from_str_opt(text, options).map_err(|e| e.to_string())?;
    let mut rows = Rows::new();
    for (section, properties) in &ini {
        let section = section.unwrap_or_default();
        rows.extend(properties.iter().map(|(k, v)| (section.to_owned(), k.to_owned(), v.to_owned())));
    }
    Ok(grouped(rows))
}

/// INI keeps repeated sections together; the order inside each section is what counts.
fn grouped(mut rows: Rows) -> Rows {
    rows.sort_by(|a, b| a.0.cmp(&b.0));
    rows
}

#[test]
fn plain_unit_files_read_the_same() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut same = 0;
    let mut compare = |name: &dyn Display, text: &str| {
        if exception(text).is_none() {
            assert_eq!(ours(text), theirs(text), "{name}");
            same += 1;
        }
    };
    for rule in &RULES {
        rule.examples().iter().for_each(|e| compare(&rule.file(), e.text));
    }
    for top in [here.join("fixtures"), here.join("../shared/corpus")] {
        let files = if Disk.list(&top).is_ok() { files_below(&top).unwrap() } else { Vec::new() };
        for path in files {
            let Ok(text) = String::from_utf8(Disk.read(&path).unwrap()) else { continue };
            compare(&path.display(), &text);
        }
    }
    assert!(same > 200, "only {same} files are plain");
}

#[test]
fn blanks_quotes_and_repeats_read_the_same() {
    for text in [
        "",
        "[Service]\nExecStart=/bin/sh -c 'a # b' \"c ; d\"\n",
        "  [Service]  \n\tUser = x y \t\n\n# c\n;=d\nGroup=\n",
        "A=1\n[A]\nB=2\n[C]\n[A]\nB=3\nB=\nB==4\n",
        "[X-A]\nk=\\x2d \\ \\\\n\nl=[a]\nm=a:b=c",
        "[é]\nü = 日本 \n",
        "[A]\r\nB=c\r\n\r\n# d\r\nE= f \r\n",
    ] {
        assert_eq!(exception(text), None, "{text:?}");
        assert!(ours(text).is_ok());
        assert_eq!(ours(text), theirs(text));
    }
}

#[test]
fn the_exceptions_are_needed() {
    for (text, name) in [
        ("a=b \\\n c\n", "continuation"),
        ("# a\rc=d\n", "lone carriage return"),
        ("a=b\0c=d\n", "NUL"),
        ("\u{feff}a=b\n", "byte order mark"),
        ("a:b=c\n", "colon"),
        ("a\\=b\n", "escaped name"),
        ("[a\\]\nb=c\n", "escaped name"),
        (" # a=b\n", "indented comment"),
        ("a=b\u{a0}\n", "foreign blank"),
        ("[ a ]\nb=c\n", "header"),
        ("[a]]\nb=c\n", "header"),
        ("a\nb=c\n", "junk"),
    ] {
        assert_eq!(exception(text), Some(name), "{text:?}");
        assert_ne!(ours(text), theirs(text), "{text:?}: both agree, so the exception {name} may go");
    }
}

/// A line that both know, or nearly: what a key or a header must not have is seldom in it.
fn line() -> impl Strategy<Value = String> {
    let blanks = || select(&["", "", "", " ", "\t", "  "][..]);
    let section = "[A-Za-z][A-Za-z0-9 ._/é-]{0,8}[a-z]".prop_map(|name| format!("[{name}]"));
    let entry = ("[A-Za-z@._][A-Za-z0-9 ._@/#;\"'é-]{0,10}", blanks(), blanks(), "[ -~é日\t]{0,24}")
        .prop_map(|(key, before, after, value)| format!("{key}{before}={after}{value}"));
    let comment = "[#;][ -~é]{0,16}";
    let odd = select(&["[a]b", "[a", "a:b=c", "junk", "=b", "a=b\\", " # a", "a=\u{a0}", "[[a]]"][..])
        .prop_map(str::to_owned);
    let said = prop_oneof![8 => entry, 2 => section];
    let said = (blanks(), said, blanks()).prop_map(|(before, said, after)| format!("{before}{said}{after}"));
    prop_oneof![40 => said, 4 => comment, 4 => blanks().prop_map(str::to_owned), 1 => odd]
}

fn text() -> impl Strategy<Value = String> {
    let ends = select(&["\n", "\n", "\r\n"][..]);
    (prop::collection::vec(line(), 0..16), ends, any::<bool>()).prop_map(|(lines, end, ended)| {
        let text = lines.join(end);
        if ended { text + end } else { text }
    })
}

proptest! {
    // a failure is printed whole and worth a test by name; nothing is written beside the sources
    #![proptest_config(ProptestConfig { cases: 4096, max_global_rejects: 4096, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn generated_files_read_the_same(text in text()) {
        prop_assume!(exception(&text).is_none());
        prop_assert_eq!(ours(&text), theirs(&text), "{:?}", text);
    }

    #[test]
    fn any_characters_read_the_same(text in prop::collection::vec(select(&b"ab=[]#;: \t\n\r\\\"'%"[..]), 0..24)) {
        let text = String::from_utf8(text).expect("ASCII");
        if exception(&text).is_none() {
            prop_assert_eq!(ours(&text), theirs(&text), "{:?}", text);
        }
    }
}
