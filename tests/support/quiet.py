"""Tests that read figures of the whole machine run while no other test runs.

pytest-xdist runs tests in several processes. Each test holds a shared lock; one marked `alone`
holds it exclusively. The gate keeps new tests from overtaking a waiting exclusive one.
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
    """Hold the lock within the block: shared, or exclusively."""
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
