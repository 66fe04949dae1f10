"""What a report says about the other processes of a program that has ended."""

from collections.abc import Iterator
from textwrap import dedent

import pytest

from tests.support.boxes import Boxes, boxes
from tests.support.slots import skip_without_slots

pytestmark = pytest.mark.docker


@pytest.fixture(params=["container", "slot"])
def lane(request: pytest.FixtureRequest, instance: str) -> Iterator[Boxes]:
    if request.param == "slot":
        skip_without_slots()
    with boxes(nested=request.param == "slot", instance=instance) as made:
        yield made


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
