#!/usr/bin/env python3
"""Lines that are tried on running services: what works is kept, what breaks is left out, and everything is as it was, however
a run ends.

Usage: prove.py --root ROOT [--bin unitlint] [--only WORD]    (as root; the root is laid under an overlay and stays as it is)

ROOT is a Debian root with systemd and dbus, nginx, mosquitto, curl and python3 in it. It boots in a container.
"""
import argparse, os, re, subprocess, sys, time
from pathlib import Path

from container import Container, in_own_mounts, must

PROBES = {
    "nginx": "curl -fsS http://127.0.0.1/ | grep -q '<html'",
    "mosquitto": "python3 -c \"import socket; s=socket.create_connection(('127.0.0.1',1883),3); "
                 "s.send(bytes([16,13,0,4])+b'MQTT'+bytes([4,2,0,9,0,1,97])); assert s.recv(4)==bytes([32,2,0,0])\"",
    # a shop that writes to /var/spool, listens on a port, and reads a kernel setting
    "shop": "curl -fsS http://127.0.0.1:8099/ | grep -q sold",
}
SHOP = '''[Unit]
Description=a shop that hardening breaks in three places
After=network.target
[Service]
ExecStart=/usr/bin/python3 /usr/local/lib/shop.py
ExecReload=/bin/kill -HUP $MAINPID
Restart=on-failure
[Install]
WantedBy=multi-user.target
'''
SHOP_PY = '''
import http.server, signal, os
signal.signal(signal.SIGHUP, lambda *_: open("/var/spool/shop-reloads", "a").write("x"))
class H(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        open("/var/spool/shop-sold", "a").write("x")
        text = open("/proc/sys/kernel/ostype").read() + open("/proc/uptime").read() + "sold"
        self.send_response(200); self.end_headers(); self.wfile.write(text.encode())
http.server.HTTPServer(("127.0.0.1", 8099), H).serve_forever()
'''


class Proven(Container):
    """A root with the program, a shop that hardening breaks, and the probes."""

    def __init__(self, root, binary):
        self.binary = binary
        super().__init__("prove", root)

    def prepare(self):
        must("install", "-m", "755", self.binary, self.root / "usr/bin/unitlint")
        self.unit("shop.service", SHOP)
        (self.root / "usr/local/lib/shop.py").write_text(SHOP_PY)
        self.unit("till.service", "[Unit]\nRequires=shop.service\nAfter=shop.service\n[Service]\nExecStart=/bin/sleep infinity\n")
        for unit, probe in PROBES.items():
            (self.root / f"usr/local/lib/probe-{unit}").write_text(f"#!/bin/sh\n{probe}\n")
            (self.root / f"usr/local/lib/probe-{unit}").chmod(0o755)

    def state(self, *units):
        """What a trial may not change."""
        units = " ".join(units)
        shown = self.must(f"systemctl show -p Id,ActiveState,SubState,Result,DropInPaths,NeedDaemonReload,UnitFileState,NRestarts {units}")
        files = self.must("find /run/systemd/system.control /run/systemd/transient /run/systemd/system /etc/systemd -name '*unitlint*' 2>/dev/null || true; "
                          "ls -d /run/systemd/system.control 2>/dev/null || true")
        return shown + files

    def prove(self, words):
        begun = time.monotonic()
        done = self.sh(f"unitlint fix --isolated --prove {words}", timeout=1200)
        print(f"$ unitlint fix --prove {words}\n{done.stderr}{done.stdout}=> exit status {done.returncode} in {time.monotonic() - begun:.0f} s\n", flush=True)
        return done


wrong = []


def hold(truth, text):
    print(("ok     " if truth else "WRONG  ") + text, flush=True)
    if not truth:
        wrong.append(text)


def at_once(box):
    box.must("systemctl start nginx")
    before = box.state("nginx")
    done = box.prove("nginx.service --probe /usr/local/lib/probe-nginx")
    hold(done.returncode == 0 and "proven" in done.stdout and "✗" not in done.stdout, "nginx works with all safe lines at once")
    hold(": 2 trials of" in done.stdout, "it took the trial as shipped and one more")
    hold(box.state("nginx") == before, "nginx is as it was")
    box.must("systemctl stop nginx")
    before = box.state("nginx")
    done = box.prove("nginx.service --settle 1")
    hold(done.returncode == 0 and box.state("nginx") == before, "a service that does not run does not run afterwards; without a probe it has to stay up")


def narrowed(box):
    for unit in ("mosquitto", "shop"):
        box.must(f"systemctl start {unit}")
        before = box.state(unit)
        done = box.prove(f"{unit}.service --safety unsafe --probe /usr/local/lib/probe-{unit} --apply")
        hold(done.returncode == 0 and "✗" in done.stdout, f"{unit}: some lines are left out, the others proven")
        hold(box.sh(f"sleep 1; systemctl is-active {unit} && /usr/local/lib/probe-{unit}").returncode == 0, f"{unit}: the probe passes with what was applied")
        path = f"/etc/systemd/system/{unit}.service.d/50-unitlint.conf"
        print(box.must(f"cat {path}"))
        shown = box.must(f"systemctl show -p DropInPaths,NeedDaemonReload {unit}")
        hold(path in shown and "NeedDaemonReload=no" in shown, f"{unit}: the manager has read it")
        promised = re.search(r"exposure \S+ \S+ -> (\S+)", box.must(f"cat {path}")).group(1)
        real = re.search(r"for \S+: (\S+)", box.must(f"systemd-analyze security --no-pager {unit} | tail -1")).group(1)
        hold(promised == real, f"{unit}: the promised exposure {promised} is what systemd-analyze says of the running service: {real}")
        applied = box.must(f"cat {path}")
        plain = box.sh(f"unitlint fix --isolated --safety unsafe {unit}.service").stdout
        hold(plain == "", f"{unit}: fix without a trial leaves it alone")
        again = box.prove(f"{unit}.service --safety unsafe --probe /usr/local/lib/probe-{unit} --apply")
        hold(again.returncode == 0 and box.must(f"cat {path}") == applied, f"{unit}: a second run comes to the same lines")
        box.must(f"rm -r /etc/systemd/system/{unit}.service.d; systemctl daemon-reload; systemctl restart {unit}")
        hold(box.state(unit) == before, f"{unit}: nothing else is left")


def interrupted(box):
    box.must("systemctl start till nginx")
    command = "unitlint fix --isolated --prove shop.service --safety unsafe --probe"
    for name in ("INT", "TERM", "HUP", "QUIT"):
        for wait in (0.2, 0.7, 1.5, 3.0, 5.0):
            before = box.state("shop", "till", "nginx")
            box.must(f"systemd-run -q --unit=runner -p SendSIGHUP=no -p KillMode=process sh -c '{command} /usr/local/lib/probe-shop 2>/run/said; echo $? >/run/status'")
            time.sleep(wait)
            box.must(f"pkill -{name} -x unitlint")
            box.must("for i in $(seq 200); do systemctl is-active --quiet runner || break; sleep 0.1; done; systemctl reset-failed runner 2>/dev/null; true")
            status = box.must("cat /run/status").strip()
            hold(status == "2" and box.state("shop", "till", "nginx") == before, f"SIG{name} after {wait} s: exit status {status}, everything is as it was")
    print(box.must("cat /run/said"))
    # a probe that hangs ends with the run
    before = box.state("shop", "till")
    box.must(f"systemd-run -q --unit=runner sh -c '{command} \"sleep 4711 & sleep 4711\" 2>/run/said; echo $? >/run/status'")
    time.sleep(2)
    hold(box.sh("pgrep -f 'sleep 471[1]'").returncode == 0, "a probe hangs")
    box.must("pkill -INT -x unitlint")
    box.must("for i in $(seq 200); do systemctl is-active --quiet runner || break; sleep 0.1; done")
    hold(box.sh("pgrep -x sleep -a | grep 4711").returncode == 1 and box.state("shop", "till") == before, "it is gone with the run, with all that it started")


def closed(box):
    """A terminal that goes away in the middle."""
    import pty
    before = box.state("shop", "till")
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvp("nsenter", ["nsenter", "-t", str(box.leader), *box.ENTER, "--", "/usr/bin/env", "-i", *box.ENVIRONMENT, "unitlint", "fix",
                              "--isolated", "--prove", "shop.service", "--safety", "unsafe", "--probe", "/usr/local/lib/probe-shop"])
    time.sleep(2.5)
    os.close(terminal)
    os.waitpid(pid, 0)
    for _ in range(100):
        if box.sh("pgrep -x unitlint").returncode:
            break
        time.sleep(0.1)
    hold(box.state("shop", "till") == before, "a terminal that was closed in the middle: everything is as it was")


def killed(box):
    box.must("systemctl start till")
    for wait in (0, 0.7, 2.5):
        before = box.state("shop", "till")
        box.must("systemd-run -q --unit=runner -p KillMode=process unitlint fix --isolated --prove shop.service --safety unsafe --probe /usr/local/lib/probe-shop")
        box.must(f"until [ -e /run/systemd/system.control/shop.service.d/50-unitlint.before ]; do sleep 0.02; done; sleep {wait}; pkill -KILL -x unitlint")
        time.sleep(1)
        left = box.state("shop", "till")
        hold(left != before, f"SIGKILL {wait} s after the first change leaves a note:\n" + box.must("cat /run/systemd/system.control/shop.service.d/50-unitlint.before"))
        box.must("systemctl reset-failed runner || true")
        done = box.prove("")
        hold(done.returncode == 0 and box.state("shop", "till") == before, "the next run puts everything back")


def refused(box):
    box.must("systemctl stop nginx shop till; systemctl start shop")
    before = box.state("shop", "nginx")
    done = box.prove("shop.service --probe 'echo this probe never works >&2; exit 3' --settle 1")
    hold(done.returncode == 1 and "does not work as shipped" in done.stdout and box.state("shop", "nginx") == before, "a probe that fails as shipped: nothing was tried")
    done = box.prove("no-such-thing.service")
    hold(done.returncode == 2, "a unit that is not there")
    done = box.prove("/etc/systemd/system/shop.service")
    hold(done.returncode == 2, "a path")
    done = box.prove("")
    hold(done.returncode == 2, "no unit")
    box.must("touch /etc/systemd/system/shop.service")
    done = box.prove("shop.service")
    hold(done.returncode == 2 and "daemon-reload" in done.stdout, "a unit that was changed and not read again")
    box.must("systemctl daemon-reload")
    done = box.sh("systemd-run -q --pipe --wait -p User=nobody unitlint fix --isolated --prove shop.service")
    print(done.stderr)
    hold("needs root" in done.stderr and done.returncode == 2, "no root")
    done = box.sh("systemd-run -q --pipe --wait --unit=inside unitlint fix --isolated --prove inside.service")
    print(done.stderr + done.stdout)
    hold(done.returncode == 2, "a transient unit, and the one that it runs in")
    box.must("systemd-run -q --unit=holder flock /run/systemd/system sleep 5; sleep 0.5")
    done = box.prove("shop.service")
    hold(done.returncode == 2 and "another run" in done.stderr, "another run is at it")


def nowhere(binary):
    done = subprocess.run([binary, "fix", "--prove", "nginx.service"], capture_output=True, text=True)
    print(done.stderr)
    hold(done.returncode == 2 and "needs a running systemd" in done.stderr, "no systemd" if not Path("/run/systemd/system").exists() else "skipped: systemd runs here")


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("--root", required=True)
    args.add_argument("--bin", default="target/release/unitlint")
    args.add_argument("--only", default="")
    args = args.parse_args()
    in_own_mounts("PROVE_INSIDE")
    if not Path("/run/systemd/system").exists():
        nowhere(args.bin)
    for check in (at_once, narrowed, interrupted, closed, killed, refused):
        if args.only in check.__name__:
            print(f"\n==== {check.__name__}", flush=True)
            box = Proven(args.root, args.bin)
            try:
                check(box)
            finally:
                box.close()
    print(f"\n{len(wrong)} things are wrong" + "".join(f"\n  {w}" for w in wrong))
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
