#!/usr/bin/env python3
"""Starts, restarts, reloads and stops every service of a root twice, as shipped and with the drop-in of `unitlint fix`, each time
in a fresh container: tells where the two differ in a state, a socket that listens, a process or a line of the journal.

Usage: every.py --root ROOT [--bin unitlint] [--only WORD] [--jobs N] [--to FILE]    (as root; the root stays as it is)

ROOT is a Debian root with systemd, dbus, iproute2, procps and the services. A service that fails as shipped tells little.
"""
import argparse, json, re, subprocess, sys, threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from container import Container, in_own_mounts

# they are the system, or end the container
LEFT_OUT = re.compile(r"^(systemd-|debug-shell|rescue|emergency|initrd-|dbus|console-getty|.*@\.service)")
STATE = "ActiveState SubState Result"
LAN = "ip link add lan0 type veth peer name far0; ip addr add 10.77.0.1/24 dev lan0; ip link set lan0 up; ip link set far0 up"
booting = threading.Lock()


class Fresh(Container):
    """A root in which nothing starts by itself, with a network that leads nowhere."""

    def prepare(self):
        links = [l for d in (self.root / "etc/systemd/system").glob("*.wants") for l in d.iterdir()]
        for link in links + list(self.root.glob("etc/rc[0-6S].d/*")):
            if link.is_symlink() and link.name != "dbus.socket":
                link.unlink()


def plain(line):
    """A line of the journal without numbers, times and processes."""
    return re.sub(r"0x[0-9a-f]+|[0-9a-f]{8,}|\d+", "#", re.sub(r"^\S+\[\d+\]: ", "", line))[:200]


def watched(box, unit, can_reload):
    """What a service does from its start to its end."""
    states = []
    verbs = [("start", 3), ("restart", 2)] + ([("reload", 1)] if can_reload else []) + [("stop", 0)]
    for verb, wait in verbs:
        failed = box.sh(f"timeout 60 systemctl {verb} {unit}; code=$?; sleep {wait}; exit $code").returncode
        shown = box.sh(f"systemctl show {unit} --value " + " ".join(f"-p {s}" for s in STATE.split())).stdout.split()
        states.append([verb, failed, *shown])
        if verb == "start":
            sockets = box.sh("ss -Hlntuxp | awk '{print $1, $5, $7}' | sed -E 's/(pid|fd)=[0-9]+,?//g' | sort -u").stdout
            group = f"$(systemctl show -P ControlGroup {unit})"
            processes = box.sh(f"cat /sys/fs/cgroup{group}/cgroup.procs | xargs -r ps -o user=,comm= -p | sort | uniq -c").stdout
    box.sh("journalctl --sync")
    journal = box.sh(f"journalctl --no-pager -q -o cat -n 2000 -u {unit}").stdout.splitlines()
    sockets = sorted({re.sub(r"\d{2,}(?=\D*\.\w+$)|\d{5,}", "N", s) for s in sockets.splitlines()})
    return {"states": states, "sockets": sockets, "processes": processes.splitlines(), "journal": journal}


def boot(root):
    with booting:
        box = Fresh("every", root)
    box.sh(LAN)
    return box


def compare(args, unit):
    """Both runs of a service; `None` without a drop-in."""
    box = boot(args.root)
    try:
        made = subprocess.run([args.bin, "fix", "--isolated", "--root", box.root, unit, "--output", "-"], capture_output=True, text=True)
        if made.returncode or not made.stdout.strip():
            return None
        can_reload = box.sh(f"systemctl show -P CanReload {unit}").stdout.strip() == "yes"
        shipped = watched(box, unit, can_reload)
    finally:
        box.close()
    box = boot(args.root)
    try:
        place = box.root / "etc/systemd/system" / f"{unit}.d"
        place.mkdir(parents=True, exist_ok=True)
        (place / "50-unitlint.conf").write_text(made.stdout)
        box.must("systemctl daemon-reload")
        hardened = watched(box, unit, can_reload)
    finally:
        box.close()
    known = {plain(l) for l in shipped["journal"]}
    differs = [k for k in ("states", "sockets", "processes") if shipped[k] != hardened[k]]
    new = [l for l in hardened["journal"] if plain(l) not in known]
    return {"unit": unit, "differs": differs, "new": new, "shipped": shipped, "hardened": hardened, "dropin": made.stdout}


def main():
    args = argparse.ArgumentParser()
    args.add_argument("--root", required=True)
    args.add_argument("--bin", default="target/release/unitlint")
    args.add_argument("--only", default="")
    args.add_argument("--jobs", type=int, default=2)
    args.add_argument("--to")
    args = args.parse_args()
    in_own_mounts("UNITLINT_EVERY")
    args.bin = str(Path(args.bin).resolve())
    units = {p.name for d in ("usr/lib", "etc") for p in Path(args.root, d, "systemd/system").glob("*.service")}
    units = sorted(u for u in units if not LEFT_OUT.match(u) and args.only in u)
    tried = different = 0
    with ThreadPoolExecutor(args.jobs) as pool, open(args.to or "/dev/null", "w") as out:
        for seen in pool.map(lambda unit: compare(args, unit), units):
            if not seen:
                continue
            tried += 1
            out.write(json.dumps(seen) + "\n")
            out.flush()
            if seen["differs"] or seen["new"]:
                different += bool(seen["differs"])
                print(f"{seen['unit']}: {' and '.join(seen['differs'] + ['new lines in the journal'] * bool(seen['new']))}")
                for key in seen["differs"]:
                    shipped, hardened = seen["shipped"][key], seen["hardened"][key]
                    print(f"  as shipped {[x for x in shipped if x not in hardened]}\n  hardened   {[x for x in hardened if x not in shipped]}")
                print("".join(f"  {line[:180]}\n" for line in seen["new"][:5]), end="", flush=True)
    print(f"{tried} of {len(units)} services have a drop-in, {different} behave in another way with it")
    return bool(different)


if __name__ == "__main__":
    sys.exit(main())
