#!/usr/bin/env python3
"""Audit an archive of packages with Dask: packages in, Parquet out.

    pip install "dask[dataframe]" pyarrow
    python3 dask_audit.py PACKAGES OUT [--shards 16] [--unitlint PATH] [--scheduler ADDRESS] [--check] [-- ARGUMENTS]

PACKAGES is a directory that every worker sees; OUT gets packages/, units/ and findings/ in Parquet. Each task audits one
shard (`unitlint audit --shard I/N`), so nothing but its lines travels; which packages a shard has depends on their names
alone. Without --scheduler it runs on this machine. --check compares the totals with those of one run over everything.
Arguments behind `--` go to unitlint, such as --systemd debian13.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

import dask
import dask.dataframe as dd
import pandas as pd

PACKAGE = {"path": "str", "format": "str", "name": "str", "version": "str", "architecture": "str", "source": "str",
           "complete": "bool", "exposure": "float64", "suppressed": "int64"}
UNIT = {"package": "str", "name": "str", "scope": "str", "path": "str", "exposure": "float64", "level": "str",
        "refused": "str", "resources": "float64"}
FINDING = {"package": "str", "rule": "str", "level": "str", "message": "str", "unit": "str", "path": "str",
           "line": "Int64", "column": "Int64"}


def shard(unitlint, packages, this, of, more):
    """The records of one shard."""
    command = [unitlint, "audit", "--format", "ndjson", "--exit-zero", "--jobs", "1", "--shard", f"{this}/{of}", *more, packages]
    run = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    if run.returncode != 0:
        raise RuntimeError(f"shard {this}/{of}: {run.stderr.strip()}")
    return [json.loads(line) for line in run.stdout.splitlines()]


def frame(rows, columns):
    """A table with these columns, whatever the rows lack."""
    return pd.DataFrame(rows, columns=list(columns)).astype(columns)


def table(records, kind):
    """What the records say of packages, units or findings."""
    if kind == "packages":
        return frame(records, PACKAGE)
    own, columns = ("units", UNIT) if kind == "units" else ("findings", FINDING)
    return frame([{**row, "package": record["path"]} for record in records for row in record[own]], columns)


def main():
    words = sys.argv[1:]
    more = words[words.index("--") + 1:] if "--" in words else []
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("packages")
    parser.add_argument("out", type=Path)
    parser.add_argument("--shards", type=int, default=16)
    parser.add_argument("--unitlint", default="unitlint")
    parser.add_argument("--scheduler", help="address of a Dask scheduler; without it this machine works alone")
    parser.add_argument("--check", action="store_true", help="compare with one run over everything")
    args = parser.parse_args(words[:words.index("--")] if "--" in words else words)
    if args.scheduler:
        from dask.distributed import Client
        Client(args.scheduler)
    dask.config.set({"dataframe.convert-string": False})

    records = [dask.delayed(shard, pure=True)(args.unitlint, args.packages, n, args.shards, more)
               for n in range(1, args.shards + 1)]
    writes, tables = [], {}
    for kind, columns in [("packages", PACKAGE), ("units", UNIT), ("findings", FINDING)]:
        parts = [dask.delayed(table)(r, kind) for r in records]
        writes.append(dd.from_delayed(parts, meta=frame([], columns)).to_parquet(args.out / kind, compute=False))
    dask.compute(*writes)  # each shard is audited once: the three tables share its records

    for kind in ("packages", "units", "findings"):
        tables[kind] = dd.read_parquet(args.out / kind)
    units, findings = tables["units"], tables["findings"]
    scored = units["exposure"].dropna()
    counts = dask.compute(tables["packages"].shape[0], units.shape[0], scored.count(), scored.sum(),
                          findings.groupby(["rule", "level"]).size())
    packages, all_units, n, total, by_rule = counts
    # in tenths, half up, as unitlint rounds
    exposure = None if n == 0 else (2 * round(total * 10) + n) // (2 * n) / 10
    print(f"{packages} packages, {all_units} units, exposure {exposure}, {int(by_rule.sum())} findings")

    if args.check:
        command = [args.unitlint, "audit", "--format", "json", "--exit-zero", *more, args.packages]
        one = json.loads(subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=True).stdout)["summary"]
        theirs = {(row["rule"], row["level"]): row["findings"] for row in one["rules"]}
        ours = {key: int(count) for key, count in by_rule.items() if count}
        same = (packages, all_units, exposure, ours) == (one["packages"], one["units"], one["exposure"], theirs)
        print("one run says the same" if same else f"one run says otherwise: {one}")
        sys.exit(not same)


if __name__ == "__main__":
    main()
