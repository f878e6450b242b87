#!/usr/bin/env python3
"""Runs the hooks of .pre-commit-hooks.yaml in a fresh repository, from a wheel and without Rust.

    tests/live/pre_commit.py [--wheels DIR] [-v]

Not part of the test suite: it takes pre-commit from PyPI. Without --wheels it builds the wheel first, which takes maturin from
there, and some minutes. The state of this checkout is tried, with what is not committed in files that git knows.

`pre-commit try-repo` installs the hook as it would for anybody: `pip install .` of the repository. Neither cargo nor rustc are
in its search path. Tried are a unit with a fault, one without, one that is corrected, a drop-in that breaks its unit, files
that are none of ours, and what is said where there is neither a wheel nor Rust. The exit status is 1 if one differs.
"""
import argparse, os, re, shutil, subprocess, sys, tempfile, time
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
GOOD = "[Unit]\nDescription=Shop\n\n[Service]\nExecStart=/usr/bin/shopd\nUser=shop\n"
# a name that systemd itself takes for another
OLD = "[Unit]\nDescription=Shop\n\n[Service]\nExecStart=/usr/bin/shopd\nUser=shop\nReadWriteDirectories=/srv/shop\n"
FOREIGN = {"dbus-1/system-services/org.example.Shop.service": "[D-BUS Service]\nName=org.example.Shop\nExec=/bin/false\n",
           "avahi/services/ssh.service": "<service-group/>\n", "nginx/conf.d/shop.conf": "server {}\n",
           "app/src/shop.service.ts": "export {}\n"}


def must(*command, **more):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, **more)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}: {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


def without_rust(work):
    """A search path that has what git and pip need, and no cargo."""
    tools = work / "tools"
    tools.mkdir()
    for name in "git sh bash env uname dirname basename cat sed grep rm cp mv ls tr expr id python3".split():
        found = shutil.which(name)
        if found:
            (tools / name).symlink_to(found)
    return str(tools)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--wheels", type=Path, help="a directory with the wheel of this version")
    parser.add_argument("-v", action="store_true", help="print what each run says")
    args = parser.parse_args()
    work = Path(tempfile.mkdtemp(prefix="unitlint-hooks-"))
    try:
        sys.exit(run(args, work))
    finally:
        shutil.rmtree(work, ignore_errors=True)


def run(args, work):
    venv = work / "venv"
    must(sys.executable, "-m", "venv", venv)
    must(venv / "bin/pip", "install", "--quiet", "pre-commit", *([] if args.wheels else ["maturin"]))
    wheels = args.wheels
    if not wheels:
        wheels = work / "wheels"
        must(venv / "bin/maturin", "build", "--release", "-o", wheels, cwd=TOP)
    wheels = wheels.resolve()
    print(f"{next(wheels.glob('unitlint-*.whl')).name}, {sum(f.stat().st_size for f in wheels.glob('unitlint-*.whl')) / 1e6:.1f} MB")

    environment = {k: v for k, v in os.environ.items() if not k.startswith(("GIT_", "CARGO", "RUST", "PIP_"))}
    environment.update(PATH=without_rust(work), HOME=str(work), PRE_COMMIT_HOME=str(work / "cache"), PIP_NO_INDEX="1", NO_COLOR="1",
                       GIT_CONFIG_GLOBAL=str(work / "gitconfig"))
    (work / "gitconfig").write_text("[user]\nname = a\nemail = a@example.org\n[init]\ndefaultBranch = main\n[protocol \"file\"]\nallow = always\n")
    repo, failed, runs = work / "repo", [], 0
    repo.mkdir()
    git = lambda *words: must("git", *words, cwd=repo, env=environment)
    git("init", "-q")

    def put(**files):
        for path in list(repo.iterdir()):
            if path.name != ".git":
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        for name, text in files.items():
            (repo / name).parent.mkdir(parents=True, exist_ok=True)
            (repo / name).write_text(text)
        git("add", "-A")

    def hook(what, name, status, *said, wheel=True, never=()):
        nonlocal runs
        runs += 1
        env = environment | ({"PIP_FIND_LINKS": str(wheels)} if wheel else {"PRE_COMMIT_HOME": str(work / "other")})
        begin = time.monotonic()
        done = subprocess.run([str(venv / "bin/pre-commit"), "try-repo", str(TOP), name, "--all-files", "--color", "never"], cwd=repo, env=env,
                              capture_output=True, text=True)
        text = done.stdout + done.stderr
        right = done.returncode == status and all(re.search(s, text) for s in said) and not any(re.search(s, text) for s in never)
        if not right:
            failed.append(what)
        print(f"{'ok  ' if right else 'FAIL'} {time.monotonic() - begin:5.1f} s  {what}")
        if args.v or not right:
            print(re.sub("^", "       ", text.strip(), flags=re.MULTILINE))

    put(**{"units/shop.service": GOOD + "ProtectHom=yes\n"})
    hook("a fault", "unitlint", 1, r"check systemd units\.+Failed", r"ProtectHom= is not a key", "did you mean ProtectHome")
    put(**{"units/shop.service": GOOD})
    hook("none", "unitlint", 0, r"check systemd units\.+Passed")
    put(**{"units/shop.service": OLD})
    hook("a correction", "unitlint-fix", 1, r"correct systemd units\.+Failed", "files were modified by this hook", r"write ReadWritePaths=")
    corrected = (repo / "units/shop.service").read_text()
    if corrected != OLD.replace("ReadWriteDirectories", "ReadWritePaths"):
        failed.append("a correction")
        print(f"FAIL corrected as\n{corrected}")
    git("add", "-A")
    hook("corrected", "unitlint-fix", 0, r"correct systemd units\.+Passed")
    put(**{"units/shop.service": GOOD, "units/shop.service.d/10-home.conf": "[Service]\nProtectHom=yes\n"})
    hook("a drop-in and its unit", "unitlint", 1, "10-home.conf", "1 error", "about 1 unit")
    put(**FOREIGN)
    hook("files of others", "unitlint", 0, r"no files to check")
    put(**{"units/shop.service": GOOD})
    hook("neither a wheel nor Rust", "unitlint", 3, "there is no wheel of version", "no Rust to build one with", wheel=False)
    print(f"{runs - len(set(failed))} of {runs} runs are as they should be")
    return 1 if failed else 0


if __name__ == "__main__":
    main()
