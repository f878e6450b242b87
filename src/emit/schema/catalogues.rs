//! The documents that list what the program knows: rules, directives, and names of the kernel. Like the others they keep
//! their members as long as `schema` is the same.

use super::documents::{document, section};
use super::{list, number, object, or_null, rule_id, text, word};
use crate::rule::{Level, Risk};
use serde_json::Value;

pub(super) fn rules() -> Value {
    let check = object([
        ("id", "systemd's name for the check", text()),
        ("weight", "its share of the score", number(0)),
        ("range", "the worst it can be", number(1)),
    ]);
    let value = object([
        ("state", "the state of the check, by a word", text()),
        ("badness", "how bad it is; 0 where the check finds nothing", number(1)),
    ]);
    let bound = object([
        ("weight", "its share of the score", number(1)),
        ("range", "the worst it can be", number(1)),
        ("asked", "which units are asked", text()),
        ("values", "its states, the worst first", list(value)),
    ]);
    let relation = object([("that", "the relation", text()), ("because", "what it is for", or_null(text()))]);
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
        ("resources", "the check of the resource score that it is", or_null(bound)),
        ("fix", "the assignment that mends it, where there is one for all units", or_null(text())),
        (
            "holds",
            "the settings of several units that it compares, in a rule of your own of the kind relation",
            list(relation),
        ),
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
        ("cgroup", "the files of cgroup v2 that it writes, or what else it does to a control group", list(text())),
        ("rules", "the rules that it mends", list(rule_id())),
    ]);
    document(
        "directives.schema.json",
        "unitlint explain DIRECTIVE --format json",
        "What is known of directives.",
        [("directives", "those of this name", list(directive))],
    )
}

pub(super) fn names() -> Value {
    let mut kinds: Vec<&str> = crate::vocab::KERNEL_NAMES.iter().map(|n| n.kind()).collect();
    kinds.extend(["system call group", "system call"]);
    let directive = object([
        ("name", "the directive", text()),
        ("since", "the release of systemd that brought it; 0 for the beginning", number(0)),
    ]);
    let members = object([
        ("since", "the first recorded release of systemd that has them so", number(0)),
        ("names", "the calls of a group, or the groups of a call", list(text())),
    ]);
    let name = object([
        ("name", "its name; a * is any one part between dots, at the end any rest", text()),
        ("kind", "what it is", word(kinds)),
        ("controller", "the controller of a file of a control group", or_null(text())),
        ("about", "what it does", text()),
        ("value", "what is written or read", or_null(text())),
        ("kernel", "the first kernel that has it", or_null(text())),
        ("directives", "the directives that are about it, the nearest first", list(directive)),
        ("old_directives", "those that were up to systemd 257", list(text())),
        ("conversion", "how a value is carried over", or_null(text())),
        ("counterparts", "the files of the other version of control groups", list(text())),
        ("members", "what belongs to it, by release, where it changed", list(members)),
        ("manuals", "where it is described", list(text())),
        ("rules", "the rules that are about it", list(rule_id())),
    ]);
    document(
        "names.schema.json",
        "unitlint explain NAME --format json",
        "What is known of names of the kernel and of LXC.",
        [("names", "those of this name", list(name))],
    )
}
