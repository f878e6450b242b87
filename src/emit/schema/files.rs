//! The files that people write: `unitlint.toml`, and rules of their own. For editors: they offer what there is and mark what
//! cannot be meant.

use super::{
    closed, defined, flag, list, map, merge, number, one_of, pattern, rule_id, rule_ids, some, text, top, word,
};
use crate::engine::config::{SETTINGS, Takes};
use crate::rule::{self, Group, Level, Risk, Safety, Status};
use crate::vocab::{
    ADDRESS_FAMILIES, Arch, CAPABILITIES, DISTRIBUTIONS, KEYS, NAMESPACES, SYSCALL_GROUPS, Scope, UnitKind,
};
use serde_json::{Map, Value, json};

fn levels() -> Vec<&'static str> {
    Level::ALL.iter().map(|l| l.word()).collect()
}

fn groups() -> impl Iterator<Item = &'static str> {
    Group::ALL.iter().map(|g| g.word())
}

/// What a setting takes.
fn takes(takes: Takes) -> Value {
    match takes {
        Takes::Systemd => {
            let known = DISTRIBUTIONS.iter().filter(|d| d.systemd.is_some());
            let names = known.flat_map(|d| std::iter::once(d.name).chain(d.aliases.iter().copied()));
            one_of([word(["latest"].into_iter().chain(names)), pattern("^[0-9]{3}$"), number(183)])
        }
        Takes::Kernel => one_of([pattern("^[0-9]+\\.[0-9]+"), json!({ "type": "number" })]),
        Takes::Arch => word(Arch::ALL.iter().flat_map(|(_, systemd, kernel)| [*systemd, *kernel])),
        Takes::Scope => word(Scope::ALL.iter().map(|s| s.word())),
        Takes::RuleSet => one_of([pattern("^[0-9]+(\\.[0-9]+){0,2}$"), json!({ "type": "number" })]),
        Takes::Flag => flag(),
        Takes::Rules => one_or_more(defined("rules")),
        Takes::Levels => defined("levels"),
        Takes::Gates => one_or_more(defined("gate")),
        Takes::PerFile => list(closed([
            ("paths", "which files: * and ? within a name, ** for any directories", one_or_more(text())),
            ("ignore?", "these rules and groups say nothing about them", one_or_more(defined("rules"))),
            ("levels?", "how loud rules and groups are about them", defined("levels")),
        ])),
        Takes::File | Takes::Profile => text(),
        Takes::Directories => one_or_more(text()),
    }
}

fn one_or_more(schema: Value) -> Value {
    one_of([list(schema.clone()), schema])
}

/// Rules and groups, each with the level that it is given.
fn level_table() -> Value {
    let about = |about: &str| {
        let mut out = defined("level");
        merge(&mut out, json!({ "description": about }));
        out
    };
    let groups = Group::ALL.iter().map(|g| (g.word().to_owned(), about(g.about())));
    let rules = rule::RULES.iter().map(|r| {
        let mut schema = about(r.summary);
        if r.is_removed() {
            merge(&mut schema, json!({ "deprecated": true }));
        }
        (r.id.to_owned(), schema)
    });
    let known: Map<String, Value> =
        std::iter::once(("all".to_owned(), about("every rule"))).chain(groups).chain(rules).collect();
    json!({
        "type": "object",
        "properties": known,
        "propertyNames": { "pattern": "^[a-z0-9-]+$" },
        "additionalProperties": defined("level"),
    })
}

pub(super) fn configuration() -> Value {
    let settings: Map<String, Value> = SETTINGS
        .iter()
        .map(|setting| {
            let mut schema = takes(setting.takes);
            merge(&mut schema, json!({ "description": setting.about }));
            (setting.name.to_owned(), schema)
        })
        .collect();
    let heard = levels().into_iter().filter(|l| *l != Level::Allow.word());
    let mut named = rule_id();
    merge(&mut named, json!({ "not": { "const": Level::Allow.word() } }));
    let gates = word(heard.chain(["worse"]).chain(groups()).chain(rule_ids()));
    let schema = json!({
        "type": "object",
        "properties": settings,
        "additionalProperties": false,
        "$defs": {
            "level": word(levels()),
            "levels": level_table(),
            // a user's own rules cannot be listed
            "rules": one_of([word(["all"].into_iter().chain(groups()).chain(rule_ids())), rule_id()]),
            "gate": one_of([gates, named, pattern("^(score|resources)> *[0-9.]+$")]),
        },
    });
    top("unitlint.schema.json", "unitlint.toml", "The configuration of unitlint.", schema)
}

/// `Key`, `!Key`, `Key=a|b`, `@root`, `@cap=CAP_SYS_ADMIN`
fn condition() -> Value {
    pattern("^!?(@[a-z-]+|[A-Z][A-Za-z]*)(=.+)?$")
}

/// How relations are written.
const RELATION: &str = "what has to hold, of all units of a root together: UNIT:Key OPERATOR UNIT:Key, or a value on one side. \
    Operators are < <= = != >= >, in { a, b }, and for processors and memory nodes disjoint and within; or between two of them \
    asks for one, + adds settings of one unit up. UNIT is a name, or a pattern that stands for each unit whose control group it \
    meets: *.service, batch.slice/*, /* for what is beside system.slice; except leaves some out. What counts is compared: the \
    smallest limit and the promise that is kept through the slices around, and weights where two units meet; own(UNIT:Key) is \
    what the unit itself has, share(UNIT:CPUWeight) its part of the machine in percent";

/// The checks that need no code.
fn check() -> Value {
    let kind = |kind: &str, about: &str, members: Vec<super::Member>| {
        let kind = ("kind", "what is looked at", json!({ "const": kind }));
        let mut out = closed(std::iter::once(kind).chain(members));
        merge(&mut out, json!({ "description": about }));
        out
    };
    let key = || ("key", "the directive, without =", defined("directive"));
    let badness = map(number(0));
    let relation = pattern("[<=>]|\\s(in|disjoint|within)\\s");
    let told = closed([
        ("that", "the relation", relation.clone()),
        ("because?", "what it is for; the summary unless told", text()),
    ]);
    let families = word(ADDRESS_FAMILIES.iter().map(|(name, _)| *name));
    json!({ "oneOf": [
        kind("required", "the directive has to be assigned", vec![key()]),
        kind("forbidden", "the directive may not be assigned, or not be given one of these values", vec![
            key(),
            ("values?", "the values; without them, any", list(text())),
        ]),
        kind("settings", "these settings may not stand together", vec![
            ("at", "the directive that the finding is at, without =", defined("directive")),
            ("all", "all of these have to hold", list(condition())),
            ("any?", "one of these has to hold", list(condition())),
            ("none?", "none of these may hold", list(condition())),
        ]),
        kind("relation", "settings of several units have to stand to one another as these say", vec![
            ("holds", RELATION, some(one_of([relation.clone(), told]))),
        ]),
        kind("escape", "a service that was taken over may not undo its sandbox in this way", vec![
            ("undoes", "the protections that are taken back", some(defined("directive"))),
            ("by", "what it takes, all of it", some(condition())),
            ("closes", "lines each of which is enough against it", some(pattern("^[A-Za-z]+=")),),
            ("weak?", "it is no news by itself", flag()),
        ]),
        kind("bool", "the directive has to be on", vec![
            key(),
            ("bad?", "the value that is found: false unless it has to be off", flag()),
        ]),
        kind("enum", "the directive has to be one of some words", vec![
            key(),
            ("badness", "each word with how bad it is; 0 is good, and a word that is not here is bad", badness),
        ]),
        kind("capability_bounding_set", "none of these capabilities may be left", vec![
            ("caps", "the capabilities", some(word(CAPABILITIES.iter().copied()))),
        ]),
        kind("restrict_namespaces", "this type of namespace may not be made", vec![
            ("namespace", "the type", word(NAMESPACES.iter().map(|(name, _)| *name))),
        ]),
        kind("restrict_address_families", "sockets of these families may not be made", vec![
            ("families", "the families; none for all that are rare", list(families)),
        ]),
        kind("syscall_filter", "no member of this group of system calls may be called", vec![
            ("group", "the group", word(SYSCALL_GROUPS.iter().map(|g| g.name))),
        ]),
        kind("user", "the service may not run as root", vec![]),
        kind("supplementary_groups", "there may be no supplementary groups", vec![]),
        kind("root_directory", "the service has to have a root directory or image of its own", vec![]),
        kind("umask", "new files may not be open to others", vec![]),
        kind("remove_ipc", "IPC objects have to be removed with the service", vec![]),
        kind("syscall_architectures", "only native system calls may be made", vec![]),
        kind("ip_address", "packets have to be filtered by address", vec![]),
        kind("device_allow", "devices have to be closed", vec![]),
        kind("ambient_capabilities", "there may be no ambient capabilities", vec![]),
        kind("removed", "there is no such rule any more", vec![
            ("successor?", "the rule that is meant where its name is used", rule_id()),
        ]),
    ]})
}

pub(super) fn rule() -> Value {
    let units = word(UnitKind::ALL.iter().map(|k| k.word()));
    let when = closed([
        ("units?", "only units of these types", list(units)),
        ("systemd?", "only from this release of systemd on", number(0)),
        ("sets?", "only units that set one of these directives", list(defined("directive"))),
    ]);
    let fix = closed([
        ("set", "KEY=VALUE", pattern("^[A-Za-z0-9]+=")),
        ("safety", "how sure it is", word(Safety::ALL.iter().map(|s| s.word()))),
        ("needs?", "what evidence has to prove of a unit's programs so that it is safe", list(text())),
    ]);
    let node = closed([
        ("text?", "what the file holds; a directory where neither this nor a link is told", text()),
        ("link?", "where the symbolic link leads", text()),
        (
            "mode?",
            "permission bits in octal; 0755 for directories and 0644 for files unless told",
            pattern("^[0-7]{1,4}$"),
        ),
        ("owner?", "UID:GID; 0:0 unless told", pattern("^[0-9]+:[0-9]+$")),
    ]);
    let example = closed([
        ("name?", "the unit's name; foo.service unless told", text()),
        ("systemd?", "the systemd to judge for; the newest unless told", number(0)),
        ("scope?", "whose unit it is; system unless told", word(Scope::ALL.iter().map(|s| s.word()))),
        ("format?", "of a package: who installs it", word(["deb", "rpm"])),
        ("scripts?", "of a package: what runs when it comes and goes, name and text", map(text())),
        ("fault?", "of a package: what is wrong with the archive", word(["broken", "limit", "trick", "odd"])),
        ("whole?", "the names of files that carry a finding as a whole; empty for the package", list(text())),
        ("host?", "the machine to judge for: profiles, separated by commas", text()),
        ("text", "the unit; a line `#~ RULE` says that the rule speaks on the next", text()),
        ("fixed?", "the unit after the fix: the rule is silent", text()),
        ("files?", "drop-ins: name and text", map(text())),
        ("units?", "other units beside it, and by whole paths other files: name and text", map(text())),
        ("root?", "files of a whole system around it, by path", map(node)),
    ]);
    let mut schema = closed([
        ("summary", "what is wrong, as a clause without a full stop", pattern("[^.]$")),
        ("rationale", "why it matters, Markdown", pattern("\\S")),
        ("breaks?", "what stops working when it is mended, and how to see that beforehand, Markdown", text()),
        ("since?", "the release of unitlint that brought it; nothing in a rule of your own", text()),
        (
            "status?",
            "a preview speaks only when asked for, and never fails a run",
            word(Status::ALL.iter().map(|s| s.word())),
        ),
        ("level", "how much it matters", word(levels())),
        (
            "risk?",
            "how often its fix breaks a service",
            word(Risk::ALL.iter().filter(|r| **r != Risk::Unknown).map(|r| r.word())),
        ),
        ("check", "what the rule looks at", check()),
        ("when?", "what it is limited to", when),
        ("good?", "what is so when nothing is wrong", text()),
        ("messages?", "the summary in certain states of the check", map(text())),
        ("fix?", "the assignment that mends it", fix),
        ("references?", "where it is from: man:systemd.exec(5)#PrivateTmp=, cwe:377, an address", list(text())),
        ("example?", "units that it is shown and tested on", list(example)),
    ]);
    merge(&mut schema, json!({ "$defs": { "directive": word(KEYS.iter().map(|k| k.name())) } }));
    top(
        "rule.schema.json",
        "a rule of your own",
        "A rule file of unitlint; its name without .toml is the rule's id.",
        schema,
    )
}
