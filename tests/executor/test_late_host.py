"""A host that is late, and a supervisor that is lost: what decides then, and for how long."""

import os
import signal
from collections.abc import Callable
from signal import Signals
from time import monotonic
from typing import Any

import pytest

from executor import Cancellation, Limits, RunRequest, Verdict, default_limits
from executor.execute import ignore
from executor.limits import KiB, MiB
from executor.sandbox.container import Sandbox
from executor.sandbox.conversation import LATE_BYTES, Channel, Conversation
from executor.sandbox.engine import STDOUT, Attachment, exit_state
from executor.sandbox.output import Output
from executor.sandbox.protocol import HEADER
from executor.verdicts import classify
from tests.support.present import present
from tests.support.sandboxes import make_spec
from tests.support.waiting import PATIENCE_SECONDS, eventually

pytestmark = pytest.mark.docker


@pytest.fixture
def stall(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Callable[..., None]]:
    """Makes an event sink that returns when the sandbox has ended and its deadline is long past."""

    def make(sandbox: Any) -> Callable[..., None]:
        def wait_and_lose_an_hour(event: Any) -> None:
            eventually(lambda: not present(exit_state(sandbox.container_id))["Running"])
            for module in ("container", "conversation", "engine"):
                monkeypatch.setattr(
                    f"executor.sandbox.{module}.monotonic", lambda: monotonic() + 3600
                )

        return wait_and_lose_an_hour

    return make


@pytest.mark.parametrize(
    ("end", "verdict"),
    [("", Verdict.OK), ("raise SystemExit(3)", Verdict.RUNTIME_ERROR)],
)
def test_host_that_wakes_after_the_deadline_takes_the_supervisors_word(
    instance: str, stall: Callable[..., Callable[..., None]], end: str, verdict: Verdict
) -> None:
    sandbox = Sandbox.start(make_spec(instance=instance))
    output = Output(64 * KiB, stall(sandbox))
    # More than the host reads at a time, so that the report can't come with the first piece.
    code = f"import os\nfor fd in (1, 2): os.write(fd, b'x' * 60000)\n{end}"
    report = sandbox.run(RunRequest(code=code, limits=default_limits()), output, Cancellation())
    sandbox.destroy()
    assert classify(report.evidence) is verdict
    assert report.evidence.reported
    assert output.stdout.text == "x" * 60000
    assert output.stderr.text.startswith("x" * 60000)
    assert present(report.usage.wall_ms) < 10_000


def _pid(sandbox: Sandbox) -> Any:
    return present(exit_state(sandbox.container_id))["Pid"]


def _signal(pid: Any, number: Signals) -> None:
    try:
        os.kill(pid, number)
    except PermissionError:
        pytest.skip("only root may signal the processes of a container")


FLOOD = "import os\nwhile True: os.write(1, b'x' * {size})"


@pytest.mark.parametrize("size", [1, 4096, 32768])
def test_flood_without_a_supervisor_ends_in_time(
    instance: str, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox = Sandbox.start(make_spec(instance=instance))
    unread = []

    def ask(container_id: Any) -> Any:  # which the engine may not answer while a stream is unread
        left = 0  # what was received before it was closed may still be in the buffer
        while left < MiB and (piece := sandbox.attachment.receive(monotonic() + 1)) is not None:
            left += len(piece[1])
        unread.append(left < MiB)
        return exit_state(container_id)

    monkeypatch.setattr("executor.sandbox.engine.exit_state", ask)
    pid, start = _pid(sandbox), monotonic()
    output = Output(1000, lambda event: _signal(pid, signal.SIGSTOP))  # the flood continues
    report = sandbox.run(
        RunRequest(code=FLOOD.format(size=size), limits=default_limits()), output, Cancellation()
    )
    sandbox.close_stdin()
    sandbox.destroy()
    assert monotonic() - start < PATIENCE_SECONDS
    assert classify(report.evidence) is Verdict.OUTPUT_LIMIT_EXCEEDED
    assert (report.evidence.reported, unread) == (False, [True])


def test_without_the_supervisors_report_nothing_is_said_of_the_program(instance: str) -> None:
    sandbox = Sandbox.start(make_spec(instance=instance))
    pid = _pid(sandbox)
    output = Output(1000, lambda event: _signal(pid, signal.SIGKILL))
    code = "print(1, flush=True)\nwhile True: pass"
    report = sandbox.run(RunRequest(code=code, limits=default_limits()), output, Cancellation())
    eventually(lambda: present(exit_state(sandbox.container_id))["ExitCode"] == 137)
    sandbox.destroy()
    assert classify(report.evidence) is Verdict.INTERNAL_ERROR
    assert (report.evidence.exit_code, report.evidence.signal) == (None, None)
    assert (report.usage.cpu_ms, report.usage.memory_peak_bytes) == (None, None)
    assert present(report.usage.wall_ms) > 0


def test_trickle_without_a_supervisor_ends_in_time(instance: str) -> None:
    sandbox = Sandbox.start(make_spec(instance=instance))
    pid, start = _pid(sandbox), monotonic()
    output = Output(64 * KiB, lambda event: _signal(pid, signal.SIGSTOP))
    code = "import os, time\nwhile True: os.write(1, b'x'); time.sleep(0.001)"
    limits = Limits(wall_seconds=1)
    report = sandbox.run(RunRequest(code=code, limits=limits), output, Cancellation())
    sandbox.close_stdin()
    sandbox.destroy()
    assert monotonic() - start < PATIENCE_SECONDS
    assert classify(report.evidence) is Verdict.TIME_LIMIT_EXCEEDED


class EndlessAttachment(Attachment):
    """Always has another piece: a stream that is faster than its reader."""

    def __init__(self) -> None:
        self.pieces = 0

    def receive(self, deadline: float) -> tuple[int, bytes]:
        self.pieces += 1
        assert self.pieces < 10**6, "the reading does not end"
        return STDOUT, HEADER.pack(b"O", 995) + b"x" * 995


def test_late_host_reads_a_bounded_amount() -> None:
    attachment = EndlessAttachment()
    conversation = Conversation(Channel(attachment), Output(1000, ignore), 1)
    assert not conversation.read(monotonic() - 1)
    assert attachment.pieces <= LATE_BYTES // 1000
