//! Defects that real bug reports told of. The first line of each unit in `fixtures/defects` names the report; the line
//! below a mark `#~ RULE` must carry a finding of that rule, with a note or a fix that leads on. `# target: 252` sets the
//! release, `# scope: user` the manager; `#~ RULE note` is content with less than a warning, for what does no harm by
//! itself. In `todo/` lie those that no rule finds yet.

use std::path::{Path, PathBuf};
use unitlint::engine::{self, Input, Options, Plan, Session};
use unitlint::rule::{Finding, Level};
use unitlint::target::Target;
use unitlint::tree::{Disk, Memory, NodeKind, Tree};

const MARK: &str = "#~";

/// A unit and its drop-ins.
struct Defect {
    /// the name of the unit
    name: String,
    /// the unit file, then its drop-ins: what stands behind the unit's name in their path, and what they say
    files: Vec<(String, String)>,
}

fn read(path: &Path) -> String {
    String::from_utf8(Disk.read(path).expect("a fixture")).expect("our own files are UTF-8")
}

/// The names in a directory that are of this kind.
fn names(dir: &Path, kind: NodeKind) -> Vec<String> {
    let entries = Disk.list(dir).expect("the fixtures").into_iter().filter(|e| e.kind == kind);
    entries.map(|e| e.name.into_string().expect("our own names are UTF-8")).collect()
}

fn defects() -> Vec<Defect> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/defects");
    let mut defects: Vec<Defect> = names(&dir, NodeKind::File)
        .into_iter()
        .map(|name| Defect { files: vec![(String::new(), read(&dir.join(&name)))], name })
        .collect();
    for below in names(&dir, NodeKind::Directory).into_iter().filter(|d| d != "todo") {
        let unit = below.strip_suffix(".d").expect("a directory of drop-ins");
        let defect = defects.iter_mut().find(|d| d.name == unit).expect("drop-ins have a unit");
        for dropin in names(&dir.join(&below), NodeKind::File) {
            defect.files.push((format!(".d/{dropin}"), read(&dir.join(&below).join(dropin))));
        }
    }
    defects
}

impl Defect {
    /// What a comment `# key: value` of the unit file says.
    fn setting(&self, key: &str) -> Option<&str> {
        let mut comments = self.files[0].1.lines().skip(1).filter_map(|l| l.strip_prefix("# "));
        comments.find_map(|c| c.strip_prefix(key)?.strip_prefix(": "))
    }

    fn path(&self, file: &str) -> PathBuf {
        let manager = self.setting("scope").unwrap_or("system");
        PathBuf::from(format!("/etc/systemd/{manager}/{}{file}", self.name))
    }

    /// The rules that must speak, how loud, with file and line: each line is the one below a mark.
    fn marks(&self) -> Vec<(&str, Level, PathBuf, u32)> {
        let mut marks = Vec::new();
        for (file, text) in &self.files {
            for (line, mark) in (2..).zip(text.lines()) {
                let Some(mark) = mark.trim_start().strip_prefix(MARK).map(str::trim) else { continue };
                let (rule, least) = mark.strip_suffix(" note").map_or((mark, Level::Warn), |r| (r, Level::Note));
                marks.push((rule, least, self.path(file), line));
            }
        }
        marks
    }

    /// What the rules say that speak by default.
    fn findings(&self) -> Vec<Finding> {
        let tree =
            self.files.iter().fold(Memory::new(), |tree, (file, text)| tree.file(self.path(file), text.as_str()));
        let target = self.setting("target").map_or_else(Target::default, |t| Target::parse(t).expect("a target"));
        let plan = Plan::make(&tree, &[Input::Path(self.path(""))], &Options { target, ..Options::default() });
        assert_eq!(plan.failures, Vec::<String>::new(), "{}", self.name);
        let mut found = Vec::new();
        engine::each_unit(&tree, &plan, |unit| {
            found.extend(engine::check(unit, &Session::default()).findings);
        });
        found
    }
}

/// `# owner/repository#number: what went wrong there`
fn names_a_report(text: &str) -> bool {
    let parts = text.lines().next().and_then(|l| l.strip_prefix("# ")?.split_once(": "));
    parts.is_some_and(|(report, clause)| {
        let Some((repository, number)) = report.split_once('#') else { return false };
        let names = repository.split('/').filter(|n| !n.is_empty() && !n.contains(' ')).count();
        names == 2 && number.parse::<u32>().is_ok() && clause.len() > 10
    })
}

#[test]
fn defects_of_bug_reports_are_found() {
    let (mut wrong, mut count) = (Vec::new(), 0);
    for defect in defects() {
        let marks = defect.marks();
        if marks.is_empty() {
            wrong.push(format!("{}: no mark", defect.name));
        }
        let findings = defect.findings();
        for (rule, least, path, line) in marks {
            count += 1;
            let here = |f: &&Finding| f.at.as_ref().is_some_and(|at| at.path() == path && at.line() == line);
            match findings.iter().find(|f| f.rule.id == rule && here(f)) {
                None => {
                    let others: Vec<&str> = findings.iter().filter(here).map(|f| f.rule.id).collect();
                    wrong.push(format!("{}:{line}: no {rule}, but {others:?}", path.display()));
                }
                Some(f) if f.level < least => {
                    wrong.push(format!("{}:{line}: {rule} is only a {}", path.display(), f.level.word()));
                }
                Some(f) if f.notes.is_empty() && f.fixes.is_empty() => {
                    wrong.push(format!("{}:{line}: {rule} does not say what to do: {}", path.display(), f.message));
                }
                Some(_) => {}
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count > 80, "only {count} defects");
}

#[test]
fn defects_name_their_bug_report() {
    let without: Vec<String> =
        defects().into_iter().filter(|d| !names_a_report(&d.files[0].1)).map(|d| d.name).collect();
    assert_eq!(without, Vec::<String>::new());
}
