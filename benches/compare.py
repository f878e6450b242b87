#!/usr/bin/env python3
"""Race unitlint against its peers over the same service files.

Three jobs, each as a user would start it:

  security   every check of every service, each in the program's own JSON:
             `unitlint security --format json` against
             `systemd-analyze security --offline=true --json=short`
  check      everything that is wrong with every service: `unitlint check --format json` against
             `systemd-analyze security --offline=true` and `systemd-analyze verify`, and, where they
             are found, systemdlint and systemd-lsp, each with all it has to say
  one file   the same as `security` for a single service, after the kernel was asked
             to forget the file, the program and its libraries

The services are copied into an empty directory first (of several with one name only the first,
with its drop-ins), and nothing else is searched, so that all programs see the same units and none
of the machine's own: to load those would cost systemd-analyze time that unitlint does not spend.
unitlint is told to judge as the systemd that it races against.

The programs take turns, so that a busy machine slows all. What is compared is the median of the
processor time (user and system, as the kernel accounts it for the finished child); the median of the
time on the clock stands behind it. A ratio of 20 means: systemd-analyze took 20 times as long.
"""

import argparse
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent


def program(wanted, *candidates):
    """The first program there is."""
    for name in [wanted] if wanted else candidates:
        found = shutil.which(str(name))
        if found:
            return os.path.realpath(found)
    sys.exit(f"compare.py: no {wanted or Path(candidates[-1]).name} found; build it, or name it (see --help)")


def version(analyze):
    text = subprocess.run([analyze, "--version"], capture_output=True, text=True, check=True).stdout
    return re.search(r"systemd (\d+)", text)[1]


def gather(source, target):
    """Copies each service once, with the drop-ins beside it."""
    seen = {}
    for path in sorted(source.rglob("*.service")):
        if path.name in seen or not path.is_file():
            continue
        seen[path.name] = shutil.copyfile(path, target / path.name)
        dropins = path.with_name(path.name + ".d")
        if dropins.is_dir():
            shutil.copytree(dropins, target / dropins.name, ignore_dangling_symlinks=True)
    return [str(path) for path in seen.values()]


def run(commands, directory):
    """Processor time and clock time of commands, one after the other."""
    environment = {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "SYSTEMD_UNIT_PATH": str(directory), "SYSTEMD_PAGER": ""}
    before, clock = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    for command in commands:
        done = subprocess.run(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        # 1 means that there is something to say about a unit
        if done.returncode not in (0, 1):
            sys.exit(f"compare.py: {command[0]} {command[1]} ended with {done.returncode}: {done.stderr[-500:]!r}")
    clock = time.perf_counter() - clock
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime, clock


def libraries(binary):
    text = subprocess.run(["ldd", binary], capture_output=True, text=True).stdout if shutil.which("ldd") else ""
    return re.findall(r"(/\S+) \(0x", text)


def forget(paths):
    """Asks the kernel to drop what it keeps of files in memory."""
    for path in paths:
        with open(path, "rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def race(contenders, directory, runs, before_each=lambda: None):
    """Medians of each, taking turns."""
    times = [[] for _ in contenders]
    for turn in range(runs + 1):
        for side, (_, commands) in enumerate(contenders):
            before_each()
            measured = run(commands, directory)
            # the first turn warms all up
            if turn:
                times[side].append(measured)
    return [tuple(statistics.median(column) for column in zip(*side)) for side in times]


def rows(job, files, contenders, times):
    """A row for each program, unitlint's first."""
    (ours, ours_clock) = times[0]
    for (name, _), (cpu, clock) in zip(contenders, times):
        ratio = f"{cpu / ours:.1f} ({clock / ours_clock:.1f})" if name != "unitlint" else ""
        yield f"| {job} | {files} | {name} | {cpu * 1000:.1f} ms ({clock * 1000:.1f}) | {ratio} |"
        job = files = ""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "directory",
        nargs="?",
        type=Path,
        default=HERE / "fixtures",
        help="where the services are, at any depth (default: those of fixtures/)",
    )
    parser.add_argument("--runs", type=int, default=15, help="turns that count (default: %(default)s)")
    parser.add_argument("--unitlint", help="the program (default: that of the release build, else from PATH)")
    parser.add_argument("--systemd-analyze", help="the program (default: from PATH)")
    parser.add_argument("--systemdlint", help="the program (default: from PATH, if it is there)")
    parser.add_argument("--systemd-lsp", help="the program (default: from PATH, if it is there)")
    args = parser.parse_args()
    if args.runs < 1:
        parser.error("--runs: at least one turn has to count")

    built = Path(os.environ.get("CARGO_TARGET_DIR", HERE / "target")) / "release" / "unitlint"
    unitlint = program(args.unitlint, built, "unitlint")
    analyze = program(args.systemd_analyze, "systemd-analyze")
    systemd = version(analyze)
    analyzer = f"systemd-analyze {systemd}"

    with tempfile.TemporaryDirectory(prefix="unitlint-compare-") as name:
        directory = Path(name)
        files = gather(args.directory, directory)
        if not files:
            sys.exit(f"compare.py: there is no service in {args.directory}")
        one = max(files, key=os.path.getsize)

        def security(files):
            return [
                ("unitlint", [[unitlint, "security", "--format", "json", "--systemd", systemd, *files]]),
                (analyzer, [[analyze, "security", "--offline=true", "--no-pager", "--json=short", *files]]),
            ]

        check = [
            ("unitlint", [[unitlint, "check", "--format", "json", "--systemd", systemd, *files]]),
            (
                f"{analyzer}, security and verify",
                [
                    [analyze, "security", "--offline=true", "--no-pager", *files],
                    [analyze, "verify", "--man=no", "--recursive-errors=no", *files],
                ],
            ),
        ]
        # neither of them does nearly as much
        if peer := shutil.which(args.systemdlint or "systemdlint"):
            check.append(("systemdlint", [[peer, "--norootfs", *files]]))
        if peer := shutil.which(args.systemd_lsp or "systemd-lsp"):
            check.append(("systemd-lsp", [[peer, str(directory)]]))
        cold = [one, unitlint, analyze, *libraries(unitlint), *libraries(analyze)]
        table = [
            *rows("security", len(files), security(files), race(security(files), directory, args.runs)),
            *rows("check", len(files), check, race(check, directory, args.runs)),
            *rows("one file, cold", 1, security([one]), race(security([one]), directory, args.runs, lambda: forget(cold))),
        ]
    print(f"Processor time (time on the clock), medians of {args.runs} turns.\n")
    print("| job | services | program | time | unitlint is so many times as fast |\n| --- | ---: | --- | ---: | ---: |")
    print("\n".join(table))


if __name__ == "__main__":
    main()
