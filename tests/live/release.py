#!/usr/bin/env python3
"""Installs what editors/release/build.sh has made, and runs it.

    tests/live/release.py [DIR]        DIR is target/dist unless it is given

Not part of the test suite: it takes a release. Needs dpkg and Python with venv; root is only needed to enter a root with nothing in it but the
package, which shows that it depends on nothing. lintian looks at the package where it is installed.

Looked at are the sums, the package (put into a root of its own, run there, its pages read by man, removed again), the wheel (installed by pip
without a network into an environment of its own), the archive, and that all three have the same program. The exit status is 1 if one is wrong.
"""
import hashlib, json, os, shutil, subprocess, sys, tarfile, tempfile
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
UNIT = "[Service]\nExecStart=/bin/true\nFrob=1\n"


def run(*command, status=0, **more):
    done = subprocess.run([str(c) for c in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", **more)
    if done.returncode != status:
        sys.exit(f"{' '.join(map(str, command))}: {done.returncode}\n{done.stdout[-2000:]}")
    return done.stdout


def only(directory, pattern):
    found = sorted(directory.glob(pattern))
    if len(found) != 1:
        sys.exit(f"{directory}: {len(found)} files are called {pattern}")
    return found[0]


def sums(dist):
    for line in (dist / "SHA256SUMS").read_text().splitlines():
        told, name = line.split("  ", 1)
        if hashlib.sha256((dist / name).read_bytes()).hexdigest() != told:
            sys.exit(f"{name}: another sum")


def works(program, unit, *before):
    """It says its version, and finds what is wrong."""
    assert run(*before, program, "--version").startswith("unitlint ")
    said = json.loads(run(*before, program, "check", "--isolated", "--format", "json", unit, status=1))
    rules = [finding["rule"] for finding in said["findings"]]
    assert "unknown-key" in rules, rules
    return len(rules)


def package(deb, work):
    root = work / "root"
    for name in "var/lib/dpkg/info var/lib/dpkg/updates var/lib/dpkg/triggers tmp".split():
        (root / name).mkdir(parents=True)
    (root / "var/lib/dpkg/status").touch()
    (root / "tmp/a.service").write_text(UNIT)
    if os.geteuid() == 0:
        dpkg = ["dpkg", f"--root={root}", f"--log={work}/log", "--force-script-chrootless"]
        run(*dpkg, "--install", deb)
        assert "install ok installed" in run("dpkg-query", f"--admindir={root}/var/lib/dpkg", "--status", "unitlint")
        found = works("/usr/bin/unitlint", "/tmp/a.service", "chroot", root)
        how = "dpkg --install into a root with nothing else, chroot"
    else:
        run("dpkg", "-x", deb, root)
        found = works(root / "usr/bin/unitlint", root / "tmp/a.service")
        how = "dpkg -x"
    share = root / "usr/share"
    pages = sorted((share / "man/man1").glob("*.1.gz"))
    assert pages and all((share / name).stat().st_size > 1000 for name in (
        "bash-completion/completions/unitlint", "zsh/vendor-completions/_unitlint", "fish/vendor_completions.d/unitlint.fish"))
    if shutil.which("man"):
        warned = [p.name for p in pages if run("man", "--warnings", "-l", "-Tutf8", p, env={**os.environ, "MANROFFSEQ": ""}).count("warning:")]
        assert not warned, warned
    data = (root / "usr/bin/unitlint").read_bytes()
    if os.geteuid() == 0:
        run(*dpkg, "--purge", "unitlint")
        left = [str(p) for p in root.rglob("*") if p.is_file() and p.parts[len(root.parts)] == "usr"]
        assert not left, left
    lint = shutil.which("lintian")
    said = run("lintian", "--allow-root", deb).strip() if lint else "not installed"
    print(f"{deb.name}: {how}: {found} findings, {len(pages)} pages; lintian: {said or 'nothing'}")
    return data, not lint or not said


def wheel(file, work):
    (work / "w").mkdir()
    (work / "w/a.service").write_text(UNIT)
    run(sys.executable, "-m", "venv", work / "venv")
    run(work / "venv/bin/pip", "install", "--quiet", "--no-index", "--disable-pip-version-check", file)
    found = works(work / "venv/bin/unitlint", work / "w/a.service")
    print(f"{file.name}: pip install --no-index: {found} findings")
    return (work / "venv/bin/unitlint").read_bytes()


def archive(file, work):
    with tarfile.open(file) as tar:
        tar.extractall(work / "tar", filter="data") if hasattr(tarfile, "data_filter") else tar.extractall(work / "tar")
        count = len(tar.getnames())
    top = only(work / "tar", "unitlint-*")
    (work / "a.service").write_text(UNIT)
    found = works(top / "unitlint", work / "a.service")
    print(f"{file.name}: {count} members: {found} findings")
    return (top / "unitlint").read_bytes()


def main():
    dist = (Path(sys.argv[1]) if len(sys.argv) > 1 else TOP / "target/dist").resolve()
    sums(dist)
    bill = json.loads(only(dist, "*.cdx.json").read_text())
    print(f"{len(bill['components'])} components, {sum(c['scope'] == 'required' for c in bill['components'])} of them linked")
    with tempfile.TemporaryDirectory(prefix="unitlint-release-") as work:
        work = Path(work)
        data, clean = package(only(dist, "*.deb"), work)
        same = data == wheel(only(dist, "*.whl"), work) == archive(only(dist, "*.tar.gz"), work)
    print(f"the program is {'the same' if same else 'NOT the same'} in all of them: {len(data)} bytes, sha256 {hashlib.sha256(data).hexdigest()}")
    sys.exit(0 if same and clean else 1)


if __name__ == "__main__":
    main()
