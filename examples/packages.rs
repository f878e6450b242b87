//! Reads packages, two at a time unless told otherwise, and says what is in them:
//!
//! ```sh
//! cargo run --release --example packages -- [--threads N] FILE…
//! cargo run --release --example packages -- --list FILE
//! ```
//!
//! `--list` prints every path with its kind, mode, size, owner, group and target, as `tests/live/packages.py` compares them.
#![allow(clippy::print_stdout, reason = "it is a program")]
#![allow(clippy::print_stderr, reason = "it is a program")]

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;
use unitlint::package::{Limits, open};
use unitlint::tree::{Disk, NodeKind, Tree};

fn main() {
    let mut args: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let mut threads = 2;
    if args.first().is_some_and(|a| a == Path::new("--threads")) {
        threads = args.get(1).and_then(|n| n.to_str()?.parse().ok()).unwrap_or(threads);
        args.drain(..2.min(args.len()));
    }
    if args.first().is_some_and(|a| a == Path::new("--list")) {
        return args[1..].iter().for_each(|path| list(path));
    }
    let (next, limits, started) = (AtomicUsize::new(0), Limits::default(), Instant::now());
    let told: Mutex<Vec<(usize, String)>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some((i, path)) = {
                    let i = next.fetch_add(1, Ordering::Relaxed);
                    args.get(i).map(|path| (i, path))
                } {
                    let text = tell(path, &limits);
                    told.lock().expect("no thread panics").push((i, text));
                }
            });
        }
    });
    let mut told = told.into_inner().expect("no thread panics");
    told.sort();
    for (_, text) in told {
        println!("{text}");
    }
    let status = Disk.read(Path::new("/proc/self/status")).unwrap_or_default();
    let peak = String::from_utf8_lossy(&status).lines().find(|l| l.starts_with("VmHWM")).unwrap_or_default().to_owned();
    eprintln!("{} files in {:.2} s, {peak}", args.len(), started.elapsed().as_secs_f64());
}

fn list(path: &Path) {
    for package in open(path, &Limits::default()).unwrap_or_default() {
        if let Some(contents) = package.contents() {
            contents.each(&mut |path, stat| {
                let kind = match stat.kind {
                    NodeKind::File => 'f',
                    NodeKind::Directory => 'd',
                    NodeKind::Link => 'l',
                    NodeKind::Device => 'c',
                    NodeKind::Other => 'o',
                };
                let target = package.tree().read_link(path).unwrap_or_default();
                let (path, target) = (path.display(), target.display());
                println!("{kind}\t{:o}\t{}\t{}\t{}\t{path}\t{target}", stat.mode, stat.size, stat.uid, stat.gid);
            });
        }
        package.problems.iter().for_each(|p| println!("  {}: {p}", p.kind.id()));
    }
}

fn tell(path: &Path, limits: &Limits) -> String {
    let started = Instant::now();
    let packages = match open(path, limits) {
        Ok(packages) => packages,
        Err(e) => return format!("{}: {e}\n  {}\n  {}", path.display(), e.kind.why(), e.kind.advice()),
    };
    let took = started.elapsed().as_secs_f64();
    let mut out = Vec::new();
    for package in packages {
        let (mut files, mut kept) = (0, 0);
        if let Some(contents) = package.contents() {
            contents.each(&mut |path, stat| {
                files += 1;
                kept += usize::from(stat.kind == NodeKind::File && package.tree().read(path).is_ok());
            });
        }
        let or = |text: &Option<Box<str>>| text.as_deref().unwrap_or("-").to_owned();
        let scripts: Vec<&str> = package.scripts.iter().map(|s| &*s.name).collect();
        out.push(format!(
            "{} {} {} {} of {}: {files} paths, {kept} kept; {} ({:.0} ms) {}",
            package.kind.word(),
            package.name,
            or(&package.version),
            or(&package.architecture),
            or(&package.source),
            scripts.join(" "),
            took * 1000.0,
            package.root.display(),
        ));
        out.extend(package.problems.iter().map(|p| format!("  {}: {p}", p.kind.id())));
    }
    out.join("\n")
}
