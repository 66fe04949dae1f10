"""Fetches what a language's image takes from Python's package index, by hash.

A runtime that Debian does not have, or has only in an old version, can come as a wheel, and so do the
packages of an environment. The folder then has a file requirements.txt with a hash for each platform.
pip fetches the wheels with its configuration on this machine, and checks them. They are kept, so a later
build needs no network for them.
"""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from ..errors import EngineError

REQUIREMENTS = "requirements.txt"
"""Name of the file in a language's folder, in pip's format."""
FOLDER = "wheels"
"""Where a Dockerfile finds the wheels."""
PLATFORMS = (
    "manylinux_2_28",
    "manylinux_2_27",
    "manylinux_2_26",
    "manylinux_2_17",
    "manylinux2014",
)
"""Kinds of wheels that run on Debian; pip also takes those for any platform."""
FETCH_SECONDS = 600


def wheels(
    requirements: Path,
    machine: str,
    cache: Path,
    show: Callable[[str], None],
    *,
    python: str = "",
) -> dict[str, bytes]:
    """Read the required wheels for a kind of machine, by their names in the build's context. `python` is
    the version of Python that imports them; empty if none does."""
    kept = cache / machine
    kept.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=cache) as name:
        found = Path(name)
        offline = ("--isolated", "--no-index", f"--find-links={kept}")
        version = (f"--python-version={python}", "--implementation=cp") if python else ()
        if _pip(requirements, machine, found, *version, *offline):
            show(f"fetching the wheels of {requirements.parent.name} for {machine}")
            if error := _pip(requirements, machine, found, *version):
                raise EngineError(f"pip could not fetch {requirements}: {error}")
            for wheel in found.iterdir():
                shutil.copy(wheel, kept)
        return {f"{FOLDER}/{wheel.name}": wheel.read_bytes() for wheel in sorted(found.iterdir())}


def _pip(requirements: Path, machine: str, into: Path, *options: str) -> str:
    """Download into a folder, and check the hashes; return the complaint if there is one."""
    command = [
        *(sys.executable, "-m", "pip", "download", "--quiet"),
        *("--require-hashes", "--no-deps", "--only-binary=:all:"),
        *(f"--platform={platform}_{machine}" for platform in PLATFORMS),
        *(f"--requirement={requirements}", f"--dest={into}", *options),
    ]
    done = subprocess.run(  # noqa: S603
        command, capture_output=True, text=True, timeout=FETCH_SECONDS, check=False
    )
    return done.stderr.strip() if done.returncode else ""
