"""SIGKILL from outside for each process of a slot, during a run and between two: no program is blamed for
it, and no slot serves on that lacks a process."""

import os
import signal
from collections.abc import Callable
from dataclasses import replace

import pytest

from executor import Cancellation, RunRequest, Verdict, default_limits
from executor.runs import RunEvent
from executor.sandbox.container import Report, Sandbox
from executor.sandbox.output import Output
from executor.verdicts import classify
from tests.support.held import Slot
from tests.support.sandboxes import make_spec
from tests.support.slots import run_in, skip_without_slots, slot, slot_spec
from tests.support.waiting import PATIENCE_SECONDS, eventually

pytestmark = [
    pytest.mark.docker,
    pytest.mark.xdist_group("slots"),
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to kill processes of sandboxes"),
]

WAIT = "print('begun', flush=True)\nimport time\ntime.sleep(600)"
LIMITS = replace(default_limits(), wall_seconds=PATIENCE_SECONDS)
MUCH = "x" * 3_000_000
"""More than a pipe holds: a second process of the supervisor's feeds it to the program."""


@pytest.fixture(autouse=True)
def _machine_has_slots() -> None:
    skip_without_slots()


def run_and_kill(sandbox: Sandbox, part: str, code: str = WAIT) -> Report:
    """Kill a part of the slot once its program has printed something."""
    place = Slot(sandbox.container_id)
    killed: list[str] = []

    def kill(event: RunEvent) -> None:
        if not killed:
            killed.append(part)
            os.kill(place.part(part), signal.SIGKILL)

    request = RunRequest(code=code, stdin=MUCH, limits=LIMITS)
    report = sandbox.run(request, Output(1000, kill), Cancellation())
    assert killed == [part]
    return report


@pytest.mark.parametrize("part", ["init", "relay", "feeder", "supervisor", "shim"])
def test_part_of_ours_that_is_killed_is_our_error(instance: str, part: str) -> None:
    with slot(slot_spec("python", instance=instance, forks=True)) as sandbox:
        report = run_and_kill(sandbox, part)
        assert classify(report.evidence) is Verdict.INTERNAL_ERROR
        assert not sandbox.settle(PATIENCE_SECONDS)


def test_program_that_is_killed_has_met_no_limit(instance: str) -> None:
    with slot(slot_spec("python", instance=instance, forks=True)) as sandbox:
        report = run_and_kill(sandbox, "program")
        assert (classify(report.evidence), report.evidence.signal) == (Verdict.RUNTIME_ERROR, 9)
        assert not sandbox.settle(PATIENCE_SECONDS)


def test_run_whose_zygote_is_killed_ends_well(instance: str) -> None:
    with slot(slot_spec("python", instance=instance, forks=True)) as sandbox:
        report = run_and_kill(sandbox, "runtime", "print('begun', flush=True)")
        assert classify(report.evidence) is Verdict.OK
        if not sandbox.settle(PATIENCE_SECONDS):
            # Killed, and not gone yet when it got its order: so nobody knows what it has done.
            assert sandbox.channel.complaint == "supervisor: zygote: No child processes"


def test_slot_that_got_all_processors_for_an_end_serves_no_other_run(
    instance: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("executor.sandbox.container.PATIENCE_SECONDS", -1000)  # late at once
    monkeypatch.setattr("executor.sandbox.container.HELPED_SECONDS", PATIENCE_SECONDS)
    with slot(slot_spec("python", instance=instance)) as sandbox:
        report, _ = run_in(sandbox, "import time; time.sleep(2)")
        assert report.evidence.exit_code == 0
        assert not sandbox.settle(PATIENCE_SECONDS)


def specs(instance: str) -> dict[str, Callable[[], dict[str, object]]]:
    return {
        "exec": lambda: slot_spec("python", instance=instance),
        "fork": lambda: slot_spec("python", instance=instance, forks=True),
        "container": lambda: make_spec(instance=instance),
    }


@pytest.mark.parametrize(
    ("kind", "part"),
    [
        *(("exec", part) for part in ("program", "init", "relay")),
        ("fork", "program"),
        ("container", "runtime"),
    ],
)
def test_sandbox_that_loses_a_part_while_idle_serves_no_run(
    instance: str, kind: str, part: str
) -> None:
    with slot(specs(instance)[kind]()) as sandbox:
        if sandbox.lane == "slot":
            assert run_in(sandbox, "1")[0].evidence.exit_code == 0
            assert sandbox.settle(PATIENCE_SECONDS)
        assert sandbox.is_waiting()
        os.kill(Slot(sandbox.container_id).part(part), signal.SIGKILL)
        eventually(lambda: not sandbox.is_waiting())
