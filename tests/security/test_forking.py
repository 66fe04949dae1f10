"""A slot's zygote forks the process of each program. The program is as one that was executed: it sees the
same, the same steps hold it, and nothing is common to two of them but what they cannot change."""

import difflib
import os
import re
import signal
from collections.abc import Iterator
from dataclasses import replace
from textwrap import dedent
from typing import Any

import pytest

from executor.choices import offered
from executor.languages import LANGUAGES
from executor.sandbox.container import Sandbox
from executor.sandbox.spec import FORK, SLOT_PROFILE
from tests.support.attacks import CATALOGUE
from tests.support.pollution import LOOK_PYTHON, POLLUTE_PYTHON
from tests.support.sandboxes import engine_client
from tests.support.slots import printed, run_in, skip_without_slots, slot, slot_spec
from tests.support.waiting import PATIENCE_SECONDS

pytestmark = [pytest.mark.docker, pytest.mark.xdist_group("slots")]

NO_ZYGOTE = "supervisor: fork: no zygote"
LOOK_AT_THE_INTERPRETER = """
    import __main__, os, sys
    print("frames", [frame.f_code.co_filename for frame in sys._current_frames().values()])
    print("files", sorted({line.split()[-1] for line in open("/proc/self/maps") if "/" in line}))
    print("environment", open("/proc/self/environ").read())
    print("arguments", sys.argv, sys.orig_argv, open("/proc/self/cmdline").read())
    print("main", sorted(vars(__main__)), __file__, os.path.realpath(__file__))
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        raw = stream.buffer.raw
        print(stream, raw, stream.seekable(), raw.seekable(), stream.line_buffering, stream.isatty())
    import atexit, gc, signal, threading
    print("state", gc.get_freeze_count(), atexit._ncallbacks(), threading.enumerate(), sys.flags)
    print("ids", threading.get_native_id() == os.getpid() == threading.main_thread().native_id)
    print("signals", {number: signal.getsignal(number) for number in signal.valid_signals()})
    print("recursion", sys.getrecursionlimit(), sys.path, sorted(sys.path_importer_cache))
    if os.fork() == 0: os._exit(threading.active_count() - 1)
    print("child", os.wait()[1])
"""
CHANCE = """
    import random, secrets, tempfile, uuid
    print(random.random(), secrets.token_hex(), uuid.uuid4(), tempfile.mktemp(), sep="\\n")
"""


@pytest.fixture(scope="module", autouse=True)
def _machine_has_slots() -> None:
    skip_without_slots()


@pytest.fixture
def forking(instance: str) -> Iterator[Sandbox]:
    with slot(slot_spec("python", instance=instance, forks=True)) as started:
        yield started
        assert started.channel.complaint == ""


def looked(sandbox: Sandbox) -> str:
    """All that a program sees, without what differs by chance or on purpose: its own process id."""
    seen = printed(sandbox, LOOK_PYTHON) + printed(
        sandbox, LOOK_AT_THE_INTERPRETER, args=("a", "b")
    )
    seen = re.sub(r'"ids": \[\s+\d+,\s+1,\s+\d+,\s+\d+', '"ids": [', seen)
    seen = re.sub(r'"(2|3)": "python3', '"pid": "python3', seen)
    seen = re.sub(r"\b20\d{8}\b|(lower|upper|work)dir=[^,\"]+|[0-9a-f]{64}", "", seen)
    seen = re.sub(r'("threads": \[\s+)"\d+"', r"\1", seen)
    return re.sub(r"at 0x[0-9a-f]+|(started) \d+", r"\1", seen)


def timeless(seen: str) -> str:
    """Take out times in nanoseconds: two containers do not start at once."""
    return re.sub(r"\b\d{19}\b", "", seen)


def difference(one: str, other: str) -> str:
    return "\n".join(difflib.unified_diff(one.split("\n"), other.split("\n"), n=0))


def zygote_of(sandbox: Sandbox) -> int:
    """The host's id of the zygote: the only interpreter that the supervisor itself has started."""
    with engine_client() as client:
        found = client.top(sandbox.container_id, "-eo pid,ppid,args")["Processes"]
    first = next(int(pid) for pid, _, command in found if command.startswith("/sandbox/supervisor"))
    (zygote,) = [
        int(p)
        for p, parent, command in found
        if command.startswith("/usr/bin/python3") and int(parent) == first
    ]
    return zygote


# --- The program ---


def test_forked_program_sees_what_an_executed_one_sees(instance: str, forking: Sandbox) -> None:
    with slot(slot_spec("python", instance=instance)) as executing:
        executed = looked(executing)
    assert difference(timeless(executed), timeless(looked(forking))) == ""


def test_forked_program_finds_nothing_of_the_one_before(forking: Sandbox) -> None:
    before = looked(forking)
    report, output = run_in(forking, POLLUTE_PYTHON)
    assert report.evidence.exit_code == 0, output.stderr.text
    assert forking.settle(PATIENCE_SECONDS), forking.channel.complaint
    assert difference(before, looked(forking)) == ""


def test_chance_differs_between_forked_programs(forking: Sandbox) -> None:
    first, second = (printed(forking, CHANCE).split() for _ in range(2))
    assert len({*first, *second}) == 8


def test_error_of_a_forked_program_is_reported(forking: Sandbox) -> None:
    report, output = run_in(forking, "import sys\nprint(sys.stdin.read())\n1 / 0", stdin="said")
    assert (report.evidence.exit_code, output.stdout.text) == (1, "said\n")
    assert report.uncaught
    assert report.uncaught.type == "ZeroDivisionError"
    assert report.evidence.processes_at_end == 0
    assert forking.settle(PATIENCE_SECONDS)


# --- What holds it ---

BOUNDING_SET = """
    status = open("/proc/self/status").read()
    if int(status.split("CapBnd:")[1].split()[0], 16): print("BREACH: an exec could bring powers")
"""
STEPS = {"filter": CATALOGUE["namespaces-by-clone"].code, "drop": BOUNDING_SET}
"""The steps that the forked process takes itself, each with an attack that it stops."""


def attacked(instance: str, without: str, code: str) -> str:
    spec = slot_spec("python", instance=instance, forks=True)
    kept = [part for part in spec["Entrypoint"] if not part.startswith(f"nest={without}")]
    with slot({**spec, "Entrypoint": kept}) as sandbox:
        output = run_in(sandbox, dedent(code))[1].stdout.text
        assert sandbox.channel.complaint == ""
        return output


@pytest.mark.parametrize("step", STEPS)
def test_attack_by_a_forked_program_gets_through_only_without_the_step(
    instance: str, step: str
) -> None:
    assert "BREACH" in attacked(instance, step, STEPS[step])
    assert "BREACH" not in attacked(instance, "none of them", STEPS[step])


# --- Without a zygote ---


def test_slot_whose_zygote_may_not_enter_nests_executes(
    instance: str, caplog: pytest.LogCaptureFixture
) -> None:
    spec = slot_spec("python", instance=instance, forks=True)
    spec["HostConfig"]["SecurityOpt"] = ["no-new-privileges=true", f"seccomp={SLOT_PROFILE}"]
    with slot(spec) as sandbox:
        assert [printed(sandbox, "print(1)") for _ in range(2)] == ["1\n"] * 2
        assert sandbox.channel.complaint.count(NO_ZYGOTE) == 1
        assert "join: Operation not permitted" in sandbox.channel.complaint
    assert [NO_ZYGOTE in record.message for record in caplog.records] == [True]


def test_slot_whose_zygote_has_died_executes(instance: str) -> None:
    with slot(slot_spec("python", instance=instance, forks=True)) as sandbox:
        os.kill(zygote_of(sandbox), signal.SIGKILL)
        # The next nest was there already; those after it are not the zygote's.
        assert [printed(sandbox, "print(1)") for _ in range(3)] == ["1\n"] * 3
        assert sandbox.channel.complaint.count(NO_ZYGOTE) == 1


def has_fork(spec: dict[str, Any]) -> bool:
    return any(part.startswith(FORK) for part in spec["Entrypoint"])


def test_language_that_cannot_fork_executes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert has_fork(slot_spec("python", instance="test", forks=True))
    monkeypatch.setitem(LANGUAGES, "python", replace(LANGUAGES["python"], zygote_processes=0))
    assert not has_fork(slot_spec("python", instance="test", forks=True))


@pytest.mark.parametrize(
    "language", [slug for slug, one in offered().items() if one.zygote_processes]
)
def test_program_has_as_many_processes_beside_a_zygote(language: str) -> None:
    executing, forking = (slot_spec(language, instance="test", forks=it) for it in (False, True))
    more = forking["HostConfig"]["PidsLimit"] - executing["HostConfig"]["PidsLimit"]
    assert more == LANGUAGES[language].zygote_processes
