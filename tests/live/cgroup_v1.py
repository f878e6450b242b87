#!/usr/bin/env python3
"""Records what systemd makes of the keys of cgroup v1 on cgroup v2, for fixtures/oracle/cgroup-v1.json.

    sudo tests/live/cgroup_v1.py --root DIR [--root DIR]... [--check] [--unitlint FILE] [--json FILE] [-v]

Not part of the test suite, which reads the recording (tests/rules.rs): it needs root, systemd-nspawn, overlayfs, a cgroup2 mount,
Python 3.11+ and for each DIR a Debian root with systemd 252 or 257:

    debootstrap --variant=minbase --include=systemd,systemd-sysv,dbus bookworm DIR

Each DIR boots in a container under an overlay that is thrown away. There every unit of CASES is started while the manager tells
everything, and what it wants to write into the files of cgroup v2 is taken from its journal. The files need not be there: where the
controllers of this machine are bound to cgroup v1, the manager in the container is made to believe that it has them (a file is
mounted over its `cgroup.controllers`), and its complaint about a file that is missing names the file and the value. With --check
nothing is written: the exit status is 1 where something differs from the recording. With --unitlint each unit is started a second
time as that program mends it with the fixes that it calls safe: the manager must want to write the same as before.
"""
import argparse, json, re, sys, tempfile
from pathlib import Path

from container import Container, in_own_mounts, must

RECORDING = Path(__file__).resolve().parent.parent.parent / "fixtures" / "oracle" / "cgroup-v1.json"
DEVICE = "/dev/null-block"
SHARES = [2, 3, 10, 11, 100, 500, 512, 1000, 1023, 1024, 1025, 2048, 10000, 102399, 102400, 262144]
BLOCKIO = [10, 11, 14, 15, 99, 100, 333, 499, 500, 501, 750, 999, 1000]
LIMITS = ["1", "4095", "100K", "512M", "1G", "1.5G", "infinity", "0", "4096B", "1E"]

# Each is the body of a [Service]: what is asked of the manager.
CASES = [
    *[f"CPUShares={n}" for n in SHARES + [1, 0, 262145]],
    *[f"StartupCPUShares={n}" for n in (512, 1024)],
    *[f"BlockIOWeight={n}" for n in BLOCKIO + [9, 1001]],
    *[f"BlockIODeviceWeight={DEVICE} {n}" for n in (10, 99, 500, 1000)],
    *[f"MemoryLimit={n}" for n in LIMITS],
    *[f"{key}={DEVICE} {n}" for key in ("BlockIOReadBandwidth", "BlockIOWriteBandwidth") for n in ("1000", "10K", "5M")],
    "BlockIOAccounting=yes",
    # several in one unit
    "CPUShares=512\nCPUShares=2048", "CPUShares=512\nCPUShares=", "CPUShares=512\nCPUShares=1", "CPUShares=512\nStartupCPUShares=2048",
    "BlockIOWeight=100\nBlockIOWeight=", f"BlockIOReadBandwidth={DEVICE} 1K\nBlockIOWriteBandwidth={DEVICE} 2K",
    f"BlockIOWeight=250\nBlockIOReadBandwidth={DEVICE} 1K", f"BlockIOReadBandwidth={DEVICE} 1K\nBlockIOReadBandwidth={DEVICE} infinity",
    f"BlockIOReadBandwidth={DEVICE} 1K\nBlockIOReadBandwidth=", f"BlockIODeviceWeight={DEVICE} 100\nBlockIODeviceWeight={DEVICE} 5", "MemoryLimit=1G\nMemoryLimit=", "MemoryLimit=1G\nMemoryLimit=2G",
    # with keys of cgroup v2 beside them
    "CPUShares=512\nCPUWeight=300", "CPUShares=512\nCPUWeight=300\nCPUWeight=", "CPUShares=512\nStartupCPUWeight=300", "CPUShares=512\nCPUQuota=20%",
    "BlockIOWeight=250\nIOWeight=300", "BlockIOWeight=250\nIOAccounting=yes", "BlockIOWeight=250\nIOAccounting=no",
    f"BlockIOWeight=250\nIOReadBandwidthMax={DEVICE} 1K", f"BlockIOReadBandwidth={DEVICE} 1K\nIOWeight=300",
    "MemoryLimit=1G\nMemoryMax=2G", "MemoryLimit=1G\nMemoryHigh=2G", "MemoryLimit=1G\nMemorySwapMax=0", "MemoryLimit=1G\nMemoryLow=1M",
    "MemoryLimit=1G\nMemoryLow=0", "MemoryLimit=1G\nMemoryMax=infinity",
    # what replaces them
    "CPUWeight=50", "IOWeight=20", "MemoryMax=1G", f"IOReadBandwidthMax={DEVICE} 1K\nIOWriteBandwidthMax={DEVICE} 2K",
]
FILES = ("cpu.weight", "io.weight", "io.max", "memory.max")


class Asked(Container):
    """A root with a unit for each case."""

    def __init__(self, root, bodies):
        self.bodies = bodies
        super().__init__("cgroup-v1", root)

    def prepare(self):
        for n, body in enumerate(self.bodies):
            self.unit(f"case-{n}.service", f"[Service]\nType=oneshot\nExecStart=/bin/true\n{body}\n")


def mended(unitlint, version, body):
    """The unit after all fixes that are called safe."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "case.service"
        file.write_text(f"[Service]\nType=oneshot\nExecStart=/bin/true\n{body}\n")
        must(unitlint, "fix", file, "--isolated", "--apply", "--systemd", version, "--select", "cgroup-v1-key")
        return file.read_text().split("ExecStart=/bin/true\n")[1].rstrip("\n")


def record(root, verbose, bodies=CASES):
    box = Asked(root, bodies)
    version = int(re.match(r"systemd (\d+)", box.must("systemctl --version"))[1])
    # a block device that is not there has no number: one of the memory disks' does
    box.must(f"mknod {DEVICE} b 1 0 || true")
    box.must("echo 'cpuset cpu io memory pids' >/run/controllers && mount --bind /run/controllers /sys/fs/cgroup/cgroup.controllers")
    box.must("systemctl daemon-reexec && systemd-analyze log-level debug")
    said = {}
    for n, body in enumerate(bodies):
        unit = f"case-{n}.service"
        box.must(f"systemctl start {unit}")
    box.must("journalctl --sync || true")
    for n, body in enumerate(bodies):
        unit = f"case-{n}.service"
        text = box.must(f"journalctl -b -o cat _PID=1 UNIT={unit}")
        if verbose:
            print(f"== {version} {body!r}\n" + "\n".join(l for l in text.splitlines() if "pplying" in l or "attribute" in l))
        wants = {}
        for name, value in re.findall(r"Failed to set '([\w.]+)' attribute on '[^']*' to '([^']*)'", text):
            if name in FILES and (name != "memory.max" or "Memory" in body):
                wants[name] = value.replace("default ", "")
        applied = sorted(set(re.findall(r"(Applying (?:\[Startup\])?(?:CPUShares|BlockIO|MemoryLimit).*?)(?: on /\S+)?$", text, re.M)))
        said[body] = {"writes": wants, "says": applied}
    box.close()
    return version, said


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("--root", action="append", required=True)
    args.add_argument("--check", action="store_true")
    args.add_argument("--json", default=str(RECORDING))
    args.add_argument("--unitlint", type=Path)
    args.add_argument("-v", action="store_true")
    args = args.parse_args()
    in_own_mounts("CGROUP_V1_INSIDE")
    seen = {str(version): said for version, said in (record(root, args.v) for root in args.root)}
    if args.unitlint:
        different = 0
        for root, version in zip(args.root, seen):
            pairs = {c: mended(args.unitlint.resolve(), version, c) for c in CASES}
            pairs = {c: m for c, m in pairs.items() if m != c}
            _, now = record(root, False, list(pairs.values()))
            for case, mend in pairs.items():
                same = seen[version][case]["writes"] == now[mend]["writes"]
                different += not same
                if not same or args.v:
                    print(f"{version} {case!r} -> {mend!r}: {'same' if same else (seen[version][case], now[mend])}")
            print(f"systemd {version}: {len(pairs)} of {len(CASES)} units are mended")
        print(f"{different} of them do not mean the same to systemd")
        sys.exit(bool(different))
    if args.check:
        known = json.loads(RECORDING.read_text())["systemd"]
        different = [(v, c) for v in seen for c in seen[v] if known.get(v, {}).get(c) != seen[v][c]]
        for version, case in different:
            print(f"{version} {case!r}: {seen[version][case]}, recorded {known.get(version, {}).get(case)}")
        print(f"{sum(map(len, seen.values()))} cases, {len(different)} differ from the recording")
        sys.exit(bool(different))
    about = "what systemd writes into cgroup v2 for keys of cgroup v1: made by tests/live/cgroup_v1.py"
    Path(args.json).write_text(json.dumps({"about": about, "systemd": seen}, indent=1) + "\n")
    print(f"{args.json}: {sum(map(len, seen.values()))} answers of systemd {', '.join(seen)}")


if __name__ == "__main__":
    main()
