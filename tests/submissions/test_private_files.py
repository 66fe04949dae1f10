"""Files of the service: only its own user can read them."""

import os
import subprocess
import sys
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from tests.support.documents import ROOT

NOBODY = 65534
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to be another user")


@pytest.fixture
def var(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a directory below one that all users may enter, unlike pytest's own."""
    place = tmp_path_factory.mktemp("files")
    for parent in (place, *place.parents):
        if parent.stat().st_uid == os.geteuid() and "pytest" in str(parent):
            parent.chmod(0o755)
    return place / "var"


def manage(var: Path, *words: Any) -> CompletedProcess[bytes]:
    environment = {**os.environ, "VAR_DIR": str(var), "DJANGO_SETTINGS_MODULE": "config.settings"}
    environment.pop("DATABASE_URL", None)
    environment["EXECUTOR_DISPATCH"] = "inline"
    command = [sys.executable, "manage.py", *words]
    # As a careless shell has it.
    return subprocess.run(
        command, cwd=ROOT, env=environment, umask=0o000, check=True, capture_output=True
    )


def readable_by_another_user(path: Path) -> bool:
    """Try to read the file as another user (nobody)."""
    seen = subprocess.run(["cat", path], user=NOBODY, group=NOBODY, capture_output=True)
    return seen.returncode == 0


def modes(var: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mode & 0o777 for path in [var, *var.iterdir()]}


@needs_root
def test_database_and_key_are_closed_to_other_users(var: Path) -> None:
    manage(var, "migrate", "--verbosity", "0")
    assert {"db.sqlite3", "secret_key"} <= {path.name for path in var.iterdir()}
    assert not any(readable_by_another_user(path) for path in var.iterdir())
    var.chmod(0o755)  # the files are private by themselves
    assert not any(readable_by_another_user(path) for path in var.iterdir())


@needs_root
def test_files_of_an_earlier_version_are_tightened(var: Path) -> None:
    var.mkdir(mode=0o755)
    for name in ("db.sqlite3", "db.sqlite3-wal", "secret_key"):
        (var / name).touch()
        (var / name).chmod(0o644)
    (var / "secret_key").write_text("k" * 50)
    var.chmod(0o755)
    assert readable_by_another_user(var / "secret_key")
    manage(var, "migrate", "--verbosity", "0")
    assert set(modes(var).values()) == {0o700, 0o600}


def test_link_in_the_directory_is_not_followed(var: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.touch()
    outside.chmod(0o644)
    var.mkdir()
    (var / "link").symlink_to(outside)
    manage(var, "check")
    assert outside.stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("module", ["config.wsgi", "config.worker"])
def test_process_that_serves_creates_private_files(module: str) -> None:
    """The process stops after its first step, because a start needs an engine."""
    program = (
        "import os, django\n"
        "def stop(*a, **k): raise SystemExit(f'{os.umask(0):o}')\n"
        "django.setup = stop\n"
        f"import {module}"
    )
    seen = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert seen.stderr.strip() == "77"
