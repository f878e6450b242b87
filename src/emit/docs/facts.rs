//! What is told of a rule and of a directive, point by point: the same in a terminal and on a page.

use crate::emit::resources;
use crate::engine::score::tenths;
use crate::rule::{self, Check, Rule};
use crate::target::Target;
use crate::vocab::{Empty, Fatal, Key, Placement, Repeat, Specifiers, Status, kernel, specifier};

/// One point.
pub(super) struct Fact {
    pub(super) name: &'static str,
    pub(super) said: Said,
}

/// What is said, by how it is shown.
pub(super) enum Said {
    /// a sentence, in which code may stand
    Text(String),
    /// words that are written as they are, and the release that brought each
    Words(Vec<(&'static str, Option<u16>)>),
    /// a line of a unit, and what is said of it
    Line(String, String),
}

fn text(name: &'static str, text: impl Into<String>) -> Fact {
    Fact { name, said: Said::Text(text.into()) }
}

/// Of a rule.
pub(super) fn of_rule(rule: &Rule) -> Vec<Fact> {
    let mut all = vec![text("group", format!("{}: {}", rule.group.word(), rule.group.about()))];
    if let Check::Removed { successor } = rule.check {
        let instead = if successor.is_empty() { "nothing takes its place" } else { successor };
        all.push(text("removed", format!("says nothing any more; instead of it: {instead}")));
    }
    let since = if rule.since().is_empty() { String::new() } else { format!(", since {}", rule.since()) };
    let (level, status) = (rule.level, rule.status.word());
    all.push(text("level", format!("{} ({}), {status}{since}", level.word(), level.about())));
    if let Some(e) = &rule.exposure {
        all.push(text("exposure", format!("{} in systemd-analyze security, {}", e.name, exposure_weight(e.weight))));
    }
    if let Some(r) = &rule.resources {
        all.push(text("resources", format!("{}, asked of {}", resources_weight(r.weight), r.asked)));
        all.push(text("badness", format!("of {}: {}; 0 otherwise", r.range, resources::values(r))));
    }
    if let Some(fix) = &rule.fix {
        let sure = format!("({}, {})", fix.safety.word(), risk(rule));
        all.push(Fact { name: "fix", said: Said::Line(fix.line(), sure) });
    }
    all
}

/// `low risk: seldom breaks a service`
pub(super) fn risk(rule: &Rule) -> String {
    format!("{} risk: {}", rule.risk.word(), rule.risk.about())
}

/// What a check weighs in the exposure, and what it costs there at most.
pub(super) fn exposure_weight(weight: u32) -> String {
    let all: u32 = rule::exposure_rules().map(|(_, e)| e.weight).sum();
    format!("weight {weight} of {all}, up to {} of the score", tenths((weight * 100).div_ceil(all)))
}

/// What a check weighs in the resource score, where only those count that apply.
pub(super) fn resources_weight(weight: u32) -> String {
    format!("weight {weight} of {}", rule::bound_rules().map(|(_, r)| r.weight).sum::<u32>())
}

/// Of a directive, for a systemd.
pub(super) fn of_key(key: &Key, target: Target) -> Vec<Fact> {
    let model = target.model;
    let mut all = vec![text("sections", sections(key)), text("since", since(key.introduced))];
    all.push(text("target", place_in(key, target)));
    all.push(text("value", key.class(model).grammar()));
    let known = |word: &&'static str| key.word_since(word).is_none_or(|since| since <= target.systemd);
    let words = key.words(model).iter().filter(known).map(|word| (word, key.word_since(word)));
    all.push(Fact { name: "words", said: Said::Words(words.collect()) });
    let (yes, no) = (key.true_word(), key.false_word());
    if key.words(model).contains(yes) && yes != "yes" {
        all.push(text("booleans", format!("a true value means {yes}, a false one {no}")));
    }
    all.push(text("range", key.range.map_or(String::new(), |(least, most)| format!("{least} to {most}"))));
    all.push(text("unit", key.unit()));
    all.push(text(
        "suffixes",
        if key.base == 0 { String::new() } else { format!("each is {} times the one before", key.base) },
    ));
    all.push(text("default", if key.default().is_empty() { "unset" } else { key.default() }));
    all.push(text("empty value", empty(key)));
    all.push(text("repeated", repeated(key)));
    all.push(text("mistakes", mistakes(key)));
    all.push(text("specifiers", specifiers(key.specifiers(model))));
    all.push(text("user units", user_units(key.user_manager(model))));
    if let Some(written) = kernel::written_by(key.name()) {
        all.push(text("cgroup v2", written.writes().join(", ")));
        all.push(text("cgroup v1", written.wrote()));
        let kernel = if written.kernel().is_empty() { String::new() } else { format!("since {}", written.kernel()) };
        all.push(text("kernel", kernel));
    }
    if key.status != Status::Current {
        let since = if key.status_since > 0 { format!(" since {}", key.status_since) } else { String::new() };
        let note = if key.status_note().is_empty() { String::new() } else { format!(": {}", key.status_note()) };
        all.push(text("status", format!("{}{since}{note}", format!("{:?}", key.status).to_lowercase())));
        all.push(text("instead", key.replacement()));
    }
    all.extend(key.notes().iter().map(|note| text("note", note)));
    all.retain(|fact| match &fact.said {
        Said::Text(text) => !text.is_empty(),
        Said::Words(words) => !words.is_empty(),
        Said::Line(..) => true,
    });
    all
}

fn since(release: u16) -> String {
    if release == 0 { String::from("the beginning") } else { format!("systemd {release}") }
}

/// The sections, each with what is different there.
fn sections(key: &Key) -> String {
    let one = |p: &Placement| {
        let later = if p.introduced > key.introduced { format!(" since {}", p.introduced) } else { String::new() };
        let legacy = if p.legacy { " for old units only" } else { "" };
        format!("[{}]{later}{legacy}", p.section.word())
    };
    key.placements().iter().map(one).collect::<Vec<_>>().join(", ")
}

/// What the systemd that was asked for makes of it, where that is not what all do.
fn place_in(key: &Key, target: Target) -> String {
    let release = target.systemd;
    if key.introduced > release || !key.known_to(target.model) {
        format!("systemd {release} does not know it")
    } else if key.ignored(target.model) {
        format!("systemd {release} takes it and does nothing with it")
    } else {
        String::new()
    }
}

/// What an empty value does.
pub(super) fn empty(key: &Key) -> &'static str {
    match key.empty {
        Empty::ResetList => "takes back everything assigned before",
        Empty::ResetDefault => "takes back the value",
        Empty::ErrorUnchanged => "an error, changes nothing",
        Empty::Noop => "changes nothing",
        Empty::Special => "has a meaning of its own",
    }
}

fn repeated(key: &Key) -> &'static str {
    match key.repeat {
        Repeat::Last => "the last one counts",
        Repeat::Append => "adds to what was assigned before",
        Repeat::Map => "adds, and replaces what has the same name",
        Repeat::SetSign => "adds to the set, and takes away behind ~",
        Repeat::Accumulate => "adds, and nothing takes it back",
        Repeat::First => "the first one counts",
        Repeat::Never => "none counts",
    }
}

fn mistakes(key: &Key) -> &'static str {
    match key.fatal {
        Fatal::Never => "a bad value is ignored",
        Fatal::Always => "a bad value refuses the unit",
        Fatal::UnlessDash => "a bad value refuses the unit, unless it begins with -",
        Fatal::Specifier => "a bad value is ignored; a bad specifier refuses the unit, unless the value begins with -",
    }
}

fn specifiers(set: Specifiers) -> String {
    match set {
        Specifiers::None => String::from("none"),
        Specifiers::Name => format!("only {}", specifier::of_names().collect::<Vec<_>>().join(" ")),
        Specifiers::Exec => String::from("all, in each word by itself"),
        Specifiers::AfterColon => String::from("all, behind the colon"),
        _ => String::from("all"),
    }
}

fn user_units(word: &'static str) -> &'static str {
    match word {
        "system-only" => "no: it is for the system manager",
        "needs-user-namespace" => "only in a user namespace, which PrivateUsers= makes",
        other => other,
    }
}

/// The rules about a directive: those that set it or look at it alone, and those that refer to its place in a manual.
pub fn rules_about(key: &Key) -> impl Iterator<Item = &'static Rule> {
    let place = format!("#{}=", key.name());
    rule::RULES.iter().filter(move |rule| {
        let sets = rule.fix.is_some_and(|fix| fix.key == key.name());
        let looks = rule.check.key().is_some_and(|id| id.name() == key.name());
        let steps = rule.resources.is_some_and(|r| r.step.is_some_and(|step| step.key() == key.name()));
        let refers = || rule.references().any(|r| r.starts_with("man:") && r.ends_with(&place));
        !rule.is_removed() && (sets || looks || steps || refers())
    })
}
