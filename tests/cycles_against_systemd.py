#!/usr/bin/env python3
"""Compares the ordering cycles that unitlint finds with those of an installed systemd-analyze on random graphs.

    tests/cycles_against_systemd.py BINARY [GRAPHS [SEED]]

Needs systemd-analyze; no root. Each graph is a directory of services without default dependencies; systemd is asked for
each unit whether its start runs into a cycle.
"""
import os, random, subprocess, sys, tempfile

binary = os.path.abspath(sys.argv[1])
graphs = int(sys.argv[2]) if len(sys.argv) > 2 else 100
rng = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
keys = ["After", "Before", "Wants", "Requires"]
cyclic = different = 0
for number in range(graphs):
    with tempfile.TemporaryDirectory() as folder:
        n = rng.randint(2, 6)
        for unit in range(n):
            lines = [f"{rng.choice(keys)}=u{rng.choice([v for v in range(n) if v != unit])}.service" for _ in range(rng.randint(0, 3))]
            with open(f"{folder}/u{unit}.service", "w") as f:
                f.write("[Unit]\nDefaultDependencies=no\n" + "\n".join(lines) + "\n[Service]\nExecStart=/bin/true\nStandardOutput=null\n")
        ours = subprocess.run([binary, "check", "--isolated", "--unit-path", folder, "--select", "ordering-cycle", "--format", "concise"],
                              capture_output=True, text=True).stdout != ""
        theirs = False
        for unit in range(n):
            said = subprocess.run(["systemd-analyze", "verify", "--man=no", "--generators=no", f"{folder}/u{unit}.service"],
                                  capture_output=True, text=True, env={**os.environ, "SYSTEMD_UNIT_PATH": folder, "LC_ALL": "C"}).stderr
            theirs = theirs or "ordering cycle" in said or "order is cyclic" in said
        cyclic += theirs
        if ours != theirs:
            different += 1
            print(f"graph {number}: unitlint {'finds' if ours else 'does not find'} a cycle, systemd {'does' if theirs else 'does not'}")
            for unit in range(n):
                print(f"  u{unit}: " + " ".join(l.strip() for l in open(f"{folder}/u{unit}.service") if "=u" in l))
print(f"{graphs} graphs, {cyclic} with a cycle, {different} told differently")
sys.exit(1 if different else 0)
