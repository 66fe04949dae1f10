"""Verdicts and the evidence behind them, from real containers."""

import threading
import time

import pytest

from executor import Cancellation, EngineError, Limits, RunEvent, RunRequest, Verdict, execute
from executor import engine as docker_engine
from executor.conf import config
from executor.languages import LANGUAGES
from executor.limits import MiB
from executor.output import Output
from executor.owner import this_process
from executor.sandbox import Sandbox
from executor.spec import LABEL_INSTANCE, container_spec
from tests.executor.programs import run, run_js

pytestmark = pytest.mark.docker

BRIEF = Limits(wall_seconds=1)


def test_main_process_killed_for_memory():
    result = run("x = 'a' * 1000000000")
    assert result.verdict is Verdict.MEMORY_LIMIT_EXCEEDED
    assert (result.signal, result.evidence.oom_kills) == (9, 1)
    assert result.usage.memory_peak_bytes == 128 * MiB
    assert result.error.startswith("Memory limit exceeded: 128 MiB is allowed")


CHILD_EATS = "import os\nif os.fork() == 0:\n    x = bytearray(10**9)\nstatus = os.wait()[1]\n"


def test_child_killed_for_memory_spoils_a_program_that_fails():
    result = run(CHILD_EATS + "raise SystemExit(status)")
    assert (result.verdict, result.exit_code) == (Verdict.MEMORY_LIMIT_EXCEEDED, 9)
    assert result.evidence.oom_kills == 1


def test_child_killed_for_memory_does_not_spoil_a_program_that_ends_well():
    result = run(CHILD_EATS + "print('on we go')")
    assert (result.verdict, result.stdout) == (Verdict.OK, "on we go\n")
    assert result.evidence.oom_kills == 1


@pytest.mark.parametrize(
    "code",
    [
        "const a = []; for (;;) a.push('x'.repeat(1000) + a.length)",
        "const a = []; for (;;) a.push(Buffer.alloc(1e6, 1))",
    ],
)
def test_javascript_killed_for_memory(code):
    result = run_js(code)
    assert result.verdict is Verdict.MEMORY_LIMIT_EXCEEDED
    assert result.evidence.oom_kills >= 1


def test_self_inflicted_kill_is_no_memory_limit():
    result = run("import os; os.kill(os.getpid(), 9)")
    assert (result.verdict, result.signal) == (Verdict.RUNTIME_ERROR, 9)
    assert result.evidence.oom_kills == 0
    assert result.error == "The program was ended by signal 9 (SIGKILL)"


def test_memory_error_is_the_programs_own():
    result = run("x = 'a' * 10**15")
    assert (result.verdict, result.exit_code) == (Verdict.RUNTIME_ERROR, 1)
    assert "more memory" in result.error


def test_timeout_keeps_what_was_printed():
    result = run("print('first')\nwhile True: pass", limits=BRIEF)
    assert (result.verdict, result.stdout) == (Verdict.TIME_LIMIT_EXCEEDED, "first\n")
    assert result.evidence.deadline_passed
    assert result.error == "Execution timed out after 1 second"
    assert 1000 <= result.usage.wall_ms < 2000
    assert result.usage.cpu_ms > 300


def test_sleeping_past_the_deadline_is_a_timeout_without_cpu():
    result = run("import time; time.sleep(60)", limits=BRIEF)
    assert result.verdict is Verdict.TIME_LIMIT_EXCEEDED
    assert result.usage.cpu_ms < 500


def test_cpu_time_counts_all_processes():
    code = "import os\nos.fork(); os.fork()\nwhile True: pass"
    result = run(code, limits=Limits(cpu_seconds=0.5))
    assert result.verdict is Verdict.TIME_LIMIT_EXCEEDED
    assert result.evidence.cpu_exhausted
    assert result.error == "Execution used up its 0.5 seconds of CPU time"


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_output_flood_ends_the_run_and_keeps_the_head(stream):
    result = run(f"import sys\nwhile True: sys.{stream}.write('x' * 1000)")
    assert result.verdict is Verdict.OUTPUT_LIMIT_EXCEEDED
    assert result.truncated
    assert getattr(result, stream) == "x" * 64 * 1024


def test_output_of_exactly_the_cap_is_fine():
    result = run("print('x' * (64 * 1024 - 1))")
    assert (result.verdict, len(result.stdout)) == (Verdict.OK, 64 * 1024)


def test_fork_bomb_is_told_by_the_kernels_refusals():
    result = run("import os\nwhile True: os.fork()")
    assert result.verdict is Verdict.PROCESS_LIMIT_EXCEEDED
    assert result.evidence.pids_refusals >= 1
    assert "64 processes and threads" in result.error


def test_fork_bomb_that_catches_its_errors_is_no_mere_timeout():
    code = "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass"
    result = run(code, limits=BRIEF)
    assert result.verdict is Verdict.PROCESS_LIMIT_EXCEEDED
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
def test_full_disk_is_told_by_the_file_system(code):
    result = run(code)
    assert result.verdict is Verdict.DISK_LIMIT_EXCEEDED
    assert result.evidence.disk_full
    assert "32 MiB in 2048 files" in result.error


def test_orphan_that_holds_stdout_does_not_prolong_the_run():
    code = "import os, time\nif os.fork() == 0:\n    os.setsid(); time.sleep(60)\nprint('done')"
    result = run(code)
    assert (result.verdict, result.stdout) == (Verdict.OK, "done\n")
    assert result.usage.wall_ms < 5000
    assert result.evidence.processes_at_end == 1


def test_run_can_be_cancelled_from_another_thread():
    cancellation, begun = Cancellation(), threading.Event()
    canceller = threading.Thread(target=lambda: begun.wait(30) and cancellation.cancel())
    canceller.start()
    result = execute(
        RunRequest(code="print('begun')\nwhile True: pass"),
        on_event=lambda event: begun.set(),
        cancellation=cancellation,
    )
    canceller.join()
    assert (result.verdict, result.stdout) == (Verdict.CANCELLED, "begun\n")
    assert result.error == "Execution was stopped on request"
    assert result.usage.wall_ms < 5000


def test_cancellation_before_the_run_ends_it_at_once():
    cancellation = Cancellation()
    cancellation.cancel()
    cancellation.cancel()
    result = execute(RunRequest(code="while True: pass"), cancellation=cancellation)
    assert result.verdict is Verdict.CANCELLED


def test_cancellation_after_the_end_changes_nothing():
    cancellation = Cancellation()
    assert execute(RunRequest(code="1"), cancellation=cancellation).verdict is Verdict.OK
    cancellation.cancel()


def test_output_streams_as_it_is_printed():
    arrived: list[tuple[float, RunEvent]] = []
    code = "import sys, time\nprint('a')\nprint('e', file=sys.stderr)\ntime.sleep(0.6)\nprint('b')"
    result = execute(
        RunRequest(code=code), on_event=lambda event: arrived.append((time.monotonic(), event))
    )
    assert "".join(e.text for _, e in arrived if e.stream == "stdout") == result.stdout == "a\nb\n"
    assert "".join(e.text for _, e in arrived if e.stream == "stderr") == result.stderr == "e\n"
    assert arrived[-1][0] - arrived[0][0] > 0.4


def own_spec(**over):
    image = docker_engine.image(f"{config().image_prefix}-python")["Id"]
    spec = container_spec(
        LANGUAGES["python"],
        config().limits,
        image=image,
        instance=config().instance,
        owner=this_process(),
        runtime="runc",
    )
    return {**spec, **over}


def own_containers():
    found = docker_engine.containers(f"{LABEL_INSTANCE}={config().instance}")
    return {container["Id"] for container in found}


@pytest.mark.parametrize(
    "entrypoint",
    [
        ["/nonexistent"],
        ["/bin/true"],
        ["/bin/echo", "garbage"],
        ["/sandbox/supervisor", "/app/script.py", "/nonexistent"],
    ],
)
def test_sandbox_that_does_not_boot_is_an_error_and_leaves_nothing(entrypoint):
    before = own_containers()
    with pytest.raises(EngineError):
        Sandbox.start(own_spec(Entrypoint=entrypoint))
    assert own_containers() == before


def test_container_killed_from_outside_is_our_fault_and_no_hang():
    sandbox = Sandbox.start(own_spec())
    output = Output(1000, lambda event: docker_engine.remove(sandbox.container_id))
    report = sandbox.run(RunRequest(code="print(1)\nwhile True: pass"), output, Cancellation())
    sandbox.destroy()
    assert not report.evidence.reported
    assert report.evidence.exit_code is None or report.evidence.exit_code > 0


def test_dead_sandbox_refuses_a_program():
    sandbox = Sandbox.start(own_spec())
    docker_engine.remove(sandbox.container_id)
    assert not sandbox.is_waiting()
    sandbox.destroy()


def test_connection_that_breaks_ends_the_sandbox():
    sandbox = Sandbox.start(own_spec())
    sandbox.attachment.close()
    deadline = time.monotonic() + 20
    while docker_engine.exit_state(sandbox.container_id)["Running"]:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    sandbox.destroy()
