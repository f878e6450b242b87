#!/usr/bin/env python3
"""Makes what fuzzing begins with: corpus/TARGET/ from the fixtures, the examples of the rules and, where they are given,
directories of units, packages and programs; and dictionaries/TARGET.dict from the vocabulary.

    fuzz/seeds.py [--units DIR] [--packages DIR] [--programs DIR]

Needs nothing but Python. A file is named by its content, so that running it again adds only what is new."""

import argparse
import hashlib
import io
import json
import os
import re
import struct
import tarfile
import tomllib
from pathlib import Path

HERE = Path(__file__).resolve().parent
TOP = HERE.parent
DATA = TOP / "src/vocab/data"
# larger seeds find nothing that these do not, and each run takes longer
LARGE = 16 << 10
LARGE_PACKAGE = 48 << 10
UNIT_DIR = "/etc/systemd/system/"
UNIT = re.compile(r"\.(service|socket|target|device|mount|automount|swap|timer|path|slice|scope)$")


def seed(target, data):
    """Keeps an input of a target."""
    if isinstance(data, str):
        data = data.encode()
    if not data or len(data) > (LARGE_PACKAGE if target in ("archive", "evidence") else LARGE):
        return
    directory = HERE / "corpus" / target
    directory.mkdir(parents=True, exist_ok=True)
    (directory / hashlib.sha256(data).hexdigest()[:40]).write_bytes(data)


def written(parts, words=""):
    """Files as the targets read them: (name, content or link, mode)."""
    out = [words.encode() + b"\n" if words else b""]
    for name, content, mode in parts:
        head = b"==> " + (b"%o " % mode if mode is not None else b"") + os.fsencode(name)
        if isinstance(content, Path):
            out.append(head + b" -> " + os.fsencode(content) + b"\n")
        else:
            data = content.encode() if isinstance(content, str) else content
            out.append(head + b"\n" + data + (b"" if data.endswith(b"\n") or not data else b"\n"))
    return b"".join(out)


def files_of(root, at="/"):
    """The files of a directory that plays a root."""
    parts = []
    for directory, _, names in sorted(os.walk(root)):
        links = [n for n in os.listdir(directory) if os.path.islink(os.path.join(directory, n))]
        for name in sorted(set(names) | set(links)):
            path = Path(directory) / name
            inside = at + os.path.relpath(path, root)
            if path.is_symlink():
                parts.append((inside, Path(os.readlink(path)), None))
            elif path.is_file() and path.stat().st_size <= LARGE:
                parts.append((inside, path.read_bytes(), 0o755 if os.access(path, os.X_OK) else None))
    return parts


def tree(parts, words=""):
    """Files for whoever looks at trees; as packages as well."""
    if not parts:
        return
    forms = ["human", "sarif", "gitlab", "gitlab-sast", "checkstyle", "github", "junit", "lines", "markdown", "none"]
    number = sum(len(name) for name, _, _ in parts)
    seed("tree", written(parts, f"{words} form={forms[number % len(forms)]}"))
    seed("fixes", written(parts, words))
    inside = [(name.lstrip("/"), content, mode) for name, content, mode in parts]
    kinds = ["wrap=tar", "wrap=rpm pack=zst", "wrap=tar pack=bz2", "wrap=oci pack=gz", "wrap=saved", "wrap=tar pack=lzma"]
    seed("archive", written(inside, kinds[number % len(kinds)]))
    control = [
        ("DEBIAN/control", "Package: a\nVersion: 1\nArchitecture: all\n", None),
        ("DEBIAN/postinst", "#!/bin/sh\nset -e\nadduser --system a\nsystemctl enable a.service\n", 0o755),
        ("DEBIAN/conffiles", "/etc/a.conf\n", None),
    ]
    seed("archive", written(control + inside, "wrap=deb pack=xz cut=900"))


def unit(name, text):
    """A unit file of its own."""
    seed("syntax", text)
    seed("values", b"unit=" + os.fsencode(name) + b"\n" + text)
    tree([(UNIT_DIR + name, text, None)], "systemd=257")


def rules():
    """The examples of the rules, and the rule files themselves."""
    for path in sorted(TOP.glob("rules/*/*.toml")):
        text = path.read_text()
        rule = tomllib.loads(text)
        seed("configuration", "r" + text)
        for example in rule.get("example", []):
            body = "\n".join(l for l in example["text"].lstrip("\n").split("\n") if not l.startswith("#~")).encode()
            name = example.get("name") or "foo.service"
            user = example.get("scope") == "user"
            home = "/etc/systemd/user/" if user else UNIT_DIR
            parts = [(home + name, body, None)]
            parts += [(f"{home}{name}.d/{n}", t, None) for n, t in example.get("files", {}).items()]
            parts += [(home + n, t, None) for n, t in example.get("units", {}).items()]
            for at, node in example.get("root", {}).items():
                mode = int(str(node["mode"]).split()[0], 8) if "mode" in node else None
                parts.append((at, Path(node["link"]) if "link" in node else node.get("text", ""), mode))
            words = [f"systemd={example['systemd']}"] if example.get("systemd") else []
            words += ["user"] * user + ([f"host={example['host']}"] if example.get("host") else [])
            seed("syntax", body)
            seed("values", f"unit={name}\n".encode() + body)
            tree(parts, " ".join(words))


def fixtures():
    fixtures = TOP / "fixtures"
    roots = [fixtures / "webshop", fixtures / "cgroups/town", fixtures / "hardening", fixtures / "diff/old", fixtures / "diff/new"]
    roots += [p for p in sorted((fixtures / "portable").iterdir()) if p.is_dir()]
    for root in roots:
        tree(files_of(root), "systemd=262 host=docker")
    for path in sorted(fixtures.rglob("*")):
        if path.is_file() and not path.is_symlink() and path.stat().st_size <= LARGE:
            if UNIT.search(path.name) or path.suffix == ".conf":
                unit(path.name, path.read_bytes())
    for policy in sorted((fixtures / "policies").iterdir()):
        shared = [(f"/{p.relative_to(policy)}", p.read_bytes(), None) for p in [policy / "unitlint.toml", *policy.glob("policy/*")] if p.is_file()]
        for case in sorted(p for p in policy.iterdir() if p.is_dir() and p.name != "policy"):
            parts = shared + files_of(case, "/" if (case / "etc").is_dir() else UNIT_DIR)
            seed("configuration", written(parts))
    seed("configuration", b"b" + (fixtures / "diff/baseline.json").read_bytes())
    for facts in sorted((TOP / "src/host/data").glob("*.json")):
        seed("configuration", b"h" + facts.read_bytes())
        short = dict(list(json.loads(facts.read_text()).get("system", {}).items())[:12])
        seed("configuration", "h" + json.dumps({"system": short, "user": {"manager": {"uid": 1000}}}))
    seed("configuration", 'p{"PrivateNetwork": {"weight": 0, "range": 7}, "UserOrDynamicUser": {"weight": 99999999999}}')
    settings = re.findall(r'setting\(\s*"([a-z-]+)",\s*[\w:]+,\s*"((?:[^"\\]|\\.)*)"', (TOP / "src/engine/config/mod.rs").read_text())
    every = "".join(f"{name} = {json.loads(chr(34) + example + chr(34))}\n" for name, example in settings)
    assert len(settings) > 12, settings
    for text in [every, *every.splitlines()]:
        seed("configuration", written([("/unitlint.toml", text, None), (UNIT_DIR + "a.service", "[Service]\nExecStart=/a\n", None)]))


def units(directory):
    """Units of other people: each file, and each directory that looks like a root."""
    for path in sorted(directory.rglob("*")):
        if path.is_file() and not path.is_symlink() and path.stat().st_size <= LARGE:
            if UNIT.search(path.name) or path.suffix == ".conf":
                unit(path.name, path.read_bytes())
        elif path.is_dir() and ((path / "usr/lib/systemd").is_dir() or (path / "lib/systemd").is_dir()):
            tree(files_of(path))


def packages(directory):
    for path in sorted(directory.rglob("*")):
        if path.is_file() and path.stat().st_size <= LARGE_PACKAGE:
            data = path.read_bytes()
            seed("archive", data)
            if path.suffix == ".tar":
                seed("archive", b"sums\n" + data)


def archives():
    """Archives with members that seldom occur."""
    for form in (tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT):
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w", format=form) as tar:
            members = [("usr/lib/systemd/system/a.service", tarfile.REGTYPE, ""), ("usr/bin/a", tarfile.LNKTYPE, "usr/bin/b")]
            members += [("etc/systemd/system/b.service", tarfile.SYMTYPE, "../a"), ("dev/null", tarfile.CHRTYPE, ""), ("run/p", tarfile.FIFOTYPE, "")]
            members += [("usr/" + "d" * 90 + "/x", tarfile.REGTYPE, ""), ("../up", tarfile.REGTYPE, ""), ("/absolute", tarfile.DIRTYPE, "")]
            if form != tarfile.USTAR_FORMAT:
                members += [("usr/" + "é" * 80 + "/" + "l" * 90, tarfile.REGTYPE, ""), ("usr/s", tarfile.SYMTYPE, "t" * 150)]
            for name, kind, link in members:
                info = tarfile.TarInfo(name)
                info.type, info.linkname = kind, link
                text = b"[Service]\nExecStart=/usr/bin/a\n" if kind == tarfile.REGTYPE else b""
                info.size = len(text)
                if form == tarfile.PAX_FORMAT:
                    info.pax_headers = {"uid": "7", "SCHILY.xattr.user.a": "b"}
                tar.addfile(info, io.BytesIO(text))
        seed("archive", out.getvalue()[: LARGE_PACKAGE - 5])
        seed("archive", b"sums\n" + out.getvalue())


def elf(functions, libraries, texts, code, machine=62):
    """A small program that asks for these functions and libraries and has these texts and instructions."""
    names = b"\0" + b"".join(n.encode() + b"\0" for n in functions + libraries)
    at = lambda name: names.index(b"\0" + name.encode() + b"\0") + 1
    symbols = bytes(24) + b"".join(struct.pack("<IBBHQQ", at(f), 0x12, 0, 0, 0, 0) for f in functions)
    slots = b"".join(struct.pack("<QQq", 0x5000 + 8 * i, (i + 1) << 32 | 7, 0) for i in range(len(functions)))
    rodata = b"\0".join(t.encode() for t in texts) + b"\0"
    dynamic = b"".join(struct.pack("<QQ", 1, at(l)) for l in libraries)
    # what the sections are: name, kind, flags, content, link, size of an entry
    sections = [(".text", 1, 6, code, 0, 0), (".rodata", 1, 2, rodata, 0, 0), (".dynstr", 3, 2, names, 0, 0)]
    sections += [(".dynsym", 11, 2, symbols, 3, 24), (".rela.plt", 4, 2, slots, 4, 24)]
    sections += [(".gopclntab", 1, 2, b"\0syscall.Mount\0unix.Setns\0net.Listen\0", 0, 0)] if "go" in libraries else []
    place, offset, chunks, headers = {}, 64 + 56 * 3, [], []
    for name, *_, content, _, _ in [s for s in sections]:
        place[name] = offset
        chunks.append(content + bytes(-len(content) % 8))
        offset += len(chunks[-1])
    entries = [(5, 0x1000 + place[".dynstr"]), (10, len(names)), (6, 0x1000 + place[".dynsym"]), (11, 24), (0, 0)]
    dynamic += b"".join(struct.pack("<QQ", *e) for e in entries)
    sections.append((".dynamic", 6, 3, dynamic, 3, 16))
    place[".dynamic"] = offset
    chunks.append(dynamic)
    offset += len(dynamic)
    labels = b"\0" + b"".join(s[0].encode() + b"\0" for s in sections) + b".shstrtab\0"
    sections.append((".shstrtab", 3, 0, labels, 0, 0))
    place[".shstrtab"] = offset
    chunks.append(labels + bytes(-len(labels) % 8))
    offset += len(chunks[-1])
    for name, kind, flags, content, link, size in sections:
        where = 0x1000 + place[name] if flags else 0
        label = labels.index(b"\0" + name.encode() + b"\0") + 1
        headers.append(struct.pack("<IIQQQQIIQQ", label, kind, flags, where, place[name], len(content), link, 1, 8, size))
    head = struct.pack("<4s5B7xHHIQQQIHHHHHH", b"\x7fELF", 2, 1, 1, 0, 0, 3, machine, 1, 0x1000 + place[".text"], 64, offset, 0, 64, 56, 3, 64, len(sections) + 1, len(sections))
    load = struct.pack("<IIQQQQQQ", 1, 5, 0, 0x1000, 0x1000, offset, offset, 4096)
    pt_dynamic = struct.pack("<IIQQQQQQ", 2, 6, place[".dynamic"], 0x1000 + place[".dynamic"], 0, len(dynamic), len(dynamic), 8)
    stack = struct.pack("<IIQQQQQQ", 0x6474E551, 7, 0, 0, 0, 0, 0, 16)
    return head + load + pt_dynamic + stack + b"".join(chunks) + bytes(64) + b"".join(headers)


def programs(directory):
    # socket(2, 3, 0); unshare(0x40000000); mov eax, 165; syscall; a jump through a slot; a call of one
    code = bytes.fromhex("bf02000000be03000000ba00000000e800000000bf00000040e800000000b8a50000000f05ff2500000000ff1500000000c3")
    functions = ["socket", "unshare", "mount", "execve", "dlopen", "setuid", "ioctl", "prctl", "syscall"]
    texts = ["/proc/sys/net/ipv4/ip_forward", "/home/%s", "/dev/kvm", "sudo", "modprobe", "/etc/a.conf", "/usr/bin/b"]
    for machine in (62, 3, 183):
        for libraries in (["libc.so.6"], ["libseccomp.so.2", "libpam.so.0"], ["go"]):
            for role in (0, 3):
                seed("evidence", bytes([role]) + elf(functions, libraries, texts, code, machine))
    scripts = [p.read_bytes() for p in sorted((TOP / "fixtures/hardening").rglob("*")) if p.is_file()]
    acts = tomllib.loads((TOP / "src/evidence/acts.toml").read_text())
    scripts += [("\n".join(a.get("paths", []) + a.get("functions", []))).encode() for a in acts.values()]
    scripts += [
        b'A=/usr/bin/b\nfor x in "$@"; do $A --user "$x" && sudo -n true || exec su -c "mount /dev/sda"; done\n',
        b"if [ -d /home/a ]; then\n  cat <<EOF | curl -s http://a\n$(sysctl -w a=1) `nsenter -t 1`\nEOF\nfi\ncase $1 in a|b) chroot /x;; esac\nf() { chmod 4755 /x; }\n",
        b"import os, socket, subprocess\nfrom ctypes import CDLL\nsubprocess.run(['sudo', '-n', 'true'])\nos.setuid(0); os.chown('/home/a', 0, 0)\n",
        b"const {exec} = require('child_process'), a = require('a'); // b\nimport x from './index.js';\nexec(`id ${x}`); y = /[/]\\/'/.test(z) ? new Function('return 1') : eval(a / 2);\n",
        b'{"main": "./index.js", "exports": {".": {"import": "./index.js"}, "./b/*": "./*.js"}}',
        b"include /etc/ld.so.conf.d/*.conf\n/usr/lib/a\nroot:x:0:0::/root:/bin/sh\n/usr/libexec/a\n/etc/a.conf\nuser = root\nlisten 0.0.0.0:80\n",
    ]
    for text in scripts:
        for role in (1, 2, 3, 4, 5, 6):
            seed("evidence", bytes([role]) + text)
    if directory:
        files = [p for p in directory.iterdir() if p.is_file() and not p.is_symlink() and p.stat().st_size <= LARGE_PACKAGE]
        for path in sorted(files, key=lambda p: (p.stat().st_size, p.name))[:200]:
            data = path.read_bytes()
            seed("evidence", (b"\0" if data.startswith(b"\x7fELF") else b"\3") + data)


def vocabulary():
    """A seed for each key, and the words of everything."""
    directives = json.loads((DATA / "directives.json").read_text())["directives"]
    groups = json.loads((DATA / "syscall_groups.json").read_text())
    names = set(re.findall(r'"(@[a-z-]+)"', json.dumps(groups)))
    capabilities = json.loads((DATA / "capabilities.json").read_text())
    plain = set(re.findall(r'"(CAP_[A-Z_]+|AF_[A-Z0-9]+|SIG[A-Z0-9]+|E[A-Z0-9]{3,})"', json.dumps(capabilities)))
    sections, keys, values = set(), set(), set()
    for directive in directives:
        words = set(re.findall(r"[A-Za-z0-9@+._-]{2,32}", json.dumps(directive.get("values", ""))))
        words |= set(re.findall(r'"([a-z][a-z0-9+_-]{1,24})"', json.dumps(directive)))
        keys.add(directive["name"])
        values |= words
        for section in directive["sections"]:
            sections.add(section["section"])
        lines = "".join(f"{directive['name']}={word}\n" for word in sorted(words)[:40])
        seed("values", lines or f"{directive['name']}=\n")
    shared = [
        "5min 30s", "1h 2us", "infinity", "50%", "1.5G", "4096", "0777", "Mon..Fri *-*-01..07/2~3 00/2:00:30.5 Europe/Berlin",
        "daily", "-/bin/sh -c 'a \\\"b\\\" $X ${Y:-z}' ; +/bin/true", "[::1]:80", "10.0.0.0/8", "vsock:2:80", "@abstract", "%i%n%%%J",
        "ipv4:tcp:1-65535", "0-3,5 7", "CLD_KILLED", "~@mount clock_settime:EPERM", "/a:/b:norbind", "tmpfs:ro,size=1M", "root=verity+signed:=ignore",
        "\\x2d\\u00e9\\101\\", "host:\xe9", "char-pts rwm", "/dev/sda 10M", "inet:filter:input", "egress:/sys/fs/bpf/a", "1000:2000",
    ]
    for text in shared:
        seed("values", "".join(f"{key}={text}\n" for key in ["ExecStart", "OnCalendar", "ListenStream", "IPAddressDeny", "Environment", "BindPaths", "RootImagePolicy"]))
    units = {f"[{s}]" for s in sections} | {f"{k}=" for k in keys} | plain | names | set(shared)
    units |= {w for w in values if len(w) < 20}
    tails = {"==> ", " -> ", "\\\n", ".service.d/", ".wants/", ".requires/", "@.service", "/dev/null", UNIT_DIR, "/usr/lib/systemd/system/", "systemd=252", "user\n", "host=docker"}
    tails |= {"form=sarif", "form=junit", "form=github", "form=markdown", "/usr/lib/os-release", "/usr/lib/systemd/systemd", "# unitlint: ignore[", "# unitlint: ignore-file[", "/etc/systemd/user/", ".service", ".socket", ".timer", ".slice", ".mount"}
    packages = {"!<arch>\n", "debian-binary", "control.tar.gz", "data.tar.xz", "\x1f\x8b\x08", "BZh9", "07070100", "070701", "TRAILER!!!", "ustar\0", "ustar  \0", "././@LongLink"}
    packages |= {"wrap=deb", "wrap=rpm", "wrap=oci", "wrap=saved", "pack=gz", "pack=zst", "pack=xz", "cut=", "sums\n", "hard:", ".wh.", ".wh..wh..opq", "oci-layout", "index.json", "manifest.json"}
    packages |= {"DEBIAN/preinst", "DEBIAN/postrm", "DEBIAN/triggers", "DEBIAN/templates", "GNU.sparse.major=1", "path=", "linkpath=", "\xed\xab\xee\xdb", "\x8e\xad\xe8\x01", "deb-systemd-helper", "systemctl enable ", "update-rc.d"}
    rule_words = set(re.findall(r"^([a-z-]+) =", "\n".join(p.read_text() for p in TOP.glob("rules/*/*.toml")), re.M))
    configuration = {f"{w} = " for w in rule_words} | {"[[per-file]]\n", "[[example]]\n", 'kind = "relation"', 'kind = "settings"', 'kind = "escape"', '"value": ', '"unknown": ', "unitlint-baseline"}
    configuration |= {f'"{w}"' for w in re.findall(r'facts?\.?\w*\("([a-z_]+)"', (TOP / "src/host/file.rs").read_text())} | {"/unitlint.toml", "/policy/a.toml"}
    configuration |= {p.stem for p in TOP.glob("rules/*/*.toml")} | {p.name for p in TOP.glob("rules/*")}
    acts = tomllib.loads((TOP / "src/evidence/acts.toml").read_text())
    programs = {w for a in acts.values() for w in a.get("functions", []) + a.get("paths", [])}
    programs |= {".gopclntab", ".rodata", ".text", "UPX!", "#!/bin/sh\n", "#!/usr/bin/perl\n", "#!/usr/bin/env python3\n", "$(", "`", "<<EOF\n", "${A:-", "sudo ", "exec "}
    dictionary("syntax", units)
    dictionary("values", units)
    dictionary("tree", units | tails)
    dictionary("fixes", units | tails)
    dictionary("archive", packages | tails | {"ExecStart=", "[Service]\n"})
    dictionary("configuration", configuration | {f'"{k}"' for k in keys} | tails)
    dictionary("evidence", programs)


def dictionary(target, words):
    def quoted(word):
        data = word.encode("latin-1") if all(ord(c) < 256 for c in word) and any(ord(c) > 126 for c in word) else word.encode()
        return "".join(chr(b) if 32 <= b < 127 and b not in b'"\\' else f"\\x{b:02x}" for b in data)

    directory = HERE / "dictionaries"
    directory.mkdir(exist_ok=True)
    (directory / f"{target}.dict").write_text("".join(f'"{quoted(w)}"\n' for w in sorted(words) if w))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    for what in ("units", "packages", "programs"):
        parser.add_argument(f"--{what}", type=Path, metavar="DIR", help=f"a directory of {what}")
    args = parser.parse_args()
    rules()
    fixtures()
    archives()
    vocabulary()
    programs(args.programs)
    if args.units:
        units(args.units)
    if args.packages:
        packages(args.packages)
    for directory in sorted((HERE / "corpus").iterdir()):
        files = list(directory.iterdir())
        print(f"{directory.name}: {len(files)} inputs, {sum(f.stat().st_size for f in files) >> 10} KiB")


if __name__ == "__main__":
    main()
