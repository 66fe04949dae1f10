"""How a run ends decides about its slot: after an exit code it serves on, and the next run sees nothing
that the one before has left behind; after any other end it serves nobody."""

import difflib
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from executor import Cancellation, Limits, RunRequest, Verdict, default_limits
from executor.sandbox.container import Sandbox
from executor.sandbox.conversation import Conversation
from executor.sandbox.output import Output
from executor.verdicts import classify
from tests.support.pollution import (
    LOOK_JAVASCRIPT,
    LOOK_PYTHON,
    POLLUTE_JAVASCRIPT,
    POLLUTE_PYTHON,
)
from tests.support.slots import run_in, skip_without_slots, slot, slot_spec
from tests.support.waiting import PATIENCE_SECONDS

pytestmark = [pytest.mark.docker, pytest.mark.xdist_group("slots")]

KINDS = {
    "python": ("python", False),
    "forked python": ("python", True),
    "javascript": ("javascript", False),
    "forked javascript": ("javascript", True),
    "typescript": ("typescript", False),
    "forked typescript": ("typescript", True),
}
"""Language, and whether a zygote forks its programs."""
THINGS = 60
"""The fewest things that a program looks at."""
LEFT = 20
"""The fewest parts of what it sees that differ for a program which looks after its own pollution."""


@pytest.fixture(scope="module", autouse=True)
def _machine_has_slots() -> None:
    skip_without_slots()


def spec(kind: str, instance: str) -> dict[str, Any]:
    language, forks = KINDS[kind]
    return slot_spec(language, instance=instance, forks=forks)


# --- An exit code ---

PYTHON_ENDS = {
    "end of the code": ("", 0),
    "exit code": ("import sys\nsys.exit(3)", 3),
    "error": ("raise ValueError", 1),
    "exit at once": ("os._exit(4)", 4),
    "another program": ("os.execv('/bin/true', ['true'])", 0),
    "death of all others": ("os.kill(-1, 9); os._exit(0)", 0),
}
JAVASCRIPT_ENDS = {
    "exit code": ("process.exit(3)", 3),
    "error": ("throw new Error('left')", 1),
    "rejection": ("Promise.reject(new Error('left'))", 1),
    "exit at once": ("process.reallyExit(4)", 4),
    "death of all others": ("process.kill(-1, 'SIGKILL'); process.reallyExit(0)", 0),
}


def pollutions(kind: str) -> Iterator[tuple[str, str, int]]:
    """Yield each way to end, a program that leaves behind all it can and ends so, and its exit code."""
    if "python" in kind:
        for end, (code, status) in PYTHON_ENDS.items():
            yield end, f"{POLLUTE_PYTHON}\n{code}", status
    else:
        for end, (code, status) in JAVASCRIPT_ENDS.items():
            yield end, POLLUTE_JAVASCRIPT.replace("END", code), status


def looked(sandbox: Sandbox, kind: str) -> str:
    report, output = run_in(sandbox, LOOK_PYTHON if "python" in kind else LOOK_JAVASCRIPT)
    assert report.evidence.exit_code == 0, output.stderr.text
    assert sandbox.settle(PATIENCE_SECONDS), sandbox.channel.complaint
    return output.stdout.text


def count(seen: str) -> int:
    """Count what a program looked at; a list counts as one thing."""
    parts = json.loads(seen).values()
    return sum(len(part) if isinstance(part, dict) else 1 for part in parts)


@pytest.mark.parametrize("kind", KINDS)
def test_run_sees_nothing_of_the_run_before(instance: str, kind: str) -> None:
    """One slot for all ends, so that each comes after the others."""
    with slot(spec(kind, instance)) as sandbox:
        before = looked(sandbox, kind)
        assert count(before) >= THINGS
        for end, code, status in pollutions(kind):
            report, output = run_in(sandbox, code)
            assert report.evidence.exit_code == status, (end, output.stderr.text)
            assert sandbox.settle(PATIENCE_SECONDS), (end, sandbox.channel.complaint)
            after = looked(sandbox, kind)
            changed = difflib.unified_diff(before.split("\n"), after.split("\n"), n=0)
            assert (end, "\n".join(changed)) == (end, "")
        assert sandbox.channel.complaint == ""  # a zygote has forked, where there is one


def polluted_looks(kind: str) -> str:
    """Make a program that leaves behind all it can and then looks itself. What would keep it from that is
    left out: a thread that holds the lock of its output, and an array without `map`."""
    if "python" in kind:
        thread = "threading.Thread(target=lambda: os.sendfile"
        assert thread in POLLUTE_PYTHON
        return f"{POLLUTE_PYTHON.replace(thread, '# ')}\n{LOOK_PYTHON}"
    end = "Array.prototype.map = null; END"
    assert end in POLLUTE_JAVASCRIPT
    then = POLLUTE_JAVASCRIPT.replace(end, "look(); process.exit(0);")
    return f"{then}\nfunction look() {{{LOOK_JAVASCRIPT}}}"


@pytest.mark.parametrize("kind", ["python", "javascript"])
def test_program_that_looks_in_the_same_sandbox_sees_what_was_left(
    instance: str, kind: str
) -> None:
    """Else the test above would pass whatever runs share."""
    with slot(spec(kind, instance)) as sandbox:
        before = json.loads(looked(sandbox, kind))
        report, output = run_in(sandbox, polluted_looks(kind))
        assert report.evidence.exit_code == 0, output.stderr.text
        after = json.loads(output.stdout.text)
        assert len([part for part in before if before[part] != after[part]]) >= LEFT


# --- Any other end ---

SLOW = {"wall_seconds": 0.5}
BRIEF = {"cpu_seconds": 0.3}
PYTHON_RETIRES: dict[str, tuple[str, dict[str, Any]]] = {
    "signal": ("import os; os.abort()", {}),
    "deadline": ("import time; time.sleep(60)", SLOW),
    "CPU time": ("while True: pass", BRIEF),
    "memory": ("x = bytearray(10**9)", {}),
    "a child killed for memory": (
        "import os\nif os.fork() == 0: x = bytearray(10**9)\nos.wait()",
        {},
    ),
    "processes refused": (
        "import os\ntry:\n    while os.fork(): pass\n    os.pause()\nexcept OSError: pass",
        {},
    ),
    "full disk": ("try: open('/tmp/f', 'wb').write(bytes(40 << 20))\nexcept OSError: pass", {}),
    "too much output": ("print('x' * 1000000)", {}),
    "calls refused": (
        "import socket\ns = socket.create_server(('127.0.0.1', 0))\n"
        "try:\n    for n in range(100000): s.listen()\nexcept OSError: pass",
        {},
    ),
}
FILL = "const kept = []; for (;;) kept.push(Buffer.alloc(1e7, 1))"
JAVASCRIPT_RETIRES: dict[str, tuple[str, dict[str, Any]]] = {
    "signal": ("process.kill(process.pid, 'SIGKILL')", {}),
    "deadline": ("setTimeout(() => {}, 60000)", SLOW),
    "CPU time": ("for (;;);", BRIEF),
    "memory": (FILL, {}),
    "a child killed for memory": (
        f"require('child_process').spawnSync(process.execPath, ['-e', '{FILL}'])",
        {},
    ),
    "processes refused": (
        "const { spawn } = require('child_process');\n"
        "const give_up = () => process.exit(0);\n"
        "const go = () => spawn('/bin/sleep', ['60']).on('error', give_up).on('spawn', go);\n"
        "go();",
        {},
    ),
    "full disk": (
        "try { require('fs').writeFileSync('/tmp/f', Buffer.alloc(40 << 20)); } catch {}",
        {},
    ),
    "too much output": ("console.log('x'.repeat(1000000))", {}),
}
# `make test-slots` runs those that are long.
EACH = [
    pytest.param(
        kind, end, marks=() if kind == "python" or end == "signal" else (pytest.mark.long,)
    )
    for kind in KINDS
    for end in (PYTHON_RETIRES if "python" in kind else JAVASCRIPT_RETIRES)
]


@pytest.mark.parametrize(("kind", "end"), EACH)
def test_end_by_anything_but_an_exit_code_ends_the_slot(instance: str, kind: str, end: str) -> None:
    code, limits = (PYTHON_RETIRES if "python" in kind else JAVASCRIPT_RETIRES)[end]
    with slot(spec(kind, instance)) as sandbox:
        report, output = run_in(sandbox, code, limits=Limits(**limits))
        assert report.evidence.reported, output.stderr.text
        assert not report.evidence.is_plain_exit
        assert not sandbox.settle(PATIENCE_SECONDS)


@pytest.mark.parametrize("kind", KINDS)
def test_cancelled_run_ends_the_slot(instance: str, kind: str) -> None:
    cancellation, begun = Cancellation(), threading.Event()

    def cancel_once_begun() -> None:
        begun.wait(PATIENCE_SECONDS)
        cancellation.cancel()

    is_python = "python" in kind
    endless = "print('begun')\nwhile True: pass" if is_python else "console.log('begun'); for (;;);"
    request = RunRequest(code=endless, language=KINDS[kind][0], limits=default_limits())
    canceller = threading.Thread(target=cancel_once_begun)
    canceller.start()
    with slot(spec(kind, instance)) as sandbox:
        report = sandbox.run(request, Output(1000, lambda event: begun.set()), cancellation)
        canceller.join()
        assert classify(report.evidence) is Verdict.CANCELLED
        assert not sandbox.settle(PATIENCE_SECONDS)


def test_slot_whose_run_is_cancelled_after_its_end_serves_nobody(
    instance: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The request for the end is still on its way, and would end the next run."""
    cancellation, read = Cancellation(), Conversation.read

    def read_and_cancel(conversation: Conversation, deadline: float) -> bool:
        is_read = read(conversation, deadline)
        cancellation.cancel()
        return is_read

    monkeypatch.setattr(Conversation, "read", read_and_cancel)
    request = RunRequest(code="print(1)", limits=default_limits())
    with slot(spec("python", instance)) as sandbox:
        report = sandbox.run(request, Output(1000, lambda event: None), cancellation)
        assert classify(report.evidence) is Verdict.OK
        assert not sandbox.settle(PATIENCE_SECONDS)
