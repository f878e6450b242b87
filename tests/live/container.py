"""A root that runs systemd in a container, for the tests beside this file. It ends with this process."""
import ctypes, os, re, signal, subprocess, sys, tempfile, time
from pathlib import Path

libc = ctypes.CDLL(None, use_errno=True)


def must(*command, **more):
    done = subprocess.run([str(c) for c in command], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300, **more)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}: {done.returncode}\n{done.stdout[-1000:]}{done.stderr[-2000:]}")
    return done.stdout


def cgroup_parent():
    """The group of this process on cgroup v2, where there is one."""
    mounts = [l.split()[1] for l in Path("/proc/self/mounts").read_text().splitlines() if l.split()[2] == "cgroup2"]
    own = [l[3:] for l in Path("/proc/self/cgroup").read_text().splitlines() if l.startswith("0::")]
    return Path(mounts[-1]) / own[0].strip("/") if mounts and own else None


def remove_groups(top):
    """Takes away a group and those in it, as soon as their processes are gone."""
    for _ in range(60):
        for group in sorted((p for p in top.rglob("*") if p.is_dir()), key=lambda p: -len(p.parts)) + [top]:
            try:
                group.rmdir()
            except OSError:
                pass
        if not top.exists():
            break
        time.sleep(0.1)


class Booted:
    """What boots is `root`; `work` is a directory for the console."""

    # nsenter's options beside the process, and what a command finds in its environment
    ENTER = ("-m", "-u", "-i", "-n", "-p")
    ENVIRONMENT = ("PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C")

    def __init__(self, work):
        self.work, self.root = work, work / "root"
        self.nspawn = self.leader = None

    def mask(self, *more):
        """Nothing of the machine may be changed: what would do so does not start."""
        off = "systemd-sysctl systemd-modules-load systemd-binfmt systemd-udevd systemd-timesyncd systemd-networkd systemd-resolved " \
              "systemd-firstboot systemd-pstore console-getty getty@ ldconfig".split()
        for unit in [f"{name}.service" for name in off] + list(more):
            link = self.root / "etc/systemd/system" / unit
            link.unlink(missing_ok=True)
            link.symlink_to("/dev/null")
        (self.root / "etc/machine-id").write_text("0123456789abcdef0123456789abcdef\n")

    def start(self, name, groups, *options, first=False):
        """Boots in these groups; with `first` on cgroup v1."""
        def child():
            libc.prctl(1, signal.SIGKILL)
            for group in groups:
                (group / "cgroup.procs").write_text(str(os.getpid()))

        log = open(self.work / "console", "wb")
        self.nspawn = subprocess.Popen(
            ["systemd-nspawn", "--quiet", "-D", str(self.root), "--register=no", "--keep-unit", "--boot", "--settings=no",
             "--private-network", "--console=read-only", "--link-journal=no", "--resolv-conf=off", "--timezone=off",
             f"--machine={name}{os.getpid()}", f"--hostname={name}", *options],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=child,
            env={**os.environ, "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "0" if first else "1"})
        end = time.monotonic() + 90
        while time.monotonic() < end and self.nspawn.poll() is None:
            self.leader = self.leader or self.find_leader()
            if self.leader and self.sh("systemctl is-active --quiet multi-user.target").returncode == 0:
                return
            time.sleep(0.2)
        sys.exit("the container does not boot:\n" + (self.work / "console").read_text(errors="replace")[-3000:])

    def find_leader(self):
        try:
            for kid in Path(f"/proc/{self.nspawn.pid}/task/{self.nspawn.pid}/children").read_text().split():
                pids = re.search(r"^NSpid:\s+(.*)$", Path(f"/proc/{kid}/status").read_text(), re.M)[1].split()
                if len(pids) > 1 and pids[-1] == "1" and Path(f"/proc/{kid}/comm").read_text().strip() == "systemd":
                    return int(kid)
        except (OSError, TypeError):
            pass
        return None

    def sh(self, script, timeout=300):
        return subprocess.run(["nsenter", "-t", str(self.leader), *self.ENTER, "--", "/usr/bin/env", "-i", *self.ENVIRONMENT,
                               "/bin/sh", "-c", script],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout)

    def must(self, script):
        done = self.sh(script)
        if done.returncode:
            sys.exit(f"in the container: {script}: {done.stderr}")
        return done.stdout

    def stop(self):
        if self.leader:
            try:
                os.kill(self.leader, signal.SIGKILL)
            except ProcessLookupError:
                pass
        elif self.nspawn:
            self.nspawn.kill()
        if self.nspawn:
            try:
                self.nspawn.wait(20)
            except subprocess.TimeoutExpired:
                self.nspawn.kill()
        subprocess.run(["umount", "-l", str(self.root)], capture_output=True)


class Container(Booted):
    """A root under an overlay that runs systemd; its mounts end with our mount namespace. `prepare` puts files into it before it boots."""

    ENTER = (*Booted.ENTER, "-C")

    def __init__(self, name, root):
        super().__init__(Path(tempfile.mkdtemp(prefix=f"{name}-", dir="/var/tmp")))
        must("mount", "-t", "tmpfs", "none", self.work)
        for part in ("upper", "inner", "root"):
            (self.work / part).mkdir()
        must("mount", "-t", "overlay", "overlay", "-o", f"lowerdir={root},upperdir={self.work}/upper,workdir={self.work}/inner", self.root)
        self.mask()
        self.prepare()
        self.cgroup = (cgroup_parent() or sys.exit("there is no cgroup2 mount")) / self.work.name
        self.cgroup.mkdir()
        try:
            self.start(name, [self.cgroup])
        except BaseException:
            self.close()
            raise

    def prepare(self):
        pass

    def unit(self, name, text):
        (self.root / "etc/systemd/system" / name).write_text(text)

    def close(self):
        self.stop()
        remove_groups(self.cgroup)
        subprocess.run(["umount", "-l", str(self.work)])
        self.work.rmdir()


def in_own_mounts(mark):
    """Begins this script anew in a mount namespace of its own; all mounts end with it."""
    if mark not in os.environ:
        os.environ[mark] = "1"
        os.execvp("unshare", ["unshare", "--mount", "--propagation", "private", "--", sys.executable, *sys.argv])
