#!/usr/bin/env python3
"""A package for Debian and Ubuntu: deb.py PROGRAM TARGET DIR

Made by dpkg-deb from [package.metadata.deb] of Cargo.toml, where `cargo deb` reads the same; the program takes the place of `target/release/unitlint`.
The same files come to the same bytes; SOURCE_DATE_EPOCH says when.
"""
import gzip, hashlib, json, os, subprocess, sys, tempfile
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
MACHINES = {"x86_64": "amd64", "aarch64": "arm64", "armv7": "armhf", "i686": "i386", "powerpc64le": "ppc64el", "riscv64gc": "riscv64", "s390x": "s390x"}


def package():
    words = [os.environ.get("CARGO", "cargo"), "metadata", "--format-version=1", "--no-deps", "--offline"]
    return json.loads(subprocess.run(words, cwd=TOP, check=True, stdout=subprocess.PIPE).stdout)["packages"][0]


def put(root, to, data, mode):
    """Puts a file where it belongs; pages and documents are packed, as the policy has it."""
    if "share/man/" in to or ("share/doc/" in to and not to.endswith("/copyright")):
        to, data = to + ".gz", gzip.compress(data, 9, mtime=0)
    path = root / to
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    path.chmod(mode)


def build(program, target, directory):
    about = package()
    deb = about["metadata"]["deb"]
    machine = MACHINES[target.split("-", 1)[0]]
    with tempfile.TemporaryDirectory() as work:
        root = Path(work) / "root"
        root.mkdir(mode=0o755)
        for source, to, mode in deb["assets"]:
            files = [Path(program)] if source == "target/release/unitlint" else sorted(TOP.glob(source))
            if not files:
                sys.exit(f"{source}: nothing is there")
            for file in files:
                put(root, to + file.name if to.endswith("/") else to, file.read_bytes(), int(mode, 8))
        docs = f"usr/share/doc/{about['name']}"
        put(root, f"{docs}/changelog", (TOP / deb["changelog"]).read_bytes(), 0o644)
        put(root, f"{docs}/copyright", (TOP / deb["license-file"][0]).read_bytes(), 0o644)
        files = sorted(p for p in root.rglob("*") if p.is_file())
        size = sum(-(-p.stat().st_size // 1024) for p in files) + sum(p.is_dir() for p in root.rglob("*"))
        text = "".join(f" {line}\n" for line in deb["extended-description"].splitlines())
        fields = {"Package": about["name"], "Version": about["version"], "Architecture": machine, "Maintainer": deb["maintainer"], "Installed-Size": size,
                  "Depends": deb["depends"], "Suggests": deb["suggests"], "Section": deb["section"], "Priority": deb["priority"], "Homepage": about["repository"]}
        head = "".join(f"{name}: {value}\n" for name, value in fields.items() if value)
        control = root / "DEBIAN"
        control.mkdir()
        (control / "control").write_text(f"{head}Description: {about['description']}\n{text}", encoding="utf-8")
        sums = (f"{hashlib.md5(p.read_bytes()).hexdigest()}  {p.relative_to(root)}\n" for p in files)
        (control / "md5sums").write_text("".join(sums), encoding="utf-8")
        for path in [root, *(p for p in root.rglob("*") if p.is_dir())]:
            path.chmod(0o755)
        made = Path(directory) / f"{about['name']}_{about['version']}_{machine}.deb"
        subprocess.run(["dpkg-deb", "--root-owner-group", "-Zxz", "--build", str(root), str(made)], check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    build(*sys.argv[1:])
