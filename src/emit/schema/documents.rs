//! The documents that `--format json` writes, and the file of a baseline. Members may come, but none goes and none changes
//! its meaning as long as `schema` is the same: so further members are allowed.

use super::{Member, flag, list, number, object, or_null, rule_id, text, top, word};
use crate::emit::SCHEMA;
use crate::engine::diff::Area;
use crate::engine::{baseline, resources, score};
use crate::rule::{Level, Safety};
use crate::unit::cgroups::Controller;
use crate::vocab::{Arch, Scope, Section};
use serde_json::{Value, json};

/// What every document begins with, and its own members.
pub(super) fn document(file: &str, title: &str, about: &str, members: impl IntoIterator<Item = Member>) -> Value {
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

pub(super) fn section() -> Value {
    word(Section::ALL.iter().map(|s| s.word()))
}

fn exposure() -> Value {
    json!({ "type": "number", "minimum": 0, "maximum": 10 })
}

/// systemd's words for an exposure.
fn exposure_level() -> Value {
    word((0..=100).map(score::level))
}

/// The resource score of a unit.
fn resources() -> Value {
    let at = object([("path", "the file", text()), ("line", "the line", line())]);
    let check = object([
        ("rule", "the rule that explains it", rule_id()),
        ("state", "the state that it finds, by its word", text()),
        ("cost", "what it adds to the score", exposure()),
        ("at", "the assignment that decides it; null where there is none", or_null(at)),
    ]);
    object([
        ("overall", "what nothing bounds, from 0 to 10", exposure()),
        ("level", "the word for it", word(resources::LEVELS.map(|(_, word)| word))),
        ("checks", "the checks that add to it", list(check)),
    ])
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

fn target() -> Member {
    let target = object([
        ("systemd", "the release asked for", number(1)),
        ("modelled_as", "the recorded release that it is modelled as", number(1)),
        ("arch", "the processor, in systemd's word", word(Arch::ALL.iter().map(|(_, word, _)| *word))),
        ("kernel", "the kernel series; null for any", or_null(text())),
    ]);
    ("target", "the system that the units were judged for", target)
}

pub(super) fn check() -> Value {
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
        ("resources", "the resource score; null for a unit that has none", or_null(resources())),
    ]);
    let compared = object([
        ("known", "findings that were there before, which are not among the findings here", number(0)),
        ("gone", "recorded findings that are gone from units that were looked at", number(0)),
        ("fell", "units whose exposure is lower than recorded", number(0)),
    ]);
    let summary = object([
        ("units", "how many units were looked at", number(0)),
        ("errors", "findings of this level", number(0)),
        ("warnings", "findings of this level", number(0)),
        ("notes", "findings of this level", number(0)),
        ("suppressed", "findings that a comment took away", number(0)),
        ("baseline", "what a baseline or --since took away; null without either", or_null(compared)),
    ]);
    document(
        "check.schema.json",
        "unitlint check --format json",
        "What is wrong with units.",
        [
            target(),
            ("units", "every unit", list(unit)),
            ("findings", "every finding; with a baseline or --since, those that are new or worse", list(finding())),
            ("summary", "the sums", summary),
        ],
    )
}

/// What a check compares with, and writes: a file that lies in a repository.
pub(super) fn baseline() -> Value {
    let finding = object([
        ("unit", "the unit; the file where it is about none", text()),
        ("scope", "whose manager it is for", scope()),
        ("rule", "the rule", rule_id()),
        ("about?", "the key with the word at the place, or the message where there is none", text()),
        ("path", "the file, seen from the directory of this one", text()),
        ("count?", "how many there are; 1 where it is left out", number(0)),
    ]);
    let unit = object([
        ("unit", "its name", text()),
        ("scope", "whose manager it is for", scope()),
        ("path", "where it was found, seen from the directory of this file", text()),
        ("exposure", "the exposure, from 0 to 10", exposure()),
    ]);
    let members = [
        (baseline::MEMBER, "the version of this format", json!({ "const": baseline::SCHEMA })),
        ("systemd", "the recorded release that units were judged for", number(1)),
        ("findings", "what is known", list(finding)),
        ("exposures", "every unit that has a score", list(unit)),
    ];
    top(
        "baseline.schema.json",
        "unitlint check --write-baseline FILE",
        "The findings and exposures that are known: with --baseline, only what is new or worse is told.",
        object(members),
    )
}

/// The members that tell a place.
fn place() -> [Member; 2] {
    [("path", "the file; null where none says it", or_null(text())), ("line", "the line of it", or_null(line()))]
}

pub(super) fn tree() -> Value {
    let by = || or_null(text());
    let value = || ("value", "in bytes, tasks or percent; `infinity`", text());
    let setting = || {
        let members =
            [("key", "the directive", text()), ("value", "what it came to, in the notation of unit files", text())];
        list(object(members.into_iter().chain(place())))
    };
    let manager = object([
        ("tasks_max", "the TasksMax= of units, slices excepted, that set none", text()),
        ("defaults", "what system.conf or user.conf says of resources", setting()),
    ]);
    let limit = [("key", "the directive", text()), value(), ("unit", "the unit or slice that sets it", by())];
    let limits = list(object(limit.into_iter().chain(place())));
    let kept = object([value(), ("unit", "the unit or slice that promises no more", by())]);
    let protection = object([
        ("key", "the directive", text()),
        ("promised", "what the unit, or a slice by default, promises", text()),
        ("default_of", "the slice whose default that is", by()),
        (
            "kept",
            "what of it is kept at most, where nothing is cut: both a number and a share of memory can be",
            list(kept),
        ),
        ("cut_by", "a slice that promises nothing: then no more is kept than comes of `shared`", by()),
        (
            "shared",
            "what the outermost slice promises, of which groups may have a share that claim none",
            or_null(text()),
        ),
    ]);
    let weight = object([
        ("key", "the directive", text()),
        ("weight", "what counts; 0 for idle", number(0)),
        ("set", "the unit sets it", flag()),
        ("sum", "of all units in the slice", number(0)),
        (
            "percent",
            "the share that this comes to when all want more; null where all are idle",
            or_null(json!({ "type": "number" })),
        ),
    ]);
    let set = object([
        ("key", "the directive", text()),
        ("value", "numbers and ranges", text()),
        ("unit", "the unit or slice that says so", by()),
        ("refused", "the unit asks for none that its slice may use, and gets those of the slice", flag()),
    ]);
    let disabled = object([
        ("controller", "the controller", word(Controller::ALL.map(Controller::word))),
        ("unit", "the unit or slice with DisableControllers=", by()),
    ]);
    let unit = object([
        ("name", "its name; with a specifier in it where each instance of a template has one of its own", text()),
        ("path", "where it was found, as it was reached; null for what the manager makes itself", or_null(text())),
        ("slice", "the slice that it is in; null for the root slice", by()),
        ("cgroup", "the directory of its group below that of the manager", text()),
        ("placed", "why it is there", word(["root", "name", "setting", "template", "manager", "default"])),
        ("known_by", "what is known of it", word(["file", "drop-ins", "manager"])),
        ("template", "it stands for as many groups as there are instances", flag()),
        ("settings", "what it says itself", setting()),
        ("limits", "the limits that hold: the smallest of its own and of those of its slices", limits),
        ("protections", "what it keeps of its memory", list(protection)),
        ("weights", "its share in what is scarce; nothing where no unit of its slice sets a weight", list(weight)),
        ("sets", "processors and memory nodes that it may use, where anything is said", list(set)),
        ("disabled", "controllers that are taken from it", list(disabled)),
    ]);
    let tree = object([
        ("scope", "whose manager", scope()),
        ("root", "the directory that plays the root", text()),
        ("manager", "what the manager gives to units that say nothing", manager),
        ("units", "every unit with a control group, and every slice", list(unit)),
    ]);
    document(
        "tree.schema.json",
        "unitlint tree --format json",
        "The control groups of a root, and what each has of processor time, memory, tasks and disks.",
        [("trees", "one for each manager", list(tree))],
    )
}

pub(super) fn diff() -> Value {
    let side = object([
        ("name", "its name", text()),
        ("path", "where it was found, as it was reached", text()),
        ("refused", "why the manager would not have it", or_null(text())),
    ]);
    let scores = object([
        ("old", "as it was; null for a unit that had none", or_null(exposure())),
        ("new", "as it is; null for a unit that has none", or_null(exposure())),
    ]);
    let standing = || {
        object([
            ("set", "whether it is as it should be; null where the check does not apply", or_null(flag())),
            ("exposure", "what it adds to the exposure; null where that is nothing", or_null(exposure())),
        ])
    };
    let check = object([
        ("rule", "the rule that explains it", rule_id()),
        ("id", "systemd's name for the check", or_null(text())),
        ("old", "how it was", standing()),
        ("new", "how it is", standing()),
    ]);
    let held = || {
        or_null(object([
            ("value", "what counts, in the notation of unit files", or_null(text())),
            ("written", "as it is written, where that says it better", or_null(text())),
            ("path", "the file that decides it; null where nothing is written", or_null(text())),
            ("line", "the line that decides it", or_null(line())),
            ("implied_by", "the directive that implies it, where it is implied", or_null(text())),
        ]))
    };
    let setting = object([
        ("area", "what it is about", word(Area::ALL.iter().map(|a| a.word()))),
        ("section", "the section", section()),
        ("key", "the directive", text()),
        ("old", "as it was; null where nothing was in effect but the default", held()),
        ("new", "as it is; null where nothing is in effect but the default", held()),
        ("added", "for sets: what is in the new value only; of a restriction, what it allows", or_null(list(text()))),
        ("removed", "for sets: what is in the old value only", or_null(list(text()))),
    ]);
    let findings = object([
        ("new", "what is found now and was not before", list(finding())),
        ("gone", "what was found before and is not now", list(finding())),
    ]);
    let by = object([
        ("path", "the file", text()),
        ("line", "the line", line()),
        ("implies", "the directive that implies the value that counts, where it is implied", or_null(text())),
    ]);
    let idle = object([
        ("section", "the section", section()),
        ("key", "the directive", text()),
        ("written", "as it is written", text()),
        ("line", "the line of the profile", line()),
        ("by", "what counts in its stead", by),
    ]);
    let profile = object([
        ("path", "its file for units of this type", text()),
        ("without_effect", "its assignments that the unit replaces, takes back or overrules", list(idle)),
    ]);
    let unit = object([
        ("name", "its name, or the one that it had", text()),
        ("scope", "whose manager it is for", scope()),
        ("old", "how it was; null for a new unit", or_null(side.clone())),
        ("new", "how it is; null for a unit that is gone", or_null(side)),
        ("exposure", "the exposure score", scores.clone()),
        ("resources", "the resource score", scores),
        ("checks", "the checks of the score that changed, what costs more first", list(check)),
        ("settings", "the effective settings that changed", list(setting)),
        ("findings", "the findings that are new or gone, wherever their lines have moved", findings),
        ("profile", "the profile of portable services that it is attached with; null where none is", or_null(profile)),
    ]);
    let summary = object([
        ("worse", "units whose exposure rose", number(0)),
        ("better", "units whose exposure fell", number(0)),
        ("new", "units that were not there", number(0)),
        ("gone", "units that are not there any more", number(0)),
        ("unchanged", "units that are as they were", number(0)),
    ]);
    document(
        "diff.schema.json",
        "unitlint diff --format json",
        "What changed from one state of units to another.",
        [target(), ("units", "every unit that changed", list(unit)), ("summary", "the sums", summary)],
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
    let profile = object([
        ("path", "its file for units of this type", text()),
        ("overall_without", "the exposure without the profile; null for a unit that has none", or_null(exposure())),
        ("level_without", "systemd's word for it", or_null(exposure_level())),
    ]);
    let machine = object([
        ("name", "the machine that --host names; the score is what it enforces", text()),
        ("overall_on_paper", "the exposure as the unit is written; null for a unit that has none", or_null(exposure())),
        ("level_on_paper", "systemd's word for it", or_null(exposure_level())),
    ]);
    let unit = object([
        ("path", "where it was found, as it was reached", text()),
        ("unit", "its name", text()),
        ("scope", "whose manager it is for", scope()),
        ("overall", "the exposure, from 0 to 10; null for a unit that has none", or_null(exposure())),
        ("level", "systemd's word for it", or_null(exposure_level())),
        ("refused", "why it has no score", or_null(text())),
        ("profile", "the profile of portable services that it is attached with; null where none is", or_null(profile)),
        ("host", "the machine that it is judged for; null without --host", or_null(machine)),
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
