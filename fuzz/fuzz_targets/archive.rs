//! Any bytes as a package: whatever is in it stays below its root and within the limits, two readers see the same, what is cut
//! off is told, and an audit survives it.
//!
//! Three sorts of input: bytes as they are; `sums` and a line end before a tar archive, whose checksums are put right; and
//! files written down as in the other targets, which are packed. The words before them say how: `wrap=` tar, deb, rpm, oci or
//! saved, `pack=` gz, xz, zst, bz2 or lzma, `cut=` how many bytes of it there are. Of a .deb, files whose names begin with
//! `DEBIAN/` are for dpkg.

#![no_main]

#[allow(dead_code, reason = "the tests pack more than this target")]
#[path = "../../tests/packages/build.rs"]
mod build;

use build::{
    DIR, FILE, HARD, LINK, PACKERS, ar, cpio, layout, member, pax, rpm_of, rpm_tags, saved, tar, tar_of, trailer,
};
use libfuzzer_sys::fuzz_target;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Component, Path};
use unitlint::emit::audit::record::Record;
use unitlint::emit::audit::{Row, line};
use unitlint::engine::Policy;
use unitlint::package::{Limits, Package, audit, read};
use unitlint::target::Target;
use unitlint::tree::NodeKind;
use unitlint_fuzz::{Document, Part, has_all_places, session, told};

const NAME: &str = "pool/small";
/// How many problems of one sort are named.
const NAMED: usize = 20;

/// Little, so that a run takes little time.
fn limits() -> Limits {
    Limits {
        entries: 2000,
        kept_file: 64 << 10,
        kept: 256 << 10,
        unpacked: 4 << 20,
        window: 8 << 20,
        ..Limits::default()
    }
}

fuzz_target!(|bytes: &[u8]| {
    let document = Document::read(bytes).filter(|d| d.word("wrap").is_some());
    match (document, bytes.strip_prefix(b"sums\n")) {
        (Some(document), _) => made(&document),
        (None, Some(tar)) => look(&with_sums(tar)),
        (None, None) => look(bytes),
    }
});

/// Puts the checksum of everything right that looks like a header of tar.
fn with_sums(tar: &[u8]) -> Vec<u8> {
    let mut out = tar.to_vec();
    for block in out.chunks_exact_mut(512).filter(|block| block[257..].starts_with(b"ustar")) {
        block[148..156].copy_from_slice(b"        ");
        let sum: u32 = block.iter().map(|b| u32::from(*b)).sum();
        block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    }
    out
}

/// Packs the files, looks at the package, and at what is left of it when its end is cut off.
fn made(document: &Document<'_>) {
    let suffix = document.word("pack").map_or(String::new(), |pack| format!(".{pack}"));
    let Some((suffix, pack)) = PACKERS.iter().find(|(known, _)| *known == suffix) else { return };
    let members = |parts: &mut dyn Iterator<Item = &Part<'_>>| tar(&parts.map(in_tar).collect::<Vec<_>>());
    let for_dpkg = |part: &&Part<'_>| part.name.starts_with(b"DEBIAN/");
    let files = || members(&mut document.parts.iter().filter(|part| !for_dpkg(part)));
    let bytes = match document.word("wrap") {
        Some("deb") => {
            let control = pack(&members(&mut document.parts.iter().filter(for_dpkg)));
            let (control_name, data_name) = (format!("control.tar{suffix}"), format!("data.tar{suffix}"));
            ar(&[("debian-binary", b"2.0\n"), (&control_name, &control), (&data_name, &pack(&files()))])
        }
        Some("rpm") => {
            let all = document.parts.iter().map(in_cpio).chain([trailer()]).collect::<Vec<_>>().concat();
            rpm_of(&rpm_tags(), &pack(&all))
        }
        Some("oci") => pack(&tar_of(&layout(&layers(document)))),
        Some("saved") => pack(&saved(&three(layers(document)))),
        _ => pack(&files()),
    };
    look(&bytes);
    let Some(cut) = document.word("cut").and_then(|cut| cut.parse::<usize>().ok()) else { return };
    let is_whole = read(Path::new(NAME), &bytes[..], &limits()).is_ok_and(|all| all.iter().all(Package::is_complete));
    // the last byte may be there to come to an even number
    if is_whole && cut + 1 < bytes.len() {
        look(&bytes[..cut]);
        if let Ok(all) = read(Path::new(NAME), &bytes[..cut], &limits()) {
            let told = all.iter().any(|p| !p.is_complete() && !p.problems.is_empty());
            assert!(told, "cut off at {cut} of {} without a word", bytes.len());
        }
    }
}

/// Each file is a layer.
fn layers(document: &Document<'_>) -> Vec<Vec<u8>> {
    document.parts.iter().map(|part| tar(&[in_tar(part)])).collect()
}

/// What the old format is written with has three layers at least.
fn three(mut layers: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    layers.resize(layers.len().max(3), tar(&[]));
    layers
}

fn in_tar(part: &Part<'_>) -> Vec<u8> {
    let hard = part.link.and_then(|link| link.strip_prefix(b"hard:"));
    let (kind, target) = match (hard, part.link) {
        (Some(target), _) => (HARD, target),
        (None, Some(target)) => (LINK, target),
        (None, None) if part.name.ends_with(b"/") => (DIR, &b""[..]),
        (None, None) => (FILE, &b""[..]),
    };
    let mode = part.mode.unwrap_or(0o644);
    let bytes = if kind == FILE { part.bytes } else { b"" };
    if part.name.len() <= 100 && target.len() <= 100 {
        return member(part.name, kind, mode, target, bytes);
    }
    [pax(&[("path", part.name), ("linkpath", target)]), member(b"long", kind, mode, b"", bytes)].concat()
}

fn in_cpio(part: &Part<'_>) -> Vec<u8> {
    let name = String::from_utf8_lossy(part.name);
    match part.link {
        Some(target) => cpio(&name, 0o120_777, 1, target),
        None if part.name.ends_with(b"/") => cpio(&name, 0o040_755, 1, b""),
        None => cpio(&name, 0o100_000 | part.mode.unwrap_or(0o644), 1, part.bytes),
    }
}

/// Reads a package twice, and audits it.
fn look(bytes: &[u8]) {
    let first = read(Path::new(NAME), bytes, &limits());
    let second = read(Path::new(NAME), bytes, &limits());
    let (packages, again) = match (first, second) {
        (Ok(first), Ok(second)) => (first, second),
        (Err(first), Err(second)) => return assert_eq!(first, second, "two readers differ"),
        (first, second) => panic!("two readers differ: {first:?} {second:?}"),
    };
    assert_eq!(packages.iter().map(shown).collect::<Vec<_>>(), again.iter().map(shown).collect::<Vec<_>>());
    for package in &packages {
        audited(package);
    }
}

/// Everything that is known of a package; what there is of it is where it belongs.
fn shown(package: &Package) -> String {
    let mut out = format!("{:?}", (&package.kind, &package.name, &package.version, &package.source, &package.fields));
    let _ = write!(out, "{:?} {:?} {:?}", package.conffiles, package.ghosts, package.problems);
    for script in &package.scripts {
        let _ = write!(out, "{} {:?} {:?} {:?}", script.name, script.interpreter, script.on, script.source.bytes);
    }
    let tree = package.tree();
    let mut kept = 0;
    package.contents().expect("it is an archive").each(&mut |path, stat| {
        let below = path.strip_prefix(&package.root).expect("it is below the root");
        assert!(below.components().all(|c| matches!(c, Component::Normal(_))), "{path:?}");
        assert_eq!(tree.stat(path).ok(), Some(stat));
        let listed = tree.list(path.parent().expect("it has one")).expect("a directory");
        assert!(listed.windows(2).all(|two| two[0].name < two[1].name));
        assert!(listed.iter().any(|e| Some(&*e.name) == path.file_name() && e.kind == stat.kind));
        let _ = write!(out, "{path:?} {stat:?}");
        match stat.kind {
            NodeKind::Link => out += &format!("{:?}", tree.read_link(path).expect("a link")),
            NodeKind::File => {
                let bytes = tree.read(path);
                let _ = write!(out, "{:?} {:?}", bytes.as_ref().ok(), tree.head(path, 8).ok());
                // hard links share what is kept
                kept = kept.max(bytes.map_or(0, |b| b.len() as u64));
            }
            _ => {}
        }
    });
    assert!(kept <= limits().kept_file);
    let mut problems = BTreeMap::new();
    for problem in &package.problems {
        *problems.entry(problem.kind).or_insert(0) += 1;
        let text = problem.to_string();
        assert!(!text.is_empty() && !text.chars().any(char::is_control), "{text:?}");
    }
    assert!(problems.values().all(|n| *n <= NAMED), "{:?}", package.problems);
    out
}

fn audited(package: &Package) {
    let run = || {
        let mut record = Record::of(package);
        let mut findings = Vec::new();
        let rest = audit(package, session(), Target::default(), |report| {
            record.unit(report, &Policy::default());
            findings.extend(report.findings.iter().cloned());
        });
        record.rest(&rest);
        findings.extend(rest.findings);
        (record, findings)
    };
    let (record, findings) = run();
    let (record_again, findings_again) = run();
    assert_eq!(record, record_again);
    assert_eq!(told(&findings), told(&findings_again));
    let _ = Row::of(&record);
    assert_eq!(Record::read(&line(&record)).as_ref(), Ok(&record));
    let file = |path: &Path| {
        let script = package.scripts.iter().find(|script| script.source.path == path);
        script.map(|script| script.source.bytes.to_vec()).or_else(|| in_package(package, path))
    };
    has_all_places(&findings, &file);
}

fn in_package(package: &Package, path: &Path) -> Option<Vec<u8>> {
    let real = unitlint::tree::resolve(package.tree(), &package.root, path).ok()?;
    package.tree().read(&real).ok()
}
