//! Packages for tests, honest and hostile, put together byte by byte.

use std::io::Write;

/// The types of members of tar.
pub(crate) const FILE: u8 = b'0';
pub(crate) const HARD: u8 = b'1';
pub(crate) const LINK: u8 = b'2';
pub(crate) const DEVICE: u8 = b'3';
pub(crate) const DIR: u8 = b'5';
pub(crate) const PIPE: u8 = b'6';

/// A member of tar with a header of the GNU kind; `name` and `target` may be anything that fits.
pub(crate) fn member(name: &[u8], kind: u8, mode: u32, target: &[u8], data: &[u8]) -> Vec<u8> {
    sized(name, kind, mode, target, data.len() as u64, data)
}

/// The same with another size than that of its data.
pub(crate) fn sized(name: &[u8], kind: u8, mode: u32, target: &[u8], size: u64, data: &[u8]) -> Vec<u8> {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::new(kind));
    header.set_mode(mode);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header.set_size(size);
    let bytes = header.as_mut_bytes();
    bytes[..name.len()].copy_from_slice(name);
    bytes[157..157 + target.len()].copy_from_slice(target);
    header.set_cksum();
    let mut out = header.as_bytes().to_vec();
    out.extend_from_slice(data);
    pad(&mut out, 512);
    out
}

pub(crate) fn file(name: &str, text: &str) -> Vec<u8> {
    member(name.as_bytes(), FILE, 0o644, b"", text.as_bytes())
}

pub(crate) fn link(name: &str, target: &str) -> Vec<u8> {
    member(name.as_bytes(), LINK, 0o777, target.as_bytes(), b"")
}

/// A pax record for the next member.
pub(crate) fn pax(records: &[(&str, &[u8])]) -> Vec<u8> {
    let mut text = Vec::new();
    for (key, value) in records {
        let rest = key.len() + value.len() + 3;
        let mut length = rest;
        while length != rest + length.to_string().len() {
            length = rest + length.to_string().len();
        }
        text.extend_from_slice(format!("{length} {key}=").as_bytes());
        text.extend_from_slice(value);
        text.push(b'\n');
    }
    member(b"pax", b'x', 0o644, b"", &text)
}

fn pad(bytes: &mut Vec<u8>, to: usize) {
    bytes.resize(bytes.len().next_multiple_of(to), 0);
}

/// Members with the end mark.
pub(crate) fn tar(members: &[Vec<u8>]) -> Vec<u8> {
    let mut out = members.concat();
    out.resize(out.len() + 1024, 0);
    out
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn bzip2(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn xz(bytes: &[u8]) -> Vec<u8> {
    let mut writer = lzma_rust2::XzWriter::new(Vec::new(), lzma_rust2::XzOptions::with_preset(1)).unwrap();
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

pub(crate) fn lzma(bytes: &[u8]) -> Vec<u8> {
    let options = lzma_rust2::LzmaOptions::with_preset(1);
    let mut writer = lzma_rust2::LzmaWriter::new_use_header(Vec::new(), &options, None).unwrap();
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

pub(crate) fn zstd(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
}

/// The suffix of each compression, and what does it.
pub(crate) type Packer = fn(&[u8]) -> Vec<u8>;
pub(crate) const PACKERS: &[(&str, Packer)] =
    &[("", <[u8]>::to_vec), (".gz", gzip), (".xz", xz), (".zst", zstd), (".bz2", bzip2), (".lzma", lzma)];

/// An archive of ar.
pub(crate) fn ar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = b"!<arch>\n".to_vec();
    for (name, data) in members {
        out.extend_from_slice(
            format!("{name:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`\n", 0, 0, 0, 100_644, data.len()).as_bytes(),
        );
        out.extend_from_slice(data);
        pad(&mut out, 2);
    }
    out
}

pub(crate) const CONTROL: &str =
    "Package: small\nVersion: 1:2.0-3\nArchitecture: amd64\nSource: smalls (2.0)\nDescription: a\n b\n";

/// What dpkg is told of `small`.
pub(crate) fn control() -> Vec<u8> {
    tar(&[
        member(b"./", DIR, 0o755, b"", b""),
        file("./control", CONTROL),
        file("./conffiles", "/etc/small.conf\nremove-on-upgrade /etc/gone\n"),
        member(b"./postinst", FILE, 0o755, b"", b"#!/bin/sh -e\nsystemctl daemon-reload\n"),
        file("./triggers", "interest-noawait /usr/lib/small\n"),
        file("./md5sums", ""),
    ])
}

/// A .deb of these files, its archives packed in one way.
pub(crate) fn deb(suffix: &str, pack: Packer, data: &[u8]) -> Vec<u8> {
    let (control, data) = (pack(&control()), pack(data));
    ar(&[
        ("debian-binary", b"2.0\n"),
        (&format!("control.tar{suffix}"), &control),
        (&format!("data.tar{suffix}"), &data),
    ])
}

pub(crate) const UNIT: &str = "[Service]\nExecStart=/usr/bin/small\n";

/// The files of `small`.
pub(crate) fn data() -> Vec<u8> {
    let long = format!("usr/share/{}/file", "d".repeat(150));
    tar(&[
        member(b"./", DIR, 0o755, b"", b""),
        member(b"./usr/lib/systemd/system/", DIR, 0o755, b"", b""),
        file("./usr/lib/systemd/system/small.service", UNIT),
        link("./usr/lib/systemd/system/other.service", "small.service"),
        member(b"./usr/bin/small", FILE, 0o4755, b"", b"#!/bin/sh\nexec true\n"),
        member(b"./usr/bin/program", FILE, 0o755, b"", b"\x7fELF and so on"),
        member(b"./usr/bin/again", HARD, 0o755, b"./usr/bin/small", b""),
        member(b"./etc/small.conf", FILE, 0o640, b"", b"a=b\n"),
        member(b"././@LongLink", b'L', 0o644, b"", format!("./{long}\0").as_bytes()),
        file("./short", "long"),
        pax(&[("path", format!("./{long}2").as_bytes()), ("uid", b"7")]),
        // a name that was cut off where a directory ends is no directory
        file("./short/", "longer"),
    ])
}

/// A value of a header of rpm.
pub(crate) enum Value {
    Text(&'static str),
    Texts(Vec<&'static str>),
    Shorts(Vec<u16>),
    Words(Vec<u32>),
}

/// A header of rpm.
pub(crate) fn rpm_header(tags: &[(u32, Value)]) -> Vec<u8> {
    let (mut index, mut store) = (Vec::new(), Vec::new());
    for (tag, value) in tags {
        let (kind, count) = match value {
            Value::Text(_) => (6, 1),
            Value::Texts(all) => (8, all.len()),
            Value::Shorts(all) => (3, all.len()),
            Value::Words(all) => (4, all.len()),
        };
        pad(&mut store, 4);
        for n in [*tag, kind, store.len() as u32, count as u32] {
            index.extend_from_slice(&n.to_be_bytes());
        }
        let mut text = |t: &str| {
            store.extend_from_slice(t.as_bytes());
            store.push(0);
        };
        match value {
            Value::Text(t) => text(t),
            Value::Texts(all) => all.iter().for_each(|t| text(t)),
            Value::Shorts(all) => all.iter().for_each(|n| store.extend_from_slice(&n.to_be_bytes())),
            Value::Words(all) => all.iter().for_each(|n| store.extend_from_slice(&n.to_be_bytes())),
        }
    }
    let mut out = vec![0x8e, 0xad, 0xe8, 1, 0, 0, 0, 0];
    out.extend_from_slice(&(tags.len() as u32).to_be_bytes());
    out.extend_from_slice(&(store.len() as u32).to_be_bytes());
    [out, index, store].concat()
}

/// A member of cpio.
pub(crate) fn cpio(name: &str, mode: u32, links: u32, data: &[u8]) -> Vec<u8> {
    let mut out = b"070701".to_vec();
    let size = data.len() as u32;
    for n in [1, mode, 0, 0, links, 0, size, 0, 0, 0, 0, name.len() as u32 + 1, 0] {
        out.extend_from_slice(format!("{n:08x}").as_bytes());
    }
    out.extend_from_slice(name.as_bytes());
    out.push(0);
    pad(&mut out, 4);
    out.extend_from_slice(data);
    pad(&mut out, 4);
    out
}

pub(crate) fn trailer() -> Vec<u8> {
    cpio("TRAILER!!!", 0, 1, b"")
}

/// A package of rpm with a header and a payload.
pub(crate) fn rpm_of(tags: &[(u32, Value)], payload: &[u8]) -> Vec<u8> {
    let mut out = vec![0xed, 0xab, 0xee, 0xdb, 3, 0];
    out.resize(96, 0);
    out.extend(rpm_header(&[(1000, Value::Text("odd size"))]));
    pad(&mut out, 8);
    out.extend(rpm_header(tags));
    out.extend_from_slice(payload);
    out
}

/// What the header of `small` says.
pub(crate) fn rpm_tags() -> Vec<(u32, Value)> {
    use Value::{Shorts, Text, Texts, Words};
    vec![
        (1000, Text("small")),
        (1001, Text("2.0")),
        (1002, Text("3.fc99")),
        (1003, Words(vec![1])),
        (1011, Text("nobody")),
        (1022, Text("x86_64")),
        (1024, Text("systemctl preset small.service")),
        (1044, Text("small-parts-2.0-3.src.rpm")),
        (1086, Texts(vec!["/bin/bash", "-e"])),
        // sizes, modes, targets, flags, owners, inodes
        (1028, Words(vec![UNIT.len() as u32, 13, 4, 4, 0, 3])),
        (1030, Shorts(vec![0o100_644, 0o120_777, 0o100_755, 0o100_755, 0o100_600, 0o100_644])),
        (1036, Texts(vec!["", "small.service", "", "", "", ""])),
        (1037, Words(vec![0, 0, 0, 0, 64, 1])),
        (1039, Texts(vec!["root", "root", "root", "root", "root", "daemon"])),
        (1040, Texts(vec!["root", "root", "root", "root", "root", "root"])),
        (1096, Words(vec![1, 2, 3, 3, 5, 6])),
        (1116, Words(vec![0, 0, 1, 1, 2, 3])),
        (1117, Texts(vec!["small.service", "other.service", "one", "two", "small.log", "small.conf"])),
        (1118, Texts(vec!["/usr/lib/systemd/system/", "/usr/bin/", "/var/log/", "/etc/"])),
        (5066, Texts(vec!["systemctl daemon-reload", "echo"])),
        (5067, Texts(vec!["/bin/sh", "<lua>"])),
        (5069, Texts(vec!["/usr/lib/systemd/system", "/etc/systemd/system", "/opt"])),
        (5070, Words(vec![0, 0, 1])),
        (5072, Words(vec![1 << 16, 1 << 16, 1 << 18])),
    ]
}

/// The files of `small` as cpio has them.
pub(crate) fn payload() -> Vec<u8> {
    [
        cpio("./usr/lib/systemd/system/small.service", 0o100_644, 1, UNIT.as_bytes()),
        cpio("./usr/lib/systemd/system/other.service", 0o120_777, 1, b"small.service"),
        cpio("./usr/bin/one", 0o100_755, 2, b""),
        cpio("./usr/bin/two", 0o100_755, 2, b"#!/x"),
        cpio("./etc/small.conf", 0o100_644, 1, b"a=b"),
        trailer(),
    ]
    .concat()
}

/// The same as rpm writes it for large packages: numbers of files instead of descriptions.
pub(crate) fn stripped() -> Vec<u8> {
    let mut out = Vec::new();
    for (i, data) in [(0, UNIT), (1, "small.service"), (2, ""), (3, "#!/x"), (5, "a=b")] {
        pad(&mut out, 4);
        out.extend_from_slice(format!("07070X{i:08x}").as_bytes());
        pad(&mut out, 4);
        out.extend_from_slice(data.as_bytes());
    }
    pad(&mut out, 4);
    [out, trailer()].concat()
}

/// The layers of an image, and its documents for both kinds of archives.
pub(crate) fn layers() -> Vec<Vec<u8>> {
    vec![
        tar(&[
            file("usr/lib/os-release", "ID=small\nVERSION_ID=\"1.2\"\n"),
            link("etc/os-release", "../usr/lib/os-release"),
            file("usr/lib/systemd/system/a.service", UNIT),
            file("usr/lib/systemd/system/b.service", UNIT),
            file("etc/systemd/system/c.service", UNIT),
            file("etc/systemd/system/a.service.d/x.conf", ""),
        ]),
        gzip(&tar(&[
            file("usr/lib/systemd/system/.wh.b.service", ""),
            file("etc/systemd/system/d.service", UNIT),
            // what it hides is what lies below, wherever its mark stands
            file("etc/systemd/system/.wh..wh..opq", ""),
        ])),
        zstd(&tar(&[file("usr/lib/systemd/system/a.service", "[Unit]\nDescription=other\n")])),
    ]
}

/// A name that looks like a digest.
pub(crate) fn digest(n: usize) -> String {
    format!("{n:064x}")
}

/// The members of an OCI layout: the layers come before the index, as archives sort them.
pub(crate) fn layout(layers: &[Vec<u8>]) -> Vec<(String, Vec<u8>)> {
    let blob = |n: usize| format!("blobs/sha256/{}", digest(n));
    let descriptor = |n: usize| format!("{{\"digest\":\"sha256:{}\",\"size\":1}}", digest(n));
    let list: Vec<String> = (0..layers.len()).map(|i| descriptor(10 + i)).collect();
    let mut out: Vec<(String, Vec<u8>)> =
        layers.iter().enumerate().map(|(i, layer)| (blob(10 + i), layer.clone())).collect();
    out.push((blob(1), format!("{{\"config\":{},\"layers\":[{}]}}", descriptor(2), list.join(",")).into()));
    out.push((blob(2), b"{\"architecture\":\"arm64\",\"os\":\"linux\"}".into()));
    out.push((blob(3), format!("{{\"manifests\":[{}]}}", descriptor(1)).into()));
    let index = descriptor(3).replace('}', ",\"annotations\":{\"org.opencontainers.image.ref.name\":\"small:1\"}}");
    out.push(("index.json".into(), format!("{{\"manifests\":[{index}]}}").into()));
    out.push(("oci-layout".into(), b"{\"imageLayoutVersion\":\"1.0.0\"}".into()));
    out
}

/// The same as `docker save` wrote it for years: one layer is there twice, the second time as a link.
pub(crate) fn saved(layers: &[Vec<u8>]) -> Vec<u8> {
    let mut members: Vec<Vec<u8>> = Vec::new();
    let mut names = Vec::new();
    for (i, layer) in layers.iter().enumerate() {
        let name = format!("{}/layer.tar", digest(10 + i));
        names.push(format!("\"{name}\""));
        members.push(member(name.as_bytes(), FILE, 0o644, b"", layer));
    }
    let again = format!("{}/layer.tar", digest(99));
    members.push(link(&again, &format!("../{}/layer.tar", digest(12))));
    names.push(format!("\"{again}\""));
    members.push(file(&format!("{}.json", digest(2)), "{\"architecture\":\"arm64\",\"os\":\"linux\"}"));
    let manifest =
        format!("[{{\"Config\":\"{}.json\",\"RepoTags\":[\"small:1\"],\"Layers\":[{}]}}]", digest(2), names.join(","));
    members.push(file("manifest.json", &manifest));
    tar(&members)
}

/// Files as an archive.
pub(crate) fn tar_of(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let members: Vec<Vec<u8>> =
        files.iter().map(|(name, bytes)| member(name.as_bytes(), FILE, 0o644, b"", bytes)).collect();
    tar(&members)
}
