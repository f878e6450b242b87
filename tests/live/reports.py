#!/usr/bin/env python3
"""Reports in every format, read by programs that read such reports.

Usage: reports.py --tools DIR [--bin unitlint] TREE...

Not part of the test suite, which holds reports against what their readers ask for (tests/reports.rs, tests/report_limits.rs): it needs
Python 3.10+, npm and Java, and fetches into DIR, once, from PyPI and npm

    junitparser                                 reads JUnit
    jsonschema                                  holds JSON against fixtures/reports/ and, with --sast FILE, GitLab's own schema
    violation-comments-to-github-command-line   has violations-lib in it, which reads SARIF, JUnit, Checkstyle and Code Climate
    @microsoft/sarif-multitool-linux            validates SARIF by the rules of the standard and of GitHub

Each TREE is checked with all rules, and so is a unit with everything in it that a format might stumble over. All readers must see as
many findings as there are.
"""
import argparse, gzip, json, os, subprocess, sys, tempfile, xml.etree.ElementTree as xml
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
FORMATS = "sarif junit checkstyle gitlab gitlab-sast github markdown ndjson".split()
HOSTILE = (b"[Service]\nExecStart=/bin/a\n<![CDATA[]]>&\"'%0A::error::x=\x1b[2J@all |`\nUser=-->]]><script>@all\n"
           b"Nice=" + b"x" * 200_000 + b"\n" + b"x" * 200_000 + b"=1\nAfter=" + "é]](1) ".encode() * 20_000 + b"\n" + b"PrivateTmp=no\n" * 1500 + b"Nonsense\xff\xfe=\x01\x7f\xc3\x28\n")
# asks violations-lib, of whatever package it was put into
JAVA = """
import java.util.*;
public class Read {
    public static void main(String[] a) throws Exception {
        String home = "shadow.se.bjurr.violations.lib.";
        Class<?> api = Class.forName(home + "ViolationsApi"), parser = Class.forName(home + "reports.Parser");
        for (int i = 1; i < a.length; i += 2) {
            Object it = api.getMethod("violationsApi").invoke(null);
            for (Object which : parser.getEnumConstants())
                if (which.toString().equals(a[i])) it = api.getMethod("findAll", parser).invoke(it, which);
            it = api.getMethod("inFolder", String.class).invoke(it, a[0]);
            it = api.getMethod("withPattern", String.class).invoke(it, ".*/" + a[i + 1] + "$");
            System.out.println(a[i + 1] + " " + ((Collection<?>) api.getMethod("violations").invoke(it)).size());
        }
    }
}
"""
wrong = []


def hold(truth, text):
    print(("ok     " if truth else "WRONG  ") + text, flush=True)
    if not truth:
        wrong.append(text)


def fetch(tools):
    python = tools / "python/bin/python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", tools / "python"], check=True)
        subprocess.run([python, "-m", "pip", "-q", "install", "junitparser", "jsonschema"], check=True)
    if not (tools / "node_modules").exists():
        subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", tools, "violation-comments-to-github-command-line",
                        "@microsoft/sarif-multitool-linux"], check=True)
    return python


def validate(tools, python, folder, schemas):
    """What each reader makes of the reports in a folder."""
    count = sum(json.loads(line)["type"] == "finding" for line in (folder / "ndjson").read_bytes().splitlines())
    results = json.loads((folder / "sarif").read_bytes())["runs"][0]["results"]
    hold(len(results) == min(count, 25_000), f"{len(results)} results in SARIF of {count} findings")
    size = len(gzip.compress((folder / "sarif").read_bytes()))
    hold(size < 10_000_000, f"SARIF has {size / 1e6:.2f} MB when it is compressed")
    quality = len(json.loads((folder / "gitlab").read_bytes()))
    errors = sum(1 for _ in xml.parse(folder / "checkstyle").getroot().iter("error"))
    hold(quality == count and errors == count, f"{quality} findings for GitLab, {errors} in Checkstyle")
    failed = sum(1 for _ in xml.parse(folder / "junit").getroot().iter("failure"))
    program = "import sys,junitparser as j; x=j.JUnitXml.fromfile(sys.argv[1]); print(x.failures, sum(r.__class__.__name__=='Failure' for s in x for c in s for r in c.result))"
    said = subprocess.run([python, "-c", program, folder / "junit"], capture_output=True, text=True)
    hold(said.stdout.split() == [str(failed)] * 2, f"junitparser sees {failed} failures {said.stderr[-300:]}")
    jar = next(p for p in tools.glob("node_modules/violation-comments-to-github-command-line/build/libs/*.jar") if p.stem[-1].isdigit())
    (tools / "Read.java").write_text(JAVA)
    asked = ["SARIF", "sarif", "JUNIT", "junit", "CHECKSTYLE", "checkstyle", "CODECLIMATE", "gitlab"]
    said = subprocess.run(["java", "-Xmx2g", "-cp", jar, tools / "Read.java", folder, *asked], capture_output=True, text=True)
    seen = dict(line.split() for line in said.stdout.splitlines() if len(line.split()) == 2 and line.split()[1].isdigit())
    want = {"sarif": len(results), "junit": failed, "checkstyle": count, "gitlab": count}
    hold(seen == {k: str(v) for k, v in want.items()}, f"violations-lib sees {seen} {said.stderr[-500:] if said.returncode else ''}")
    for report, schema in schemas:
        program = "import sys,json,jsonschema as j; j.Draft7Validator(json.load(open(sys.argv[2]))).validate(json.load(open(sys.argv[1])))"
        said = subprocess.run([python, "-c", program, folder / report, schema], capture_output=True, text=True)
        hold(said.returncode == 0, f"{report} is as {schema} asks {said.stderr[-500:]}")
    tool = next(tools.glob("node_modules/@microsoft/sarif-multitool-linux/Sarif.Multitool"))
    tool.chmod(0o755)
    (folder / "log.sarif").write_bytes((folder / "sarif").read_bytes())
    subprocess.run([tool, "validate", folder / "log.sarif", "--level", "Error;Warning", "--rule-kind", "Sarif;Ghas", "--output", folder / "said.sarif", "--log", "ForceOverwrite", "--max-file-size-in-kb", "100000"],
                   stdout=subprocess.DEVNULL, env={**os.environ, "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"})
    said = json.loads((folder / "said.sarif").read_text("utf-8-sig"))["runs"][0]
    complaints = sorted({r["ruleId"] for r in said.get("results", [])})
    hold(not complaints and said["invocations"][0]["executionSuccessful"], f"sarif-multitool complains of {complaints or 'nothing'}")
    comment = (folder / "markdown").read_text()
    hold(len(comment) < 65_536, f"the comment has {len(comment)} characters")
    strange = [l for l in (folder / "github").read_bytes().split(b"\n")[:-1] if not l.startswith((b"::error ", b"::warning ", b"::notice "))]
    hold(not strange, f"each line for GitHub's runner is a command {strange[:1]}")


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("--tools", type=Path, required=True)
    args.add_argument("--bin", type=Path, default=ROOT / "target/release/unitlint")
    args.add_argument("--sast", type=Path, help="GitLab's schema of security reports")
    args.add_argument("trees", type=Path, nargs="*")
    args = args.parse_args()
    tools, unitlint = args.tools.resolve(), args.bin.resolve()
    tools.mkdir(parents=True, exist_ok=True)
    python = fetch(tools)
    schemas = [("gitlab", ROOT / "fixtures/reports/gitlab-code-quality.schema.json"), ("gitlab-sast", ROOT / "fixtures/reports/gitlab-sast.schema.json")]
    schemas += [("gitlab-sast", args.sast)] if args.sast else []
    with tempfile.TemporaryDirectory() as work:
        hostile = Path(work) / "hostile"
        for folder in (hostile, hostile / "x\n::error::y%0A,]]>&<--"):
            folder.mkdir()
            (folder / "a.service").write_bytes(HOSTILE)
        for n, tree in enumerate([hostile, *(t.resolve() for t in args.trees)]):
            print(f"\n==== {tree}")
            folder = Path(work) / str(n)
            folder.mkdir()
            writes = [w for f in FORMATS for w in ("--write", f"{f}={folder / f}")]
            subprocess.run([unitlint, "check", "--isolated", "--exit-zero", "--report-suppressed", "--select", "all", "--statistics", ".", *writes], cwd=tree,
                           stdout=subprocess.DEVNULL)
            validate(tools, python, folder, schemas)
    print(f"\n{len(wrong)} things are wrong" + "".join(f"\n  {w}" for w in wrong))
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
