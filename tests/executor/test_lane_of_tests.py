"""The suite's own runs are in the lane that its header names, and does not leave it silently."""

import pytest

from executor import lane_state
from executor.conf import config
from tests.support import lane
from tests.support.programs import printed, run

pytestmark = pytest.mark.docker

PLACE_IN_NEST = {"exec": "2", "fork": "3"}
"""The program's process id: a forked one has had a short-lived parent in its nest."""


@pytest.mark.skipif(not lane.IS_FAST, reason="the suite runs in containers: see make test-slots")
def test_suite_in_slots_has_a_machine_with_slots_and_uses_them() -> None:
    one, two = (run("import os; print(os.getpid())") for _ in range(2))
    assert (one.lane, two.lane) == ("slot", "slot"), lane_state()
    assert (two.sandbox, two.run_number) == (one.sandbox, one.run_number + 1)
    assert printed(one) == printed(two) == f"{PLACE_IN_NEST[config().boot]}\n"


@pytest.mark.container
def test_runs_of_a_test_that_is_about_containers_share_none() -> None:
    one, two = run("1"), run("1")
    assert (one.lane, two.lane, two.run_number) == ("container", "container", 1)
    assert one.sandbox != two.sandbox
    assert not one.warm
