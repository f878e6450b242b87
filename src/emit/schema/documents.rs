//! The documents that `--format json` writes. Members may come, but none goes and none changes its meaning as long as
//! `schema` is the same: so further members are allowed.

use super::{Member, flag, list, number, object, or_null, rule_id, text, top, word};
use crate::emit::SCHEMA;
use crate::engine::score;
use crate::rule::{Level, Risk, Safety};
use crate::vocab::{Arch, Scope, Section};
use serde_json::{Value, json};

/// What every document begins with, and its own members.
fn document(file: &str, title: &str, about: &str, members: impl IntoIterator<Item = Member>) -> Value {
    let number = json!({ "const": SCHEMA });
    let head = [
        ("unitlint", "the release of unitlint that wrote this", text()),
        ("schema", "the version of this format; as long as it is the same, members are only added", number),
    ];
    top(file, title, about, object(head.into_iter().chain(members)))
}

fn scope() -> Value {
    word(Scope::ALL.iter().map(|s| s.word()))
}

fn line() -> Value {
    number(1)
}

fn section() -> Value {
    word(Section::ALL.iter().map(|s| s.word()))
}

fn exposure() -> Value {
    json!({ "type": "number", "minimum": 0, "maximum": 10 })
}

/// systemd's words for an exposure.
fn exposure_level() -> Value {
    word((0..=100).map(score::level))
}

fn position() -> Value {
    object([
        ("line", "from 1", line()),
        ("column", "from 1, in characters", number(1)),
        ("byte", "the offset in the file", number(0)),
    ])
}

fn finding() -> Value {
    let note = object([
        ("text", "the remark", text()),
        ("path", "the file that it is about", or_null(text())),
        ("line", "the line that it is about", or_null(line())),
    ]);
    let edit = object([
        ("path", "the file", text()),
        ("start", "the offset of the first byte that goes", number(0)),
        ("end", "the offset behind the last byte that goes", number(0)),
        ("insert", "what comes in its place", text()),
    ]);
    let safety = word(Safety::ALL.iter().map(|s| s.word()));
    let fix = object([
        ("title", "what to write", text()),
        ("safety", "how sure it is: a safe one changes nothing that the service can do", safety),
        ("edits", "where; empty for a line that is to be added", list(edit)),
    ]);
    let verify = object([
        ("kind", "the sort of message; more may come", text()),
        ("file", "the file that systemd names", or_null(text())),
        ("unit", "the unit that it names instead", or_null(text())),
        ("line", "the line that it names: the last one of a continued assignment", or_null(line())),
    ]);
    let heard = Level::ALL.iter().filter(|l| **l > Level::Allow).map(|l| l.word());
    object([
        ("rule", "the rule, perhaps one of your own", rule_id()),
        ("group", "its group; more may come", text()),
        ("level", "how much it matters, as the configuration wants it", word(heard)),
        ("message", "what is wrong", text()),
        ("unit", "the unit; the file where it is about none", text()),
        ("path", "the file", text()),
        ("start", "the first character of the word; null for a file as a whole", or_null(position())),
        ("end", "behind the last character of the word", or_null(position())),
        ("notes", "what explains it", list(note)),
        ("fixes", "what mends it", list(fix)),
        ("verify", "the message that systemd itself would print", or_null(verify)),
    ])
}

pub(super) fn check() -> Value {
    let target = object([
        ("systemd", "the release asked for", number(1)),
        ("modelled_as", "the recorded release that it is modelled as", number(1)),
        ("arch", "the processor, in systemd's word", word(Arch::ALL.iter().map(|(_, word, _)| *word))),
        ("kernel", "the kernel series; null for any", or_null(text())),
    ]);
    let score = object([
        ("overall", "the exposure, from 0 to 10", exposure()),
        ("level", "systemd's word for it", exposure_level()),
    ]);
    let unit = object([
        ("name", "its name", text()),
        ("path", "where it was found, as it was reached", text()),
        ("scope", "whose manager it is for", scope()),
        ("state", "whether the manager would have it", word(["loaded", "masked", "not-found", "refused"])),
        ("dropins", "the drop-ins, in the order in which they count", list(text())),
        ("exposure", "the exposure score; null for a unit that has none", or_null(score)),
    ]);
    let summary = object([
        ("units", "how many units were looked at", number(0)),
        ("errors", "findings of this level", number(0)),
        ("warnings", "findings of this level", number(0)),
        ("notes", "findings of this level", number(0)),
        ("suppressed", "findings that a comment took away", number(0)),
    ]);
    document(
        "check.schema.json",
        "unitlint check --format json",
        "What is wrong with units.",
        [
            ("target", "the system that the units were judged for", target),
            ("units", "every unit", list(unit)),
            ("findings", "every finding", list(finding())),
            ("summary", "the sums", summary),
        ],
    )
}

pub(super) fn security() -> Value {
    let at = object([("path", "the file", text()), ("line", "the line", line())]);
    let check = object([
        ("id", "systemd's name for the check", text()),
        ("set", "whether it is as it should be; null where the check does not apply", or_null(flag())),
        ("exposure", "what it adds to the exposure; null where that is nothing", or_null(exposure())),
        ("rule", "the rule that explains it", rule_id()),
        ("at", "what decides it: an assignment, or the header of the section where there is none", or_null(at)),
    ]);
    let unit = object([
        ("path", "where it was found, as it was reached", text()),
        ("unit", "its name", text()),
        ("scope", "whose manager it is for", scope()),
        ("overall", "the exposure, from 0 to 10; null for a unit that has none", or_null(exposure())),
        ("level", "systemd's word for it", or_null(exposure_level())),
        ("refused", "why it has no score", or_null(text())),
        ("checks", "every check; none for a unit without a score", list(check)),
    ]);
    document(
        "security.schema.json",
        "unitlint security --format json",
        "How exposed units are.",
        [
            ("systemd", "the release asked for", number(1)),
            ("modelled_as", "the recorded release that it is modelled as", number(1)),
            ("units", "every unit", list(unit)),
        ],
    )
}

pub(super) fn cat() -> Value {
    let assignment = object([
        ("path", "the file", text()),
        ("line", "the line", line()),
        ("value", "as it is written, continued lines joined", text()),
        ("outcome", "what came of it", word(["set", "reset", "ignored", "fatal"])),
    ]);
    let setting = object([
        ("section", "the section", section()),
        ("key", "the directive", text()),
        ("value", "what counts in the end; null where nothing does", or_null(text())),
        ("from", "where that comes from", word(["assigned", "implied", "default"])),
        ("assignment?", "the last of the assignments that counts, from 0, where it is assigned", number(0)),
        ("by?", "the directive that implies it, where it is implied", text()),
        ("assignments", "every assignment, in the order in which they were read", list(assignment)),
    ]);
    let unit = object([
        ("name", "its name", text()),
        ("path", "where it was found, as it was reached", text()),
        ("scope", "whose manager it is for", scope()),
        ("files", "the fragment and the drop-ins, in the order in which they count", list(text())),
        ("aliases", "its other names", list(text())),
        ("refused", "why the manager would not have it", or_null(text())),
        ("settings", "every directive that is assigned or implied", list(setting)),
    ]);
    document(
        "cat.schema.json",
        "unitlint cat --format json",
        "The effective settings of units, and where each comes from.",
        [("units", "every unit", list(unit))],
    )
}

pub(super) fn config() -> Value {
    let from = object([
        ("argument", "the argument that says it", or_null(text())),
        ("path", "the file that says it", or_null(text())),
        ("line", "the line that says it", or_null(line())),
    ]);
    let value = json!({ "type": ["string", "boolean", "array", "null"], "items": text() });
    let settings = list(object([
        ("name", "the setting, as unitlint.toml names it", text()),
        ("value", "what is in force; null for the default", value),
        ("from", "who says so; nobody for the default", list(from)),
    ]));
    let rule = object([
        ("rule", "the rule", rule_id()),
        ("speaks", "whether it is in force", flag()),
        ("level", "how loud it is where it speaks", word(Level::ALL.iter().map(|l| l.word()))),
    ]);
    document(
        "config-output.schema.json",
        "unitlint config --format json",
        "What is in force, and which file or argument says so.",
        [
            ("file", "the configuration file; null where there is none", or_null(text())),
            ("settings", "every setting", settings.clone()),
            ("per_file", "the exceptions for files, each with its settings", list(settings)),
            ("rules", "every rule", list(rule)),
            ("findings", "what is wrong with the configuration", list(finding())),
        ],
    )
}

pub(super) fn rules() -> Value {
    let check = object([
        ("id", "systemd's name for the check", text()),
        ("weight", "its share of the score", number(0)),
        ("range", "the worst it can be", number(1)),
    ]);
    let rule = object([
        ("id", "its id, for ever", rule_id()),
        ("group", "its group; more may come", text()),
        (
            "level",
            "how much it matters unless the configuration says otherwise",
            word(Level::ALL.iter().map(|l| l.word())),
        ),
        (
            "status",
            "a preview never fails a run; of a removed rule only the name is left",
            word(["stable", "preview", "removed"]),
        ),
        ("successor", "the rule that a removed one stands for", or_null(rule_id())),
        ("since", "the release of unitlint that brought it; null for one of your own", or_null(text())),
        ("summary", "what is wrong", text()),
        ("rationale", "why it matters, Markdown", text()),
        ("breaks", "what changes when it is mended, Markdown", text()),
        ("risk", "how often its fix broke services that were tried with it", word(Risk::ALL.iter().map(|r| r.word()))),
        ("exposure", "the check of systemd-analyze security that it is", or_null(check)),
        ("fix", "the assignment that mends it, where there is one for all units", or_null(text())),
        ("references", "where it is from", list(text())),
    ]);
    document(
        "rules.schema.json",
        "unitlint rules --format json, unitlint explain RULE --format json",
        "What is known of rules.",
        [("rules", "the rules", list(rule))],
    )
}

pub(super) fn directives() -> Value {
    let directive = object([
        ("name", "its name", text()),
        ("sections", "the sections that know it", list(section())),
        ("since", "the release of systemd that brought it; 0 for the beginning", number(0)),
        (
            "status",
            "whether it should still be used",
            word(["current", "alias", "deprecated", "discouraged", "obsolete", "removed"]),
        ),
        ("value", "what it takes", text()),
        ("words", "the words that it takes", list(text())),
        ("default", "what holds when it is not assigned", or_null(text())),
        ("empty", "what an empty value does", text()),
        ("manuals", "the manual pages that describe it", list(text())),
        ("notes", "what else is known", list(text())),
        ("rules", "the rules that it mends", list(rule_id())),
    ]);
    document(
        "directives.schema.json",
        "unitlint explain DIRECTIVE --format json",
        "What is known of directives.",
        [("directives", "those of this name", list(directive))],
    )
}
