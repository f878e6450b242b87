#!/usr/bin/env python3
"""A wheel around a built static program: wheel.py PROGRAM TARGET DIR

The program needs no C library of the machine, so one wheel is for the systems of both. The same program comes to the same bytes;
SOURCE_DATE_EPOCH says when. pyproject.toml and Cargo.toml say what it is.
"""
import base64, hashlib, os, re, sys, time, zipfile
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]


def said(file, name):
    return re.search(rf'^{name} = "(.*)"$', (TOP / file).read_text(encoding="utf-8"), re.MULTILINE).group(1)


def build(program, target, directory):
    machine = target.split("-", 1)[0]
    tags = [f"manylinux_2_17_{machine}", f"manylinux2014_{machine}", f"musllinux_1_1_{machine}"]
    version, project = said("Cargo.toml", "version"), (TOP / "pyproject.toml").read_text(encoding="utf-8")
    listed = lambda name: re.findall(r'"(.*?)"', re.search(rf"^{name} = \[(.*?)\]", project, re.MULTILINE | re.DOTALL).group(1))
    info = f"unitlint-{version}.dist-info"
    urls = re.findall(r'^(\w+) = "(https:.*)"$', project.split("[project.urls]", 1)[1], re.MULTILINE)
    metadata = ["Metadata-Version: 2.4", "Name: unitlint", f"Version: {version}", f"Summary: {said('pyproject.toml', 'description')}",
                f"Keywords: {','.join(listed('keywords'))}", f"License-Expression: {said('pyproject.toml', 'license')}",
                *(f"License-File: {name}" for name in listed("license-files")), *(f"Classifier: {c}" for c in listed("classifiers")),
                f"Requires-Python: {said('pyproject.toml', 'requires-python')}", *(f"Project-URL: {name}, {url}" for name, url in urls),
                "Description-Content-Type: text/markdown", "", (TOP / "README.md").read_text(encoding="utf-8")]
    wheel = ["Wheel-Version: 1.0", "Generator: unitlint", "Root-Is-Purelib: false", *(f"Tag: py3-none-{tag}" for tag in tags), ""]
    files = [(f"unitlint-{version}.data/scripts/unitlint", Path(program).read_bytes(), 0o755),
             *((f"{info}/licenses/{name}", (TOP / name).read_bytes(), 0o644) for name in listed("license-files")),
             (f"{info}/licenses/THIRD-PARTY", (TOP / "target/package/THIRD-PARTY").read_bytes(), 0o644),
             (f"{info}/METADATA", "\n".join(metadata).encode(), 0o644), (f"{info}/WHEEL", "\n".join(wheel).encode(), 0o644)]
    digest = lambda data: base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    record = [f"{name},sha256={digest(data)},{len(data)}" for name, data, _ in files] + [f"{info}/RECORD,,", ""]
    files.append((f"{info}/RECORD", "\n".join(record).encode(), 0o644))
    # zip knows no time before 1980
    when = time.gmtime(max(int(os.environ.get("SOURCE_DATE_EPOCH", "0")), 315532800))[:6]
    path = Path(directory) / f"unitlint-{version}-py3-none-{'.'.join(tags)}.whl"
    with zipfile.ZipFile(path, "w") as out:
        for name, data, mode in files:
            entry = zipfile.ZipInfo(name, when)
            entry.external_attr, entry.compress_type, entry.create_system = (0o100000 | mode) << 16, zipfile.ZIP_DEFLATED, 3
            out.writestr(entry, data, compresslevel=9)


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    build(*sys.argv[1:])
