#!/usr/bin/env python3
"""Holds the model of control groups (src/unit/cgroups/) against a running systemd.

    sudo tests/live/tree.py --root DIR --bin target/debug/unitlint [--record FILE] [--only CASE]... [-v]

Not part of the test suite: it needs root, systemd-nspawn and overlayfs, Python 3.11+ and DIR, a Debian root with systemd
(`debootstrap --variant=minbase --include=systemd,systemd-sysv,dbus,libpam-systemd trixie DIR`), which stays as it is.

The trees of fixtures/cgroups/cases.toml are put into a container one after the other; systemd reads them, starts what can be
started, and is asked for each unit with `systemctl show`. The same files
are given to `unitlint tree --format json`, and every answer is compared. The exit status is 1 if one differs. With --record,
what systemd says is written down; tests/tree.rs holds the model against that.

With --first (a systemd up to 255) the container has control groups of the first version. Where the kernel has its controllers
there, the controllers that a unit got and its memory.limit_in_bytes, pids.max and cpu.shares are compared as well.

What a container cannot tell: where the kernel has no memory controller for the second version of control groups, nobody sees
memory.low, so that of promises only the unit's own settings are compared, not DefaultMemoryLow= nor what is kept of them. The
same is true of cpuset.cpus.effective: of AllowedCPUs= the settings are compared. Shares of weights are the kernel's business:
the weights are compared.
"""
import argparse, json, os, re, shlex, subprocess, sys, tempfile, tomllib
from pathlib import Path

from container import Booted, must, remove_groups

HERE = Path(__file__).resolve().parent
CASES = HERE.parent.parent / "fixtures/cgroups/cases.toml"
PROPS = ("Id LoadState ActiveState Slice ControlGroup MemoryMax MemoryHigh MemorySwapMax MemoryMin MemoryLow TasksMax CPUWeight "
         "StartupCPUWeight IOWeight StartupIOWeight CPUQuotaPerSecUSec AllowedCPUs AllowedMemoryNodes Delegate DelegateControllers "
         "DisableControllers ManagedOOMSwap ManagedOOMMemoryPressure ManagedOOMMemoryPressureLimit ManagedOOMPreference "
         "EffectiveMemoryMax EffectiveMemoryHigh EffectiveTasksMax").split()
RECORDED = "Slice ControlGroup MemoryMax MemoryHigh TasksMax CPUWeight IOWeight EffectiveMemoryMax EffectiveMemoryHigh EffectiveTasksMax".split()
CONTROLLERS = "cpu cpuset io memory pids".split()
KERNEL = {"memory/memory.limit_in_bytes": "MemoryMax", "pids/pids.max": "TasksMax", "cpu/cpu.shares": "CPUWeight"}


class Box(Booted):
    """A container that is thrown away."""

    ENVIRONMENT = (*Booted.ENVIRONMENT, "HOME=/root", "XDG_RUNTIME_DIR=/run/user/0")

    def __init__(self, root, first=False):
        super().__init__(Path(tempfile.mkdtemp(prefix="tree-", dir="/run")))
        self.first, self.cgroups = first, []
        must("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", self.work)
        for d in ("upper", "work", "root"):
            (self.work / d).mkdir(mode=0o755)
        must("mount", "-t", "overlay", "overlay", "-o",
             f"lowerdir={root},upperdir={self.work}/upper,workdir={self.work}/work", self.root)
        try:
            self.boot()
        except BaseException:
            self.close()
            raise

    def boot(self):
        self.mask()
        fields = [line.split() for line in Path("/proc/self/mounts").read_text().splitlines()]
        # groups of our own, so that the container never works in the machine's
        for parent in [Path(f[1]) for f in fields if f[2] == "cgroup2" or self.first and f[2] == "cgroup"]:
            own = parent / f"unitlint-tree{os.getpid()}"
            own.mkdir()
            self.cgroups.append(own)
            for name in ("cpuset.cpus", "cpuset.mems"):
                if (own / name).exists():
                    (own / name).write_text((parent / name).read_text())
            if (own / "cgroup.clone_children").exists():
                (own / "cgroup.clone_children").write_text("1")
        if self.first and len(self.cgroups) < 2:
            sys.exit("this machine has no control groups of the first version")
        drop = self.root / "etc/systemd/system/user@0.service.d/tree.conf"
        drop.parent.mkdir(parents=True, exist_ok=True)
        drop.write_text("[Service]\nPAMName=\nEnvironment=XDG_RUNTIME_DIR=/run/user/0 HOME=/root\n")
        self.start("tree", self.cgroups, *(["--private-users=identity"] if self.first else []), first=self.first)

    def close(self):
        self.stop()
        fields = [line.split() for line in Path("/proc/self/mounts").read_text().splitlines()]
        # nspawn makes one beside ours, too
        for own in {Path(f[1]) / f"unitlint-tree{os.getpid()}" for f in fields if f[2] in ("cgroup", "cgroup2")}:
            remove_groups(own)
        subprocess.run(["umount", "-l", str(self.work)], capture_output=True)
        try:
            self.work.rmdir()
        except OSError:
            pass


def blocks(text):
    return [dict(line.split("=", 1) for line in b.splitlines() if "=" in line) for b in text.split("\n\n") if b.strip()]


def masks(dump):
    """What `systemd-analyze dump` calls the realized mask of each unit."""
    out, unit = {}, None
    for line in dump.splitlines():
        if m := re.match(r"-> Unit (\S+):", line):
            unit = m[1]
        elif (m := re.match(r"\s+CGroup realized mask:\s*(.*)", line)) and unit:
            out[unit] = sorted(w for w in m[1].split() if w in CONTROLLERS)
    return out


def ask(box, case):
    """What systemd says of the units of a case."""
    etc = box.root / "etc/systemd"
    kept = {}
    for name, text in case["files"].items():
        file = etc / name
        kept[file] = file.read_text() if file.exists() else None
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    sc = "systemctl --user" if case.get("user") else "systemctl"
    if case.get("user"):
        done = box.sh("systemctl start user@0.service && for i in $(seq 50); do [ -S /run/user/0/systemd/private ] && exit 0; sleep 0.2; done; exit 1")
        if done.returncode:
            sys.exit("no user manager: " + done.stderr)
    try:
        units = " ".join(shlex.quote(u) for u in case["ask"])
        start = " ".join(shlex.quote(u) for u in case["ask"] if u.endswith((".service", ".socket")))
        pick = " ".join(f"-p {p}" for p in PROPS)
        done = box.sh(f"{sc} daemon-reload; {sc} start {start}; for u in {units} -.slice; do {sc} show {pick} -- $u; echo; done")
        shown = {b["Id"]: b for b in blocks(done.stdout)}
        mask = masks(box.sh("systemd-analyze dump" + (" --user" if case.get("user") else "")).stdout)
        for name, b in shown.items() if box.first else ():
            b["Mask"] = " ".join(mask.get(name, []))
            for file, key in KERNEL.items():
                folder, _, attribute = file.partition("/")
                group = b["ControlGroup"]
                read = box.sh(f"cat /sys/fs/cgroup/{folder}{shlex.quote(group)}/{attribute}") if group else None
                b[f"Kernel{key}"] = read.stdout.strip() if read and read.returncode == 0 else ""
        base = box.sh(f"{sc} show -p ControlGroup --value -- -.slice").stdout.strip().rstrip("/")
        box.sh(f"{sc} stop {start}; {sc} reset-failed")
    finally:
        for file, old in kept.items():
            file.unlink() if old is None else file.write_text(old)
        for d in {f.parent for f in kept} - {etc, etc / "system", etc / "user"}:
            if d.exists() and not any(d.iterdir()):
                d.rmdir()
        box.sh("systemctl daemon-reload" + ("; systemctl stop user@0.service" if case.get("user") else ""))
    for name, b in shown.items():
        b.pop("Id")
        group = b.get("ControlGroup", "")
        if group and group.startswith(base):
            b["ControlGroup"] = group[len(base):] or "/"
    missing = [u for u in case["ask"] if u not in shown]
    if missing:
        sys.exit(f"{case['name']}: systemd says nothing of {missing}: {done.stderr}")
    return shown


def said(binary, case):
    """What unitlint says."""
    with tempfile.TemporaryDirectory() as top:
        for name, text in case["files"].items():
            file = Path(top) / "etc/systemd" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        scope = "--user" if case.get("user") else "--system"
        out = must(binary, "tree", "--root", top, scope, "--isolated", "--format", "json", "--systemd", case["systemd"])
    return json.loads(out)["trees"][0]


def template(name):
    return re.sub(r"@[^@]*(\.\w+)$", r"@\1", name)


def number(text):
    """A number of systemctl."""
    return None if text in ("infinity", "[not set]", "", "18446744073709551615") else int(text)


def differences(name, real, tree, root):
    """How the model of a unit differs from what systemd says. `root` is what systemd says of the root slice."""
    units = {u["name"]: u for u in tree["units"]}
    u = units.get(name) or units.get(template(name))
    if u is None:
        return [("unit", "not there", real.get("Slice"))], 0
    instance = m[1] if (m := re.search(r"@(.+)\.\w+$", name)) else ""
    settings = {s["key"]: s["value"] for s in u["settings"]}
    wrong, compared = [], 0

    def same(what, ours, theirs):
        nonlocal compared
        compared += 1
        if ours != theirs:
            wrong.append((what, ours, theirs))

    fill = lambda text: text.replace("%i", instance).replace(template(name), name)
    memory, tasks = number(root.get("EffectiveMemoryMax", "")), number(root.get("EffectiveTasksMax", ""))

    def amount(value, whole):
        if value == "infinity":
            return None
        if value.endswith("%"):
            return None if whole is None else int(whole * round(float(value[:-1]) * 100) // 10000)
        return int(value)

    near = lambda a, b: a == b or (None not in (a, b) and abs(a - b) <= 8192)
    same("Slice", fill(u["slice"] or ""), real["Slice"])
    if real["ControlGroup"]:
        same("ControlGroup", fill(u["cgroup"]), real["ControlGroup"])
    for key in ("MemoryMax", "MemoryHigh", "MemorySwapMax", "MemoryMin", "MemoryLow"):
        none = "0" if key in ("MemoryMin", "MemoryLow") else "infinity"
        ours, theirs = settings.get(key, none), number(real[key])
        if ours.endswith("%") and memory is None:
            continue
        ours = amount(ours, memory)
        same(key, ours if not near(ours, theirs) else theirs, theirs)
    for key in ("CPUWeight", "StartupCPUWeight", "IOWeight", "StartupIOWeight"):
        theirs = real[key]
        same(key, settings.get(key, "[not set]"), {"0": "idle", "18446744073709551615": "[not set]"}.get(theirs, theirs))
    quota = settings.get("CPUQuota")
    spans = {"ms": 1e-3, "s": 1, "min": 60, "us": 1e-6}
    theirs = real["CPUQuotaPerSecUSec"]
    theirs = None if theirs == "infinity" else round(sum(float(n) * spans[unit] for n, unit in re.findall(r"([\d.]+)(ms|us|min|s)", theirs)) * 100, 2)
    same("CPUQuota", None if quota is None else float(quota[:-1]), theirs)
    for key in ("AllowedCPUs", "AllowedMemoryNodes"):
        numbers = lambda text: {n for a, b in re.findall(r"(\d+)(?:-(\d+))?", text) for n in range(int(a), int(b or a) + 1)}
        same(key, numbers(settings.get(key, "")), numbers(real[key]))
    delegate = settings.get("Delegate", "no")
    same("Delegate", delegate != "no", real["Delegate"] == "yes")
    controllers = lambda text: sorted(w for w in text.split() if w in CONTROLLERS)
    same("DisableControllers", controllers(settings.get("DisableControllers", "")), controllers(real["DisableControllers"]))
    for key, none in (("ManagedOOMSwap", "auto"), ("ManagedOOMMemoryPressure", "auto"), ("ManagedOOMPreference", "none")):
        same(key, settings.get(key, none), real[key])
    # limits that count
    for key, effective, whole in (("MemoryMax", "EffectiveMemoryMax", memory), ("MemoryHigh", "EffectiveMemoryHigh", memory),
                                  ("TasksMax", "EffectiveTasksMax", tasks)):
        # of a slice that cannot be loaded systemd knows nothing, and adds nothing up
        if effective in real and name != "-.slice" and real["EffectiveMemoryMax"] != "infinity":
            bounds = [amount(l["value"], whole) for l in u["limits"] if l["key"] == key]
            ours, theirs = min([b for b in bounds + [whole] if b is not None], default=None), number(real[effective])
            same(effective, theirs if near(ours, theirs) and (key != "TasksMax" or abs(ours - theirs) <= 1) else ours, theirs)
    # what the kernel was told, and which controllers the unit got: only where there are controllers
    if real.get("Mask") and name != "-.slice":
        disabled = {d["controller"] for d in u["disabled"]}
        for controller in ("cpu", "memory", "pids"):
            keys = {"cpu": ("CPUWeight", "CPUQuota"), "memory": ("MemoryMax",), "pids": ("TasksMax",)}[controller]
            if controller in disabled:
                same(f"has {controller}", False, controller in real["Mask"].split())
            elif controller != "cpu" or any(k in settings for k in keys):
                same(f"has {controller}", True, controller in real["Mask"].split())
        got = real["KernelMemoryMax"]
        if got and "memory" not in disabled and "%" not in settings.get("MemoryMax", ""):
            ours = amount(settings.get("MemoryMax", "infinity"), None)
            same("memory.limit_in_bytes", ours, None if int(got) > 1 << 60 else int(got))
        got = real["KernelTasksMax"]
        if got and "pids" not in disabled and "%" not in settings.get("TasksMax", "%"):
            same("pids.max", amount(settings["TasksMax"], None), None if got == "max" else int(got))
        got, ours = real["KernelCPUWeight"], settings.get("CPUWeight", "100")
        if got and "cpu" not in disabled and ours != "idle" and "StartupCPUWeight" not in settings:
            same("cpu.shares", max(2, int(ours) * 1024 // 100), int(got))
    return wrong, compared


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--root", required=True, type=Path)
    parser.add_argument("--bin", required=True)
    parser.add_argument("--record", type=Path)
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--first", action="store_true", help="with control groups of the first version, where these have controllers")
    parser.add_argument("-v", action="store_true")
    args = parser.parse_args()
    cases = [c for c in tomllib.loads(CASES.read_text())["case"] if not args.only or c["name"] in args.only]
    recorded = json.loads(args.record.read_text()) if args.record and args.record.exists() else {}
    bad = total = 0
    box = Box(args.root, args.first)
    try:
        version = box.must("systemctl --version").split()[1]
        for case in cases:
            case["systemd"] = version
            real = ask(box, case)
            recorded.setdefault(version + ("-first" if args.first else ""), {})[case["name"]] = real
            tree = said(args.bin, case)
            count = 0
            for name in case["ask"]:
                wrong, compared = differences(name, real[name], tree, real["-.slice"])
                count += compared
                for what, ours, theirs in wrong:
                    bad += 1
                    print(f"{case['name']}: {name}: {what}: {ours!r}, systemd says {theirs!r}")
            total += count
            if args.v:
                print(f"{case['name']}: {len(case['ask'])} units, {count} answers compared")
        print(f"systemd {version}{', first version' if args.first else ''}: {len(cases)} trees, {total} answers compared, {bad} differ")
    finally:
        box.close()
    if args.record:
        kept = lambda real: {k: v for k, v in real.items() if k in RECORDED}
        tidy = {version: {case: {unit: kept(real) for unit, real in units.items()} for case, units in cases.items()}
                for version, cases in recorded.items()}
        text = json.dumps(tidy, indent=1, sort_keys=True)
        args.record.write_text(re.sub(r"\n {4,}|\n {3}(?=\})", " ", text) + "\n")  # a unit is a line
    sys.exit(bool(bad))


if __name__ == "__main__":
    main()
