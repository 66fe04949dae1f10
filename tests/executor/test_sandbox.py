"""Verdicts and the evidence behind them, from real containers."""

import gc
import signal
import threading
from pathlib import Path
from time import monotonic

import pytest

from executor import (
    Cancellation,
    EngineError,
    Limits,
    RunEvent,
    RunRequest,
    Verdict,
    default_limits,
    execute,
)
from executor.execute import ignore
from executor.limits import MiB
from executor.sandbox import container
from executor.sandbox.container import Sandbox
from executor.sandbox.engine import containers, exit_state, remove
from executor.sandbox.output import Output
from executor.sandbox.protocol import REPORTED
from executor.sandbox.spec import LABEL_INSTANCE
from executor.verdicts import classify
from tests.support.present import present
from tests.support.programs import run, run_js
from tests.support.sandboxes import make_spec
from tests.support.waiting import PATIENCE_SECONDS, eventually

pytestmark = pytest.mark.docker

BRIEF = Limits(wall_seconds=1)


def test_main_process_killed_for_memory() -> None:
    result = run("x = 'a' * 1000000000")
    assert result.verdict is Verdict.MEMORY_LIMIT_EXCEEDED
    assert result.signal == 9
    # Seldom the kernel kills another process too, which asks for memory at that moment.
    assert result.evidence.oom_kills >= 1
    assert result.usage.memory_peak_bytes == 128 * MiB
    assert present(result.error).startswith("Your program needed more than 128 MiB of memory")


CHILD_EATS = "import os\nif os.fork() == 0:\n    x = bytearray(10**9)\nstatus = os.wait()[1]\n"


def test_child_killed_for_memory_spoils_a_program_that_fails() -> None:
    result = run(CHILD_EATS + "raise SystemExit(status)")
    assert (result.verdict, result.exit_code) == (Verdict.MEMORY_LIMIT_EXCEEDED, 9)
    assert result.evidence.oom_kills >= 1


def test_child_killed_for_memory_does_not_spoil_a_program_that_ends_well() -> None:
    result = run(CHILD_EATS + "print('on we go')")
    assert (result.verdict, result.stdout) == (Verdict.OK, "on we go\n")
    assert result.evidence.oom_kills >= 1


@pytest.mark.parametrize(
    "code",
    [
        "const a = []; for (;;) a.push('x'.repeat(1000) + a.length)",
        "const a = []; for (;;) a.push(Buffer.alloc(1e6, 1))",
    ],
)
def test_javascript_killed_for_memory(code: str) -> None:
    # With time enough: the first moves three million objects about before it has filled the memory.
    result = run_js(code, limits=Limits(wall_seconds=60, cpu_seconds=60))
    assert result.verdict is Verdict.MEMORY_LIMIT_EXCEEDED, (result.evidence, result.usage)
    assert result.evidence.oom_kills >= 1


def test_self_inflicted_kill_is_no_memory_limit() -> None:
    result = run("import os; os.kill(os.getpid(), 9)")
    assert (result.verdict, result.signal) == (Verdict.RUNTIME_ERROR, 9)
    assert result.evidence.oom_kills == 0
    assert result.error == "The program was killed (SIGKILL)"


def test_memory_error_is_the_programs_own() -> None:
    result = run("x = 'a' * 10**15")
    assert (result.verdict, result.exit_code) == (Verdict.RUNTIME_ERROR, 1)
    assert "more memory" in present(result.error)


def test_timeout_keeps_what_was_printed() -> None:
    result = run("print('first')\nwhile True: pass", limits=BRIEF)
    assert (result.verdict, result.stdout) == (Verdict.TIME_LIMIT_EXCEEDED, "first\n")
    assert result.evidence.deadline_passed
    assert result.error == "Execution timed out after 1 second"
    assert present(result.usage.wall_ms) >= 1000
    assert present(result.usage.cpu_ms) > 5


def test_sleeping_past_the_deadline_is_a_timeout_without_cpu() -> None:
    result = run("import time; time.sleep(60)", limits=BRIEF)
    assert result.verdict is Verdict.TIME_LIMIT_EXCEEDED
    assert present(result.usage.cpu_ms) < 500


def test_cpu_time_counts_all_processes() -> None:
    code = "import os\nos.fork(); os.fork()\nwhile True: pass"
    result = run(code, limits=Limits(cpu_seconds=0.5, wall_seconds=60))
    assert result.verdict is Verdict.TIME_LIMIT_EXCEEDED
    assert result.evidence.cpu_exhausted
    assert result.error == "Execution used up its 0.5 seconds of CPU time"


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_output_flood_ends_the_run_and_keeps_the_head(stream: str) -> None:
    result = run(f"import sys\nwhile True: sys.{stream}.write('x' * 1000)")
    assert result.verdict is Verdict.OUTPUT_LIMIT_EXCEEDED
    assert result.truncated
    assert getattr(result, stream) == "x" * 64 * 1024


def test_output_of_exactly_the_cap_is_fine() -> None:
    result = run("print('x' * (64 * 1024 - 1))")
    assert (result.verdict, len(result.stdout)) == (Verdict.OK, 64 * 1024)


@pytest.mark.parametrize(("wall_us", "has_met_both"), [(9_899_000, False), (9_901_000, True)])
def test_loop_that_meets_both_limits_of_time_at_once_has_met_both(
    wall_us: int, has_met_both: bool
) -> None:
    report = {**dict.fromkeys(REPORTED, 0), "cpu_exhausted": 1, "wall_us": wall_us, "signal": 9}
    request = RunRequest(code="", limits=Limits(wall_seconds=10, cpu_seconds=10))
    # Private: no program meets both limits at will.
    found = container._from_supervisor(
        request, report, b"", Output(1, ignore), Cancellation()
    ).evidence
    assert (found.cpu_exhausted, found.deadline_passed) == (True, has_met_both)


def test_fork_bomb_is_recognised_by_the_kernels_refusals() -> None:
    # With time enough: on a crowded machine the host's clock may come before the kernel's refusal.
    limits = Limits(wall_seconds=60, cpu_seconds=60)
    result = run("import os\nwhile True: os.fork()", limits=limits)
    assert result.verdict is Verdict.PROCESS_LIMIT_EXCEEDED
    assert result.evidence.pids_refusals >= 1
    assert "64 processes and threads" in present(result.error)


def test_fork_bomb_that_never_pauses_is_ended_in_time() -> None:
    """Its report may come too late on a crowded machine: sixty processes are before the supervisor."""
    code = "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass"
    begun = monotonic()
    result = run(code, limits=Limits(wall_seconds=2))
    assert monotonic() - begun < PATIENCE_SECONDS / 2
    by_report = {True: Verdict.PROCESS_LIMIT_EXCEEDED, False: Verdict.TIME_LIMIT_EXCEEDED}
    assert result.verdict is by_report[result.evidence.reported]


def test_fork_bomb_that_catches_its_errors_is_no_mere_timeout() -> None:
    # Its processes pause: a supervisor that had to wait for all of them could be late.
    code = "import os, time\nwhile True:\n    try: os.fork()\n    except OSError: time.sleep(0.01)"
    result = run(code, limits=Limits(wall_seconds=5))
    assert result.verdict is Verdict.PROCESS_LIMIT_EXCEEDED
    # On a crowded machine the kernel frees late what forks took that it refused: 100 MiB and more.
    if not result.evidence.oom_kills:
        assert result.evidence.deadline_passed
        assert result.evidence.processes_at_end == 64


@pytest.mark.parametrize(
    "code",
    [
        "f = open('/tmp/x', 'wb')\nwhile True: f.write(bytes(65536))",
        "for n in range(10**6): open(f'/tmp/{n}', 'w')",
    ],
    ids=["bytes", "inodes"],
)
def test_full_disk_is_recognised_by_the_file_system(code: str) -> None:
    result = run(code)
    assert result.verdict is Verdict.DISK_LIMIT_EXCEEDED
    assert result.evidence.disk_full
    assert "32 MiB, or more than 2,048 files" in present(result.error)


def test_orphan_that_holds_stdout_does_not_prolong_the_run() -> None:
    code = "import os, time\nif os.fork() == 0:\n    os.setsid(); time.sleep(60)\nprint('done')"
    result = run(code)
    assert (result.verdict, result.stdout) == (Verdict.OK, "done\n")
    assert present(result.usage.wall_ms) < 5000
    assert result.evidence.processes_at_end == 1


def test_run_can_be_cancelled_from_another_thread() -> None:
    cancellation, begun = Cancellation(), threading.Event()

    def cancel() -> None:
        if begun.wait(30):
            cancellation.cancel()

    canceller = threading.Thread(target=cancel)
    canceller.start()
    result = execute(
        RunRequest(code="print('begun')\nwhile True: pass", limits=default_limits()),
        on_event=lambda event: begun.set(),
        cancellation=cancellation,
    )
    canceller.join()
    assert (result.verdict, result.stdout.strip()) == (Verdict.CANCELLED, "begun")
    assert result.error == "Execution was stopped on request"
    assert present(result.usage.wall_ms) < 5000


def test_cancellation_before_the_run_ends_it_at_once() -> None:
    cancellation = Cancellation()
    cancellation.cancel()
    cancellation.cancel()
    result = execute(
        RunRequest(code="while True: pass", limits=default_limits()), cancellation=cancellation
    )
    assert result.verdict is Verdict.CANCELLED


def test_cancellation_after_the_end_changes_nothing() -> None:
    cancellation = Cancellation()
    assert (
        execute(RunRequest(code="1", limits=default_limits()), cancellation=cancellation).verdict
        is Verdict.OK
    )
    cancellation.cancel()


def test_events_agree_with_the_result_in_order() -> None:
    events: list[RunEvent] = []
    code = """
        import sys
        for n in range(50):
            print(n)
            print(-n, file=sys.stderr)
    """
    result = run(code, on_event=events.append)
    assert result.verdict is Verdict.OK
    assert "".join(e.text for e in events if e.stream == "stdout") == result.stdout
    assert "".join(e.text for e in events if e.stream == "stderr") == result.stderr


def test_first_line_arrives_before_the_end() -> None:
    cancellation = Cancellation()
    code = "import sys, time\nsys.stdout.write('first\\n')\ntime.sleep(60)\nprint('last')"
    result = run(code, on_event=lambda event: cancellation.cancel(), cancellation=cancellation)
    assert (result.verdict, result.stdout) == (Verdict.CANCELLED, "first\n")


@pytest.mark.parametrize(
    "end",
    ["x = 'a' * 10**9", "import os; os.kill(os.getpid(), 11)", "raise SystemExit(3)", "os.abort()"],
)
def test_output_before_the_end_is_kept(end: str) -> None:
    assert run(f"print('first')\n{end}").stdout == "first\n"


@pytest.mark.parametrize(
    "entrypoint",
    [
        ["/nonexistent"],
        ["/bin/true"],
        ["/bin/echo", "garbage"],
        ["/sandbox/supervisor", "60", "1", "1", "pages", "read-only", "/app/a.py", "/nonexistent"],
    ],
)
def test_sandbox_that_does_not_boot_is_an_error_and_leaves_nothing(
    instance: str, entrypoint: list[str]
) -> None:
    with pytest.raises(EngineError):
        Sandbox.start(make_spec(instance=instance, Entrypoint=entrypoint))
    assert containers(f"{LABEL_INSTANCE}={instance}") == []


def test_sandbox_that_never_gets_ready_is_an_error_and_leaves_nothing(instance: str) -> None:
    spec = make_spec(instance=instance, Entrypoint=["/bin/sleep", "60"])
    with pytest.raises(EngineError, match=r"did not boot within 0\.5 seconds"):
        Sandbox.start(spec, boot_seconds=0.5)


def test_sandbox_that_was_forgotten_ends_by_itself(instance: str) -> None:
    spec = make_spec(instance=instance)
    supervisor, _, *rest = spec["Entrypoint"]
    sandbox = Sandbox.start({**spec, "Entrypoint": [supervisor, "5", *rest]})
    eventually(lambda: not sandbox.is_waiting())
    eventually(lambda: present(exit_state(sandbox.container_id))["Status"] == "exited")
    assert present(exit_state(sandbox.container_id))["ExitCode"] == 0
    sandbox.destroy()


def test_container_killed_from_outside_is_our_fault_and_no_hang(instance: str) -> None:
    sandbox = Sandbox.start(make_spec(instance=instance))
    output = Output(1000, lambda event: remove(sandbox.container_id))
    report = sandbox.run(
        RunRequest(code="print(1)\nwhile True: pass", limits=default_limits()),
        output,
        Cancellation(),
    )
    sandbox.destroy()
    assert classify(report.evidence) is Verdict.INTERNAL_ERROR
    assert (report.evidence.reported, output.stdout.text) == (False, "1\n")


def test_host_ends_a_run_whose_supervisor_reports_nothing(
    instance: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Long before the supervisor's own clock.
    monkeypatch.setattr("executor.sandbox.container.PATIENCE_SECONDS", -57)
    monkeypatch.setattr("executor.sandbox.container.HELPED_SECONDS", -2)
    sandbox = Sandbox.start(make_spec(instance=instance))
    output = Output(1000, ignore)
    limits = Limits(wall_seconds=60, cpu_seconds=60)
    request = RunRequest(code="print(1)\nwhile True: pass", limits=limits)
    report = sandbox.run(request, output, Cancellation())
    sandbox.destroy()
    assert classify(report.evidence) is Verdict.TIME_LIMIT_EXCEEDED
    assert (report.evidence.reported, output.stdout.text) == (False, "1\n")


def test_file_size_signal_of_the_program_itself_is_no_disk_limit() -> None:
    code = "import os, signal\nsignal.signal(25, signal.SIG_DFL)\nos.kill(os.getpid(), 25)"
    result = run(code)
    assert (result.verdict, result.signal) == (Verdict.RUNTIME_ERROR, signal.SIGXFSZ)
    assert result.error == "The program was ended by a file that grew too large (SIGXFSZ)"


def test_file_at_the_limit_is_a_disk_limit() -> None:
    code = """
        const fs = require("fs"), file = fs.openSync("/tmp/x", "w")
        for (;;) fs.writeSync(file, Buffer.alloc(65536))
    """
    assert run_js(code).verdict is Verdict.DISK_LIMIT_EXCEEDED


def test_limit_that_only_a_child_hit_does_not_hide_the_programs_error() -> None:
    result = run(CHILD_EATS + "1 / 0")
    assert result.verdict is Verdict.MEMORY_LIMIT_EXCEEDED
    assert present(result.error).endswith(
        "; the program's own error: ZeroDivisionError: division by zero (line 5)"
    )


def test_dead_sandbox_refuses_a_program(instance: str) -> None:
    sandbox = Sandbox.start(make_spec(instance=instance))
    remove(sandbox.container_id)
    eventually(lambda: not sandbox.is_waiting())
    sandbox.destroy()


def test_connection_that_breaks_ends_the_sandbox(instance: str) -> None:
    sandbox = Sandbox.start(make_spec(instance=instance))
    sandbox.attachment.close()
    eventually(lambda: not present(exit_state(sandbox.container_id))["Running"])
    sandbox.destroy()


@pytest.mark.parametrize("has_run", [True, False])
def test_sandbox_that_expires_has_ended_before_it_is_removed(instance: str, has_run: bool) -> None:
    sandbox = Sandbox.start(make_spec(instance=instance))
    if has_run:
        sandbox.run(
            RunRequest(code="1", limits=default_limits()), Output(1000, ignore), Cancellation()
        )
    sandbox.close_stdin()
    eventually(lambda: not present(exit_state(sandbox.container_id))["Running"])
    sandbox.destroy()


def test_sandboxes_leave_no_connection_open(instance: str) -> None:
    def connections() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    def live_and_die() -> None:
        Sandbox.start(make_spec(instance=instance)).destroy()

    gc.disable()  # what only the garbage collector closes, stays open
    try:
        live_and_die()
        before = connections()
        for _ in range(4):
            live_and_die()
        eventually(lambda: connections() <= before)  # the pool's own come and go meanwhile
    finally:
        gc.enable()
