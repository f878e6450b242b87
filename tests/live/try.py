#!/usr/bin/env python3
"""A thousand trials, some killed in the middle: nothing is left of any.

Usage: try.py --root ROOT [--bin unitlint] [--runs 1000]      (as root; the root is laid under an overlay and stays as it is)

ROOT is a Debian root with systemd, dbus and python3 in it. It boots in a container, in which units of the root and a few that ask for
everything are tried, as root and as nobody, by a child and by the manager. Some runs are killed by SIGKILL at a random moment: the
program alone, its child alone, or all of them at once. Afterwards there are as many mounts, control groups, namespaces and processes as
before, and no file is new.
"""
import argparse, sys

from container import Container, in_own_mounts, must

ALL = """[Service]
ExecStart=/bin/false
ProtectSystem=strict
ProtectHome=tmpfs
PrivateTmp=yes
PrivateDevices=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectProc=invisible
ProtectClock=yes
ProtectHostname=yes
PrivateNetwork=yes
PrivateUsers=yes
PrivateIPC=yes
PrivatePIDs=yes
ReadOnlyPaths=/srv -/nowhere
InaccessiblePaths=/opt /tmp
TemporaryFileSystem=/mnt
BindPaths=/:/mnt /etc:/srv
NoExecPaths=/
ExecPaths=/usr
RestrictNamespaces=yes
RestrictAddressFamilies=AF_UNIX
SystemCallFilter=@system-service
CapabilityBoundingSet=CAP_CHOWN
User=nobody
KeyringMode=private
LimitNOFILE=4000
MemoryMax=64M
TasksMax=40
CPUQuota=50%
"""

# runs in the container: how many trials, by whom, with which units, and what is there afterwards
INSIDE = r"""
import json, os, random, signal, subprocess, sys, time
from pathlib import Path
runs, units = int(sys.argv[1]), sys.argv[2:]
random.seed(7)


def processes():
    out = {}
    for p in Path("/proc").iterdir():
        if p.name.isdigit():
            try:
                exe = os.readlink(p / "exe")
            except OSError:
                exe = ""
            out[int(p.name)] = exe
    return out


def state():
    spaces, mounts = set(), 0
    for p in processes():
        try:
            spaces.update(os.readlink(f"/proc/{p}/ns/{n}") for n in os.listdir(f"/proc/{p}/ns"))
            if p == 1:
                mounts = len(Path("/proc/1/mountinfo").read_text().splitlines())
        except OSError:
            pass
    groups = sorted(d for d, _, _ in os.walk("/sys/fs/cgroup") if "unitlint" in d)
    files = subprocess.run("find / -xdev -newer /run/begun -not -path '/proc/*' -not -path '/var/log/journal/*' -not -path '/run/systemd/*' -not -path '/run/begun' "
                           "-not -path '/run/log/*' -type f; ls -d /tmp/*unitlint* /var/tmp/*unitlint* /run/*unitlint* 2>/dev/null",
                           shell=True, capture_output=True, text=True).stdout.split()
    ours = [p for p, exe in processes().items() if "unitlint" in exe]
    failed = subprocess.run(["systemctl", "list-units", "--all", "--no-legend", "unitlint*"], capture_output=True, text=True).stdout.split("\n")
    return {"namespaces": len(spaces), "mounts": mounts, "groups": groups, "files": files, "processes": ours, "units": [f for f in failed if f]}


def settled():
    for _ in range(100):
        now = state()
        if not (now["processes"] or now["units"]):
            break
        time.sleep(0.1)
    return now


Path("/run/begun").write_text("")
time.sleep(1.1)
before = settled()
took, killed, statuses = [], 0, {}
for n in range(runs):
    words = ["/usr/bin/unitlint", "dry-run", "--isolated", "--format", "json", "--try=manager" if n % 40 == 39 else "--try"]
    if n % 3 == 1 and n % 40 != 39:
        words = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *words, random.choice(["--user", "--system"])]
    chosen = units[:1] if n % 40 == 39 else random.sample(units, 3)
    begun = time.monotonic()
    run = subprocess.Popen(words + chosen, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if n % 2:
        time.sleep(random.uniform(0, 0.25 if n % 40 == 39 else 0.08))
        who = n % 3
        ours = [p for p, exe in processes().items() if exe.endswith("unitlint")]
        if who == 0:
            ours = [run.pid]
        elif who == 2:
            ours = [p for p in ours if p != run.pid]
        for p in ours:
            try:
                os.kill(p, signal.SIGKILL)
                killed += 1
            except ProcessLookupError:
                pass
    out, err = run.communicate(timeout=120)
    took.append(time.monotonic() - begun)
    statuses[run.returncode] = statuses.get(run.returncode, 0) + 1
    if not n % 2:
        for unit in json.loads(out)["units"]:
            assert all("tried" in s for s in unit["settings"]), unit
left = settled()
# what was killed together with its parent in the middle of a group, the next run takes away
subprocess.run(["/usr/bin/unitlint", "dry-run", "--isolated", "--try", units[0]], stdout=subprocess.DEVNULL)
after = settled()
print(json.dumps({"before": before, "left": left, "after": after, "killed": killed, "statuses": statuses, "seconds": [min(took), sum(took) / len(took), max(took)]}, indent=1))
sys.exit(after != before)
"""


class Tried(Container):
    """A root with the program and units that ask for everything."""

    def __init__(self, root, binary):
        self.binary = binary
        super().__init__("try", root)

    def prepare(self):
        must("install", "-m", "755", self.binary, self.root / "usr/bin/unitlint")
        self.unit("all.service", ALL)
        # the same without those that one part of the machines cannot have
        few = [line for line in ALL.splitlines() if not line.startswith(("PrivateUsers", "User", "PrivatePIDs"))]
        self.unit("few.service", "\n".join(few) + "\n")
        (self.root / "root/inside.py").write_text(INSIDE)


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("--root", required=True)
    args.add_argument("--bin", default="target/release/unitlint")
    args.add_argument("--runs", type=int, default=1000)
    args = args.parse_args()
    in_own_mounts("TRY_INSIDE")
    box = Tried(args.root, args.bin)
    try:
        units = box.must("ls /usr/lib/systemd/system/*.service | head -60").split()
        units = ["/etc/systemd/system/all.service", "/etc/systemd/system/few.service"] * 5 + units
        done = box.sh(f"sleep 3; python3 /root/inside.py {args.runs} {' '.join(units)}", timeout=3000)
        print(done.stdout + done.stderr[-3000:])
        print("nothing is left" if done.returncode == 0 else "SOMETHING IS LEFT")
    finally:
        box.close()
    return done.returncode != 0


if __name__ == "__main__":
    sys.exit(main())
