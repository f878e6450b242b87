#!/usr/bin/env python3
"""Fetches and builds real packages with units, and holds what unitlint reads of them against other programs.

    tests/live/packages.py DIR --corpus CORPUS [--suite trixie] [--debs 210] [--rpms 36] [--check READER]

Not part of the test suite: it needs apt, dpkg-deb, rpmbuild, rpm, Python 3.11+ and a mirror that this machine's apt knows.
CORPUS has a directory for each package (SUITE/NAME/usr/lib/systemd/...); its names are those that are fetched, the smallest first.

    DIR/deb     packages of the suite, as the mirror has them
    DIR/rpm     packages that rpmbuild makes of the trees of the corpus: with gzip, xz, zstd, bzip2, lzma and no compression in turn,
                scriptlets, triggers, configuration, ghosts, hard links, owners and setuid bits
    DIR/image   an OCI layout of three layers with whiteouts, as a directory and as an archive; the same as `docker save` writes it

With --check every one of them is read by READER (`cargo build --release --example packages`) and each path, kind, mode, size, owner
and target compared with what dpkg-deb and rpm say; the exit status is 1 where something differs or a problem is told.
"""
import argparse, gzip, hashlib, io, json, os, re, shutil, subprocess, sys, tarfile, tempfile
from pathlib import Path

KINDS = {tarfile.DIRTYPE: "d", tarfile.SYMTYPE: "l", tarfile.CHRTYPE: "c", tarfile.BLKTYPE: "c", tarfile.FIFOTYPE: "o"}
PAYLOADS = ["w9.gzdio", "w6.xzdio", "w19.zstdio", "w9.bzdio", "w7.lzdio", "w.ufdio", "w9.xzdio", "w3.zstdio"]


def run(*command, **more):
    done = subprocess.run([str(c) for c in command], stdin=subprocess.DEVNULL, capture_output=True, **more)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}: {done.returncode}\n{done.stdout[-1000:]}\n{done.stderr[-2000:]}")
    return done.stdout.decode(errors="surrogateescape")


def fetch(into, names, suite, most):
    """Downloads packages with an apt of its own, so that this machine's lists stay as they are."""
    into.mkdir(parents=True, exist_ok=True)
    mirror = run("apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages").split()[0]
    with tempfile.TemporaryDirectory() as work:
        work = Path(work)
        for sub in ("lists/partial", "cache/archives/partial"):
            (work / sub).mkdir(parents=True)
        (work / "sources.list").write_text(
            f"deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] {mirror} {suite} main\n")
        (work / "apt.conf").write_text(
            f'Dir::Etc::sourcelist "{work}/sources.list"; Dir::Etc::sourceparts "-"; Dir::State::lists "{work}/lists";\n'
            f'Dir::Cache "{work}/cache"; Dir::State::status "/dev/null"; APT::Sandbox::User "root";\n')
        apt = {**os.environ, "APT_CONFIG": str(work / "apt.conf")}
        run("apt-get", "update", env=apt)
        shown = run("apt-cache", "show", "--no-all-versions", *names, env=apt)
        sizes = dict(re.findall(r"^Package: (\S+)$.*?^Size: (\d+)$", shown, re.M | re.S))
        wanted = sorted(sizes, key=lambda name: int(sizes[name]))[:most]
        run("apt-get", "download", *wanted, env=apt, cwd=into)
    print(f"{len(list(into.glob('*.deb')))} packages in {into}")


SPEC = """
Name: {name}
Version: 1.{number}
Release: 2
Epoch: {number}
Summary: units of {name}
License: as the package
BuildArch: noarch
Source0: none
%define _binary_payload {payload}
%define __os_install_post %{{nil}}
%define _build_id_links none
AutoReqProv: no
%description
Units of {name}
%prep
%install
cp -a {tree}/. %{{buildroot}}/
mkdir -p %{{buildroot}}/etc/{name} %{{buildroot}}/usr/share/{name} %{{buildroot}}/usr/bin %{{buildroot}}/var/log
echo a=b > %{{buildroot}}/etc/{name}/config
echo '#!/bin/sh' > %{{buildroot}}/usr/bin/{name}-tool
echo same > %{{buildroot}}/usr/share/{name}/one
ln %{{buildroot}}/usr/share/{name}/one %{{buildroot}}/usr/share/{name}/two
ln %{{buildroot}}/usr/share/{name}/one %{{buildroot}}/usr/share/{name}/three
ln -s ../share/{name}/one %{{buildroot}}/usr/bin/{name}-link
touch %{{buildroot}}/var/log/{name}.log %{{buildroot}}/usr/share/{name}/{long}
%pre
getent group {name} >/dev/null || groupadd -r {name}
%post
systemctl --no-reload preset {name}.service || :
%preun -p /bin/bash
systemctl disable --now {name}.service
%postun -p /sbin/ldconfig
%posttrans -p <lua>
print("done")
%triggerin -- cron > 1, at
echo cron came
%filetriggerin -- /usr/lib/systemd/system /etc/systemd/system
systemctl daemon-reload
%transfiletriggerun -- /usr/lib/sysusers.d
systemd-sysusers
%files
{files}
%config(noreplace) /etc/{name}/config
%attr(4755, root, daemon) /usr/bin/{name}-tool
/usr/bin/{name}-link
%attr(0750, daemon, root) /usr/share/{name}
%ghost /var/log/{name}.log
"""


def build(into, trees, most):
    into.mkdir(parents=True, exist_ok=True)
    trees = [t for t in trees if re.fullmatch(r"[a-z0-9.+-]+", t.name)][:most]
    with tempfile.TemporaryDirectory() as work:
        for number, tree in enumerate(trees):
            files = ["/" + str(p.relative_to(tree)) for p in sorted(tree.rglob("*")) if p.is_symlink() or not p.is_dir()]
            spec = Path(work) / f"{tree.name}.spec"
            text = SPEC.format(name=tree.name, number=number, payload=PAYLOADS[number % len(PAYLOADS)], tree=tree.resolve(),
                               files="\n".join(f'"{f}"' for f in files), long="n" * 200)
            spec.write_text(text.replace("Source0: none\n", ""))
            run("rpmbuild", "-bb", "--define", f"_topdir {work}/top", "--define", f"_rpmdir {into.resolve()}",
                "--define", "_rpmfilename %{NAME}.rpm", spec)
    print(f"{len(list(into.glob('*.rpm')))} packages in {into}")


def layer(members):
    """A tar archive of (name, content, mode); a content of None is a directory, a target begins with ->."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, content, mode in members:
            info = tarfile.TarInfo(name)
            info.mode = mode
            data = (content or "").encode()
            if content is None:
                info.type = tarfile.DIRTYPE
            elif content.startswith("->"):
                info.type, info.linkname, data = tarfile.SYMTYPE, content[2:], b""
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


UNIT = "[Service]\nExecStart=/usr/bin/{}\n[Install]\nWantedBy=multi-user.target\n"
LAYERS = [
    [("usr/lib/os-release", "ID=small\nVERSION_ID=\"1.2\"\n", 0o644), ("etc", None, 0o755), ("etc/os-release", "->../usr/lib/os-release", 0o777),
     ("usr/lib/systemd/system/a.service", UNIT.format("a"), 0o644), ("usr/lib/systemd/system/b.service", UNIT.format("b"), 0o644),
     ("etc/systemd/system/old/one", "x", 0o644), ("usr/bin/a", "#!/bin/sh\n", 0o755)],
    [("usr/lib/systemd/system/.wh.b.service", "", 0), ("etc/systemd/system/old/.wh..wh..opq", "", 0), ("etc/systemd/system/old/two", "y", 0o644)],
    [("usr/lib/systemd/system/a.service", UNIT.format("other"), 0o644), ("usr/bin/other", "#!/bin/sh\n", 0o4755)],
]


def images(into):
    shutil.rmtree(into, ignore_errors=True)
    blobs = into / "layout" / "blobs" / "sha256"
    blobs.mkdir(parents=True)

    def blob(data, kind):
        digest = hashlib.sha256(data).hexdigest()
        (blobs / digest).write_bytes(data)
        return {"mediaType": kind, "digest": f"sha256:{digest}", "size": len(data)}

    layers = [blob(gzip.compress(layer(l)), "application/vnd.oci.image.layer.v1.tar+gzip") for l in LAYERS]
    config = blob(json.dumps({"architecture": "amd64", "os": "linux"}).encode(), "application/vnd.oci.image.config.v1+json")
    manifest = blob(json.dumps({"schemaVersion": 2, "config": config, "layers": layers}).encode(), "application/vnd.oci.image.manifest.v1+json")
    manifest["annotations"] = {"org.opencontainers.image.ref.name": "small:1.2"}
    (into / "layout/oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    (into / "layout/index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [manifest]}))
    with tarfile.open(into / "layout.tar", "w") as tar:
        for part in sorted((into / "layout").rglob("*")):
            tar.add(part, part.relative_to(into / "layout"), recursive=False)
    saved = into / "saved"
    names = []
    for members in LAYERS:
        data = layer(members)
        name = hashlib.sha256(data).hexdigest() + "/layer.tar"
        (saved / name).parent.mkdir(parents=True)
        (saved / name).write_bytes(data)
        names.append(name)
    own = hashlib.sha256(b"config").hexdigest() + ".json"
    (saved / own).write_text(json.dumps({"architecture": "amd64", "os": "linux"}))
    (saved / "manifest.json").write_text(json.dumps([{"Config": own, "RepoTags": ["small:1.2"], "Layers": names}]))
    with tarfile.open(into / "saved.tar", "w") as tar:
        for part in sorted(saved.rglob("*")):
            tar.add(part, part.relative_to(saved), recursive=False)
    shutil.rmtree(saved)
    print(f"three images in {into}")


def seen(reader, path):
    """What the reader says is in a package: path -> (kind, mode, size, uid, gid, target); and what it complains of."""
    text = run(reader, "--list", path)
    lines = [line.split("\t") for line in text.splitlines() if "\t" in line]
    paths = {l[5].removeprefix(str(path)): (l[0], l[1], int(l[2]), int(l[3]), int(l[4]), l[6]) for l in lines}
    return paths, [line for line in text.splitlines() if line.startswith("  ")]


def of_deb(path):
    tar = subprocess.run(["dpkg-deb", "--fsys-tarfile", path], capture_output=True, check=True).stdout
    out, sizes = {}, {}
    for m in tarfile.open(fileobj=io.BytesIO(tar)):
        name = "/" + m.name.removeprefix(".").strip("/")
        kind = KINDS.get(m.type, "f")
        sizes[name] = sizes["/" + m.linkname.removeprefix("./")] if m.islnk() else m.size
        out[name] = (kind, oct(m.mode)[2:], sizes[name] if kind == "f" else len(m.linkname) * (kind == "l"), m.uid, m.gid, m.linkname if kind == "l" else "")
    out.pop("/", None)
    return out


def of_rpm(path):
    text = run("rpm", "-qp", "--nosignature", "--qf", "[%{FILENAMES}\t%{FILEMODES}\t%{FILESIZES}\t%{FILEUSERNAME}\t%{FILEGROUPNAME}\t%{FILELINKTOS}\t%{FILEFLAGS}\n]", path)
    out = {}
    for line in text.splitlines():
        name, mode, size, user, group, target, flags = line.split("\t")
        mode = int(mode) & 0xFFFF
        kind = {0o040000: "d", 0o120000: "l", 0o100000: "f"}[mode & 0o170000]
        number = lambda owner: 0 if owner == "root" else 65534
        if not int(flags) & 64:
            out[name] = (kind, oct(mode & 0o7777)[2:], int(size) if kind == "f" else len(target), number(user), number(group), target)
    return out


def check(directory, reader):
    wrong = 0
    for path in sorted([*directory.glob("deb/*.deb"), *directory.glob("rpm/*.rpm")]):
        want = of_deb(path) if path.suffix == ".deb" else of_rpm(path)
        got, problems = seen(reader, path)
        # directories of the system that the package does not own
        got = {p: v for p, v in got.items() if p in want or v[0] != "d"}
        differ = [f"{p}: {want.get(p)} {got.get(p)}" for p in sorted(want.keys() | got.keys()) if want.get(p) != got.get(p)]
        if differ or problems:
            wrong += 1
            print(path, *differ[:5], *problems[:5], sep="\n  ")
    contents = [seen(reader, directory / "image" / name) for name in ("layout", "layout.tar", "saved.tar")]
    if any(c != contents[0] for c in contents) or contents[0][1] or "/usr/lib/systemd/system/b.service" in contents[0][0]:
        wrong += 1
        print("the images differ", *contents, sep="\n  ")
    print("all is as other programs say" if not wrong else f"{wrong} differ")
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("directory", type=Path)
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--suite", default="trixie")
    parser.add_argument("--debs", type=int, default=210)
    parser.add_argument("--rpms", type=int, default=36)
    parser.add_argument("--check", metavar="READER")
    args = parser.parse_args()
    if args.corpus:
        trees = sorted(p for p in (args.corpus / args.suite).iterdir() if p.is_dir())
        if args.debs:
            fetch(args.directory / "deb", [t.name for t in trees], args.suite, args.debs)
        if args.rpms:
            build(args.directory / "rpm", trees, args.rpms)
        images(args.directory / "image")
    sys.exit(bool(args.check and check(args.directory, args.check)))


if __name__ == "__main__":
    main()
