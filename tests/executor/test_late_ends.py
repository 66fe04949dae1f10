"""Who waits for the removal of a sandbox whose run has not ended as a whole, and which one may serve
another run. No program runs here."""

import threading
from collections.abc import Callable
from contextlib import nullcontext
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest

from executor import Cancellation, RunRequest, RunResult, Verdict, default_limits, execute
from executor.errors import EngineUnavailable
from executor.execute import ignore
from executor.pool.creation import Creator
from executor.pool.owned import Lease
from executor.pool.pool import Pool
from executor.runs import Usage
from executor.sandbox import container
from executor.sandbox.container import Report
from executor.sandbox.output import Output
from executor.sandbox.protocol import REPORTED
from executor.verdicts import Evidence
from tests.support.waiting import eventually

pytestmark = pytest.mark.docker


class FakeSandbox:
    """A sandbox whose run has this report or raises this error, and which keeps the thread that removes
    it."""

    name = image = container_id = "fake"
    lane = "container"
    run_number = 1

    def __init__(self, end: Report | BaseException) -> None:
        self.end = end
        self.removed_by: threading.Thread | None = None

    def run(self, *_arguments: Any) -> Report:
        if isinstance(self.end, BaseException):
            raise self.end
        return self.end

    def close_stdin(self) -> None:
        pass

    def destroy(self) -> None:
        self.removed_by = threading.current_thread()


def report_of_a_supervisor(**fields: int) -> Report:
    request = RunRequest(code="", limits=default_limits())
    numbers = {**dict.fromkeys(REPORTED, 0), **fields}
    # Private: no program ends late at will.
    return container._from_supervisor(request, numbers, b"", Output(1000, ignore), Cancellation())


@pytest.fixture
def ran(
    make_pool: Callable[..., Pool], monkeypatch: pytest.MonkeyPatch
) -> Callable[[FakeSandbox], RunResult]:
    """Lets a program run in this sandbox."""
    pool = make_pool(isolation="container")
    monkeypatch.setattr(import_module("executor.execute"), "pool", lambda: pool)

    def run(sandbox: FakeSandbox) -> RunResult:
        monkeypatch.setattr(Creator, "create", lambda *_, **__: sandbox)
        return execute(RunRequest(code="", limits=default_limits()))

    return run


def test_sandbox_with_processes_left_is_removed_before_the_run_is_over(
    ran: Callable[[FakeSandbox], RunResult],
) -> None:
    sandbox = FakeSandbox(report_of_a_supervisor(all_gone=0))
    assert ran(sandbox).verdict is Verdict.OK
    assert sandbox.removed_by is threading.current_thread()


def test_sandbox_without_a_report_is_removed_before_the_run_is_over(
    ran: Callable[[FakeSandbox], RunResult],
) -> None:
    sandbox = FakeSandbox(Report(Evidence(deadline_passed=True), Usage(wall_ms=1)))
    assert ran(sandbox).verdict is Verdict.TIME_LIMIT_EXCEEDED
    assert sandbox.removed_by is threading.current_thread()


def test_answer_does_not_wait_for_the_removal_of_a_sandbox_whose_processes_are_gone(
    ran: Callable[[FakeSandbox], RunResult],
) -> None:
    sandbox = FakeSandbox(report_of_a_supervisor(all_gone=1))
    assert ran(sandbox).verdict is Verdict.OK
    eventually(lambda: sandbox.removed_by is not None)
    assert sandbox.removed_by is not threading.current_thread()


@pytest.mark.parametrize(
    ("fields", "may_serve"),
    [
        ({}, True),
        ({"exit_code": 3}, True),
        ({"exit_code": -1, "signal": 9}, False),
        *(
            ({name: 1}, False)
            for name in ("oom_kills", "pids_refusals", "disk_full", "calls_refused")
        ),
        *(({name: 1}, False) for name in ("deadline_passed", "idle_passed", "cpu_exhausted")),
    ],
)
def test_slot_may_serve_again_only_after_an_exit_with_nothing_refused(
    monkeypatch: pytest.MonkeyPatch, fields: dict[str, int], may_serve: bool
) -> None:
    sandbox: Any = FakeSandbox(report_of_a_supervisor(all_gone=1, **fields))
    lease = Lease(sandbox=sandbox, warm=True)
    pool = SimpleNamespace(sandbox=lambda *_, **__: nullcontext(lease))
    monkeypatch.setattr(import_module("executor.execute"), "pool", lambda: pool)
    execute(RunRequest(code="", limits=default_limits()), owner="alice")
    assert lease.may_serve_again == may_serve


@pytest.mark.parametrize(
    "error",
    [EngineUnavailable("no answer about the exit"), OSError("the sink"), KeyboardInterrupt()],
    ids=["engine", "sink", "Ctrl-C"],
)
def test_sandbox_whose_run_raises_is_removed_before_the_run_is_over(
    ran: Callable[[FakeSandbox], RunResult], error: BaseException
) -> None:
    """The place of a run that is tried again must not be free while the first container lives."""
    sandbox = FakeSandbox(error)
    with pytest.raises(type(error)):
        ran(sandbox)
    assert sandbox.removed_by is threading.current_thread()
