#!/usr/bin/env python3
"""What lintian says of the units of packages, and whether unitlint says it of the same file.

A tag belongs to the rules that refer to it (`references = ["lintian:TAG"]`). A finding counts for a tag when it is of one of these
rules, in the same package and at the same file. Printed are the tags with how often both, lintian alone and
unitlint alone spoke, and then each place where lintian spoke alone. Such a place is not yet a fault of either: WHY tells for the
known ones who is right. Ends with 1 where lintian spoke alone and nothing is known of it.

Usage: lintian.py [--bin unitlint] [--said FILE] DIRECTORY|FILE.deb...      (needs lintian, 2.116 or newer; --said keeps what it says)
"""
import argparse, collections, json, re, subprocess, sys
from pathlib import Path

# why lintian may speak alone: the tag, a pattern of its whole line, and what is so
WHY = [
    ("systemd-service-file-refers-to-unusual-wantedby-target", r"",
     "a target, device or service that the package, systemd or one that it comes with has: such names are what WantedBy= is for"),
    ("systemd-service-file-missing-hardening-features", r"",
     "the service has lines that close something, or less than 5.0 of exposure, or is an alias of one that was told"),
    ("systemd-service-file-missing-documentation-key", r"", "an alias: told of the unit that the link leads to"),
    ("systemd-service-file-missing-install-key", r"",
     "a socket, the message bus, a rule of udev, another unit, a link or an alias starts it; lintian looks for a timer and a path only"),
    ("maintainer-script-calls-service", r'"service"', "a variable that is called service, or a text"),
    ("init-script-is-not-a-file", r"", "a link to a script of the package"),
    ("missing-systemd-timer-for-cron-script", r"\.placeholder", "an empty file that keeps the directory"),
    ("init.d-script-does-not-source-init-functions", r"", "it does read them: from /usr/lib, which lintian 2.116 does not know, or in a file that is not UTF-8"),
]


def rules(binary):
    """Which rules stand for which tags."""
    out = collections.defaultdict(set)
    for rule in json.loads(subprocess.run([binary, "rules", "--format", "json"], capture_output=True, text=True, check=True).stdout)["rules"]:
        for reference in rule["references"]:
            if reference.startswith("lintian:"):
                out[reference.removeprefix("lintian:")].add(rule["id"])
    return out


def lintian(tags, debs):
    known = subprocess.run(["lintian-explain-tags", *sorted(tags)], capture_output=True, text=True).stdout
    tags = [t for t in sorted(tags) if re.search(rf"^[A-Z]: {re.escape(t)}$", known, re.M)]
    # a few packages at a time: it keeps all of them in memory
    out = []
    for at in range(0, len(debs), 20):
        done = subprocess.run(
            ["lintian", "--tags", ",".join(tags), "--allow-root", "--no-user-dirs", "-I", "-E", "--pedantic", "-o", "--color", "never",
             "--tag-display-limit", "0", *debs[at:at + 20]], capture_output=True, text=True)
        out += done.stdout.splitlines()
    return out


def read(line):
    """The package, the tag and the file of a line of lintian's."""
    parts = re.match(r"[EWIPXC]: (\S+?)(?: \w+)?: (\S+)(.*)$", line)
    if not parts:
        return None
    place = re.search(r"\[([^\]]*)\]\s*$", parts[3])
    place = re.sub(r":\d+$", "", place[1]) if place else ""
    return parts[1], parts[2], place.split("/")[-1]


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("--bin", default="unitlint")
    args.add_argument("--said", type=Path)
    args.add_argument("packages", nargs="+", type=Path)
    args = args.parse_args()
    debs = sorted(str(d) for p in args.packages for d in (p.glob("*.deb") if p.is_dir() else [p]))
    by_tag = rules(args.bin)
    if args.said and args.said.exists():
        said = args.said.read_text().splitlines()
    else:
        said = lintian(by_tag, debs)
        if args.said:
            args.said.write_text("\n".join(said) + "\n")
    theirs = collections.defaultdict(dict)
    for line in said:
        found = read(line)
        if found and found[1] in by_tag:
            theirs[found[1]][found[0], found[2]] = line
    ours = collections.defaultdict(set)
    done = subprocess.run([args.bin, "audit", "--isolated", "--exit-zero", "--format", "ndjson", *debs], capture_output=True, text=True)
    for line in done.stdout.splitlines():
        package = json.loads(line)
        for finding in package["findings"]:
            ours[finding["rule"]].add((package["name"], finding["path"].split("/")[-1]))
    print(f"{len(debs)} packages\n{'both':>6} {'lintian':>8} {'unitlint':>9}")
    unknown, alone = 0, []
    for tag in sorted(by_tag):
        own = set().union(*(ours[rule] for rule in by_tag[tag]))
        both = {k for k in theirs[tag] if k in own}
        rest = [(k, theirs[tag][k]) for k in sorted(theirs[tag]) if k not in both]
        alone += [(tag, line) for _, line in rest]
        print(f"{len(both):6} {len(rest):8} {len(own - set(theirs[tag])):9}  {tag}  ({', '.join(sorted(by_tag[tag]))})")
    for tag, line in alone:
        why = next((why for t, pattern, why in WHY if t == tag and re.search(pattern, line)), None)
        unknown += why is None
        print(f"\n{line}\n   {why or 'NOT KNOWN'}")
    return 1 if unknown else 0


if __name__ == "__main__":
    sys.exit(main())
