//! What editors show of a rule and of a directive, and what the book is made of: Markdown in which no text of a rule file or
//! of the vocabulary means anything that it was not meant to.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test that cannot go on stops")]

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use unitlint::emit::docs::{directive_markdown, rule_markdown};
use unitlint::rule::{self, RULES};
use unitlint::target::Target;
use unitlint::vocab::{KEYS, MODELS};

fn snapshot(name: &str, text: &str) {
    insta::with_settings!({ snapshot_path => "../snapshots/markdown", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(name, text);
    });
}

#[test]
fn rules() {
    for id in ["private-tmp", "bound-memory", "unknown-key", "dangling-link"] {
        snapshot(id, &rule_markdown(rule::find(id).unwrap()));
    }
}

#[test]
fn directives() {
    let told = |name: &str, target: Target| {
        let keys = KEYS.iter().filter(|k| k.name() == name);
        keys.map(|k| directive_markdown(k, target)).collect::<Vec<_>>().join("\n")
    };
    for name in ["PrivateTmp", "MemoryMax", "SystemCallFilter", "ExecStart", "CPUShares", "DeviceAllow"] {
        snapshot(&format!("{name}="), &told(name, Target::default()));
    }
    snapshot("PrivateTmp=252", &told("PrivateTmp", Target::systemd(252)));
}

/// The text that a reader sees, and what is wrong with the Markdown.
fn read(markdown: &str) -> (String, Vec<String>) {
    const END: &str = "behind the page";
    let page = format!("{markdown}\n{END}\n");
    let (mut seen, mut wrong) = (String::new(), Vec::new());
    let (mut link, mut is_code) = (None, false);
    // quotes stay as they are written
    let options = Options::all() - Options::ENABLE_SMART_PUNCTUATION;
    for event in Parser::new_ext(&page, options) {
        match event {
            Event::Html(html) | Event::InlineHtml(html) => wrong.push(format!("HTML: {html}")),
            Event::Start(Tag::Link { dest_url, .. }) => {
                if !dest_url.starts_with("https://") {
                    wrong.push(format!("a link to {dest_url:?}"));
                }
                link = Some(seen.len());
            }
            Event::End(TagEnd::Link) => {
                if link.take().is_none_or(|from| seen[from..].trim().is_empty()) {
                    wrong.push(String::from("a link without words"));
                }
            }
            Event::Start(Tag::CodeBlock(_)) => is_code = true,
            Event::End(TagEnd::CodeBlock) => is_code = false,
            Event::Start(
                Tag::Paragraph | Tag::Heading { .. } | Tag::List(_) | Tag::Item | Tag::Strong | Tag::Emphasis,
            ) => {}
            Event::Start(other) => wrong.push(format!("{other:?}")),
            Event::Text(text) if text.trim() == END && is_code => wrong.push(String::from("a fence is open")),
            Event::Text(text) | Event::Code(text) => seen.push_str(&text),
            Event::End(_) => seen.push('\n'),
            Event::SoftBreak => seen.push(' '),
            other => wrong.push(format!("{other:?}")),
        }
    }
    (seen, wrong)
}

/// Text as it is seen: without the marks of code and emphasis, on one line.
fn seen(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace(['`', '*'], "")
}

#[test]
fn all_pages_are_sound_and_say_what_is_known() {
    let mut wrong = Vec::new();
    let mut hold = |name: &str, markdown: &str, told: &[&str]| {
        let (text, faults) = read(markdown);
        wrong.extend(faults.into_iter().map(|fault| format!("{name}: {fault}")));
        let text = seen(&text);
        for said in told.iter().map(|said| seen(said)).filter(|said| !text.contains(said.as_str())) {
            wrong.push(format!("{name} does not say: {said}"));
        }
    };
    for rule in &RULES {
        let fix = rule.fix.map(|fix| fix.line()).unwrap_or_default();
        hold(rule.id, &rule_markdown(rule), &[rule.id, rule.summary, rule.rationale(), rule.breaks(), &fix]);
    }
    for key in &KEYS {
        for target in MODELS.map(Target::systemd) {
            let told =
                [key.name(), key.class(target.model).grammar(), key.default(), key.status_note(), key.replacement()];
            let there = |word: &&str| key.word_since(word).is_none_or(|since| since <= target.systemd);
            let words: Vec<&str> = key.words(target.model).iter().filter(there).collect();
            let notes: Vec<&str> = key.notes().iter().collect();
            let told = [&told[..], &notes, &words].concat();
            hold(key.name(), &directive_markdown(key, target), &told);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A rule of the user's own is text of others: an editor shows nothing of it as HTML, as a link or as a heading.
#[test]
fn a_hostile_rule_shows_as_text() {
    let text = r##"
summary = "<img src=x onerror=alert(1)> [a](javascript:b) # c"
rationale = """
<script>alert(1)</script> ![x](https://evil.example/x.png) | a | b |

# heading

    ``` in a block
</details>"""
breaks = "```\nopen"
level = "error"
references = ["https://evil.example/)<b>[x](y)", "man:a](javascript:b)(1)", "`"]
check = { kind = "required", key = "MemoryMax" }
[[example]]
text = """
#~ hostile
[Service]
# ```
# </code>
"""
"##;
    let rule = unitlint::rule::own::parse("hostile", text).unwrap();
    let (text, wrong) = read(&rule_markdown(&rule));
    assert_eq!(wrong, [""; 0]);
    assert!(text.contains("<img src=x onerror=alert(1)> [a](javascript:b) # c"), "{text}");
}
