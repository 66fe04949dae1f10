"""The packages of an environment: fetched on this machine for the build, and named with their versions.

Python's are wheels (wheels.py), of which requirements.in names those that somebody asked for. Those of
Node.js come from npm, by package-lock.json, which has a hash of each. No code of a package runs here.
"""

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from ..errors import EngineError

ASKED_FOR = "requirements.in"
MANIFEST, LOCK = "package.json", "package-lock.json"
MODULES = "node_modules"
FETCH_SECONDS = 600
PIN = re.compile(r"^([\w.-]+)==(\S+)", re.MULTILINE)


def packages_of(folder: Path) -> dict[str, str]:
    """Return the packages that the folder asks for, with the versions that it pins."""
    if (folder / ASKED_FOR).exists():
        pinned = dict(PIN.findall((folder / "requirements.txt").read_text()))
        lines = (folder / ASKED_FOR).read_text().splitlines()
        return {name: pinned[name] for line in lines if (name := line.partition("#")[0].strip())}
    if (folder / LOCK).exists():
        asked = json.loads((folder / MANIFEST).read_text())["dependencies"]
        locked = json.loads((folder / LOCK).read_text())["packages"]
        return {name: locked[f"{MODULES}/{name}"]["version"] for name in asked}
    return {}


def modules(folder: Path, cache: Path, show: Callable[[str], None]) -> dict[str, bytes]:
    """Read the files of the locked packages of Node.js, by their names in the build's context."""
    if not shutil.which("npm"):
        raise EngineError(f"npm is not installed, and {folder.name} takes packages from it")
    cache.mkdir(parents=True, exist_ok=True)
    show(f"fetching the packages of {folder.name}")
    with TemporaryDirectory(dir=cache) as name:
        place = Path(name)
        for file in (MANIFEST, LOCK):
            shutil.copy(folder / file, place)
        # Checks each hash, and runs no script of a package.
        command = ["npm", "ci", "--ignore-scripts", "--omit=dev", "--no-audit", "--no-fund"]
        done = subprocess.run(  # noqa: S603
            [*command, "--prefer-offline", f"--cache={cache}/npm"],
            cwd=place,
            capture_output=True,
            text=True,
            timeout=FETCH_SECONDS,
            check=False,
        )
        if done.returncode:
            raise EngineError(f"npm could not fetch {folder / LOCK}: {done.stderr.strip()}")
        return {
            str(path.relative_to(place)): path.read_bytes()
            for path in sorted((place / MODULES).rglob("*"))
            if path.is_file() and not path.is_symlink()
        }
