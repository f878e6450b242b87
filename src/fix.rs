//! From findings to changed files: which fixes are sure enough, which stand in each other's way, and what the files look
//! like afterwards. Decides nothing about rules and writes nothing.

pub mod dropin;
pub mod format;
pub mod harden;
mod judge;

use crate::engine::{self, Plan, Session};
use crate::rule::{Finding, Safety};
use crate::text::{Edit, Source};
use crate::tree::{self, Overlay, Tree};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A file as it was and as it is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// the path by which it was reached
    pub shown: PathBuf,
    /// the file itself, without links
    pub path: PathBuf,
    /// the bytes that are there
    pub before: Vec<u8>,
    /// the bytes that are to be there
    pub after: Vec<u8>,
    /// what was done: rule and title, in the order of the rounds
    pub done: Vec<(&'static str, String)>,
}

/// What mending came to.
#[derive(Clone, Debug, Default)]
pub struct Mended {
    /// the files that change, by path
    pub changes: Vec<Change>,
    /// how many fixes were left because they are less sure than wanted
    pub unsure: usize,
    /// units whose exposure changes: name, before and after in tenths
    pub scores: Vec<(String, u32, u32)>,
    /// files that cannot be changed; sentences for the user
    pub failures: Vec<String>,
    /// files that cannot be read; sentences for the user
    pub unread: BTreeSet<String>,
}

/// The exposure of each unit, by path and name.
type Scores = BTreeMap<(PathBuf, String), u32>;

/// More rounds than this mean that two rules undo one another.
const ROUNDS: usize = 20;

/// Looks at the units of a plan again and again until no sure fix is left. The findings that remain are those of the files
/// as they are to be.
pub fn mend<T: Tree>(disk: T, plan: &Plan, session: &Session, at_least: Safety) -> Mended {
    let mut overlay = Overlay::new(disk);
    let mut changes: BTreeMap<PathBuf, Change> = BTreeMap::new();
    let mut mended = Mended::default();
    let (mut first, mut last) = (Scores::new(), Scores::new());
    for n in 0..ROUNDS {
        let mut findings = Vec::new();
        last.clear();
        let rest = engine::run(&overlay, plan, session, |mut report| {
            if report.unit.unread {
                // what is wrong may be right with what nobody could read
                report.findings.iter_mut().for_each(|found| found.fixes.clear());
            }
            findings.extend(report.findings);
            if let Some(score) = report.score {
                last.insert((report.unit.path.clone(), report.unit.name.to_string()), score.exposure);
            }
        });
        if n == 0 {
            first.clone_from(&last);
        }
        findings.extend(rest.findings);
        mended.unread = rest.failures;
        mended.unsure =
            findings.iter().flat_map(|f| &f.fixes).filter(|x| !x.edits.is_empty() && x.safety < at_least).count();
        let round = one_round(&findings, at_least);
        if round.is_empty() {
            break;
        }
        for (shown, Planned { source, edits, done }) in round {
            let path = match real(&overlay, plan, &shown) {
                Ok(path) => path,
                Err(why) => {
                    mended.failures.push(why);
                    continue;
                }
            };
            let after = applied(&source.bytes, edits);
            let change = changes.entry(path.clone()).or_insert_with(|| Change {
                shown,
                path: path.clone(),
                before: source.bytes.to_vec(),
                after: Vec::new(),
                done: Vec::new(),
            });
            change.after.clone_from(&after);
            change.done.extend(done);
            overlay = overlay.file(path, after);
        }
        if !mended.failures.is_empty() {
            break;
        }
    }
    for ((path, name), after) in last {
        if let Some(before) = first.get(&(path, name.clone())).filter(|before| **before != after) {
            mended.scores.push((name, *before, after));
        }
    }
    mended.changes = changes.into_values().filter(|c| c.before != c.after).collect();
    mended
}

/// The file behind a path, inside the root that it belongs to.
fn real(tree: &dyn Tree, plan: &Plan, path: &Path) -> Result<PathBuf, String> {
    let roots = plan.catalogs.iter().map(|c| c.root.as_path()).filter(|r| path.starts_with(r));
    let root = roots.max_by_key(|r| r.components().count()).unwrap_or(Path::new("/"));
    tree::resolve(tree, root, path).map_err(|e| match e {
        tree::Unresolved::Failed(e) => format!("{}: {e}", path.display()),
        _ => format!("{}: the link leads nowhere", path.display()),
    })
}

/// What happens to a file in a round.
struct Planned {
    source: Arc<Source>,
    edits: Vec<Edit>,
    done: Vec<(&'static str, String)>,
}

/// The files of a round, by the path by which they were reached.
type Round = BTreeMap<PathBuf, Planned>;

/// The fixes that can be made at once: each with all its edits or not at all, none over another one's.
fn one_round(findings: &[Finding], at_least: Safety) -> Round {
    let mut round = Round::new();
    for finding in findings {
        // the first fix is the one that the rule would choose
        let Some(fix) = finding.fixes.iter().find(|x| !x.edits.is_empty() && x.safety >= at_least) else { continue };
        if fix.edits.iter().any(|(source, edit)| collides(round.get(&source.path), source, edit)) {
            continue;
        }
        for (n, (source, edit)) in fix.edits.iter().enumerate() {
            let file = round.entry(source.path.clone()).or_insert_with(|| Planned {
                source: source.clone(),
                edits: Vec::new(),
                done: Vec::new(),
            });
            file.edits.push(edit.clone());
            if n == 0 {
                file.done.push((finding.rule.id, fix.title.clone()));
            }
        }
    }
    round
}

/// Whether an edit touches one that is made already. What is inserted at one place stands in the order of the findings,
/// save for new sections: one is enough.
fn collides(file: Option<&Planned>, source: &Source, edit: &Edit) -> bool {
    let Some(known) = file else { return false };
    // one file that was read twice and changed between
    if known.source.bytes != source.bytes {
        return true;
    }
    known.edits.iter().any(|other| {
        let (a, b) = (edit.span, other.span);
        if a == b {
            return a.start != a.end || edit.insert == other.insert || edit.insert.contains('[');
        }
        a.start < b.end && b.start < a.end
    })
}

/// The bytes with all edits made.
fn applied(bytes: &[u8], mut edits: Vec<Edit>) -> Vec<u8> {
    // what is inserted at a place comes before what is replaced there
    edits.sort_by_key(|e| (e.span.start, e.span.end));
    let mut out = Vec::with_capacity(bytes.len() + 64);
    let mut at = 0;
    for edit in edits {
        out.extend_from_slice(&bytes[at..edit.span.start as usize]);
        out.extend_from_slice(edit.insert.as_bytes());
        at = edit.span.end as usize;
    }
    out.extend_from_slice(&bytes[at..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Input, Options};
    use crate::tree::Memory;

    fn mended(text: &str, at_least: Safety) -> String {
        let tree = Memory::new().file("/etc/systemd/system/a.service", text);
        let plan = Plan::make(&tree, &[Input::Path("/etc/systemd/system/a.service".into())], &Options::default());
        let mut all = mend(tree, &plan, &Session::default(), at_least);
        let change = all.changes.pop();
        change.map_or_else(|| text.to_owned(), |c| String::from_utf8(c.after).unwrap())
    }

    #[test]
    fn corrections() {
        let text = "[Unit]\nRequiresOverridable=b.service\n\n[Service]\nExecStart=/bin/a\nStandardOutput=syslog\nPrivateTpm=yes\n";
        let safe =
            "[Unit]\nRequires=b.service\n\n[Service]\nExecStart=/bin/a\nStandardOutput=journal\nPrivateTpm=yes\n";
        assert_eq!(mended(text, Safety::Safe), safe);
        assert_eq!(mended(text, Safety::Unsafe), safe.replace("PrivateTpm", "PrivateTmp"));
    }

    #[test]
    fn a_key_moves_to_its_section() {
        let text = "[Service]\nExecStart=/bin/a\nAfter=b.service\nRequires=b.service";
        let moved = "[Service]\nExecStart=/bin/a\n\n[Unit]\nAfter=b.service\nRequires=b.service\n";
        assert_eq!(mended(text, Safety::Unsafe), moved);
        assert_eq!(
            mended("[Unit]\n\n[Service]\nExecStart=/bin/a\nAfter=b.service\n", Safety::Unsafe),
            "[Unit]\nAfter=b.service\n\n[Service]\nExecStart=/bin/a\n"
        );
    }

    #[test]
    fn words_are_replaced_where_they_stand() {
        let text =
            "[Service]\nExecStart=/bin/date +%1 %%1\nRestart=on-fail\nCapabilityBoundingSet=CAP_KIL \\\n  CAP_CHWN\n";
        let good = "[Service]\nExecStart=/bin/date +%%1 %%1\nRestart=on-failure\nCapabilityBoundingSet=CAP_KILL \\\n  CAP_CHOWN\n";
        assert_eq!(mended(text, Safety::Unsafe).replace("on-fail\n", "on-failure\n"), good);
    }
}
