"""Tests that look at the whole machine's figures run while no other test does.

pytest-xdist runs tests in several processes. Each test holds a lock that all may share; one that is
marked `alone` holds it for itself. The gate keeps those who share from passing one that waits.
"""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PLACE = Path(tempfile.gettempdir())
RUN = os.environ.get("PYTEST_XDIST_TESTRUNUID", "")
"""One for all processes of a run: a test that hangs in another run holds up nothing here."""
GATE, ROOM = (PLACE / f"safe-code-executor-tests-{RUN}.{name}" for name in ("gate", "room"))

INSIDE = "SAFE_CODE_EXECUTOR_TEST_IS_INSIDE"


@contextmanager
def room(*, alone: bool) -> Iterator[None]:
    """Hold the machine within the block: together with other tests, or alone."""
    if not RUN or INSIDE in os.environ:  # a single process, or a pytest that a test has started
        yield
        return
    kind = fcntl.LOCK_EX if alone else fcntl.LOCK_SH
    with GATE.open("a") as gate, ROOM.open("a") as inside:
        fcntl.flock(gate, kind)
        fcntl.flock(inside, kind)
        fcntl.flock(gate, fcntl.LOCK_UN)
        os.environ[INSIDE] = "yes"
        try:
            yield
        finally:
            del os.environ[INSIDE]
