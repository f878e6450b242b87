#!/usr/bin/env python3
"""unitlint's language server in real editors without a screen: Neovim and Emacs with eglot, through the files of editors/.

Usage: editors.py [--bin unitlint] [--unit FILE]... [--nvim COMMAND]... [--emacs COMMAND]... [--log DIR]

Installs nothing. On Debian: neovim (0.7 or newer), emacs-nox (27.1 or newer) and before Emacs 29 elpa-eglot. What is not there is left out.

A unit with faults is opened, mended by code actions, completed, explained, renamed in, formatted and typed into, with characters of one to four
bytes in front of the faults; then its drop-in, what `systemctl edit` opens, a configuration, and each FILE (a copy). Whatever the text is at the time, the editor
has to show the rules, lines and words that `unitlint check` tells of the same text. At the end the server has to leave by itself.
With --log the messages between the editors and the server are kept there.
"""
import argparse, json, os, random, re, shlex, shutil, subprocess, sys, tempfile, threading, time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
HERE = Path(__file__).resolve().parent / "editors"
UNIT = """[Unit]
Description=Glöckchen ☃ 𝄞
After=other.service

[Service]
ExecStart=/usr/bin/foo
ProtectSytem=strict
Environment="SONG=𝄞☃" 9BAD=ü
PrivateTmp=maybe
RestrictAddressFamilies=AF_UNIX 𝄞☃ AF_INTE6
CapabilityBoundingSet=CAP_NET_ADMN
PIDFile=/var/run/𝄞.pid
StandardOutput=syslog
# ünd 𝄞
Nice = 50
"""
EDITED = "[Service]\nExecStart=/usr/bin/ä𝄞\nNoNewPrivilege=yes\nPrivateTmp=ja\n"
DROPIN = "[Service]\nExecStart=\nExecStart=/usr/bin/bar 𝄞 %!\nMemoryMax=1Q\n"
CANNOT_RENAME = "this editor cannot rename files"
DIGITS = "0123456789abcdef"
EMACS = ("--eval", "(setq load-prefer-newer t)", "-L", str(ROOT / "editors/emacs"))


def proxy(log, command):
    """Between an editor and the server: keeps what they say, and how the server ended."""
    with open(log, "w") as kept:
        server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        kept.write(f"# {server.pid}\n")

        def pass_on(source, target, mark):
            while header := source.readline():
                length = 0
                lines = header
                while header not in (b"\r\n", b""):
                    if header.lower().startswith(b"content-length:"):
                        length = int(header.split(b":")[1])
                    lines += (header := source.readline())
                body = source.read(length)
                kept.write(f"{mark} {body.decode()}\n")
                kept.flush()
                try:
                    target.write(lines + body)
                    target.flush()
                except OSError:
                    break
            target.close()

        back = threading.Thread(target=pass_on, args=(server.stdout, sys.stdout.buffer, "<"), daemon=True)
        back.start()
        threading.Thread(target=pass_on, args=(sys.stdin.buffer, server.stdin, ">"), daemon=True).start()
        status = server.wait()
        back.join(1)
        kept.write(f"= {status}\n")
        kept.flush()
        os._exit(status)


class Scratch:
    """A directory with units, and what `unitlint check` says of a file there with another text."""

    def __init__(self, binary, top, units):
        self.binary, self.top = binary, top
        units_dir = top / "units"
        (units_dir / "bell.service.d").mkdir(parents=True)
        (units_dir / "unitlint.toml").write_text("")
        (units_dir / "other.service").write_text("[Service]\nExecStart=/usr/bin/other\n")
        self.unit = self.put(units_dir / "bell.service", UNIT)
        self.others = [self.put(units_dir / "bell.service.d/override.conf", DROPIN),
                       self.put(units_dir / f".#tune.service{DIGITS}", EDITED),
                       self.put(units_dir / f"bell.service.d/.#extra.conf{DIGITS}", DROPIN.replace("1Q", "2Q"))]
        configured = top / "configured"
        configured.mkdir()
        self.put(configured / "plain.service", EDITED)
        self.others.append(self.put(configured / "unitlint.toml", 'selekt = ["all"]\n# 𝄞\nignore = ["no-such-rule"]\n'))
        for n, unit in enumerate(units):
            (top / str(n)).mkdir()
            (top / str(n) / "unitlint.toml").write_text("")
            self.others.append(self.put(top / str(n) / unit.name, unit.read_bytes()))

    @staticmethod
    def put(path, text):
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def check(self, path, text):
        """The findings at a file if its text were this: rule, line and the words; of a temporary name, at the file that it stands for."""
        with tempfile.TemporaryDirectory(dir=self.top.parent) as copy:
            shutil.copytree(self.top, copy, dirs_exist_ok=True)
            there = Path(copy) / Path(path).relative_to(self.top)
            if there.name.startswith(".#"):
                there.unlink()
                there = there.with_name(there.name[2:].removesuffix(DIGITS))
            there.write_bytes(data := text.encode())
            # a configuration is looked at when units are
            what = there.parent if there.name == "unitlint.toml" else there
            done = subprocess.run([self.binary, "check", "--format", "json", "--exit-zero", what], capture_output=True, text=True)
            found = [f for f in json.loads(done.stdout)["findings"] if f["path"] and os.path.realpath(f["path"]) == os.path.realpath(there)]
            return sorted((f["rule"], f["start"]["line"], data[f["start"]["byte"]:f["end"]["byte"]].decode()) for f in found)


def typing():
    """Edits of whole lines that put things in disorder, the same in each run."""
    chance = random.Random(7)
    lines = ["# 𝄞 ünd ☃", "[Service]", "PrivateDevices=vielleicht", "", "ExecStartPre=/bin/ä 𝄞 \\", "  more", "Nice=5", "User=ü𝄞", "# " + "x" * 300]
    return [{"from": chance.randrange(5, 14), "remove": chance.choice([0, 0, 1]), "insert": chance.choices(lines, k=chance.randrange(3))} for _ in range(60)]


def judge(scratch, steps, messages):
    """The rows of the table: what, whether it is right, and what there was to see."""
    rows = []

    def row(name, truth, seen):
        rows.append((name, truth, " ".join(str(seen).split())))

    def compared(name, step):
        if "failed" in step:
            return row(name, False, step["failed"])
        wanted = scratch.check(step["path"], step["text"])
        found = sorted((i["rule"], i["line"], i["about"]) for i in step["items"])
        # a place without a character in it is shown as wide as the editor likes
        same = len(wanted) == len(found) and all(w[:2] == f[:2] and w[2] in ("", f[2]) for w, f in zip(wanted, found))
        differs = "" if same else f": missing {[w for w in wanted if w not in found]}, too many {[f for f in found if f not in wanted]}"
        late = "" if step["answered"] is True else ", no answer for this version"
        row(name, same and not late, f"{len(found)} diagnostics, {len(wanted)} findings{differs}{late}")

    def holds(name, step, truth, seen):
        row(name, "failed" not in step and truth(step), step.get("failed") or seen(step))

    at = {s["step"]: s for s in steps}
    step = lambda name: at.get(name, {"failed": "did not happen"})
    compared("open", step("open"))
    holds("status line", step("status"), lambda s: re.search(r"\d\.\d [A-Z]+", s["shown"]), lambda s: s["shown"])
    holds("quick fix", step("fix"), lambda s: "ProtectSystem=strict" in s["text"] and "ProtectSytem" not in s["text"], lambda s: f"{s['at'][:1]} of {s['titles']}")
    compared("diagnostics after it", step("fix"))
    holds("suppress", step("suppress"), lambda s: "unitlint: ignore[invalid-value]" in s["text"] and not any(
        i["rule"] == "invalid-value" and i["about"] == "maybe" for i in s["items"]), lambda s: f"{s['at'][:1]} of {s['titles']}")
    compared("diagnostics after it", step("suppress"))
    for name, offered, becomes in (("value", {"yes", "no"}, "PrivateTmp=yes"), ("word", {"CAP_NET_ADMIN", "CAP_NET_RAW"}, "CapabilityBoundingSet=CAP_NET_ADMIN"),
                                   ("key", {"ProtectHostname"}, "ProtectHostname="), ("section", {"[Install]"}, "[Install]")):
        holds(f"complete {name}", step(f"complete {name}"), lambda s: offered <= set(s["labels"]) and s["becomes"] == becomes,
              lambda s: f"{len(s['labels'])} offered: {s['labels'][:6]}, becomes {s['becomes']!r}")
    for name in ("hover", "explain", "score"):
        holds(name, step(name), lambda s: len(s["shown"]) > 40, lambda s: f"{len(s['shown'])} characters: {s['shown'][:70]!r}")
    compared("60 edits of lines", step("disorder"))
    compared("edits within a line", step("type"))
    compared("undone", step("undo"))
    if CANNOT_RENAME in step("rename").get("failed", ""):
        row("rename", True, CANNOT_RENAME)
    else:
        holds("rename", step("rename"), lambda s: "After=another.service" in s["text"] and scratch.unit.with_name("another.service").exists(),
              lambda s: [l for l in s["text"].splitlines() if "other" in l])
    holds("format", step("format"), lambda s: "\nNice=50" in s["text"] and "Nice = 50" not in s["text"], lambda s: [l for l in s["text"].splitlines() if "Nice" in l])
    compared("diagnostics after it", step("format"))
    holds("fix all", step("fix all"), lambda s: "PIDFile=/run/𝄞.pid\nStandardOutput=journal\n" in s["text"] and "CAP_NET_ADMN" in s["text"],
          lambda s: [l for l in s["text"].splitlines() if l.startswith(("PIDFile", "Standard"))])
    compared("diagnostics after it", step("fix all"))
    if "ask" in at:
        holds("lens applies", step("apply"), lambda s: s["applied"] in s["text"], lambda s: s["applied"])
        compared("diagnostics after it", step("apply"))
        holds("other requests", step("ask"), lambda s: True, lambda s: ", ".join(f"{k} {v}" for k, v in sorted(s["counts"].items())))
    for n, path in enumerate(scratch.others, 1):
        compared(f"{path.relative_to(scratch.top)}", step(f"other {n}"))
    row("came to its end", "end" in at, f"told: {step('end').get('told')}")
    for log in messages:
        lines = log.read_text().splitlines()
        asked = [json.loads(l[2:]) for l in lines if l[:1] == ">"]
        said = [json.loads(l[2:]) for l in lines if l[:1] == "<"]
        encoding = next((m["result"]["capabilities"].get("positionEncoding") for m in said if "capabilities" in (m.get("result") or {})), "?")
        methods = [m.get("method") for m in asked]
        # eglot ends what it started right after `exit`, and so ends what keeps the messages, not the server; Neovim 0.10 leaves it at `shutdown`
        status = next((l[2:] for l in lines if l[:1] == "="), "its status is not known")
        gone = left(int(lines[0][2:]))
        row("the server leaves", gone and "shutdown" in methods and ("exit" not in methods or status in ("0", "its status is not known")),
            f"{len(asked)} messages to it, {len(said)} from it, {encoding}; {status}")
        errors = [m["error"] for m in said if "error" in m and CANNOT_RENAME not in m["error"]["message"]]
        row("no errors", not errors, errors[:2] or "none")
    row("a server was started", bool(messages), f"{len(messages)}")
    return rows


def left(pid):
    """Whether a process ends within two seconds."""
    for _ in range(20):
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except OSError:
            return True
        time.sleep(0.1)
    return False


def run(kind, command, binary, units, keep):
    """The rows for one editor."""
    with tempfile.TemporaryDirectory(prefix="editors-") as work:
        work = Path(os.path.realpath(work))
        for name in ("top", "bin", "home"):
            (work / name).mkdir()
        scratch = Scratch(binary, work / "top", units)
        plan = {"unit": str(scratch.unit), "others": [str(p) for p in scratch.others], "settings": {"format": True}, "patience": 8000,
                "typing": typing(), "whole": UNIT.splitlines(), "report": str(work / "report")}
        (work / "plan.json").write_text(json.dumps(plan))
        server = work / "bin/unitlint"
        server.write_text(f"#!/bin/sh\nexec python3 {__file__} --proxy {work}/messages.$$ {binary} \"$@\"\n")
        server.chmod(0o755)
        environment = {**os.environ, "PATH": f"{work}/bin:{os.environ['PATH']}", "HOME": f"{work}/home", "EDITORS_PLAN": f"{work}/plan.json", "LC_ALL": "C.UTF-8"}
        for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
            environment[name] = f"{work}/home"
        if kind == "nvim":
            (work / "init.lua").write_text(f"vim.opt.rtp:prepend('{ROOT}/editors/neovim')\n")
            told = [*command, "--headless", "-u", work / "init.lua", "-c", f"luafile {HERE}/neovim.lua"]
        else:
            older = [a for d in Path("/usr/share/emacs/site-lisp/elpa").glob("*/") for a in ("-L", d)] if emacs_release(command) < 29 else []
            told = [*command, "-Q", "--batch", *older, *EMACS, "-l", HERE / "emacs.el"]
        try:
            done = subprocess.run(told, env=environment, capture_output=True, text=True, timeout=600, cwd=work)
            ended = f"status {done.returncode}"
        except subprocess.TimeoutExpired as e:
            done, ended = e, "nothing within 600 s"
        report = work / "report"
        steps = [json.loads(l) for l in report.read_text().splitlines()] if report.exists() else []
        messages = sorted(work.glob("messages.*"))
        rows = judge(scratch, steps, messages)
        said = done.stderr if isinstance(done.stderr, str) else ""
        rows.append(("ends cleanly", ended == "status 0", ended if ended == "status 0" else f"{ended} {said[-600:]}"))
        if keep:
            keep.mkdir(parents=True, exist_ok=True)
            for path in keep.glob("messages.*"):
                path.unlink()
            for path in [*messages, *([report] if steps else [])]:
                shutil.copy(path, keep)
            (keep / "stderr").write_text(said)
        return rows


def emacs_release(command):
    return int(subprocess.run([*command, "-Q", "--batch", "--eval", "(princ emacs-major-version)"], capture_output=True, text=True, check=True).stdout)


def main():
    if sys.argv[1:2] == ["--proxy"]:
        return proxy(sys.argv[2], sys.argv[3:])
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("--bin", type=Path, default=ROOT / "target/release/unitlint")
    args.add_argument("--unit", type=Path, action="append", default=[])
    args.add_argument("--nvim", action="append", help="how Neovim is started, instead of nvim")
    args.add_argument("--emacs", action="append", help="how Emacs is started, instead of emacs")
    args.add_argument("--log", type=Path)
    args = args.parse_args()
    wanted = [("nvim", c) for c in args.nvim or ([] if args.emacs else ["nvim"])] + [("emacs", c) for c in args.emacs or ([] if args.nvim else ["emacs"])]
    wrong = ran = 0
    for kind, command in wanted:
        command = shlex.split(command)
        if not shutil.which(command[0]):
            print(f"{command[0]} is not there, and not tried")
            continue
        version = subprocess.run([*command, "--version"], capture_output=True, text=True).stdout.splitlines()[0]
        print(f"\n==== {version}")
        ran += 1
        for name, truth, seen in run(kind, command, args.bin.resolve(), args.unit, args.log and args.log / re.sub(r"\W+", "-", version)):
            print(f"{'ok   ' if truth else 'WRONG'}  {name:32} {seen if not truth else seen[:150]}", flush=True)
            wrong += not truth
    print(f"\n{ran} editors, {wrong} things are wrong")
    return 1 if wrong or not ran else 0


if __name__ == "__main__":
    sys.exit(main())
