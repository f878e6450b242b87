#!/usr/bin/env python3
"""What is built into a release: bill.py sbom|notices TARGET

`sbom` writes a bill of materials (CycloneDX 1.5): each crate with its licence, the checksum of Cargo.lock, and what it depends on. Crates
that only build or generate code are in it as `excluded`; what only tests need is not. `notices` writes the licences of all that is linked.
The same Cargo.lock comes to the same bytes; SOURCE_DATE_EPOCH says when.
"""
import json, os, re, subprocess, sys, uuid
from datetime import datetime, timezone
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
LOCKED = re.compile(r'name = "(.+)"\nversion = "(.+)"\nsource = "(.+)"\nchecksum = "(.+)"')
# what the C library of a static program asks for
MUSL = "musl libc (MIT): Copyright (c) 2005-2024 Rich Felker, et al.; https://git.musl-libc.org/cgit/musl/tree/COPYRIGHT"
STD = "Rust standard library (MIT OR Apache-2.0): Copyright (c) The Rust Project Contributors"


def resolved(target):
    """The packages by id, who depends on whom, and which of them are in the program: what only builds is not."""
    words = [os.environ.get("CARGO", "cargo"), "metadata", "--format-version=1", "--locked", "--offline", "--filter-platform", target]
    data = json.loads(subprocess.run(words, cwd=TOP, check=True, stdout=subprocess.PIPE).stdout)
    packages = {p["id"]: p for p in data["packages"]}
    nodes = {n["id"]: n["deps"] for n in data["resolve"]["nodes"]}
    kinds = lambda dep: {k["kind"] for k in dep["dep_kinds"]}
    macro = lambda id: any("proc-macro" in t["kind"] for t in packages[id]["targets"])
    root = data["resolve"]["root"]

    def reached(starts, follows):
        seen, left = set(), list(starts)
        while left:
            id = left.pop()
            if id not in seen:
                seen.add(id)
                left += [d["pkg"] for d in nodes[id] if follows(d)]
        return seen

    linked = reached([root], lambda d: None in kinds(d) and not macro(d["pkg"]))
    used = reached([root], lambda d: kinds(d) & {None, "build"})
    deps = {id: sorted(purl(packages[d["pkg"]]) for d in nodes[id] if kinds(d) & {None, "build"}) for id in used}
    order = sorted(used - {root}, key=lambda id: (packages[id]["name"], packages[id]["version"]))
    return packages, root, order, linked, deps


def purl(package):
    return f"pkg:cargo/{package['name']}@{package['version']}"


def component(package, kind, more):
    licence = (package["license"] or "").replace("/", " OR ")
    out = {"type": kind, "bom-ref": purl(package), "name": package["name"], "version": package["version"], **more, "purl": purl(package)}
    if licence:
        out["licenses"] = [{"expression": licence}]
    if package["repository"]:
        out["externalReferences"] = [{"type": "vcs", "url": package["repository"]}]
    return out


def sbom(target):
    packages, root, order, linked, deps = resolved(target)
    sums = {(name, version): check for name, version, _, check in LOCKED.findall((TOP / "Cargo.lock").read_text())}
    components = []
    for id in order:
        p = packages[id]
        more = {"scope": "required" if id in linked else "excluded",
                "hashes": [{"alg": "SHA-256", "content": sums[p["name"], p["version"]]}]}
        components.append(component(p, "library", more))
    when = datetime.fromtimestamp(int(os.environ.get("SOURCE_DATE_EPOCH", "0")), timezone.utc)
    graph = [{"ref": purl(packages[id]), "dependsOn": deps[id]} for id in [root, *order]]
    body = {"metadata": {"timestamp": when.strftime("%Y-%m-%dT%H:%M:%SZ"), "component": component(packages[root], "application", {})},
            "components": components, "dependencies": graph}
    # the same content has the same number
    serial = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(body, sort_keys=True))
    head = {"bomFormat": "CycloneDX", "specVersion": "1.5", "serialNumber": f"urn:uuid:{serial}", "version": 1}
    return json.dumps({**head, **body}, indent=1) + "\n"


def notices(target):
    packages, root, order, linked, _ = resolved(target)
    out = ["unitlint is under MIT OR Apache-2.0. This is built into it:\n\n", STD, "\n", MUSL, "\n"]
    texts = {}
    for package in (packages[id] for id in order if id in linked):
        name = f"{package['name']} {package['version']}"
        out.append(f"{name} ({package['license']}): {package['repository'] or purl(package)}\n")
        files = (f for f in Path(package["manifest_path"]).parent.rglob("*") if f.is_file())
        for file in sorted(f for f in files if re.match(r"(licen[sc]e|copying|notice|unlicense)", f.name, re.I)):
            users = texts.setdefault(file.read_text(encoding="utf-8", errors="replace").strip(), [])
            users += [name] if name not in users else []
    out += [f"\n{'=' * 78}\n{', '.join(users)}\n\n{text}\n" for text, users in texts.items()]
    return "".join(out)


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in ("sbom", "notices"):
        sys.exit(__doc__)
    sys.stdout.write({"sbom": sbom, "notices": notices}[sys.argv[1]](sys.argv[2]))
