//! The reader of packages: what it makes of honest ones, what it says of hostile ones, and that it survives anything.

#![allow(clippy::unwrap_used, reason = "the helpers of tests are tests")]

#[path = "packages/build.rs"]
mod build;

use build::*;
use proptest::prelude::*;
use std::fmt::Write as _;
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};
use unitlint::package::{Kind, Limits, Package, ProblemKind, Weight, read};
use unitlint::tree::Memory;

const NAME: &str = "pool/small";

fn packages(bytes: &[u8]) -> Vec<Package> {
    read(Path::new(NAME), bytes, &Limits::default()).unwrap_or_else(|e| panic!("{e}"))
}

fn one(bytes: &[u8]) -> Package {
    let mut all = packages(bytes);
    assert_eq!(all.len(), 1);
    all.remove(0)
}

/// Everything that is known of a package.
fn shown(package: &Package) -> String {
    let mut out = String::new();
    let or = |text: &Option<Box<str>>| text.as_deref().unwrap_or("-").to_owned();
    let Package { kind, name, version, architecture, source, .. } = package;
    writeln!(out, "{} {name} {} {} of {}", kind.word(), or(version), or(architecture), or(source)).unwrap();
    for (key, value) in &package.fields {
        writeln!(out, "{key}: {value:?}").unwrap();
    }
    for script in &package.scripts {
        let text = String::from_utf8_lossy(&script.source.bytes);
        writeln!(out, "{} by {} on {:?}: {text:?}", script.source.path.display(), or(&script.interpreter), script.on)
            .unwrap();
    }
    writeln!(out, "conffiles {:?} ghosts {:?}", package.conffiles, package.ghosts).unwrap();
    package.contents().unwrap().each(&mut |path, stat| {
        let content = package.tree().read(path).map(|b| format!("{:?}", String::from_utf8_lossy(&b)));
        let head = package.tree().head(path, 8).map(|b| format!("head {:?}", String::from_utf8_lossy(&b)));
        let target = package.tree().read_link(path).map(|t| format!("-> {}", t.display()));
        let text = content.or(head).or(target).unwrap_or_default();
        let path = path.display().to_string().replace(&"d".repeat(150), "dd…");
        writeln!(out, "{:?} {:o} {} {}:{} {path} {text}", stat.kind, stat.mode, stat.size, stat.uid, stat.gid).unwrap();
    });
    for problem in &package.problems {
        writeln!(out, "{}: {problem}", problem.kind.id()).unwrap();
    }
    out
}

fn snapshot(name: &str, text: &str) {
    insta::with_settings!({ snapshot_path => "../snapshots/packages", prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!(name, text);
    });
}

#[test]
fn a_deb_is_read() {
    let plain = shown(&one(&deb("", <[u8]>::to_vec, &data())));
    snapshot("deb", &plain);
    for (suffix, pack) in PACKERS {
        assert_eq!(shown(&one(&deb(suffix, *pack, &data()))), plain, "{suffix}");
    }
}

#[test]
fn an_rpm_is_read() {
    let plain = shown(&one(&rpm_of(&rpm_tags(), &payload())));
    snapshot("rpm", &plain);
    for (suffix, pack) in PACKERS {
        assert_eq!(shown(&one(&rpm_of(&rpm_tags(), &pack(&payload())))), plain, "{suffix}");
    }
    assert_eq!(shown(&one(&rpm_of(&rpm_tags(), &stripped()))), plain, "numbers instead of descriptions");
}

#[test]
fn an_archive_is_read() {
    let root = tar(&[data()[..data().len() - 1024].to_vec(), file("etc/os-release", "ID=toy\nVERSION_ID='7'\n")]);
    let plain = shown(&one(&root));
    assert!(plain.starts_with("tar toy 7 - of -\n"), "{plain}");
    for (suffix, pack) in PACKERS {
        assert_eq!(shown(&one(&pack(&root))), plain, "{suffix}");
        // two streams one behind the other are one
        let (a, b) = root.split_at(700);
        if *suffix != ".lzma" {
            assert_eq!(shown(&one(&[pack(a), pack(b)].concat())), plain, "{suffix} twice");
        }
    }
    assert!(one(&tar(&[])).problems.is_empty(), "an archive of nothing");
}

#[test]
fn an_image_is_read() {
    let image = one(&tar_of(&layout(&layers())));
    snapshot("image", &shown(&image));
    assert_eq!((image.kind, &*image.name), (Kind::Image, "small:1"));
    let old = shown(&one(&saved(&layers())));
    let (new, old) = (shown(&image), old.replace("blobs/sha256", ""));
    assert_eq!(new, old);
}

#[test]
fn several_images_are_several_packages() {
    let mut files = layout(&layers());
    let index = format!(
        "{{\"manifests\":[{{\"digest\":\"sha256:{0}\"}},{{\"digest\":\"sha256:{0}\"}},{{\"digest\":\"sha256:{1}\"}},{{\"digest\":\"sha256:{2}\"}}]}}",
        digest(1),
        digest(0xabcd_ef01),
        digest(0x77)
    );
    files.retain(|(name, _)| name != "index.json");
    files.push((format!("blobs/sha256/{}", digest(0xabcd_ef01)), b"{\"layers\":[]}".to_vec()));
    files.push(("index.json".into(), index.into()));
    let found = packages(&tar_of(&files));
    assert!(found.iter().all(|p| p.problems.iter().map(|p| p.kind).eq([ProblemKind::Absent])));
    // digests that begin alike are told apart
    let roots: Vec<_> = found.iter().map(|p| p.root.clone()).collect();
    assert_eq!(roots, [Path::new(NAME).join("000000000000"), Path::new(NAME).join(digest(0xabcd_ef01))]);
    let units = |p: &Package| p.tree().list(&p.root.join("usr/lib/systemd/system")).map_or(0, |l| l.len());
    assert_eq!((units(&found[0]), units(&found[1])), (1, 0));
}

/// What is said of an archive, as ids; of what is no package, the reason.
fn told(bytes: &[u8], limits: &Limits) -> (Vec<&'static str>, bool) {
    match read(Path::new(NAME), bytes, limits) {
        Ok(all) => {
            let mut ids: Vec<_> = all.iter().flat_map(|p| &p.problems).map(|p| p.kind.id()).collect();
            ids.dedup();
            (ids, all.iter().all(Package::is_complete))
        }
        Err(e) => (vec![e.kind.id()], false),
    }
}

fn unit(name: &str) -> Vec<u8> {
    file(&format!("usr/lib/systemd/system/{name}"), UNIT)
}

#[test]
fn hostile_archives_are_told() {
    let with =
        |members: &[Vec<u8>]| tar(&[vec![unit("a.service")], members.to_vec(), vec![unit("z.service")]].concat());
    let raw = |name: &[u8], kind| member(name, kind, 0o644, b"etc/passwd", b"");
    let long = |n: usize| pax(&[("path", "x/".repeat(n).as_bytes())]);
    let sparse = {
        let mut header = sized(b"usr/lib/huge", b'S', 0o644, b"", 512, &[7; 512]);
        // its size with holes, in octal
        header[483..495].copy_from_slice(b"000120000000");
        let sum = checksum(&header[..512]);
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        header
    };
    let new_sparse = [
        ("GNU.sparse.major", &b"1"[..]),
        ("GNU.sparse.minor", b"0"),
        ("GNU.sparse.name", b"usr/lib/huge"),
        ("GNU.sparse.realsize", b"10737418240"),
    ];
    let table: Vec<(&str, Vec<u8>, &[&str])> = vec![
        ("nothing wrong", with(&[]), &[]),
        ("up", with(&[raw(b"../../etc/cron.d/evil", FILE)]), &["climbs"]),
        ("up in the middle", with(&[raw(b"usr/../../evil", FILE)]), &["climbs"]),
        ("up by pax", with(&[pax(&[("path", b"a/../../evil")]), raw(b"short", FILE)]), &["climbs"]),
        ("absolute", with(&[raw(b"/etc/cron.d/evil", FILE)]), &["absolute"]),
        ("double slashes", with(&[raw(b".//usr///lib/./x", FILE)]), &[]),
        ("a line feed", with(&[raw(b"usr/a\nb", FILE)]), &["strange-name"]),
        ("a terminal", with(&[raw(b"usr/\x1b[2Jx", FILE)]), &["strange-name"]),
        ("directions", with(&[raw("usr/\u{202e}x".as_bytes(), FILE)]), &["strange-name"]),
        ("no UTF-8", with(&[raw(b"usr/\xff\xfe", FILE)]), &["strange-name"]),
        ("NUL by pax", with(&[pax(&[("path", b"usr/a\0/../../x")]), raw(b"s", FILE)]), &["strange-name"]),
        ("below a link", with(&[link("evil", "/etc"), raw(b"evil/passwd", FILE)]), &["misplaced"]),
        ("below a file", with(&[raw(b"usr/x", FILE), raw(b"usr/x/y", FILE)]), &["misplaced"]),
        ("a hard link out", with(&[member(b"usr/x", HARD, 0o644, b"../../etc/shadow", b"")]), &["hard-link"]),
        ("a hard link to nothing", with(&[member(b"usr/x", HARD, 0o644, b"/etc/shadow", b"")]), &["hard-link"]),
        ("a hard link to itself", with(&[member(b"usr/x", HARD, 0o644, b"usr/x", b"")]), &["hard-link"]),
        (
            "hard links in a circle",
            with(&[member(b"p", HARD, 0, b"q", b""), member(b"q", HARD, 0, b"p", b"")]),
            &["hard-link"],
        ),
        (
            "a unit that hides behind a hard link",
            with(&[
                file("usr/share/x", UNIT),
                member(b"etc/systemd/system/x.service", HARD, 0o644, b"usr/share/x", b""),
            ]),
            &["hard-link"],
        ),
        ("twice", with(&[unit("a.service")]), &["duplicate"]),
        ("a link over a directory", with(&[link("usr/lib/systemd", "/tmp")]), &["duplicate"]),
        ("a device", with(&[member(b"etc/systemd/system/x.service", DEVICE, 0o666, b"", b"")]), &["special-file"]),
        ("a pipe", with(&[member(b"usr/lib/tmpfiles.d/x.conf", PIPE, 0o666, b"", b"")]), &["special-file"]),
        ("a device where devices are", with(&[member(b"dev/null", DEVICE, 0o666, b"", b"")]), &[]),
        ("10 GiB of holes", with(&[sparse]), &["sparse"]),
        (
            "10 GiB of holes by pax",
            with(&[pax(&new_sparse), member(b"GNUSparseFile.1/huge", FILE, 0o644, b"", &[0; 512])]),
            &["sparse"],
        ),
        ("a long name", with(&[long(3000), raw(b"s", FILE)]), &["long-name"]),
        ("a deep name", with(&[long(200), raw(b"s", FILE)]), &["long-name"]),
        ("a long part", with(&[pax(&[("path", &[b'n'; 300][..])]), raw(b"s", FILE)]), &["long-name"]),
        ("a pax record that lies", with(&[member(b"p", b'x', 0, b"", b"99 path=x\n"), raw(b"s", FILE)]), &["mismatch"]),
        (
            "a unit of 2 MiB",
            with(&[member(b"etc/systemd/system/x.service", FILE, 0o644, b"", &vec![b'#'; 2 << 20])]),
            &["large-file"],
        ),
        ("a name of 8 GiB", with(&[sized(b"././@LongLink", b'L', 0, b"", 8 << 30, b"x")]), &["long-name", "truncated"]),
        (
            "a file of 8 GiB",
            with(&[sized(b"etc/systemd/system/x.service", FILE, 0, b"", 8 << 30, b"x")]),
            &["large-file", "truncated"],
        ),
        ("a wrong checksum", with(&[raw(b"x", FILE).iter().map(|b| b ^ 1).collect()]), &["damaged"]),
        ("no end", unit("a.service"), &["truncated"]),
        ("half an end", [unit("a.service"), vec![0; 512]].concat(), &["truncated"]),
        ("something behind the end", [with(&[]), b"more".to_vec()].concat(), &["trailing"]),
        ("something behind gzip", [gzip(&with(&[])), b"more".to_vec()].concat(), &["trailing"]),
        ("zeros behind gzip", [gzip(&with(&[])), vec![0; 9]].concat(), &[]),
    ];
    let mut wrong = String::new();
    for (what, bytes, ids) in table {
        let (told, complete) = told(&bytes, &Limits::default());
        let heavy = |id: &&str| ProblemKind::ALL.iter().any(|k| k.id() == *id && k.weight() >= Weight::Limit);
        if told != ids || complete == ids.iter().any(heavy) {
            writeln!(wrong, "{what}: {told:?} instead of {ids:?}, complete: {complete}").unwrap();
        }
        // what came before is kept, whatever it was
        if !what.starts_with("twice") && read(Path::new(NAME), &bytes[..], &Limits::default()).is_ok() {
            let first = Path::new(NAME).join("usr/lib/systemd/system/a.service");
            assert!(one(&bytes).tree().read(&first).is_ok(), "{what}");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

fn checksum(header: &[u8]) -> u32 {
    header.iter().enumerate().map(|(i, b)| if (148..156).contains(&i) { 32 } else { u32::from(*b) }).sum()
}

#[test]
fn hostile_packages_are_told() {
    let (control, data) = (gzip(&control()), gzip(&data()));
    let version: (&str, &[u8]) = ("debian-binary", b"2.0\n");
    let (c, d) = (("control.tar.gz", &control[..]), ("data.tar.gz", &data[..]));
    let mut huge = ar(&[version, c, d]);
    huge[68 + 4 + 48..68 + 4 + 58].copy_from_slice(b"9999999999");
    let mut tags = rpm_tags();
    tags.retain(|(tag, _)| *tag != 1117);
    let mut header = rpm_of(&rpm_tags(), &payload());
    header[96 + 12] = 0xff;
    let table: Vec<(&str, Vec<u8>, &[&str])> = vec![
        ("nothing wrong", ar(&[version, c, d]), &[]),
        ("a signature", ar(&[version, ("_gpgorigin", b"x"), c, d]), &[]),
        ("an archive of something else", ar(&[("a.o", b"x")]), &["unknown-format"]),
        ("another version", ar(&[("debian-binary", b"3.0\n"), c, d]), &["unknown-format"]),
        ("two controls", ar(&[version, c, c, d]), &["extra"]),
        ("two sets of files", ar(&[version, c, d, d]), &["extra"]),
        ("files before control", ar(&[version, d, c]), &["extra"]),
        ("something else in it", ar(&[version, c, ("evil", b"x"), d]), &["extra"]),
        ("no files", ar(&[version, c]), &["incomplete"]),
        ("no control", ar(&[version, d]), &["incomplete"]),
        ("nothing in it", ar(&[]), &["incomplete"]),
        ("brotli", ar(&[version, c, ("data.tar.br", b"\x0b\x02\x80")]), &["unknown-compression"]),
        ("a name that lies", ar(&[version, c, ("data.tar.xz", &data)]), &["mismatch"]),
        ("a long name of BSD", ar(&[version, ("#1/20", b"x"), c, d]), &["damaged"]),
        ("a long name of GNU", ar(&[version, ("//", b"x"), c, d]), &["damaged"]),
        ("a size that lies", huge, &["trailing", "truncated"]),
        ("an empty archive", ar(&[version, c, ("data.tar.gz", b"")]), &["truncated"]),
        ("rpm: nothing wrong", rpm_of(&rpm_tags(), &payload()), &[]),
        ("rpm: files that nobody lists", rpm_of(&tags, &payload()), &["mismatch"]),
        ("rpm: files that are not there", rpm_of(&rpm_tags(), &trailer()), &["mismatch"]),
        (
            "rpm: up",
            rpm_of(&rpm_tags(), &[cpio("./../evil", 0o100_644, 1, b"x"), payload()].concat()),
            &["mismatch", "climbs"],
        ),
        (
            "rpm: another kind",
            rpm_of(&rpm_tags(), &[cpio("./etc/small.conf", 0o120_777, 1, b"/etc/shadow"), payload()].concat()),
            &["mismatch", "duplicate"],
        ),
        ("rpm: no end", rpm_of(&rpm_tags(), &payload()[..payload().len() - 124]), &["truncated"]),
        ("rpm: behind the end", rpm_of(&rpm_tags(), &[payload(), b"more".to_vec()].concat()), &["trailing"]),
        ("rpm: brotli", rpm_of(&rpm_tags(), b"\x0b\x02\x80"), &["unknown-compression"]),
        ("rpm: a header of 4 GiB", header, &["large-file"]),
    ];
    let mut wrong = String::new();
    for (what, bytes, ids) in table {
        let (told, _) = told(&bytes, &Limits::default());
        if told != ids {
            writeln!(wrong, "{what}: {told:?} instead of {ids:?}").unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn hostile_images_are_told() {
    let but = |name: &str, text: &str| {
        let mut files = layout(&layers());
        files.retain(|(n, _)| !n.ends_with(name));
        if !text.is_empty() {
            files.push((if name.len() == 64 { format!("blobs/sha256/{name}") } else { name.to_owned() }, text.into()));
        }
        tar_of(&files)
    };
    let evil = |members: &[Vec<u8>]| tar_of(&layout(&[tar(members)]));
    let own = format!("{{\"manifests\":[{{\"digest\":\"sha256:{}\"}}]}}", digest(3));
    let table: Vec<(&str, Vec<u8>, &[&str])> = vec![
        ("a layer that is not there", but(&digest(11), ""), &["incomplete"]),
        ("a manifest that is not there", but(&digest(1), ""), &["absent", "incomplete"]),
        ("an index of itself", but(&digest(3), &own), &["nested", "incomplete"]),
        ("no JSON", but("index.json", "{oops"), &["damaged", "incomplete"]),
        (
            "JSON that is too deep",
            but("index.json", &format!("{{\"a\":{}", "[".repeat(100_000))),
            &["damaged", "incomplete"],
        ),
        (
            "a digest that is a path",
            but("index.json", "{\"manifests\":[{\"digest\":\"sha256:../../x\"}]}"),
            &["damaged", "incomplete"],
        ),
        ("a layer that climbs", evil(&[file("../x", ""), file("a/.wh...", "")]), &["climbs"]),
        (
            "a layer that is cut off",
            tar_of(&layout(&[gzip(&tar(&[unit("a.service")]))[..40].to_vec()])),
            &["truncated"],
        ),
        ("a layer of something else", tar_of(&layout(&[b"hsqs".to_vec()])), &["unknown-format"]),
    ];
    for (what, bytes, ids) in table {
        assert_eq!(told(&bytes, &Limits::default()).0, ids, "{what}");
    }
}

#[test]
fn limits_hold() {
    let limits = Limits::default;
    let zeros = gzip(&vec![0; 1 << 20]);
    let head = gzip(&sized(b"zeros", FILE, 0o644, b"", 10 << 30, b""));
    // ten gibibytes of zeros in ten mebibytes
    let bomb = [head, zeros.repeat(10 << 10)].concat();
    let many = tar(&(0..50).map(|i| unit(&format!("u{i}.service"))).collect::<Vec<_>>());
    let table: Vec<(&str, &[u8], Limits, &[&str])> = vec![
        ("a bomb", &bomb, Limits { ratio: 20, ..limits() }, &["bomb"]),
        ("much", &bomb, Limits { unpacked: 64 << 20, ..limits() }, &["too-large"]),
        ("many", &many, Limits { entries: 20, ..limits() }, &["too-many"]),
        ("more than is kept", &many, Limits { kept: 400, ..limits() }, &["large-file"]),
    ];
    for (what, bytes, limits, ids) in table {
        let started = Instant::now();
        assert_eq!(told(bytes, &limits), (ids.to_vec(), false), "{what}");
        assert!(started.elapsed() < Duration::from_secs(20), "{what} took long");
    }
    let mut window = zstd(&tar(&[]));
    // the frame says how large its window is: this is 2 GiB
    window[4] &= !0x20;
    window[5] = 0xa8;
    assert_eq!(told(&window, &limits()).0, ["window"]);
    let xz = one_gib_of_window();
    assert_eq!(told(&xz, &limits()).0, ["window"]);
}

/// A header of xz's elder brother that asks for a gibibyte.
fn one_gib_of_window() -> Vec<u8> {
    let mut out = lzma(&tar(&[unit("a.service")]));
    out[1..5].copy_from_slice(&(1_u32 << 30).to_le_bytes());
    out
}

#[test]
fn repeats_are_counted() {
    let members: Vec<Vec<u8>> = (0..500).map(|i| file(&format!("../{i}"), "")).collect();
    let package = one(&tar(&members));
    assert!(package.problems.len() <= 20);
    assert_eq!(package.problems.iter().map(|p| p.times).sum::<usize>(), 500);
    assert!(package.problems.last().unwrap().to_string().ends_with("more like it)"));
}

#[test]
fn what_is_no_package_is_told() {
    for (bytes, what) in [
        (&b""[..], "an empty file"),
        (b"\x7fELF", "it is a program, and no package"),
        (b"PK\x03\x04", "it is a zip archive, and no package"),
        (b"[Service]\n", "it is a text, and no package"),
        (b"whatever", "it begins like no package"),
        (&gzip(b"[Service]\n"), "compressed, and inside it it is a text, and no package"),
    ] {
        let e = read(Path::new(NAME), bytes, &Limits::default()).unwrap_err();
        assert_eq!((e.kind, &*e.what), (ProblemKind::UnknownFormat, what));
    }
}

/// What there is to cut and to spoil.
fn samples() -> Vec<(String, Vec<u8>)> {
    let mut out = Vec::new();
    for (suffix, pack) in PACKERS {
        out.push((format!("deb{suffix}"), deb(suffix, *pack, &data())));
        out.push((format!("rpm{suffix}"), rpm_of(&rpm_tags(), &pack(&payload()))));
        out.push((format!("tar{suffix}"), pack(&data())));
    }
    out.push(("stripped".into(), rpm_of(&rpm_tags(), &stripped())));
    out.push(("image".into(), gzip(&tar_of(&layout(&layers())))));
    out.push(("saved".into(), saved(&layers())));
    out
}

#[test]
fn whatever_is_cut_off_is_told() {
    for (what, bytes) in samples() {
        // a second block of zeros ends an archive; more of them are only padding
        let end = if what == "tar" || what == "saved" { bytes.len() } else { bytes.len() - 1 };
        // every byte of what is small, and of what is larger enough to come by all places
        let step = bytes.len() / 4000 + 1;
        for cut in (0..end).step_by(step).chain(end.saturating_sub(40)..end) {
            let (told, complete) = told(&bytes[..cut], &Limits::default());
            assert!(!told.is_empty() && !complete, "{what} cut off at {cut} of {}: {told:?}", bytes.len());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn anything_is_survived(mut bytes in prop::collection::vec(any::<u8>(), 0..4000), magic in 0..8_usize) {
        let magics: [&[u8]; 8] = [b"", b"!<arch>\n", &[0xed, 0xab, 0xee, 0xdb], &[0x1f, 0x8b, 8], b"\xfd7zXZ\0", &[0x28, 0xb5, 0x2f, 0xfd], b"BZh9", &[0x5d, 0, 0, 0x80, 0]];
        bytes.splice(0..0, magics[magic].iter().copied());
        told(&bytes, &Limits::default());
    }

    #[test]
    fn spoilt_bytes_are_survived(sample in 0..21_usize, flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        let samples = samples();
        let (_, mut bytes) = samples[sample % samples.len()].clone();
        for (at, to) in flips {
            let at = at.index(bytes.len());
            bytes[at] = to;
        }
        told(&bytes, &Limits { unpacked: 64 << 20, ..Limits::default() });
    }
}

/// A stream that fails.
struct Broken;

impl io::Read for Broken {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::new(io::ErrorKind::PermissionDenied, "no"))
    }
}

#[test]
fn a_stream_that_fails_is_told() {
    let e = read(Path::new(NAME), Broken, &Limits::default()).unwrap_err();
    assert_eq!((e.kind, &*e.what), (ProblemKind::Unreadable, "no"));
    let files = data();
    let half = io::Read::chain(&files[..1024], Broken);
    let package = read(Path::new(NAME), half, &Limits::default()).unwrap().remove(0);
    assert_eq!(package.problems.iter().map(|p| p.kind).collect::<Vec<_>>(), [ProblemKind::Unreadable]);
}

#[test]
fn an_engine_sees_a_package_as_it_sees_files() {
    use unitlint::engine::{Input, Options, Plan};
    let package = one(&deb(".gz", gzip, &data()));
    let options = Options { root: Some(package.root.clone()), ..Options::default() };
    let plan = Plan::make(package.tree(), &[] as &[Input], &options);
    let root = Path::new(NAME);
    let memory = Memory::new()
        .file(root.join("usr/lib/systemd/system/small.service"), UNIT)
        .link(root.join("usr/lib/systemd/system/other.service"), "small.service")
        .file(root.join("usr/bin/small"), "#!/bin/sh\n");
    let same = Plan::make(&memory, &[] as &[Input], &options);
    assert_eq!((plan.jobs.len(), plan.failures), (1, Vec::<String>::new()));
    assert_eq!(plan.jobs, same.jobs);
}
