"""Where the services are not installed, no command of tests succeeds, unless somebody says so."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.services import __main__ as services
from tests.support.documents import ROOT

NO_MANAGER = {"flock": "exit 0"}
FAILING_MANAGER = {
    **NO_MANAGER,
    "apt-get": '[ "$1" = update ]',
    "chmod": "exit 0",
    "rm": "exit 0",
    "sudo": 'shift; [ "$1" = true ] || exec "$@"',
    "tee": "while read -r line; do :; done",
}
"""Programs in place of the machine's, so that nothing is installed and no file outside is written."""


def script(place: Path, programs: dict[str, str], **environment: str) -> tuple[int, str]:
    """Run scripts/services on a machine with these programs only, and so without Docker's compose."""
    for name in ("dirname", "id"):
        (place / name).symlink_to(shutil.which(name) or "")
    for name, body in programs.items():
        (place / name).write_text(f"#!/bin/bash\n{body}\n")
        (place / name).chmod(0o755)
    done = subprocess.run(
        ["/bin/bash", ROOT / "scripts/services"],
        env={"PATH": str(place), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    ("programs", "words"),
    [(NO_MANAGER, "Not installed: "), (FAILING_MANAGER, "apt-get could not install ")],
    ids=["no package manager", "a package manager that fails"],
)
def test_script_that_cannot_install_the_services_fails(
    tmp_path: Path, programs: dict[str, str], words: str
) -> None:
    status, said = script(tmp_path, programs)
    assert (status, words in said, "docker-compose" in said) == (1, True, True), said
    assert "WITHOUT_SERVICES=yes" in said


def test_script_installs_nothing_if_the_services_are_not_wanted(tmp_path: Path) -> None:
    status, said = script(tmp_path, FAILING_MANAGER, WITHOUT_SERVICES="yes")
    assert (status, "are left out" in said) == (0, True), said


@pytest.mark.parametrize(("wanted", "status"), [(None, 1), ("no", 1), ("yes", 0)])
def test_run_without_services_fails_unless_somebody_says_so(
    monkeypatch: pytest.MonkeyPatch, wanted: str | None, status: int
) -> None:
    monkeypatch.setattr(services, "program", lambda name: None)
    monkeypatch.delenv("WITHOUT_SERVICES", raising=False)
    if wanted:
        monkeypatch.setitem(os.environ, "WITHOUT_SERVICES", wanted)
    assert services.main() == status
