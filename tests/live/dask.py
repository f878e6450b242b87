#!/usr/bin/env python3
"""The example of an audit with Dask comes to the same as one run.

    python3 tests/live/dask.py PACKAGES [UNITLINT]

Installs Dask and pyarrow from PyPI into an environment of its own below the target directory. Needs the network once.
"""

import subprocess
import sys
import tempfile
import venv
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    packages = sys.argv[1]
    unitlint = sys.argv[2] if len(sys.argv) > 2 else str(TOP / "target/release/unitlint")
    home = TOP / "target/dask"
    if not (home / "bin/python").exists():
        venv.create(home, with_pip=True)
        subprocess.run([home / "bin/pip", "-q", "install", "dask[dataframe]", "pyarrow"], check=True)
    with tempfile.TemporaryDirectory() as out:
        command = [home / "bin/python", TOP / "editors/engines/dask_audit.py", packages, out, "--shards", "8",
                   "--unitlint", unitlint, "--check", "--", "--isolated"]
        sys.exit(subprocess.run(command, check=False).returncode)


if __name__ == "__main__":
    main()
