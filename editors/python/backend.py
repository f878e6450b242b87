"""Hands pip the released wheel of the version that is checked out, so that a hook of pre-commit, which always does
`pip install .`, is there in seconds and without Rust. Where there is no such wheel, maturin builds one.

pip looks for the wheel as it is set up: PIP_INDEX_URL, PIP_FIND_LINKS and pip.conf count. UNITLINT_BUILD=1 builds in any case.
What is defined here is what PEP 517 asks of a build backend.
"""
import os, re, shutil, subprocess, sys, tempfile
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
MATURIN = "maturin>=1.7,<2"


def version():
    """The version of Cargo.toml; nothing for one that is not released, such as 0.2.0-dev."""
    package = (TOP / "Cargo.toml").read_text(encoding="utf-8").split("[package]", 1)[1].split("\n[", 1)[0]
    found = re.search(r'^version = "(\d+\.\d+\.\d+)"', package, re.MULTILINE)
    return found and found.group(1)


def pip():
    """How to call pip: that of the environment which is installed into, since the one that builds has none of its own."""
    outside = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    for environment in (os.environ, outside):
        call = [sys.executable, "-m", "pip"]
        if subprocess.run([*call, "--version"], env=environment, capture_output=True).returncode == 0:
            return call, environment
    return None, None


def released(directory):
    """The name of the released wheel, which is put into a directory; nothing where there is none for this machine."""
    wanted, (call, environment) = version(), pip()
    if not wanted or not call or os.environ.get("UNITLINT_BUILD"):
        return None
    with tempfile.TemporaryDirectory() as work:
        words = ["download", "--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary", ":all:", "--dest", work]
        subprocess.run([*call, *words, f"unitlint=={wanted}"], env=environment, cwd=work, capture_output=True)
        for wheel in Path(work).glob(f"unitlint-{wanted}-*.whl"):
            shutil.copy(wheel, directory)
            return wheel.name
    return None


def why_not():
    """What is missing to build here."""
    if shutil.which("cargo"):
        return None
    return (f"unitlint: there is no wheel of version {version() or 'in development'} for this machine, and no Rust to build one with.\n"
            "Check out a released version, let PIP_INDEX_URL or PIP_FIND_LINKS lead to its wheel, or install Rust: https://rustup.rs")


def get_requires_for_build_wheel(config_settings=None):
    with tempfile.TemporaryDirectory() as work:
        if released(work):
            return []
    if why_not() and pip()[0]:
        # nothing of what would be fetched could help
        sys.exit(why_not())
    # an installer without pip, such as uv, brings it along to look for the wheel
    return [MATURIN] if pip()[0] else ["pip", MATURIN]


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    name = released(wheel_directory)
    if name:
        return name
    if why_not():
        sys.exit(why_not())
    import maturin
    return maturin.build_wheel(wheel_directory, config_settings, metadata_directory)


def get_requires_for_build_sdist(config_settings=None):
    return [MATURIN]


def build_sdist(sdist_directory, config_settings=None):
    import maturin
    return maturin.build_sdist(sdist_directory, config_settings)
