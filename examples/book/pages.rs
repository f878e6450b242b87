//! The pages of the book: the guides of `docs/`, and one for each rule and each directive.

#![allow(clippy::disallowed_methods, reason = "it reads and writes pages, not units")]

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io;
use std::path::Path;
use unitlint::emit::docs::{directive_markdown, rule_markdown, rules_about};
use unitlint::rule::{self, Group, RULES, Rule};
use unitlint::target::Target;
use unitlint::vocab::KEYS;

/// Pages by their path below `src/`.
type Pages = BTreeMap<String, String>;

/// Writes a book for mdBook; what an earlier run wrote there and is no page any more goes.
pub(crate) fn write(checkout: &Path, into: &Path) -> io::Result<()> {
    let src = into.join("src");
    if src.exists() {
        std::fs::remove_dir_all(&src)?;
    }
    let mut pages = guides(&checkout.join("docs/src"), "")?;
    let contents = rules(&mut pages) + &directives(&mut pages);
    if let Some(summary) = pages.get_mut("SUMMARY.md") {
        summary.push_str(&contents);
    }
    for (path, text) in pages {
        let file = src.join(&path);
        std::fs::create_dir_all(file.parent().unwrap_or(&src))?;
        std::fs::write(file, linked(&path, &text))?;
    }
    std::fs::copy(checkout.join("docs/book.toml"), into.join("book.toml")).map(drop)
}

/// What is written by hand.
fn guides(dir: &Path, below: &str) -> io::Result<Pages> {
    let mut pages = Pages::new();
    for entry in std::fs::read_dir(dir)? {
        let path = entry?.path();
        let name = format!("{below}{}", path.file_name().unwrap_or_default().to_string_lossy());
        if path.is_dir() {
            pages.extend(guides(&path, &format!("{name}/"))?);
        } else {
            pages.insert(name, std::fs::read_to_string(path)?);
        }
    }
    Ok(pages)
}

/// A page for each rule and each group; gives their part of the contents.
fn rules(pages: &mut Pages) -> String {
    let mut contents = String::from("\n# Reference\n\n- [Rules](rules/index.md)\n");
    let mut index = String::from("# Rules\n\nEach begins with what is wrong, as `unitlint check` tells it.\n\n");
    for group in Group::ALL.iter().filter(|group| **group != Group::Policy) {
        let (word, about) = (group.word(), group.about());
        let page = format!("group-{word}.md");
        let _ = writeln!(index, "- [{word}]({page}): {about}");
        let _ = writeln!(contents, "  - [{word}](rules/{page})");
        let mut list = format!("# {word}\n\n{about}\n\n");
        for rule in RULES.iter().filter(|rule| rule.group == *group) {
            let text = rule_markdown(rule);
            let summary = text.lines().nth(2).unwrap_or_default();
            let _ = writeln!(list, "- `{}` ({}): {summary}", rule.id, rule.level.word());
            let _ = writeln!(contents, "    - [{0}](rules/{0}.md)", rule.id);
            let source = format!("{}/blob/main/{}", env!("CARGO_PKG_REPOSITORY"), rule.file());
            pages.insert(format!("rules/{}.md", rule.id), format!("{}\n[Source]({source})\n", raised(&text)));
        }
        pages.insert(format!("rules/{page}"), list);
    }
    pages.insert(String::from("rules/index.md"), index);
    contents
}

/// A page for each directive and each manual; gives their part of the contents.
fn directives(pages: &mut Pages) -> String {
    const NO_MANUAL: &str = "old keys";
    let target = Target::default();
    let mut manuals: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (at, key) in KEYS.iter().enumerate() {
        manuals.entry(key.man().first().unwrap_or(NO_MANUAL)).or_default().insert(key.name());
        if at > 0 && KEYS[at - 1].name() == key.name() {
            // one name, two meanings: the page of the first has both
            continue;
        }
        let same = KEYS[at..].iter().take_while(|other| other.name() == key.name());
        let mut text = same.map(|key| directive_markdown(key, target)).collect::<Vec<_>>().join("\n");
        let parts: Vec<&Rule> = rules_about(key).filter(|rule| rule.is_part()).collect();
        if !parts.is_empty() && !text.contains("**What can break**") {
            text.push_str("\n#### What can break\n");
            for part in parts {
                let _ = write!(text, "\n**`{}`**\n\n{}\n", part.id, breaks(part));
            }
        }
        pages.insert(format!("directives/{}.md", key.name()), raised(&text));
    }
    let mut contents = String::from("- [Directives](directives/index.md)\n");
    let mut index = format!(
        "# Directives\n\nAs systemd {} has them. Of what came later than the directive it is told since when.\n\n",
        target.systemd
    );
    let mut seen = BTreeSet::new();
    for (manual, names) in manuals {
        let page = format!("{}.md", manual.split('(').next().unwrap_or_default().replace(' ', "-"));
        let _ = writeln!(index, "- [{manual}]({page}): {} directives", names.len());
        let _ = writeln!(contents, "  - [{manual}](directives/{page})");
        let mut list = format!("# {manual}\n\n");
        for name in names {
            let _ = writeln!(list, "- `{name}=`");
            if seen.insert(name) {
                let _ = writeln!(contents, "    - [{name}=](directives/{name}.md)");
            }
        }
        pages.insert(format!("directives/{page}"), list);
    }
    pages.insert(String::from("directives/index.md"), index);
    contents
}

/// What the page of a rule says about that.
fn breaks(rule: &Rule) -> String {
    let page = rule_markdown(rule);
    let text = page.split_once("#### What can break\n\n").map_or("", |(_, rest)| rest);
    text.split("\n#### ").next().unwrap_or_default().trim_end().to_owned()
}

/// What editors show as a part of something is a page of its own: its headings rise by two.
fn raised(text: &str) -> String {
    edited(
        text,
        |event, _| matches!(event, Event::Start(Tag::Heading { .. })).then(String::new),
        |text, _| text.strip_prefix("##").unwrap_or(text).to_owned(),
    )
}

/// Code that is the name of a rule or the line of a directive leads to its page.
fn linked(page: &str, text: &str) -> String {
    let to_top = "../".repeat(page.matches('/').count());
    edited(
        text,
        |event, is_taken| match event {
            Event::Code(code) if !is_taken => place(code).filter(|place| place != page),
            _ => None,
        },
        |text, place| format!("[{text}]({to_top}{place})"),
    )
}

/// The page of what a word names.
fn place(code: &str) -> Option<String> {
    if let Some(rule) = rule::find(code) {
        return Some(format!("rules/{}.md", rule.id));
    }
    let (name, _) = code.split_once('=')?;
    KEYS.iter().any(|key| key.name() == name).then(|| format!("directives/{name}.md"))
}

/// Text with some of its events written otherwise: those of which `find` tells something, which knows whether they are in a
/// link or a heading.
fn edited(
    text: &str,
    find: impl Fn(&Event<'_>, bool) -> Option<String>,
    write: impl Fn(&str, &str) -> String,
) -> String {
    let (mut out, mut done, mut inside) = (String::new(), 0, 0);
    for (event, at) in Parser::new_ext(text, Options::ENABLE_TABLES).into_offset_iter() {
        match event {
            Event::Start(Tag::Link { .. } | Tag::Heading { .. }) => inside += 1,
            Event::End(TagEnd::Link | TagEnd::Heading(_)) => inside -= 1,
            _ => {}
        }
        if let Some(found) = find(&event, inside > 0) {
            out.push_str(&text[done..at.start]);
            out.push_str(&write(&text[at.clone()], &found));
            done = at.end;
        }
    }
    out + &text[done..]
}
