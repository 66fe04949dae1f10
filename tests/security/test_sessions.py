"""Sessions, by programs that attack them: a state runs in its own user's sandbox alone, and what a
program leaves in its place is bounded, in a container each and in slots."""

import os
import pickle
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from executor import Verdict
from executor.files import StateLeft
from executor.limits import KiB, MiB
from executor.sandbox import engine
from executor.sandbox.container import Report
from executor.sandbox.output import Output
from executor.sandbox.spec import LABEL_INSTANCE
from executor.sandbox.state import NAMED, NOTES_BYTES, REASON_CHARACTERS, STOPPED
from executor.verdicts import classify
from tests.support.boxes import Boxes, boxes
from tests.support.slots import skip_without_slots

pytestmark = [pytest.mark.docker, pytest.mark.xdist_group("files")]

LEAVE = "import os; os._exit(0)"
HEAD = "b'session 1 of Python %d.%d\\n' % __import__('sys').version_info[:2]"
SAVED = "open('/box/.session.notes', 'w').write('saved\\n')"


@pytest.fixture(params=["container", "slot"])
def lane(request: pytest.FixtureRequest) -> Iterator[Boxes]:
    nested = request.param == "slot"
    if nested:
        skip_without_slots()
    instance = f"test-{uuid4().hex[:12]}"
    with boxes(nested=nested, instance=instance) as made:
        yield made
    assert engine.containers(f"{LABEL_INSTANCE}={instance}") == []


def run(
    lane: Boxes, code: str, state: bytes = b"", **more: Any
) -> tuple[Report, Output, StateLeft]:
    report, output = lane.run(code, **{"session": "s", "state": state, **more})
    assert report.state is not None
    return report, output, report.state


class Runs:
    """A pickle that runs a command when it is loaded."""

    def __init__(self, command: str) -> None:
        self.command = command

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return os.system, (self.command,)


def hostile(lane: Boxes, value: object) -> bytes:
    """Return a state of the right form, in which a name stands for this."""
    start = run(lane, "")[2].content
    assert start is not None
    return start[: start.index(b"\n") + 1] + pickle.dumps("a", 5) + pickle.dumps(value, 5)


def test_hostile_state_runs_in_its_sandbox_alone(lane: Boxes) -> None:
    state = hostile(lane, Runs("id -u; ls /box; cat /proc/1/environ; kill -9 1"))
    report, output, left = run(lane, "print(a)", state)
    assert classify(report.evidence) is Verdict.OK
    assert output.stdout.text.split()[0] != str(os.getuid())
    assert "DJANGO" not in output.stdout.text
    assert run(lane, "print(1)")[1].stdout.text == "1\n"
    assert left.content is not None


@pytest.mark.parametrize(
    ("command", "verdict"),
    [
        ("kill -9 $PPID", Verdict.RUNTIME_ERROR),
        ("while :; do :; done", Verdict.TIME_LIMIT_EXCEEDED),
        ("yes | head -c 1000000", Verdict.OUTPUT_LIMIT_EXCEEDED),
    ],
)
def test_hostile_state_meets_the_limits_of_its_run(
    lane: Boxes, command: str, verdict: Verdict
) -> None:
    state = hostile(lane, Runs(command))
    report, _, left = run(lane, "print(1)", state, limits={"wall_seconds": 3.0})
    assert (classify(report.evidence), left) == (verdict, StateLeft(problem=STOPPED))


BOMBS = {
    "billion laughs": pickle.dumps("a", 5)
    + b"\x80\x05]q\x00("
    + b"".join(b"]q%b(" % bytes([n]) + b"h%b" % bytes([n - 1]) * 100 + b"e" for n in range(1, 9))
    + b".",
    "huge": pickle.dumps("a", 5) + b"\x80\x05\x8e" + (2**60).to_bytes(8, "little") + b"x.",
    "deep": pickle.dumps("a", 5) + b"\x80\x05" + b"(" * 10**6 + b".",
    "multiplied": pickle.dumps("a", 5) + b"\x80\x05cbuiltins\nbytearray\n(J\x00\x00\x00\x7ftR.",
    "no end": pickle.dumps("a", 5) * 10**5 + b"\x80",
    "names": pickle.dumps(["a"], 5) * 2,
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_bomb_harms_its_own_run_only(lane: Boxes, bomb: str) -> None:
    start = run(lane, "")[2].content
    assert start is not None
    state = start[: start.index(b"\n") + 1] + BOMBS[bomb]
    report, _, left = run(lane, "print(1)", state)
    assert classify(report.evidence) is not Verdict.INTERNAL_ERROR
    assert left.content is None or len(left.content) <= 8 * MiB
    assert run(lane, "print(1)")[1].stdout.text == "1\n"


IN_ITS_PLACE = {
    "link": "os.symlink('/etc/passwd', STATE)",
    "link to memory": "os.symlink('/proc/1/mem', STATE)",
    "pipe": "os.mkfifo(STATE)",
    "socket": "import socket; socket.socket(socket.AF_UNIX).bind(STATE)",
    "folder": "os.makedirs(STATE + '/a/b'); open(STATE + '/a/b/c', 'w').write('x' * 100)",
    "large": "open(STATE, 'w').write('x' * 2_000_001)",
    "sparse": "open(STATE, 'w').truncate(2 * 10**7)",
    "nothing": "pass",
    "unfinished": "open(STATE + '.new', 'w').write('x')",
    "mode": "open(STATE, 'w').write('x'); os.chmod(STATE, 0)",
}


@pytest.mark.parametrize("what", IN_ITS_PLACE)
def test_what_stands_in_the_place_of_a_state_does_not_come_out(lane: Boxes, what: str) -> None:
    code = f"import os\nSTATE = '/box/.session'\ntry:\n    {IN_ITS_PLACE[what]}\nexcept OSError: pass\n"
    report, _, left = run(lane, f"{code}{SAVED}\n{LEAVE}", state_bytes=2_000_000, outputs=True)
    assert classify(report.evidence) is Verdict.OK
    assert left.content is None
    assert [file.name for file in report.files if ".session" in file.name] in (
        [],
        [".session/a/b/c"],  # an ordinary file of the program's
    )
    # The runner itself takes the place of anything.
    if what != "folder":
        report, _, left = run(lane, code)
        assert (left.problem, left.content is not None) == ("", True)


def test_large_state_is_sent_whole_and_no_larger_one(lane: Boxes) -> None:
    write = "open('/box/.session', 'wb').write(b'x' * {size})"
    code = f"import os\n{write.format(size=8 * MiB)}\n{SAVED}\n{LEAVE}"
    left = run(lane, code, state_bytes=8 * MiB)[2]
    assert left.content == b"x" * 8 * MiB
    assert run(lane, code, state_bytes=8 * MiB - 1)[2].content is None


def test_garbage_in_its_place_empties_the_session(lane: Boxes) -> None:
    left = run(lane, f"open('/box/.session', 'w').write('garbage')\n{SAVED}\n{LEAVE}")[2]
    assert left.content == b"garbage"
    report, output, left = run(lane, "print(1)\na = 1", left.content)
    assert (classify(report.evidence), output.stdout.text) == (Verdict.OK, "1\n")
    assert left.notice
    assert run(lane, "print(a)", left.content or b"")[1].stdout.text == "1\n"


def test_forged_notes_are_bounded_text(lane: Boxes) -> None:
    line = "lost\\t\\x1b[31m\\u202e<script>\\0\\t' + 'x' * 3000 + '\\n"
    forge = f"open('/box/.session.notes', 'w').write(('{line}') * {{count}} + 'saved\\n')"
    report, _, left = run(lane, f"{forge.format(count=2)}\n{LEAVE}", outputs=True)
    [first, second] = left.not_kept
    assert first == second
    assert (first.name, len(first.reason)) == ("�[31m�<script>�", REASON_CHARACTERS)
    assert not report.files
    assert not report.left_out
    assert run(lane, f"{forge.format(count=100)}\n{LEAVE}")[2].content is None  # too many
    many = "open('/box/.session.notes', 'w').write('lost\\ta\\tb\\n' * 500 + 'saved\\n')"
    left = run(lane, f"{many}\n{LEAVE}")[2]
    assert len(left.not_kept) == NAMED
    assert 8 * KiB >= NOTES_BYTES


def test_frames_on_the_programs_own_streams_are_output(lane: Boxes) -> None:
    forged = b"F\x0b\x00\x00\x001 .sessionD\x01\x00\x00\x00x"
    _, output, left = run(lane, f"import os; os.write(1, {forged!r}); {LEAVE}")
    assert ".session" in output.stdout.text
    assert left.content is None


def test_state_of_one_run_is_not_in_the_next_one_of_its_slot(lane: Boxes) -> None:
    state = run(lane, "secret = 1")[2].content
    code = "import os; print('secret' in globals(), os.listdir('/box'))"
    assert run(lane, code)[1].stdout.text == "False ['script.py']\n"
    report, output = lane.run("import os; print('secret' in globals(), os.listdir('/box'))")
    assert (report.state, output.stdout.text) == (None, "False []\n")
    assert run(lane, code, state or b"")[1].stdout.text == "True ['script.py']\n"


@pytest.mark.parametrize(
    "code",
    [
        "class A:\n    def __reduce__(self):\n        while True: pass\na = A()",
        "class A:\n    def __reduce__(self): os._exit(0)\nimport os\na = A()",
        "class A:\n    def __reduce__(self): raise SystemExit(3)\na = A()",
        "class E(Exception):\n    def __str__(self): raise SystemExit(4)\n"
        "class A:\n    def __reduce__(self): raise E\na = A()",
        "import builtins\nfor n in ('len', 'type', 'str', 'open'): setattr(builtins, n, None)",
        "import pickle, sys\nsys.modules['cloudpickle'] = pickle.Pickler = None",
        "a = []\nfor _ in range(10**6): a = [a]",
        "import os\nos.chmod('/box', 0)",
        "import sys\nsys.modules['__main__'] = sys",
        "globals().clear()",
        "import atexit\natexit._clear()",
    ],
)
def test_program_that_hinders_storing_hinders_itself_only(lane: Boxes, code: str) -> None:
    report, output, left = run(lane, code, limits={"wall_seconds": 3.0})
    assert classify(report.evidence) in (
        *(Verdict.OK, Verdict.RUNTIME_ERROR, Verdict.TIME_LIMIT_EXCEEDED),
    )
    assert "sandbox_session" not in output.stderr.text
    state = left.content or b""
    report, output, _ = run(lane, "print(1)", state)
    assert (classify(report.evidence), output.stdout.text) == (Verdict.OK, "1\n")
