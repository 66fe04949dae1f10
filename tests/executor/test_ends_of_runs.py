"""Between a program's end and the report its other processes get no time for themselves."""

from collections.abc import Iterator
from textwrap import dedent

import pytest

from executor.limits import MiB
from executor.sandbox.container import Report
from tests.support.boxes import Boxes, boxes
from tests.support.feeder import HOLD, STOP, typist

pytestmark = pytest.mark.docker

MAX_OOM_KILLS = 3  # in supervisor.c


@pytest.fixture
def container(instance: str) -> Iterator[Boxes]:
    with boxes(nested=False, instance=instance) as made:
        yield made


def type_when_asked(lane: Boxes, code: str, memory: int = 128 * MiB) -> Report:
    """Run a program, and type a line when it has asked for it."""
    keyboard, see = typist()
    limits = {"memory_bytes": memory, "wall_seconds": 60.0, "idle_seconds": 60.0}
    report, output = lane.run(dedent(code), limits=limits, keyboard=keyboard, on_event=see)
    assert report.evidence.exit_code == 0, output.stderr.text
    return report


# They begin when the main process has just ended.
BOMBS = """
time.sleep(0.3)
main = os.getpid()
for _ in range(2):
    if os.fork() == 0:
        while os.getppid() == main:
            time.sleep(0.001)
        time.sleep(0.03)
        while True:
            if os.fork() == 0:
                bytearray(64 << 20)
                os._exit(0)
            os.wait()
time.sleep(0.1)
os._exit(0)
"""


def test_children_get_no_time_while_the_feeder_waits_for_their_lock(lane: Boxes) -> None:
    report = type_when_asked(lane, HOLD + BOMBS, memory=48 * MiB)
    assert report.evidence.oom_kills <= MAX_OOM_KILLS
    assert report.all_gone


def test_feeder_counts_before_it_is_killed(container: Boxes) -> None:
    assert type_when_asked(container, HOLD + STOP).evidence.input_left == 0


@pytest.mark.parametrize("ended", [40, 150])
def test_ended_children_are_no_processes_at_the_end(lane: Boxes, ended: int) -> None:
    code = f"""
        import os, time
        for _ in range({ended}):
            if os.fork() == 0:
                os._exit(0)
        time.sleep(0.5)
        os._exit(0)
        """
    for _ in range(3):
        report, output = lane.run(dedent(code), limits={"processes": 200})
        assert report.evidence.exit_code == 0, output.stderr.text
        assert report.evidence.processes_at_end == 0
