#!/usr/bin/env python3
"""Holds src/vocab/data against a systemd, and proposes what a new release changes in it.

    sudo tests/live/next_systemd.py --root DIR --to DIR [--before DIR] [--unitlint FILE] [--forget RELEASE]

Not part of the test suite: it needs root, Python 3.11+ and in `--root` a root directory with systemd and dpkg's records, for example

    debootstrap --variant=minbase --include=systemd,systemd-sysv,udev,dbus,dbus-user-session,libpam-systemd forky DIR

Nothing is booted and nothing is written there: its programs are run by chroot, in a mount namespace of their own with an empty /tmp.
The release is the one that `systemd-analyze --version` tells. If the data does not know it, it is taken to be as the one before
first, and then as the programs say. The proposal goes to `--to`: NAME.diff for each data file (`git apply`), oracle/RELEASE/ with
the recordings for fixtures/oracle, and report.md with everything that a person has to look at. What only a person can know is
marked "to be decided" in the data, too; members of that name are to be removed.

`--before` is a root with the release before: both are asked the same, and what they answer differently is reported. `--unitlint`
is the program: what it says of the units of fixtures/oracle is held against the root. `--forget` proves this script: the
data are taken as they were before that release, and what is proposed is held against what they are.
"""
import argparse, copy, ctypes, difflib, functools, importlib.util, json, os, re, subprocess, sys, textwrap, tomllib
from collections import Counter
from pathlib import Path

from container import in_own_mounts, must

HERE = Path(__file__).resolve().parent.parent.parent
DATA = HERE / "src" / "vocab" / "data"
OPEN = "to be decided"
OLD = "kept for old units"
SECTIONS = b"Unit|Install|Service|Socket|Mount|Automount|Swap|Timer|Path|Slice|Scope"
REFUSED = re.compile("ignoring|[Ff]ailed|[Ii]nvalid|[Uu]nknown|not |too ")
TYPE = {"Unit": "service", "Install": "service"}
SIGN = {"units": " "}  # between releases in one key, elsewhere +
LIBRARIES = ("usr/lib/systemd/systemd", "usr/lib/systemd/libsystemd-*.so", "usr/lib/*/systemd/libsystemd-*.so")

# Values that tell parsers apart: by which of them they complain about, and how.
PROBES = ["", "yes", "off", "5", "-5", "0", "07777", "99999999999", "5s", "5us", "1G", "10%", "150%", "infinity", "abc", "a b", "a,b",
          "/abs", "/a/../b", "-/abs", "+/abs", "a/b", "a.service", "a.slice", "SIGTERM", "EPERM", "AF_INET", "net", "any", "idle",
          "info", "~x", "!x", "a=b", "=b", "a:b", "/a:/b", "/dev/null 5", "/dev/null 5s", "cpu 1", "[::]:80", "1.2.3.4/8", "%", "%z",
          "@clock", "@x", "CAP_KILL", "lo", "all", "default", "12:00", "Mon *-*-* 12:00", "1-3", "1:2", "'", "\\q", "https://a/",
          "man:a(1)", "AAAA", "a-b_c", "1.5", "x86", "root:ro", "ipv4:tcp:80"]
# Word lists of capabilities.json, and the line that tells whether a word is one of them.
LISTS = {
    "address_families.list": ("Service", "RestrictAddressFamilies=WORD", "AF_"), "namespaces.list": ("Service", "RestrictNamespaces=WORD", ""),
    "signals.list": ("Service", "KillSignal=WORD", "SIG"), "errno.accepted": ("Service", "SystemCallErrorNumber=WORD", "E"),
    "personality_and_architecture.seccomp_architectures": ("Service", "SystemCallArchitectures=WORD", ""),
    "cgroup_controllers": ("Service", "Delegate=WORD", ""), "job_modes": ("Unit", "OnFailureJobMode=WORD", ""),
    "emergency_actions": ("Unit", "FailureAction=WORD", ""), "bpf_attach_types": ("Service", "BPFProgram=WORD:/sys/fs/bpf/x", ""),
    "partition_designators": ("Service", "RootImageOptions=WORD:rw", ""), "coredump_filter_words": ("Service", "CoredumpFilter=WORD", ""),
}


class Root:
    """The programs of a root directory."""

    def __init__(self, path):
        self.path = path
        must("mount", "-t", "tmpfs", "none", path / "tmp")
        must("mount", "-t", "proc", "none", path / "proc")
        must("mount", "--rbind", "/sys", path / "sys")
        (path / "tmp" / "runtime").mkdir(mode=0o700)
        self.release = self.analyze("--version")[1].split()[1]
        self.full = self.analyze("--version")[1].splitlines()[0].split("(")[-1].rstrip(")")

    def run(self, *command, folder="/tmp/units"):
        environment = {"PATH": "/usr/sbin:/usr/bin", "HOME": "/root", "XDG_RUNTIME_DIR": "/tmp/runtime", "LC_ALL": "C.UTF-8",
                       "SYSTEMD_UNIT_PATH": folder, "SYSTEMD_EMOJI": "0", "SYSTEMD_COLORS": "0", "SYSTEMD_PAGER": ""}
        done = subprocess.run(["chroot", str(self.path), *command], env=environment, capture_output=True, stdin=subprocess.DEVNULL)
        return done.returncode, done.stdout.decode(), done.stderr.decode("utf-8", "replace")

    def analyze(self, *words, **more):
        return self.run("systemd-analyze", *words, **more)

    @functools.cached_property
    def keys(self):
        """Section and key of all that is parsed, with the kind of value that the program names."""
        # what is kept for old units is not dumped, but stands in the table of keys
        table = {tuple(m.decode().split(".")) for m in re.findall(rb"(?<=\0)((?:%s)\.[A-Z][A-Za-z0-9]+)(?=\0)" % SECTIONS, self.libraries)}
        section, found = "", dict.fromkeys(sorted(table), OLD)
        for line in self.run("/usr/lib/systemd/systemd", "--dump-configuration-items")[1].splitlines():
            if line.startswith("["):
                section = line[1:-1]
            elif "=" in line:
                key, kind = line.split("=", 1)
                found[section, key] = kind
        for section in {s for s, _ in table}:
            old = [k for (s, k), kind in found.items() if s == section and kind == OLD]
            said = self.complaints(section, {key: [f"{key}=x"] for key in old})
            for key in old:
                if "Unknown key" in said.get((key, 0), ""):
                    del found[section, key]
        return found

    def groups(self, of):
        """The groups of `systemd-analyze syscall-filter` and `filesystems`: what each is for, and its members."""
        found, name = {}, None
        for line in self.analyze(of, "--no-pager")[1].splitlines():
            if line.startswith("@"):
                name = line.strip()
                found[name] = ["", []]
            elif line.startswith(" ") and name:
                if line.strip().startswith("# "):
                    found[name][0] = line.strip()[2:]
                elif not line.strip().startswith("#"):
                    found[name][1].append(line.split()[0])
            else:
                name = None  # what the kernel of this machine has besides
        return found

    def table(self, of):
        return json.loads(self.analyze(of, "--no-pager", "--json=short")[1] or "[]")

    @functools.cached_property
    def libraries(self):
        return b"".join(file.read_bytes() for pattern in LIBRARIES for file in self.path.glob(pattern))

    @functools.cached_property
    def texts(self):
        """Everything in its libraries that could be a word of a value; one that another one ends with is stored once."""
        whole = re.findall(rb"(?<=\0)[A-Za-z][A-Za-z0-9_.-]{1,31}(?=\0)", self.libraries)
        ends = re.findall(rb"(?=(?<![A-Z])([a-z][a-z0-9-]{2,15})\0)", self.libraries)
        return sorted({w.decode() for w in [*whole, *ends]})

    def complaints(self, section, files):
        """Of each file of lines, which lines are complained about, and how. A fatal line ends a drop-in: what follows is asked anew."""
        kind = TYPE.get(section, section.lower())
        name = {"mount": "tmp.mount", "automount": "tmp.automount", "swap": "tmp.swap"}.get(kind, f"probe.{kind}")
        said, left = {}, {mark: 0 for mark in files}
        folder = self.path / "tmp" / "units"
        while left:
            must("rm", "-rf", folder)
            (folder / f"{name}.d").mkdir(parents=True)
            (folder / name).write_text("[Unit]\n" + ("[Service]\nExecStart=/bin/true\n" if kind == "service" else ""))
            for mark, start in left.items():
                lines = [f"[{section}]", *files[mark][start:]]
                (folder / f"{name}.d" / f"{mark}.conf").write_text("\n".join(lines) + "\n")
            text = self.analyze("verify", "--man=no", f"/tmp/units/{name}")[2]
            last = {}
            for line in text.splitlines():
                if found := re.match(rf"/tmp/units/{re.escape(name)}\.d/(.+)\.conf:(\d+): (.*)", line):
                    at = left[found[1]] + int(found[2]) - 2
                    said.setdefault((found[1], at), found[3])
                    last[found[1]] = (at, found[3])
            again = {mark: at + 1 for mark, (at, text) in last.items() if "ignoring" not in text and at + 1 < len(files[mark])}
            left = {mark: at for mark, at in again.items() if at > left[mark]}
        return said

    @functools.cache
    def answers(self, section):
        """What each key of a section says to each probe, in words that do not name the key and the value."""
        keys = [key for (s, key) in self.keys if s == section]
        said = self.complaints(section, {key: [f"{key}={value}" for value in PROBES] for key in keys})

        def plain(key, value, text):
            text = text.replace(key, "KEY")
            return text.replace(value, "VALUE") if len(value) > 1 else text

        return {key: [plain(key, value, said[key, i]) if (key, i) in said else None for i, value in enumerate(PROBES)] for key in keys}

    def accepted(self, section, line, words, warned=False):
        """The words with which a line is taken, with `warned` if only with a warning, too; None if it is with anything."""
        words = ["no-such-word", *words]
        said = self.complaints(section, {"words": [line.replace("WORD", w) for w in words]})
        taken = [w for i, w in enumerate(words) if not (REFUSED.search(said.get(("words", i), "")) if warned else ("words", i) in said)]
        return None if "no-such-word" in taken else taken


# ---------------------------------------------------------------- the data, by release

def releases_of(key):
    """`252`, `252+257` and `252 257` as a list of releases."""
    return re.split("[+ ]", key) if re.fullmatch(r"\d{3}([+ ]\d{3})*", key) else []


def later(value, before, new, sign="+"):
    """The data with a release added that is as the one before."""
    if isinstance(value, list):
        value = [later(v, before, new, sign) for v in value]
        return value + [new] if before in value and all(isinstance(v, str) and releases_of(v) for v in value) else value
    if not isinstance(value, dict):
        return value
    out = {}
    for key, inner in value.items():
        joined = releases_of(key)
        inner = later(inner, before, new, sign) if key != "observed_in" else inner
        if before in joined and (len(joined) > 1 or sign == " "):
            key = sign.join([*joined, new])
        out[key] = inner
        if key == before:
            out[new] = copy.deepcopy(inner)
    return out


def earlier(value, gone, sign="+"):
    """The data as they were before some releases; what is left of no release is left out."""
    if isinstance(value, list):
        kept = [earlier(v, gone, sign) for v in value if not (isinstance(v, str) and v in gone)]
        return [v for v in kept if not (isinstance(v, dict) and (v.get("versions") == [] or v.get("sections") == []))]
    if not isinstance(value, dict):
        return value
    out = {}
    for key, inner in value.items():
        joined = releases_of(key)
        kept = [r for r in joined if r not in gone]
        if joined and not kept or any(key.endswith((f"->{g}", f"{g}_additions")) for g in gone):
            continue
        inner, key = earlier(inner, gone, sign), sign.join(kept) or key
        if isinstance(inner, list) and isinstance(out.get(key), list):
            inner = sorted([*out[key], *inner])
        if not (isinstance(inner, dict) and inner.get("versions") == []):
            out[key] = inner
    return out


def written(name, data):
    """A data file as it is written."""
    if name != "units":
        return json.dumps(data, indent=1, ensure_ascii=False) + ("\n" if (DATA / f"{name}.json").read_text().endswith("\n") else "")

    def wrapped(members):
        words = " ".join(json.dumps(m).replace(" ", "\0") + "," for m in members).rstrip(",")
        return textwrap.fill(words, 109, initial_indent=" " * 8, subsequent_indent=" " * 8, break_on_hyphens=False, break_long_words=False).replace("\0", " ")

    def origin(releases):
        return "{\n" + ",\n".join(f'      "{r}": [\n{wrapped(m)}\n      ]' for r, m in releases.items()) + ("\n" if releases else "") + "    }"

    head = json.dumps({"meta": data["meta"]}, indent=2)[:-2]
    scopes = [f'  "{s}": {{\n' + ",\n".join(f'    "{o}": {origin(r)}' for o, r in data[s].items()) + "\n  }" for s in ("system", "user")]
    return head + ",\n" + ",\n".join(scopes) + "\n}\n"


# ---------------------------------------------------------------- what the root says

class Proposal:
    def __init__(self, data, root, before, new):
        self.data, self.root, self.before, self.new = data, root, before, new
        self.lines = []

    def tell(self, title, lines):
        lines = list(lines)
        self.lines += [f"## {title}", "", *(f"- {line}" for line in lines or ["nothing"]), ""]

    def directives(self):
        new, data = self.new, self.data["directives"]
        there, entries = self.root.keys, data["directives"]
        known = {(p["section"], e["name"]): (e, p) for e in entries for p in e["sections"] if new in p["versions"]}
        added, moved, gone = [], [], {}
        fresh = {}
        for (section, key), kind in there.items():
            if (section, key) not in known:
                fresh.setdefault(key, []).append(section)
        for key, sections in fresh.items():
            entry = next((e for e in entries if e["name"] == key), None)
            if entry is None:
                entry, why = self.entry(key, sections, there)
                at = next((i for i, e in enumerate(entries) if e["name"] > key), len(entries))
                entries.insert(at, entry)
                added.append(f"`{key}=` in {', '.join(sections)}: {why}")
            else:
                moved.append(f"`{key}=` is parsed in {', '.join(sections)}, too")
            for section in sections:
                old = next((p for p in entry["sections"] if p["section"] == section), None)
                if old and new not in old["versions"]:
                    old["versions"].append(new)
                elif not old:
                    entry["sections"].append({"section": section, "unit_types": self.types(section), "introduced": int(new), "versions": [new]})
            entry["sections"].sort(key=lambda p: p["section"])
        for (section, key), (entry, placement) in known.items():
            if (section, key) not in there:
                placement["versions"].remove(new)
                gone.setdefault(key, []).append(section)
        self.tell("Directives: new", added)
        self.tell("Directives: in other sections", moved)
        self.tell("Directives: gone", (f"`{key}=` in {', '.join(s)}: {OPEN} whether it has a `replacement`" for key, s in gone.items()))
        self.words(entries)

    def types(self, section):
        placements = (p for e in self.data["directives"]["directives"] for p in e["sections"])
        return list(next(p["unit_types"] for p in placements if p["section"] == section))

    def entry(self, key, sections, there):
        """A new directive, as the known one that answers most like it."""
        context = {6: "cgroup", 5: "kill", 4: "exec"}.get(len(sections), sections[0].lower())
        section = "Service" if "Service" in sections else sections[0]
        asked = self.root.answers(section)
        mine, best = asked[key], []
        for other in self.data["directives"]["directives"]:
            if other["name"] in asked and other["name"] != key and other["introduced"] != int(self.new) and other["documented_in_versions"]:
                same = sum(a == b for a, b in zip(mine, asked[other["name"]], strict=True))
                like = there[section, other["name"]] == there[section, key], other["context"] == context
                best.append((same, *like, other["name"], other))
        same, *_, other = max(best, key=lambda b: b[:4])
        asks = {name: self.of(other, name) for name in ("class", "repeat", "empty", "specifiers")}
        if mine[0] is not None:
            asks["empty"] = "error_unchanged"
        # who complains about nothing is like many, and which enum takes booleans the words tell
        alike = same == len(PROBES) and any(mine) and not asks["class"].startswith("enum")
        undecided = ["man", "default", "repeat", "user_manager", *([] if alike else ["class", "empty", "specifiers"])]
        entry = {
            "name": key, "context": context, "sections": [], "introduced": int(self.new), "introduced_man": None, "man": other["man"],
            "documented_in_versions": [self.new], "class": asks["class"],
            **({"params": copy.deepcopy(other["params"])} if "params" in other else {}),
        }
        if asks["class"].startswith("enum") or "words" in other:
            entry["words"] = [*(["no", "yes"] if asks["class"] == "enum_or_boolean" else []), *(self.taken(section, key) or [])]
            undecided += ["words"]
            if asks["class"] == "enum_or_boolean":
                entry |= {"boolean_true_means": OPEN, "boolean_false_means": "no"}
        entry |= {
            "repeat": asks["repeat"], "empty": asks["empty"], "specifiers": asks["specifiers"], "fatal_on_error": other["fatal_on_error"],
            "status": "current", "ignored_in_versions": [], "default": OPEN, "user_manager": "yes", OPEN: undecided,
        }
        kind = there[section, key]
        return entry, f"{kind}; answers {same} of {len(PROBES)} probes as `{other['name']}=`, so class `{asks['class']}`; {OPEN}: {', '.join(undecided)}"

    def of(self, entry, member):
        """A member of an entry, for the new release."""
        value = entry.get(f"{member}_by_version", entry.get(member))
        if isinstance(value, dict) and any(r in value for r in self.data["directives"]["meta"]["versions"]):
            return value.get(self.new, entry.get(member) if f"{member}_by_version" in entry else None)
        return value

    def ignored(self, section, key):
        """Whether each probe has the same complaint."""
        said = set(self.root.answers(section)[key])
        return len(said) == 1 and None not in said

    def taken(self, section, key):
        """The words that a key takes, out of everything that stands in the libraries."""
        words = self.root.accepted(section, f"{key}=WORD", ["YES", "oFF", *self.root.texts])
        if words is None:
            return None
        # who takes these takes all booleans, in capitals, too
        booleans = {"yes", "no", "true", "false", "on", "off", "y", "n", "t", "f"} if {"YES", "oFF"} <= set(words) else set()
        return [w for w in words if w.lower() not in booleans]

    def words(self, entries):
        """The words of each key that has some: those it takes no more, and those that it takes besides."""
        told = []
        for entry in entries:
            here = [p["section"] for p in entry["sections"] if self.new in p["versions"]]
            words = self.of(entry, "words")
            if not here or entry["introduced"] == int(self.new):
                continue
            section, kind = ("Service" if "Service" in here else here[0]), self.of(entry, "class")
            if entry["status"] != "obsolete" and kind != "legacy_ignored" and self.ignored(section, entry["name"]):
                told.append(f"`{entry['name']}=` is ignored with a message, whatever its value: {OPEN} since when, and what replaces it")
                releases = sorted({v for p in entry["sections"] for v in p["versions"]})
                classes = {r: entry.get("class_by_version", {}).get(r, entry["class"]) for r in releases}
                entry["class_by_version"] = classes | {self.new: "legacy_ignored"}
                entry["ignored_in_versions"] = sorted({*entry["ignored_in_versions"], self.new})
            if not words:
                continue
            taken = self.taken(section, entry["name"])
            if taken is None:
                told.append(f"`{entry['name']}=` takes any word: its words cannot be asked for")
                continue
            still = self.root.accepted(section, f"{entry['name']}=WORD", words, warned=True) or []
            # `file:PATH` is a shape; what differs in capitals is no word of its own
            shapes = {w.split(":")[0] for w in words if ":" in w}
            other = set(re.findall("[a-z]+", " ".join(entry.get("notes", []))))  # spellings
            more = [w for w in taken if w.lower() not in {x.lower() for x in words} | shapes | other]
            less = [w for w in words if w not in still and ":" not in w]
            if more or less:
                told.append(f"`{entry['name']}=` takes {more or 'nothing'} besides, and no more {less or 'nothing'}")
            if less or (more and kind.startswith("enum")):
                value = [w for w in words if w not in less] + more
                if isinstance(entry["words"], dict):
                    entry["words"][self.new] = value
                else:
                    old = sorted({v for p in entry["sections"] for v in p["versions"]} - {self.new})
                    entry["words"] = {**{v: list(words) for v in old}, self.new: value}
        self.tell("Words of directives", told)

    def syscalls(self):
        new, data, told = self.new, self.data["syscall_groups"], []
        there = self.root.groups("syscall-filter")

        def flat(name, of):
            return sorted({m for member in of(name) for m in (flat(member, of) if member.startswith("@") else [member])})

        def of_data(name, member, release):
            return next((v for k, v in data["groups"].get(name, {}).get(member, {}).items() if release in k.split("+")), [])

        def put(name, member, value):
            """A value of a release that differs gets its own key."""
            row = data["groups"][name].setdefault(member, {})
            shared = next((k for k in row if new in k.split("+")), None)
            if shared and len(shared.split("+")) > 1:
                old = row.pop(shared)
                row |= {k: list(old) for k in shared.split("+") if k != new}
            row[new] = value

        for name, (meaning, members) in there.items():
            whole = flat(name, lambda n: there[n][1])
            if name not in data["groups"]:
                data["groups"][name] = {"meaning": meaning, "versions": [new], "members": {}, "expanded": {}, "expanded_changes": {}}
                told.append(f"`{name}` is new")
            if sorted(members) != sorted(of_data(name, "members", new)):
                put(name, "members", sorted(members))
            old = of_data(name, "expanded", self.before)
            if whole != sorted(of_data(name, "expanded", new)):
                put(name, "expanded", whole)
            more, less = sorted(set(whole) - set(old)), sorted(set(old) - set(whole))
            if self.before and (more or less) and old:
                change = {f"{self.before}->{new}": {"added": more, "removed": less}}
                if data["groups"][name]["expanded_changes"].get(f"{self.before}->{new}") != change[f"{self.before}->{new}"]:
                    data["groups"][name]["expanded_changes"] |= change
                    told.append(f"`{name}`: new {more}, gone {less}")
        for name in sorted(set(data["groups_by_version"].get(new, [])) - set(there)):
            data["groups"][name]["versions"].remove(new)
            told.append(f"`{name}` is gone")
        order = data["groups_by_version"].get(new, [])
        if sorted(order) != sorted(there):
            data["groups_by_version"][new] = list(there)
        known, before = flat("@known", lambda n: there[n][1]), of_data("@known", "expanded", self.before)
        if self.before:
            data["known_changes"][f"{self.before}->{new}"] = {"added": sorted(set(known) - set(before)), "removed": sorted(set(before) - set(known))}
        groups = [n for n in there if n != "@known"]
        grouped = {m for n in groups for m in flat(n, lambda n: there[n][1])}
        for member, value in (("ungrouped", set(known) - grouped), ("in_a_group_but_not_in_@known", grouped - set(known))):
            if sorted(value) != sorted(data[member].get(new, [])):
                told.append(f"`{member}`: differ by {sorted(value ^ set(data[member].get(new, [])))}")
                data[member][new] = sorted(value)
        every = sorted({n for n in [*known, *grouped] if n.isidentifier()} | {n for of in data["x86_64"]["known_to_libseccomp_but_not_native"].values() for n in of})
        self.resolved(every, data["x86_64"], told)
        self.tell("System calls", told)

    def resolved(self, names, data, told):
        """What libseccomp of the root makes of each name on x86-64."""
        libraries = sorted(self.root.path.glob("usr/lib/x86_64-linux-gnu/libseccomp.so.2.*"))
        if not libraries or os.uname().machine != "x86_64":
            told.append(f"numbers and libseccomp's names: {OPEN}, they can be asked for on x86-64 only")
            return
        resolve = ctypes.CDLL(str(libraries[0])).seccomp_syscall_resolve_name
        numbers = {name: resolve(name.encode()) for name in names}
        native, have = {n: v for n, v in numbers.items() if v >= 0}, {}
        for release in (r for r in self.data["directives"]["meta"]["versions"] if int(r) <= int(self.new)):
            have |= data.get(release, {}) | data.get(f"{release}_additions", {})
        more = {n: v for n, v in native.items() if have.get(n) != v}
        if more:
            data[f"{self.new}_additions"] = dict(sorted((data.get(f"{self.new}_additions", {}) | more).items()))
            told.append(f"numbers on x86-64: {more}")
        lost = sorted(n for n in have if n not in native)
        if lost:
            told.append(f"have no number on x86-64 any more, {OPEN}: {lost}")
        for member, of in (("known_to_libseccomp_but_not_native", lambda v: v < -1), ("unknown_to_libseccomp", lambda v: v == -1)):
            value = sorted(n for n, v in numbers.items() if of(v))
            if value != sorted(data[member].get(self.new, [])):
                told.append(f"`{member}`: {sorted(set(value) ^ set(data[member].get(self.new, [])))}")
                data[member][self.new] = value

    def lists(self):
        data, told = self.data["capabilities"], []

        def place(path):
            value = data
            for part in path.split("."):
                value = value[part]
            return value

        have = {c["name"]: c["number"] for c in data["capabilities"]["list"]}
        for line in self.root.analyze("capability", "--no-pager")[1].splitlines()[1:]:
            name, number = line.split()[:2] if len(line.split()) > 1 else ("", "")
            if name.startswith("cap_") and name.upper() not in have and number.isdigit():
                data["capabilities"]["list"].append({"name": name.upper(), "number": int(number)})
                told.append(f"capability `{name.upper()}` ({number})")
        have = {s["name"]: s for s in data["exit_statuses"]["list"]}
        text = self.root.analyze("exit-status", "--no-pager")[1]
        for name, number, kind in re.findall(r"^(\S+) +(\d+) (\S+)$", text, re.M):
            if name not in have:
                row = {"name": name, "number": int(number), "class": kind}
                rows = data["exit_statuses"]["list"]
                rows.insert(next((i for i, r in enumerate(rows) if r["number"] > row["number"]), len(rows)), row)
                data["exit_statuses"].setdefault("only_in", {})[name] = [self.new]
                told.append(f"exit status `{name}` ({number})")
        for name in sorted(set(have) - set(re.findall(r"^(\S+) +\d+ ", text, re.M))):
            only = data["exit_statuses"].get("only_in", {}).get(name)
            if only is None or self.new in only:
                told.append(f"exit status `{name}` is gone: {OPEN}")
        words = self.root.analyze("architectures", "--no-pager")[1].splitlines()[1:]
        there = {w.split()[0] for w in words if w.strip()}
        listed = set(data["personality_and_architecture"]["condition_architecture"]) - {"native"}
        if there and (there - listed or listed - there):
            told.append(f"architectures: new {sorted(there - listed)}, gone {sorted(listed - there)}: {OPEN}")
        groups = {n: sorted(m) for n, (_, m) in self.root.groups("filesystems").items()}
        if not groups:
            told.append(f"filesystem groups: {OPEN}, this systemd has no BPF")
        else:
            old = {n: sorted(m) for n, m in data["filesystem_groups"].get(self.new, {}).items()}
            differ = {n: sorted(set(groups.get(n, [])) ^ set(old.get(n, []))) for n in {*groups, *old} if groups.get(n) != old.get(n)}
            if differ:
                data["filesystem_groups"][self.new] = groups
                told.append(f"filesystem groups: {dict(sorted(differ.items()))}")
        for path, (section, line, start) in LISTS.items():
            value = place(path)
            rows = value[self.new] if isinstance(value, dict) else value
            names = [r["name"] if isinstance(r, dict) else r for r in rows]
            taken = self.root.accepted(section, line, [w for w in {*self.root.texts, *names} if w.startswith(start)])
            if taken is None:
                told.append(f"`{path}`: `{line}` takes any word, they cannot be asked for")
                continue
            noise = {"yes", "no", "true", "false", "on", "off", "y", "n", "t", "f", "none", "null"}
            more = sorted(w for w in taken if w not in names and w.lower() not in noise and not re.fullmatch("[0-9A-Fa-f]+", w))
            less = sorted(w for w in names if w not in taken)
            if (more or less) and isinstance(value, dict):
                value[self.new] = [w for w in rows if w not in less] + more
            if more or less:
                told.append(f"`{path}` (by `{line}`): more {more}, less {less}: {OPEN}")
        self.tell("Lists of words", told)

    def units(self):
        data, told = self.data["units"], []
        info = self.root.path / "var/lib/dpkg/info"
        packages = [p for p in ("systemd", "systemd-sysv", "udev", "dbus", "dbus-system-bus-common", "dbus-user-session") if (info / f"{p}.list").exists()]
        files = {line for p in packages for line in (info / f"{p}.list").read_text().splitlines()}
        absent = [p for p in ("udev", "dbus-user-session") if p not in packages]
        for scope in ("system", "user"):
            ends = r"\.(service|socket|target|mount|automount|swap|timer|path|slice|scope)$"
            there = {Path(f).name for f in files if re.fullmatch(rf"(/usr)?/lib/systemd/{scope}/[^/]+", f) and re.search(ends, f)}
            shipped = data[scope]["shipped"]
            mine = {n for r, names in shipped.items() if self.new in r.split(" ") for n in names}
            others = {n for o in ("manager", "generated", "special") for r, names in data[scope].get(o, {}).items() if self.new in r.split(" ") for n in names}
            more = sorted(there - mine - others)
            for name in more:
                self.move(shipped, name)
            if more:
                told.append(f"{scope}, new: {', '.join(f'`{n}`' for n in more)}")
            less = sorted(mine - there)
            if less:
                told.append(f"{scope}, not in this root ({'without ' + ', '.join(absent) if absent else 'all packages are there'}), {OPEN}: {', '.join(f'`{n}`' for n in less)}")
        self.tell("Units of systemd itself", told)

    def move(self, shipped, name):
        """A unit is there in one more release: it goes where the names of these releases are."""
        old = next((r for r, names in shipped.items() if name in names), "")
        if old:
            shipped[old].remove(name)
        releases = " ".join(sorted({*old.split(), self.new}))
        shipped[releases] = sorted([*shipped.get(releases, []), name])

    def specifiers(self):
        source = (HERE / "src/vocab/specifier.rs").read_text()
        letters = [c for c in "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"]
        said = self.root.complaints("Unit", {"s": [f"Description=%{c}" for c in letters]})
        there = {c for i, c in enumerate(letters) if ("s", i) not in said}
        arms = {c for arm in re.findall(r"((?:'[A-Za-z]'(?: \| )?)+)(?: if .+?)? =>", source) for c in re.findall(r"'(.)'", arm)}
        told = [f"`%{c}` is not in src/vocab/specifier.rs: {OPEN}" for c in sorted(there - arms)]
        told += [f"`%{c}` is in src/vocab/specifier.rs, this systemd refuses it: {OPEN} from which release" for c in sorted(arms - there)]
        self.tell("Specifiers", told)

    def security(self, to, unitlint):
        """The checks of the exposure, and the recordings of fixtures/oracle."""
        spec = importlib.util.spec_from_file_location("record", HERE / "fixtures/oracle/record.py")
        record = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(record)
        units = self.root.path / "tmp" / "oracle"
        must("rm", "-rf", units)
        must("cp", "-a", HERE / "fixtures/oracle/units", units)
        record.analyze = lambda *words: self.root.analyze(*words, folder="/tmp/oracle")
        _, rows = record.record("bare.service")
        there = {row["json_field"]: row for row in rows}
        rules = {}
        for path in (HERE / "rules" / "exposure").glob("*.toml"):
            exposure = tomllib.loads(path.read_text()).get("exposure")
            if exposure:
                rules[exposure["id"]] = (path.stem, exposure)
        told = [f"`{field}` has no rule: {row['name']} {row['description']}, exposure {row['exposure']} with nothing set; weight and range: {OPEN}"
                for field, row in there.items() if field not in rules]
        told += [f"`{field}` is gone: rule {rules[field][0]}: {OPEN}" for field in sorted(set(rules) - set(there))]
        told += [f"`{field}` is called {there[field]['name']}, rule {rule} says {e['name']}"
                 for field, (rule, e) in rules.items() if field in there and e["name"] != there[field]["name"]]
        folder = to / "oracle" / self.new
        folder.mkdir(parents=True, exist_ok=True)
        recorded = sorted((int(p.name) for p in (HERE / "fixtures/oracle").iterdir() if p.name.isdigit()), key=lambda r: (r > int(self.new), -r))
        nearest = HERE / "fixtures/oracle" / str(recorded[0])
        differ, counts = [], Counter()
        for unit in record.names():
            recording, rows = record.record(unit)
            (folder / f"{unit}.json").write_text(record.printed(recording) + "\n")
            old = nearest / f"{unit}.json"
            counts["units"] += 1
            if not old.exists() or json.loads(old.read_text()) != recording:
                counts["other"] += 1
            if unitlint:
                mine = subprocess.run([unitlint, "security", "--systemd", self.told_to(unitlint), f"--{recording['scope']}", "--unit-path", "units", "--json=short", "--", unit],
                                      cwd=HERE / "fixtures/oracle", capture_output=True, text=True).stdout
                mine = {r["json_field"]: [r["set"], r["exposure"]] for r in json.loads(mine or "[]")}
                wrong = [f"{k} {mine.get(k)} instead of {recording['checks'].get(k)}" for k in sorted({*mine, *recording["checks"]}) if mine.get(k) != recording["checks"].get(k)]
                differ += [f"{unit}: unitlint says {'; '.join(wrong)}"] if wrong else []
        shape = {"systemd": f"systemd {self.new} ({self.root.full})", "members": list(rows[0]) if rows else [], "names": dict(sorted((f, r["name"]) for f, r in there.items()))}
        (folder / "shape.json").write_text(record.printed(shape) + "\n")
        told += [f"{len(there)} checks; {counts['units']} recordings, {counts['other']} are not as in fixtures/oracle/{nearest.name}"]
        if unitlint:
            told += differ or [f"all {counts['units']} recordings are what unitlint says with `--systemd {self.told_to(unitlint)}`"]
        self.tell("Exposure", told)

    @functools.cache
    def told_to(self, unitlint):
        """The release to ask unitlint for: this one, if it takes it."""
        tried = subprocess.run([unitlint, "security", "--systemd", self.new, "--unit-path", "units", "bare.service"], cwd=HERE / "fixtures/oracle", capture_output=True)
        return self.new if tried.returncode in (0, 1) else self.before

    def answered(self, before):
        """What the release before answers differently."""
        differ = {}
        for section in sorted({s for s, _ in self.root.keys} - {"Install"}):
            now, then = self.root.answers(section), before.answers(section)
            for key in sorted(set(now) & set(then)):
                strict = [v for v, a, b in zip(PROBES, now[key], then[key], strict=True) if a and not b]
                loose = [v for v, a, b in zip(PROBES, now[key], then[key], strict=True) if b and not a]
                if strict or loose:
                    differ.setdefault(f"`{key}=` newly complains about {strict}, no more about {loose}: {OPEN}", []).append(section)
        self.tell(f"Values that {before.release} answers differently", (f"{what} ({', '.join(sections)})" for what, sections in differ.items()))
        shapes = [{text for s in {s for s, _ in r.keys} - {"Install"} for row in r.answers(s).values() for text in row if text} for r in (before, self.root)]
        plain = [{re.sub(r"(VALUE|'.*?'|\d+)", "…", t.split(": ")[0]) for t in texts} for texts in shapes]
        self.tell(f"Messages that {before.release} does not have", (f"{t}: {OPEN} whether verify_messages.json has it" for t in sorted(plain[1] - plain[0])))


# ---------------------------------------------------------------- how much was found

def leaves(value, path=()):
    """Everything that is said, by its place: in which release, of which name."""
    if isinstance(value, dict):
        return {leaf for k, v in value.items() for one in releases_of(k) or [k] for leaf in leaves(v, (*path, one))}
    if isinstance(value, list):
        return {leaf for v in value for leaf in (leaves(v, (*path, v.get("name") or v.get("section"))) if isinstance(v, dict) else [(*path, str(v))])}
    return {(*path, str(value))}


def held(name, start, proposal, truth):
    """How much of what a release brought is proposed."""
    start, proposal, truth = map(leaves, (start, proposal, truth))
    brought, taken = truth - start, start - truth
    found = len(brought & proposal) + len(taken - proposal)
    return f"`{name}.json`: {found} of {len(brought) + len(taken)} facts of the release are proposed, {len(proposal - truth)} besides", \
        [f"not proposed: {' / '.join(map(str, m))}" for m in sorted(brought - proposal, key=str)], \
        [f"not so: {' / '.join(map(str, m))}" for m in sorted(proposal - truth, key=str)]


def held_directives(start, proposal, truth):
    """The same of directives: which are there, and what is said of those that the release brought."""
    def placed(entries):
        return {(p["section"], e["name"], r) for e in entries["directives"] for p in e["sections"] for r in p["versions"]}

    def named(entries):
        return {e["name"]: e for e in entries["directives"]}

    then, mine, real = map(placed, (start, proposal, truth))
    told = [f"directives by section: {len(real - then & mine)} of {len(real - then)} that the release knows are proposed, {len(mine - real)} besides"]
    then, mine, real = map(named, (start, proposal, truth))
    fresh, missed = sorted(set(real) - set(then)), []
    for member in ("context", "class", "words", "empty", "specifiers", "fatal_on_error", "repeat", "user_manager", "man"):
        asked = [n for n in fresh if n in mine and member in real[n]]
        plain = {n: [sorted(e[n][member]) if isinstance(e[n].get(member), list) else e[n].get(member) for e in (mine, real)] for n in asked}
        told.append(f"`{member}` of the {len(asked)} new ones: {sum(a == b for a, b in plain.values())} right")
        missed += [f"`{n}=`: {member} is {real[n][member]}, not {mine[n].get(member)}" for n, (a, b) in plain.items() if a != b]
    old = {leaf for leaf in leaves(truth["directives"]) - leaves(start["directives"]) if leaf[0] in then and leaf[1] in ("words", "class_by_version")}
    found = old & leaves(proposal["directives"])
    told.append(f"words and classes of old ones: {len(found)} of {len(old)} facts")
    return told, missed + [f"not proposed: {' / '.join(map(str, m))}" for m in sorted(old - found, key=str)]


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--root", required=True, type=Path)
    p.add_argument("--to", required=True, type=Path)
    p.add_argument("--before", type=Path)
    p.add_argument("--unitlint", type=lambda f: str(Path(f).resolve()))
    p.add_argument("--forget", metavar="RELEASE")
    args = p.parse_args()
    if os.geteuid():
        sys.exit("this needs root")
    in_own_mounts("NEXT_SYSTEMD")
    args.to.mkdir(parents=True, exist_ok=True)
    root = Root(args.root.resolve())
    names = ["directives", "capabilities", "syscall_groups", "implications", "units"]
    data = {name: json.loads((DATA / f"{name}.json").read_text()) for name in names}
    for name in names:
        if written(name, data[name]) != (DATA / f"{name}.json").read_text():
            sys.exit(f"{name}.json is not written as this script would: its diff would be full of spacing")
    truth = None
    if args.forget:
        every = list(data["directives"]["meta"]["versions"])
        gone = [r for r in every if int(r) >= int(args.forget)]
        truth = {name: earlier(data[name], [r for r in gone if r != args.forget], SIGN.get(name, "+")) for name in names}
        data = {name: earlier(data[name], gone, SIGN.get(name, "+")) for name in names}
    known = list(data["directives"]["meta"]["versions"])
    new = root.release
    start = copy.deepcopy(data)
    older = [r for r in known if int(r) < int(new)]
    before = older[-1] if older else None
    if new not in known:
        if before != known[-1]:
            sys.exit(f"{new} is older than what is known: {known}")
        data = {name: later(data[name], before, new, SIGN.get(name, "+")) for name in names}
        data["syscall_groups"]["x86_64"][f"{new}_additions"] = {}
        data["directives"]["meta"]["versions"][new] = root.full
    proposal = Proposal(data, root, before, new)
    proposal.directives()
    proposal.syscalls()
    proposal.lists()
    proposal.units()
    proposal.specifiers()
    proposal.security(args.to, args.unitlint)
    if args.before:
        proposal.answered(Root(args.before.resolve()))
    head = [f"# systemd {new} ({root.full})", ""]
    for name in names:
        path, diff = f"src/vocab/data/{name}.json", args.to / f"{name}.diff"
        lines = list(difflib.unified_diff(written(name, start[name]).splitlines(True), written(name, data[name]).splitlines(True), f"a/{path}", f"b/{path}"))
        diff.write_text("".join(l if l.endswith("\n") else f"{l}\n\\ No newline at end of file\n" for l in lines))
        head.append(f"- {name}.diff: {sum(l[0] == '+' for l in lines[2:])} lines more, {sum(l[0] == '-' for l in lines[2:])} less")
    if truth:
        told, missed = held_directives(start["directives"], data["directives"], truth["directives"])
        for name in names[1:]:
            line, less, more = held(name, start[name], data[name], truth[name])
            told, missed = [*told, line], [*missed, *(f"{name}: {m}" for m in less + more)]
        head += ["", f"Held against the data as they are with {args.forget}:", "", *(f"- {line}" for line in told)]
        proposal.tell("Not as it is", missed)
    (args.to / "report.md").write_text("\n".join([*head, "", *proposal.lines]))
    print("\n".join(head))


if __name__ == "__main__":
    main()
