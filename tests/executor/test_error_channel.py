"""What a program can do with the channel over which the runner reports an uncaught error.

The runner here keeps descriptor 4 for the program: one that has found the descriptor can do no more.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from executor import LANGUAGES, Cancellation, Limits, RunRequest, Verdict
from executor.execute import ignore
from executor.limits import KiB
from executor.sandbox.container import Report, Sandbox
from executor.sandbox.output import Output
from executor.uncaught import Uncaught
from executor.verdicts import classify
from tests.support.sandboxes import make_spec

pytestmark = pytest.mark.docker

RUNNER = """
import os
os.write(4, b"1")
while os.read(3, 65536): pass
exec(compile(open("/app/script.py").read(), "/app/script.py", "exec"))
"""
FRAME = {"phase": "run", "kind": "exception", "type": "ValueError", "message": "no", "line": 2}
UNCAUGHT = Uncaught(phase="run", kind="exception", type="ValueError", message="no", line=2)
ONE = json.dumps(FRAME).encode() + b"\n"
HEAD = f"import json, os, sys\none = {ONE!r}\nsay = lambda data: os.write(4, data)\n"


@pytest.fixture
def run(instance: str) -> Iterator[Callable[..., Report]]:
    """Return a function that runs a program which may write to descriptor 4."""
    used = []

    def run(
        code: str, output: Output | None = None, *, runner: str = RUNNER, **limits: Any
    ) -> Report:
        spec = make_spec(instance=instance)
        supervisor = spec["Entrypoint"][: -len(LANGUAGES["python"].command)]
        command = [*supervisor, "/usr/bin/python3", "-S", "-c", runner]
        used.append(Sandbox.start({**spec, "Entrypoint": command}))
        request = RunRequest(code=HEAD + code, args=("a", "b"), limits=Limits(**limits))
        return used[-1].run(request, output or Output(64 * KiB, ignore), Cancellation())

    yield run
    for sandbox in used:
        sandbox.destroy()


def test_report_is_read_beside_the_output(run: Callable[..., Report]) -> None:
    output = Output(64 * KiB, ignore)
    report = run("say(one); print('out'); print('err', file=sys.stderr); sys.exit(1)", output)
    assert report.uncaught == UNCAUGHT
    assert (output.stdout.text, output.stderr.text) == ("out\n", "err\n")
    assert not report.evidence.error_report_refused
    assert classify(report.evidence) is Verdict.RUNTIME_ERROR


def test_program_that_says_nothing_has_no_report(run: Callable[..., Report]) -> None:
    report = run("sys.exit(1)")
    assert report.uncaught is None
    assert not report.evidence.error_report_refused


def test_longest_report_arrives_whole(run: Callable[..., Report]) -> None:
    report = run("say(one[:-1] + b' ' * (4096 - len(one)) + one[-1:]); sys.exit(1)")
    assert report.uncaught == UNCAUGHT


def test_report_with_a_marker_in_it_ends_no_run(run: Callable[..., Report]) -> None:
    code = (
        "say(json.dumps(json.loads(one) | {'message': '\\0\\1END ' + '0' * 32}).encode() + b'\\n')"
    )
    report = run(f"{code}\nsys.exit(1)")
    assert report.uncaught
    assert report.uncaught.message == "\ufffd\1END " + "0" * 32
    assert report.evidence.exit_code == 1


REFUSED = {
    "flood": "os.set_blocking(4, False)\ntry:\n    while True: say(b'x' * 65536)\n"
    "except BlockingIOError: pass",
    "flood of a large pipe": "import fcntl\nfcntl.fcntl(4, 1031, 2**20)\n"
    "try:\n    while True: say(one)\nexcept BlockingIOError: pass",
    "many frames": "for _ in range(20): say(one)",
    "two frames": "say(one); say(one)",
    "half a frame": "say(one[:20])",
    "zero bytes": "say(bytes(4096))",
    "one byte": "say(b'1')",
    "invalid UTF-8": "say(one.replace(b'no', b'\\xff\\xfe'))",
    "deep JSON": "say(b'[' * 4000 + b'\\n')",
    "huge number": "say(one.replace(b'2', b'9' * 3900))",
    "NaN": "say(one.replace(b'2', b'NaN'))",
    "key twice": "say(one.replace(b'{', b'{\"line\": 1, '))",
    "unknown key": "say(one.replace(b'{', b'{\"verdict\": \"ok\", '))",
    "marker": "say(b'\\0\\1END ' + b'0' * 32 + b' exit_code=0\\n')",
    "child": "say(one)\nif os.fork() == 0: say(one); os._exit(0)\nos.wait()",
    "grandchild left behind": "say(one)\nr, w = os.pipe()\n"
    "if os.fork() == 0:\n    say(one); os.write(w, b'1')\n    import time; time.sleep(60)\nos.read(r, 1)",
    "other opening": "os.write(os.open('/proc/self/fd/4', os.O_WRONLY), one * 2)",
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_not_one_report_counts_as_none_and_is_seen(
    run: Callable[..., Report], what: str
) -> None:
    report = run(f"{REFUSED[what]}\nos._exit(7)")
    assert report.uncaught is None
    assert report.evidence.error_report_refused
    assert report.evidence.exit_code == 7
    assert classify(report.evidence) is Verdict.RUNTIME_ERROR


def test_program_that_ends_well_stays_ok_whatever_it_reports(run: Callable[..., Report]) -> None:
    assert classify(run("say(one)").evidence) is Verdict.OK
    assert classify(run("say(b'x' * 5000)").evidence) is Verdict.OK


@pytest.mark.parametrize(
    ("code", "limits", "verdict"),
    [
        ("import time; time.sleep(60)", {"wall_seconds": 3}, Verdict.TIME_LIMIT_EXCEEDED),
        ("while True: pass", {"cpu_seconds": 0.3}, Verdict.TIME_LIMIT_EXCEEDED),
        ("x = 'a' * 10**9", {}, Verdict.MEMORY_LIMIT_EXCEEDED),
        ("while True: print('x' * 1000)", {}, Verdict.OUTPUT_LIMIT_EXCEEDED),
    ],
)
def test_limit_is_the_verdict_beside_a_report(
    run: Callable[..., Report], code: str, limits: dict[str, Any], verdict: Verdict
) -> None:
    report = run(f"say(one)\n{code}", **limits)
    assert classify(report.evidence) is verdict
    assert report.uncaught == UNCAUGHT


def test_full_channel_keeps_nobody_from_ending(run: Callable[..., Report]) -> None:
    """The runner's own report must not wait for a reader that there is not."""
    code = "try:\n    while True: say(b'x' * 4096)\nexcept BlockingIOError: sys.exit(3)"
    report = run(code, wall_seconds=20)
    assert report.evidence.exit_code == 3
    assert report.evidence.error_report_refused


def test_closed_channel_has_no_report(run: Callable[..., Report]) -> None:
    report = run("os.close(4); sys.exit(1)")
    assert report.uncaught is None
    assert not report.evidence.error_report_refused


def test_program_cannot_read_what_it_has_reported(run: Callable[..., Report]) -> None:
    code = "try: os.read(4, 1)\nexcept OSError as error: sys.exit(error.errno)"
    assert run(f"say(one)\n{code}").uncaught == UNCAUGHT


def test_end_of_a_runner_that_runs_no_program_is_reported(run: Callable[..., Report]) -> None:
    report = run("", runner="import os; os.write(4, b'1'); os.read(3, 1); os._exit(5)")
    assert (report.evidence.reported, report.evidence.exit_code) == (True, 5)
