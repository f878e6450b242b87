#!/usr/bin/env python3
"""Hardening drop-ins for every service of a root: each gives the score that it promises, none raises one, a second run
finds nothing to do, no rule speaks that was silent, and the systemd of the root accepts them. Those that are made for the
systemd of other roots are accepted there.

Usage: fixes.py --root ROOT [--other ROOT]... [--bin unitlint]      (as root; roots are laid under an overlay and stay as they are)
"""
import argparse, collections, json, re, shutil, subprocess, sys, tempfile
from pathlib import Path

from container import must


def told(binary, command, root):
    done = subprocess.run([binary, *command, "--isolated", "--root", root, "--format", "json"], capture_output=True, text=True)
    return json.loads(done.stdout)


def scores(binary, root):
    units = told(binary, ["security"], root)["units"]
    return {u["unit"]: u["overall"] for u in units if u["scope"] == "system" and u["overall"] is not None}


def findings(binary, root):
    return collections.Counter((f["unit"], f["rule"]) for f in told(binary, ["check"], root)["findings"])


def mounted(root, work):
    """The root under an overlay in this directory."""
    for name in ("root", "upper", "work"):
        (work / name).mkdir(parents=True)
    must("mount", "-t", "overlay", "overlay", "-o", f"lowerdir={root},upperdir={work}/upper,workdir={work}/work", work / "root")
    return work / "root"


def verify(root, units):
    """What the systemd of a root says of our drop-ins."""
    done = subprocess.run(["chroot", root, "systemd-analyze", "verify", "--man=no", *units], capture_output=True, text=True)
    return [line for line in done.stderr.splitlines() if "50-unitlint.conf" in line]


def elsewhere(binary, root, other, work):
    """The units of a root with drop-ins for the systemd of another one: how many, and what that says."""
    release = re.search(r"systemd (\d+)", must("chroot", other, "systemctl", "--version")).group(1)
    top = mounted(other, work)
    try:
        place = top / "etc/systemd/system"
        must(binary, "fix", "--isolated", "--root", root, "--systemd", release, "--output", place)
        units = [p.parent.name.removesuffix(".d") for p in sorted(place.glob("*.d/50-unitlint.conf")) if "@." not in p.parent.name]
        for unit in units:
            (place / unit).unlink(missing_ok=True)
            shutil.copyfile(next(p for d in ("etc", "usr/lib") if (p := Path(root) / d / "systemd/system" / unit).exists()), place / unit)
        return release, len(units), verify(top, units)
    finally:
        must("umount", top)


def main():
    args = argparse.ArgumentParser(description=__doc__)
    args.add_argument("--root", required=True)
    args.add_argument("--other", action="append", default=[])
    args.add_argument("--bin", default="target/release/unitlint")
    args = args.parse_args()
    work = Path(tempfile.mkdtemp(prefix="fixes-"))
    top, wrong = mounted(args.root, work), []
    try:
        before, said = scores(args.bin, top), findings(args.bin, top)
        must(args.bin, "fix", "--isolated", "--root", top, "--output", top / "etc/systemd/system")
        after, new = scores(args.bin, top), findings(args.bin, top) - said
        written = sorted(top.glob("etc/systemd/system/*.d/50-unitlint.conf"))
        for path in written:
            unit = path.parent.name.removesuffix(".d")
            promised = re.search(r"exposure \S+ \S+ -> (\S+)", path.read_text()).group(1)
            if unit in after and f"{after[unit]:.1f}" != promised:
                wrong.append(f"{unit}: promised {promised}, is {after[unit]}")
        wrong += [f"{u}: rose from {before[u]} to {s}" for u, s in after.items() if s > before.get(u, s)]
        wrong += [f"{unit}: {rule} is new" for unit, rule in new]
        again = subprocess.run([args.bin, "fix", "--isolated", "--root", top], capture_output=True, text=True)
        wrong += [f"again: {line}" for line in again.stdout.splitlines() if line.startswith("+++") and "50-unitlint" in line]
        units = [p.parent.name.removesuffix(".d") for p in written if "@." not in p.parent.name]
        wrong += verify(top, units)
        for n, other in enumerate(args.other):
            release, made, said = elsewhere(args.bin, args.root, other, work / str(n))
            wrong += said
            print(f"systemd {release}: {made} drop-ins looked at")
        removed = [before[u] - after[u] for u in units if u in before]
        mean = sum(removed) / max(1, len(removed))
        print("\n".join(wrong) or f"{len(written)} drop-ins, {mean:.1f} removed on average: every promise kept, nothing new, nothing left to do")
    finally:
        must("umount", top)
        shutil.rmtree(work)
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
