//! `unitlint audit`

use super::args::{AuditArgs, AuditFormat, Units};
use super::formats::to_file;
use super::settings::{Settings, settings_on};
use super::{Out, Outcome, Trouble, complain, paint, pool, print};
use crate::emit::audit::changes::Changes;
use crate::emit::audit::record::Record;
use crate::emit::audit::{self as emit, Row, html, prometheus};
use crate::engine::FailOn;
use crate::engine::census::Census;
use crate::package::{self, Limits, Package};
use crate::text::{FNV_BASIS, fnv1a};
use crate::tree::{self, Disk, NodeKind, Tree};
use crate::write;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

/// So many packages stand in the table for people.
const SHOWN: usize = 40;

pub(super) fn run(args: &AuditArgs) -> Result<Outcome, Trouble> {
    let hosts = args.on.hosts(None)?;
    let units = Units { judge: args.judge.clone(), config: args.config.clone(), color: args.color, ..Units::default() };
    let settings = settings_on(hosts, &units, Some(&args.choice), args.choice.security_policy.as_deref())?;
    let mut audit = Audit { settings: &settings, args, threads: threads(args), failed: false };
    let old = args.compare.as_ref().map(|old| audit.records(std::slice::from_ref(old))).transpose()?;
    let outcome = match old {
        Some(old) => audit.compare(&old)?,
        None => audit.tell()?,
    };
    Ok(match outcome {
        _ if args.exit_zero => Outcome::Clean,
        _ if audit.failed => Outcome::Failed,
        other => other,
    })
}

fn threads(args: &AuditArgs) -> usize {
    args.jobs.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from).min(8))
}

struct Audit<'a> {
    settings: &'a Settings,
    args: &'a AuditArgs,
    threads: usize,
    /// something could not be looked at at all
    failed: bool,
}

/// What came of an input: the packages in it, or why there are none.
type Looked = Result<Vec<Record>, String>;

impl Audit<'_> {
    /// Looks at all inputs, in parallel; the records come in their order.
    fn each(&mut self, paths: &[PathBuf], mut visit: impl FnMut(Record)) {
        let terminal = io::stderr().is_terminal();
        let (settings, all, mut done) = (self.settings, paths.len(), 0);
        let mut failures = Vec::new();
        pool::in_order(
            self.threads,
            paths,
            |path| look(path, settings),
            |path, looked: Looked| {
                done += 1;
                if terminal && all > 1 {
                    let _ = write!(io::stderr(), "\r\x1b[K{done}/{all}  {}", emit::name(path));
                }
                match looked {
                    Ok(records) => records.into_iter().for_each(&mut visit),
                    Err(why) => failures.push(why),
                }
            },
        );
        if terminal && all > 1 {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
        self.failed |= !failures.is_empty();
        failures.iter().for_each(|why| complain(why));
    }

    /// The packages that are to be looked at.
    fn paths(&self, inputs: &[PathBuf]) -> Result<Vec<PathBuf>, Trouble> {
        let mut paths = Vec::new();
        for input in inputs {
            expand(input, &mut paths)?;
        }
        if let Some(Shard { this, of }) = self.args.shard {
            paths.retain(|path| {
                let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
                fnv1a(name.as_bytes(), FNV_BASIS) % u64::from(of) == u64::from(this - 1)
            });
        }
        Ok(paths)
    }

    fn records(&mut self, inputs: &[PathBuf]) -> Result<Vec<Record>, Trouble> {
        let mut out = Vec::new();
        let paths = self.paths(inputs)?;
        self.each(&paths, |record| out.push(record));
        Ok(out)
    }

    /// The report of one set.
    fn tell(&mut self) -> Result<Outcome, Trouble> {
        let args = self.args;
        let paint = paint(args.color);
        let formats = || std::iter::once(args.format).chain(args.write.iter().map(|w| w.0));
        let asked = |of: AuditFormat| formats().any(|format| format == of);
        let paths = self.paths(&args.inputs)?;
        let stream = args.format == AuditFormat::Ndjson;
        let buffered = args.write.iter().any(|w| w.0 == AuditFormat::Ndjson) || asked(AuditFormat::Json);
        let told = asked(AuditFormat::Concise) || asked(AuditFormat::Human) && (paths.len() == 1 || args.all);
        let (mut rows, mut kept, mut census) = (Vec::new(), Vec::new(), Census::default());
        let (mut suppressed, mut incomplete, mut text) = (0, 0, String::new());
        let (mut written, mut ndjson) = (Ok(()), Vec::new());
        let mut out = Out::new()?;
        self.each(&paths, |record| {
            let row = Row::of(&record);
            census.add(&row.census);
            suppressed += record.suppressed;
            incomplete += usize::from(!record.complete);
            rows.push(row);
            if stream || buffered {
                let line = emit::line(&record);
                if stream && written.is_ok() {
                    written = out.write_all(line.as_bytes());
                }
                ndjson.extend(buffered.then_some(line));
            }
            if told {
                text.push_str(&emit::findings(&record, paint));
            }
            if asked(AuditFormat::Html) {
                kept.push(record);
            }
        });
        written.and_then(|()| out.flush()).map_err(|e| format!("standard output: {e}"))?;
        let make = |format: AuditFormat| -> String {
            match format {
                AuditFormat::Concise => text.clone(),
                AuditFormat::Human => {
                    let most = if args.all { usize::MAX } else { SHOWN };
                    let table = emit::table(&rows, most, paint);
                    let between = if text.is_empty() || table.is_empty() { "" } else { "\n" };
                    let summary = emit::summary(rows.len(), &census, suppressed, paint);
                    let end = if table.is_empty() { "" } else { "\n" };
                    format!("{text}{between}{table}{end}{summary}")
                }
                AuditFormat::Json => emit::document(&ndjson, &census, suppressed),
                AuditFormat::Ndjson => ndjson.concat(),
                AuditFormat::Html => html::page(&kept, &census, self.settings.target.systemd, &args.title),
                AuditFormat::Prometheus => prometheus::metrics(rows.len(), incomplete, &census),
            }
        };
        if !stream {
            print(&make(args.format))?;
        }
        for (format, path) in &args.write {
            write::create_or_replace(path, make(*format).as_bytes(), |_| true)
                .map_err(|e| format!("{}: {e}", path.display()))?;
        }
        let Settings { fail_on, session, .. } = self.settings;
        let fails = fail_on.iter().any(|on| on.holds_in(&census, &session.rules, false));
        Ok(if fails { Outcome::Findings } else { Outcome::Clean })
    }

    /// What changed from another set.
    fn compare(&mut self, old: &[Record]) -> Result<Outcome, Trouble> {
        let new = self.records(&self.args.inputs)?;
        let changes = Changes::of(old, &new);
        print(&changes.human(paint(self.args.color)))?;
        // what was there before is no reason to fail
        let worse = self.settings.fail_on.contains(&FailOn::Worse) && changes.is_worse();
        Ok(if worse { Outcome::Findings } else { Outcome::Clean })
    }
}

/// One part of several.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shard {
    this: u32,
    of: u32,
}

/// `I/N`
pub(super) fn shard(text: &str) -> Result<Shard, String> {
    let parts = text.split_once('/').and_then(|(this, of)| Some((this.parse().ok()?, of.parse().ok()?)));
    match parts {
        Some((this, of)) if this >= 1 && this <= of => Ok(Shard { this, of }),
        _ => Err("give I/N, such as 1/4: the first of four parts".into()),
    }
}

/// `FORMAT=FILE`
pub(super) fn write_to(text: &str) -> Result<(AuditFormat, PathBuf), String> {
    to_file(text, |format| format!("{format} is no format of an audit"))
}

/// An input as packages: a directory that is neither a root nor an image has packages in it.
fn expand(input: &Path, out: &mut Vec<PathBuf>) -> Result<(), Trouble> {
    let is = |name: &str| Disk.stat(&input.join(name)).is_ok();
    let stat = tree::stat_named(input).map_err(|e| format!("{}: {e}", input.display()))?;
    let root = ["usr", "etc", "lib", "oci-layout"].into_iter().any(is);
    if stat.kind != NodeKind::Directory || root {
        out.push(input.to_owned());
        return Ok(());
    }
    let mut found = tree::files_below(input).map_err(|(path, e)| format!("{}: {e}", path.display()))?;
    found.retain(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        [".deb", ".udeb", ".rpm", ".ndjson"].iter().any(|end| name.ends_with(end))
            || name.contains(".tar")
            || name.ends_with(".tgz")
    });
    if found.is_empty() {
        // a root with units alone
        found.push(input.to_owned());
    }
    out.append(&mut found);
    Ok(())
}

/// Looks at one input.
fn look(path: &Path, settings: &Settings) -> Looked {
    if path.extension().is_some_and(|e| e == "ndjson" || e == "jsonl") {
        return records(path);
    }
    let packages = package::open(path, &Limits::default())
        .map_err(|problem| format!("{}: {problem}; {}", path.display(), problem.kind.advice()))?;
    Ok(packages.iter().map(|package| record(package, settings)).collect())
}

fn record(package: &Package, settings: &Settings) -> Record {
    let mut record = Record::of(package);
    let rest = package::audit(package, &settings.session, settings.target, |report| {
        record.unit(report, &settings.session.policy);
    });
    record.rest(&rest);
    record
}

/// What an audit has written before.
fn records(path: &Path) -> Looked {
    let bytes = tree::read_named(path).map_err(|e| format!("{}: {e}", path.display()))?;
    let text = String::from_utf8_lossy(&bytes);
    let lines = text.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty());
    lines.map(|(line, n)| Record::read(line).map_err(|e| format!("{}:{n}: {e}", path.display()))).collect()
}
