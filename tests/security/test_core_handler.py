"""A crash in a sandbox starts no handler on the host, whatever core_pattern says.

core_pattern is the host's, and there is one: for the length of a test it names the test's handler, which
notes who crashed. Programs give themselves a name, so that other crashes of the machine do not matter.
"""

import fcntl
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from executor import ABLATIONS, Ablation, RunRequest, default_limits, execute
from executor.sandbox.ablations import ulimit
from tests.support.waiting import eventually

pytestmark = [pytest.mark.docker, pytest.mark.xdist_group("core_pattern")]

PATTERN = Path("/proc/sys/kernel/core_pattern")
CRASH = """
import os, resource
{before}
for _ in range(3):
    if os.fork() == 0:
        open("/proc/self/comm", "w").write("{name}")
        os.abort()
    os.wait()
"""
LOWER = "resource.setrlimit(resource.RLIMIT_CORE, (0, 0))"
TRIES_TO_LOWER = f"try: {LOWER}\nexcept (OSError, ValueError): pass"
OLD = Ablation(layer="core dumps", change="0, as it was once", weaken=ulimit("core", 0))


@pytest.fixture
def crashed() -> Iterator[Path]:
    """Yield the file in which the host's handler notes the name of each crashed process."""
    with (
        tempfile.TemporaryDirectory(prefix="core-") as directory,
        Path("/tmp/core.lock").open("w") as lock,
    ):
        fcntl.flock(lock, fcntl.LOCK_EX)
        handler, noted = Path(directory, "handler"), Path(directory, "noted")
        handler.write_text(f"#!/bin/sh\necho $1 >> {noted}\ncat > /dev/null\n")
        handler.chmod(0o755)
        Path(directory).chmod(0o755)
        noted.touch()
        before = PATTERN.read_text()
        try:
            PATTERN.write_text(f"|{handler} %e")
        except OSError as error:
            pytest.skip(f"core_pattern cannot be changed here: {error}")
        try:
            yield noted
        finally:
            PATTERN.write_text(before)


def crash_on_the_host(noted: Path) -> None:
    """Skips where the kernel starts handlers elsewhere, as in a container that has the tests in it."""
    name = f"host-{uuid4().hex[:8]}"
    program = CRASH.format(before=LOWER, name=name)
    subprocess.run([sys.executable, "-c", program], cwd="/", timeout=60)
    try:
        eventually(lambda: name in noted.read_text(), seconds=5)
    except AssertionError:
        pytest.skip("no handler is started for this machine's own crashes")


def crash_in_a_sandbox(noted: Path, ablation: str = "", before: str = "") -> int:
    """How often the handler was started for it. The kernel waits until a handler has read everything,
    so its note is there before the run has ended."""
    name = f"run-{uuid4().hex[:8]}"
    execute(
        RunRequest(
            code=CRASH.format(before=before, name=name), ablation=ablation, limits=default_limits()
        )
    )
    return noted.read_text().split().count(name)


def test_crash_in_a_sandbox_starts_no_handler(crashed: Path) -> None:
    crash_on_the_host(crashed)
    assert crash_in_a_sandbox(crashed) == 0
    assert crash_in_a_sandbox(crashed, before=TRIES_TO_LOWER) == 0


@pytest.mark.parametrize(
    ("ablation", "before"), [("core-dumps", ""), ("zero", ""), ("seccomp", TRIES_TO_LOWER)]
)
def test_without_the_limit_the_handler_starts(
    crashed: Path, monkeypatch: pytest.MonkeyPatch, ablation: str, before: str
) -> None:
    monkeypatch.setitem(ABLATIONS, "zero", OLD)
    crash_on_the_host(crashed)
    assert crash_in_a_sandbox(crashed, ablation, before) == 3
