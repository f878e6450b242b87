//! Build time only: reads `rules/<group>/<id>.toml` and writes the registry as Rust. The folder is the group, the file
//! name the id; there is no other list of rules anywhere.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};

#[path = "file.rs"]
#[allow(dead_code, reason = "examples are read by the program")]
mod file;
use crate::vocab::texts::Texts;
use file::{CheckFile, ConditionFile, RuleFile};

fn rule_files(dir: &Path) -> Vec<(String, PathBuf)> {
    let mut out = Vec::new();
    let entries = |d: &Path| {
        let mut e: Vec<PathBuf> =
            std::fs::read_dir(d).expect("rules/ is readable").map(|e| e.expect("an entry").path()).collect();
        e.sort();
        e
    };
    for group in entries(dir).into_iter().filter(|p| p.is_dir()) {
        let name = group.file_name().expect("a name").to_string_lossy().into_owned();
        out.extend(
            entries(&group)
                .into_iter()
                .filter(|f| f.extension().is_some_and(|e| e == "toml"))
                .map(|f| (name.clone(), f)),
        );
    }
    out
}

/// `position` as `line:column` of a text.
fn place(text: &str, at: usize) -> String {
    let before = &text[..at.min(text.len())];
    format!("{}:{}", before.matches('\n').count() + 1, at - before.rfind('\n').map_or(0, |p| p + 1) + 1)
}

pub(crate) fn generate(dir: &Path, keys: &BTreeSet<String>) -> Result<String, Vec<String>> {
    let mut problems = Vec::new();
    let mut ids = BTreeSet::new();
    let (mut rules, mut modules) = (String::new(), String::new());
    let (mut texts, mut pages, mut files) = (Texts::default(), String::new(), String::new());
    let (mut count, mut successors, mut exposure, mut bounds) = (0, Vec::new(), Vec::new(), Vec::new());
    for (group, path) in rule_files(dir) {
        let id = path.file_stem().expect("a file").to_string_lossy().into_owned();
        let source = std::fs::read_to_string(&path).expect("a rule file is readable");
        match toml::from_str::<RuleFile>(&source) {
            Err(e) => {
                let at = e.span().map_or_else(|| "1:1".into(), |s| place(&source, s.start));
                problems.push(format!("{}:{at}: {}", path.display(), e.message()));
            }
            Ok(rule) => {
                let wrong = rule.complaints(&id, &|key| keys.contains(key));
                problems.extend(wrong.into_iter().map(|(_, what)| format!("{}:1:1: {what}", path.display())));
                if rule.since.is_empty() {
                    problems.push(format!("{}:1:1: since is missing", path.display()));
                }
                if !ids.insert(id.clone()) {
                    problems.push(format!("{}:1:1: a second rule is called {id}", path.display()));
                }
                if matches!(rule.check, CheckFile::Relation { .. }) {
                    problems.push(format!("{}:1:1: relations are for rules of a user's own", path.display()));
                }
                literal(&mut rules, (count, &group, &id), &rule);
                page((&mut pages, &mut files), &mut texts, &source, &rule);
                exposure.extend(rule.exposure.is_some().then_some(count));
                bounds.extend(rule.resources.is_some().then_some(count));
                if let CheckFile::Removed { successor } = &rule.check {
                    successors.push((path.clone(), successor.clone()));
                }
                let coded = matches!(
                    rule.check,
                    CheckFile::Code {}
                        | CheckFile::Files {}
                        | CheckFile::Package {}
                        | CheckFile::World {}
                        | CheckFile::Bound {}
                );
                match (code_of(&path), coded) {
                    (Some(code), true) => {
                        writeln!(modules, "#[path = {code:?}]\nmod {};", snake(&id)).unwrap();
                    }
                    (None, true) => {
                        problems.push(format!("{}:1:1: there is no {id}.rs beside it", path.display()));
                    }
                    (Some(code), false) => problems.push(format!("{}:1:1: its rule has no code", code.display())),
                    (None, false) => {}
                }
                count += 1;
            }
        }
    }
    for (path, successor) in successors.iter().filter(|(_, s)| !s.is_empty() && !ids.contains(s)) {
        problems.push(format!("{}:1:1: there is no rule {successor} to be its successor", path.display()));
    }
    if problems.is_empty() {
        let (checks, bound) = (exposure.len(), bounds.len());
        let text = texts.all();
        Ok(format!(
            "{modules}/// Every rule, by group and id.\npub static RULES: [Rule; {count}] = [\n{rules}];\n\n\
             /// Which of them are checks of the exposure.\nstatic EXPOSURE_RULES: [u16; {checks}] = {exposure:?};\n\n\
             /// Which of them are checks of the resource score.\nstatic BOUND_RULES: [u16; {bound}] = {bounds:?};\n\n\
             static DOC_TEXT: &str = {text:?};\n\
             static DOC_PAGES: [Page<Place>; {count}] = [\n{pages}];\n\
             static DOC_FILES: [Place; {count}] = [{files}];\n\
             static DOC_EXAMPLES: [OnceLock<&[Example]>; {count}] = [const {{ OnceLock::new() }}; {count}];\n"
        ))
    } else {
        Err(problems)
    }
}

/// The code beside a rule file, if there is some; an absolute path.
fn code_of(rule: &Path) -> Option<PathBuf> {
    let code = rule.with_extension("rs");
    code.is_file().then(|| std::path::absolute(code).expect("a working directory"))
}

fn snake(id: &str) -> String {
    id.replace('-', "_")
}

fn camel(word: &str) -> String {
    word.split(['-', '_']).filter(|w| !w.is_empty()).map(|w| w[..1].to_uppercase() + &w[1..]).collect()
}

fn key(name: &str) -> String {
    format!("vocab::key_named({name:?})")
}

/// What a rule tells of itself: its file, and where in it the texts stand.
fn page((out, files): (&mut String, &mut String), texts: &mut Texts, source: &str, rule: &RuleFile) {
    let (file, len) = texts.part(source);
    write!(files, "Place::new({file}, {len}), ").unwrap();
    let mut place = |text: &str| {
        let (at, len) = match source.find(text) {
            Some(at) => (file + at, text.len()),
            // written with escapes, or of several lines
            None => texts.part(text),
        };
        format!("Place::new({at}, {len})")
    };
    writeln!(
        out,
        "    Page {{ rationale: {}, breaks: {}, since: {}, references: {} }},",
        place(rule.rationale.trim()),
        place(rule.breaks.trim()),
        place(&rule.since),
        place(&rule.references.join("\n")),
    )
    .unwrap();
}

fn literal(out: &mut String, (place, group, id): (u16, &str, &str), rule: &RuleFile) {
    let or = |word: &str, default: &str| camel(if word.is_empty() { default } else { word });
    let exposure = rule.exposure.as_ref().map_or("None".into(), |e| {
        format!(
            "Some(&Exposure {{ id: {:?}, name: {:?}, weight: {}, range: {}, needs_default_dependencies: {} }})",
            e.id, e.name, e.weight, e.range, e.needs_default_dependencies
        )
    });
    let resources = rule.resources.as_ref().map_or("None".into(), |r| {
        let step = r.step.as_ref().map_or("None".into(), |s| {
            format!(
                "Some(Step {{ set: {:?}, how: {:?}, state: {:?}, against: &{:?} }})",
                s.set, s.how, s.state, s.against
            )
        });
        // the worst come first, as they are told
        let mut values: Vec<_> = r.values.iter().collect();
        values.sort_by_key(|(_, badness)| std::cmp::Reverse(**badness));
        format!(
            "Some(&Resources {{ weight: {}, range: {}, asked: {:?}, values: &{values:?}, step: {step} }})",
            r.weight, r.range, r.asked
        )
    });
    let fix = rule.fix.as_ref().map_or("None".into(), |f| {
        let (key, value) = f.parts();
        format!(
            "Some(&FixSpec {{ key: {key:?}, value: {value:?}, safety: Safety::{}, needs: &{:?} }})",
            camel(&f.safety),
            f.needs
        )
    });
    let units: String = rule.when.units.iter().map(|u| format!("UnitKind::{}, ", camel(u))).collect();
    let sets: String = rule.when.sets.iter().map(|k| format!("{}, ", key(k))).collect();
    let when = format!("When {{ units: &[{units}], systemd: {}, sets: &[{sets}] }}", rule.when.systemd);
    let messages: Vec<_> = rule.messages.iter().collect();
    writeln!(
        out,
        "    Rule {{ id: {id:?}, group: Group::{}, summary: {:?}, status: Status::{}, level: Level::{}, risk: Risk::{}, exposure: {exposure}, resources: {resources}, check: {}, when: {when}, good: {:?}, say: {:?}, messages: &{messages:?}, fix: {fix}, doc: Doc::Built({place}) }},",
        camel(group),
        rule.summary,
        or(&rule.status, "stable"),
        camel(&rule.level),
        or(&rule.risk, "unknown"),
        check(id, &rule.check),
        rule.good,
        rule.say,
    )
    .unwrap();
}

fn check(id: &str, check: &CheckFile) -> String {
    match check {
        CheckFile::Bool { key: k, bad } => format!("Check::Bool {{ key: {}, bad: {bad} }}", key(k)),
        CheckFile::Enum { key: k, badness } => {
            format!("Check::Enum {{ key: {}, badness: &{:?} }}", key(k), badness.iter().collect::<Vec<_>>())
        }
        CheckFile::CapabilityBoundingSet { caps } => {
            format!("Check::CapabilityBoundingSet {{ caps: vocab::capability_mask(&{caps:?}) }}")
        }
        CheckFile::RestrictNamespaces { namespace } => {
            format!("Check::RestrictNamespaces {{ mask: vocab::namespace_mask({namespace:?}) }}")
        }
        CheckFile::RestrictAddressFamilies { families } => {
            format!("Check::RestrictAddressFamilies {{ families: &{families:?} }}")
        }
        CheckFile::SyscallFilter { group } => {
            format!("Check::SyscallFilter {{ group: vocab::syscall_group({group:?}) }}")
        }
        CheckFile::User {} => "Check::User".into(),
        CheckFile::SupplementaryGroups {} => "Check::SupplementaryGroups".into(),
        CheckFile::RootDirectory {} => "Check::RootDirectory".into(),
        CheckFile::Umask {} => "Check::Umask".into(),
        CheckFile::RemoveIpc {} => "Check::RemoveIpc".into(),
        CheckFile::SyscallArchitectures {} => "Check::SyscallArchitectures".into(),
        CheckFile::IpAddress {} => "Check::IpAddress".into(),
        CheckFile::DeviceAllow {} => "Check::DeviceAllow".into(),
        CheckFile::AmbientCapabilities {} => "Check::AmbientCapabilities".into(),
        CheckFile::ExposureScore {} => "Check::ExposureScore".into(),
        CheckFile::ResourceScore {} => "Check::ResourceScore".into(),
        CheckFile::Bound {} => format!("Check::Bound({}::check)", snake(id)),
        CheckFile::Suppression {} => "Check::Suppression".into(),
        CheckFile::Message { messages, case } => {
            let all: Vec<String> = messages.iter().map(|m| format!("Message::{}", camel(m))).collect();
            let case = camel(if case.is_empty() { "any" } else { case });
            format!("Check::Message {{ messages: &[{}], case: Case::{case} }}", all.join(", "))
        }
        CheckFile::Configuration {} => "Check::Configuration".into(),
        CheckFile::Escape { undoes, by, closes, weak } => {
            let undoes: Vec<String> = undoes.iter().map(|k| key(k)).collect();
            let by: Vec<String> = by.iter().map(|t| condition(t)).collect();
            format!(
                "Check::Escape(Escape {{ undoes: &[{}], by: &[{}], closes: &{closes:?}, weak: {weak} }})",
                undoes.join(", "),
                by.join(", ")
            )
        }
        CheckFile::EscapeSum {} => "Check::EscapeSum".into(),
        CheckFile::Settings { at, all, any, none } => {
            let list = |texts: &[String]| texts.iter().map(|t| condition(t)).collect::<Vec<_>>().join(", ");
            format!(
                "Check::Settings {{ at: {}, all: &[{}], any: &[{}], none: &[{}] }}",
                key(at),
                list(all),
                list(any),
                list(none)
            )
        }
        CheckFile::Required { key: k } => format!("Check::Required {{ key: {} }}", key(k)),
        CheckFile::Forbidden { key: k, values } => {
            format!("Check::Forbidden {{ key: {}, values: &{values:?} }}", key(k))
        }
        CheckFile::Relation { .. } => "Check::Relation { holds: &[] }".into(),
        CheckFile::Removed { successor } => format!("Check::Removed {{ successor: {successor:?} }}"),
        CheckFile::Code {} => format!("Check::Code({}::check)", snake(id)),
        CheckFile::Files {} => format!("Check::Files({}::check)", snake(id)),
        CheckFile::Package {} => format!("Check::Package({}::check)", snake(id)),
        CheckFile::World {} => format!("Check::World({}::check)", snake(id)),
    }
}

fn condition(text: &str) -> String {
    let ConditionFile { negated, subject, words } = ConditionFile::parse(text);
    let asks = match (subject, words.as_slice()) {
        ("@root", _) => "Asks::Root".to_owned(),
        ("@user-manager", _) => "Asks::UserManager".to_owned(),
        ("@disks", _) => "Asks::Disks".to_owned(),
        ("@new-privileges", _) => "Asks::NewPrivileges".to_owned(),
        ("@attached", _) => "Asks::Attached".to_owned(),
        ("@call", words) => format!("Asks::Call(&{words:?})"),
        ("@family", words) => format!("Asks::Family(&{words:?})"),
        ("@namespace", words) => format!("Asks::Namespace(&{words:?})"),
        ("@reachable", words) => format!("Asks::Reachable(&{words:?})"),
        ("@writable", words) => format!("Asks::Writable(&{words:?})"),
        ("@cap", words) => format!("Asks::Capability(vocab::capability_mask(&{words:?}))"),
        (key, []) => format!("Asks::On(vocab::key_named({key:?}))"),
        (key, words) => format!("Asks::Is(vocab::key_named({key:?}), &{words:?})"),
    };
    format!("Condition {{ negated: {negated}, asks: {asks} }}")
}
