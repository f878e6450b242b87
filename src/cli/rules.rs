//! `unitlint rules`

use super::args::{Format, RulesAction, RulesArgs};
use super::settings::{tell, without_units};
use super::{Outcome, Trouble, paint, print};
use crate::emit::{docs, human};
use crate::engine;
use crate::rule::{Finding, Group, Rule};
use crate::tree::Disk;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

pub(super) fn run(args: &RulesArgs) -> Result<Outcome, Trouble> {
    match &args.action {
        Some(RulesAction::New { name }) => return new(name),
        Some(RulesAction::Test { dir }) => return test(args, dir.as_deref()),
        None => {}
    }
    let config = without_units(&args.config)?;
    tell(&config.findings);
    let rules: Vec<&Rule> = config.rules.all().collect();
    let text = if args.format == Format::Json { docs::json(&rules) } else { docs::list(&rules, paint(args.color)) };
    print(&text)?;
    Ok(Outcome::Clean)
}

/// Runs the examples of a user's own rules.
fn test(args: &RulesArgs, dir: Option<&Path>) -> Result<Outcome, Trouble> {
    let (rules, findings) = match dir {
        Some(dir) => engine::own_rules(&Disk, dir).map_err(|e| format!("{}: {e}", dir.display()))?,
        None => {
            let config = without_units(&args.config)?;
            (config.rules, config.findings)
        }
    };
    if rules.own().is_empty() && findings.is_empty() {
        return Err("no rules of your own: name their directory, or write rules = [\"DIR\"] into unitlint.toml".into());
    }
    let shown: Vec<&Finding> = findings.iter().collect();
    let mut text = human::findings(&shown, true, paint(args.color));
    let mut wrong = !findings.is_empty();
    for rule in rules.own() {
        let faults = engine::examples::faults(&rules, rule);
        let n = rule.examples().len();
        if faults.is_empty() {
            let _ = writeln!(text, "{}: {n} example{} as told", rule.id, if n == 1 { "" } else { "s" });
        }
        for fault in &faults {
            wrong = true;
            let _ = writeln!(text, "{fault}");
        }
    }
    print(&text)?;
    Ok(if wrong { Outcome::Findings } else { Outcome::Clean })
}

/// Writes the skeleton of a rule file. It is complete: the build takes it and the tests run its examples.
fn new(name: &str) -> Result<Outcome, Trouble> {
    let (group, id) = name.split_once('/').ok_or("give the rule as GROUP/ID, such as exposure/private-tmp")?;
    if Group::named(group).is_none() {
        let groups: Vec<&str> = Group::ALL.iter().map(|g| g.word()).collect();
        return Err(format!("{group} is no group; there are {}", groups.join(", ")).into());
    }
    if id.is_empty() || !id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') {
        return Err(format!("{id} is no rule id: lower case letters, digits and dashes").into());
    }
    let dir: PathBuf = Path::new("rules").join(group);
    if !dir.is_dir() {
        return Err(format!("there is no {} here: run this in the sources of unitlint", dir.display()).into());
    }
    let path = dir.join(format!("{id}.toml"));
    let text = SKELETON.replace("ID", id).replace("SINCE", env!("CARGO_PKG_VERSION"));
    create(&path, &text).map_err(|e| format!("{}: {e}", path.display()))?;
    print(&format!(
        "{}: write what is wrong, why it matters and what it looks like; `cargo test rules` runs its examples\n",
        path.display()
    ))?;
    Ok(Outcome::Clean)
}

#[allow(clippy::disallowed_methods, reason = "a file of the developer's own, never an existing one")]
fn create(path: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write;
    std::fs::File::create_new(path)?.write_all(text.as_bytes())
}

const SKELETON: &str = r#"summary = "what is wrong, as a clause in lower case"
rationale = """
Why it matters, and what the directive changes.
"""
breaks = """
What stops working, and how to see it beforehand.
"""
since = "SINCE"
status = "preview"
level = "note"
check = { kind = "bool", key = "PrivateTmp" }
fix = { set = "PrivateTmp=yes", safety = "unsafe" }
references = ["man:systemd.exec(5)#PrivateTmp="]

[[example]]
text = """
#~ ID
[Service]
ExecStart=/usr/bin/foo
"""

[[example]]
text = """
[Service]
ExecStart=/usr/bin/foo
PrivateTmp=yes
"""
"#;
