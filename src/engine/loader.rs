//! What systemd's own loader says of a unit, as findings: each at the word it is about, with the next step, and with the
//! message that `systemd-analyze verify` would print.

use super::{Plan, Selection, score};
use crate::rule::{self, Case, Check, Finding, Note, Rule, Verify};
use crate::suggest;
use crate::unit::{At, Problem, Unit};
use crate::vocab::value::{self, Outcome, Value};
use crate::vocab::{KEYS, KeyId, MODELS, Message, Model, Section};
use std::sync::OnceLock;

/// The rules of each message, in the order of the registry.
fn rules_of(message: Message) -> &'static [&'static Rule] {
    static TABLE: OnceLock<Vec<Vec<&'static Rule>>> = OnceLock::new();
    let table = TABLE.get_or_init(|| {
        let mut table: Vec<Vec<&'static Rule>> = Vec::new();
        for rule in &rule::RULES {
            if let Check::Message { messages, .. } = rule.check {
                for m in messages {
                    let at = *m as usize;
                    table.resize(table.len().max(at + 1), Vec::new());
                    table[at].push(rule);
                }
            }
        }
        table
    });
    table.get(message as usize).map_or(&[], Vec::as_slice)
}

/// The rule that speaks for a problem.
pub fn rule_for(unit: &Unit, problem: &Problem) -> Option<&'static Rule> {
    let rules = rules_of(problem.message);
    let case_of = |rule: &Rule| match rule.check {
        Check::Message { case, .. } => case,
        _ => Case::Any,
    };
    if rules.len() < 2 {
        return rules.first().copied();
    }
    let case = Place::of(unit, problem).map_or(Case::Unknown, |p| p.case(unit, problem));
    let exact = rules.iter().find(|r| case_of(r) == case);
    exact.or_else(|| rules.iter().find(|r| matches!(case_of(r), Case::Any | Case::Unknown))).copied()
}

/// The assignment that a problem is in.
struct Place<'u> {
    key: std::borrow::Cow<'u, str>,
    value: std::borrow::Cow<'u, str>,
    section: Option<Section>,
    id: Option<KeyId>,
}

impl<'u> Place<'u> {
    fn of(unit: &'u Unit, problem: &Problem) -> Option<Self> {
        let At::Span { file, span, .. } = problem.at else { return None };
        let source = unit.files.get(usize::from(file))?;
        let items = &source.syntax.items;
        let item = items.get(items.partition_point(|i| i.span.end <= span.start))?;
        let (key, value) = item.entry(&source.source.bytes)?;
        let header = unit.headers.iter().rev().find(|h| h.file == file && h.span.start < span.start);
        let section = header.map(|h| h.section);
        let id = section.and_then(|s| crate::vocab::lookup(s, &key));
        Some(Self { key, value: value.text, section, id })
    }

    /// Why systemd does not take it.
    fn case(&self, unit: &Unit, problem: &Problem) -> Case {
        if problem.message != Message::UnknownKey {
            return if self.newer_takes_value(unit).is_some() { Case::TooNew } else { Case::Any };
        }
        if self.id.is_some() {
            return Case::TooNew;
        }
        let fits = |k: &crate::vocab::Key| {
            k.placements.iter().any(|p| p.section.fits(unit.kind()) && p.known_to(unit.target.model))
        };
        let elsewhere = KEYS.iter().any(|k| k.name == self.key && fits(k));
        if elsewhere { Case::Elsewhere } else { Case::Unknown }
    }

    /// The first newer recorded release that has nothing against the value.
    fn newer_takes_value(&self, unit: &Unit) -> Option<u16> {
        let id = self.id?;
        MODELS.iter().copied().filter(|m| *m > unit.target.model.number()).find(|m| {
            let model = Model::nearest(*m);
            let mut faults = Vec::new();
            let setting = unit.value_setting(model);
            let outcome = value::assign(id, &mut Value::Unset, &self.value, &setting, &mut faults);
            faults.is_empty() && outcome == Outcome::Set
        })
    }
}

/// A finding for a problem, by a rule.
pub fn finding(rule: &'static Rule, unit: &Unit, problem: &Problem) -> Finding {
    let place = Place::of(unit, problem);
    let info = problem.message.info();
    let template = if rule.say.is_empty() { rule.message(info.id) } else { rule.say };
    let mut found = super::check::finding(rule, unit, fill(template, unit, problem, place.as_ref()));
    found.at = match &problem.at {
        At::Span { file, span, .. } => Some(unit.loc(*file, *span)),
        At::Unit => score::missing(unit),
    };
    if let Some(hint) = place.as_ref().and_then(|p| hint(unit, problem, p)) {
        found.notes.push(Note::new(hint));
    }
    if !info.effect.is_empty() && info.effect != "none" {
        found.notes.push(Note::new(format!("effect: {}", info.effect)));
    }
    found.verify = verify(unit, problem);
    found
}

/// Findings about names and links that never become a unit.
pub fn scan(plan: &Plan, selection: &Selection) -> Vec<Finding> {
    let selected = |message| rules_of(message).first().copied().filter(|r: &&Rule| selection.has(r));
    let links = plan.broken.iter().map(|l| (l.message, l.name.to_string(), l.scope, &l.path));
    let files = plan.misnamed.iter().map(|f| {
        let name = f.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        (Message::FileNameInvalid, name, f.scope, &f.path)
    });
    links
        .chain(files)
        .filter_map(|(message, name, scope, path)| {
            let rule = selected(message)?;
            let template = if rule.say.is_empty() { rule.message(message.info().id) } else { rule.say };
            let kind = message.info().kind;
            Some(Finding {
                rule,
                level: rule.level,
                message: template.replace("{about}", &name).replace("{unit}", &name),
                verify: Some(Verify { kind, file: None, line: None, unit: Some(name.clone()) }),
                unit: name,
                scope,
                path: path.clone(),
                at: None,
                notes: vec![Note::new(format!("effect: {}", message.info().effect))],
                fixes: Vec::new(),
            })
        })
        .collect()
}

fn fill(template: &str, unit: &Unit, problem: &Problem, place: Option<&Place<'_>>) -> String {
    let section = place.and_then(|p| p.section).map_or("", Section::word);
    template
        .replace("{about}", problem.about.trim())
        .replace("{key}", place.map_or("", |p| &p.key))
        .replace("{section}", section)
        .replace("{unit}", unit.name.as_str())
        .replace("{systemd}", &unit.target.systemd.to_string())
}

/// What was probably meant, or since when it would be right.
fn hint(unit: &Unit, problem: &Problem, place: &Place<'_>) -> Option<String> {
    let model = unit.target.model;
    let near = |words: Vec<&'static str>| suggest::nearest(&problem.about, words).map(|w| format!("did you mean {w}?"));
    match problem.message {
        Message::UnknownKey => {
            if let Some(id) = place.id {
                let since = id.key().placement(place.section?)?.introduced;
                return Some(format!("{}= is known since systemd {since}", place.key));
            }
            let fits = |p: &crate::vocab::Placement| p.section.fits(unit.kind()) && p.known_to(model);
            let home = KEYS.iter().filter(|k| k.name == place.key).flat_map(|k| k.placements).find(|p| fits(p));
            if let Some(home) = home {
                return Some(format!("it belongs in [{}]", home.section.word()));
            }
            near(KEYS.iter().filter(|k| k.placements.iter().any(fits)).map(|k| k.name).collect())
        }
        Message::SyscallUnknown => near(crate::vocab::SYSCALLS.to_vec()),
        Message::SyscallGroupUnknown => near(crate::vocab::SYSCALL_GROUPS.iter().map(|g| g.name).collect()),
        Message::AddressFamilyInvalid => near(crate::vocab::ADDRESS_FAMILIES.iter().map(|f| f.0).collect()),
        Message::NamespaceInvalid => near(crate::vocab::NAMESPACES.iter().map(|n| n.0).collect()),
        Message::InvalidGeneric | Message::InvalidBoolean => {
            if let Some(since) = place.newer_takes_value(unit) {
                return Some(format!("systemd {since} takes it"));
            }
            let words = place.id?.key().words(model);
            let list = || format!("one of {}", words.join(", "));
            near(words.to_vec()).or_else(|| (!words.is_empty() && words.len() <= 12).then(list))
        }
        _ => None,
    }
}

/// The message as systemd prints it; `None` where it prints none, or names neither file nor unit.
fn verify(unit: &Unit, problem: &Problem) -> Option<Verify> {
    let kind = problem.message.info().kind;
    // the warning about relaxed names carries no place at all
    if kind.is_empty() || problem.message == Message::UserRelaxed || !problem.message.said_by(unit.target.model) {
        return None;
    }
    // what is said of the loaded unit names no line
    let of_file = !matches!(problem.message.info().stage, "load" | "scan" | "verify" | "transaction");
    Some(match &problem.at {
        At::Span { file, line, .. } if of_file => {
            let path = unit.files[usize::from(*file)].source.path.clone();
            Verify { kind, file: Some(path), line: Some(*line), unit: None }
        }
        _ => Verify { kind, file: None, line: None, unit: Some(unit.name.to_string()) },
    })
}
