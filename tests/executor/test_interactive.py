"""Interactive runs: input that comes while the program runs, and the clocks that hold for them."""

import re
import threading
from dataclasses import replace
from pathlib import Path
from time import monotonic

import pytest

from executor import STDIN_BYTES, Keyboard, RunRequest, Verdict, execute
from executor.limits import KiB
from executor.sandbox import container
from tests.support.typing import GAME, NODE_GAME, interactive, playing

INPUT_H = Path(container.__file__).with_name("supervisor") / "input.h"


def test_sandbox_takes_as_much_typed_input_as_a_run_may_get() -> None:
    found = re.search(r"#define MAX_TYPED \((\d+) << 10\)", INPUT_H.read_text())
    assert found
    assert int(found[1]) * KiB == STDIN_BYTES


@pytest.mark.docker
@pytest.mark.parametrize(("language", "code"), [("python", GAME), ("javascript", NODE_GAME)])
def test_game_is_played_by_typing_answers_to_its_questions(language: str, code: str) -> None:
    with playing(code, language=language) as person:
        person.answer("Your guess: ", "50\n")
        person.answer("Too high\n", "20\n")
        person.answer("Too low\n", "37\n")
        result = person.end()
    assert result.verdict is Verdict.OK, (result.error, result.stderr)
    assert result.stdout.endswith("You got it!\n")
    assert result.evidence.input_left == 0


@pytest.mark.docker
def test_first_input_comes_before_what_is_typed_and_the_end_after_it() -> None:
    code = "import sys\nfor line in sys.stdin: print(repr(line), flush=True)\nprint('end')"
    with playing(code, stdin="given\n") as person:
        person.answer("given", "typed\nunfin")
        person.answer("typed", "ished")
        person.keyboard.end()
        person.keyboard.type("dropped\n")
        result = person.end()
    assert result.stdout == "'given\\n'\n'typed\\n'\n'unfinished'\nend\n"


@pytest.mark.docker
@pytest.mark.parametrize(
    "read_only", [True, False]
)  # a waiting sandbox, and one that is made for it
def test_program_with_one_process_has_it_for_itself(read_only: bool) -> None:
    limits = replace(interactive(), processes=1)
    code = "import os\nprint(input())\ntry: os.fork()\nexcept BlockingIOError: print('no second')"
    keyboard = Keyboard()
    keyboard.type("one\n")
    request = RunRequest(code=code, limits=limits, read_only=read_only)
    result = execute(request, keyboard=keyboard)
    assert (result.stdout, result.stderr) == ("one\nno second\n", "")


@pytest.mark.docker
def test_input_that_is_typed_before_the_program_begins_waits_for_it() -> None:
    keyboard = Keyboard()
    keyboard.type("Ada\n")
    keyboard.end()
    request = RunRequest(code="print(input()); input()", limits=interactive())
    result = execute(request, keyboard=keyboard)
    assert result.stdout == "Ada\n"
    assert result.error == "Your program asked for more input than you gave it (line 1)"


@pytest.mark.docker
def test_run_is_told_to_wait_when_it_reads_and_to_work_when_it_computes() -> None:
    code = (
        "input()\nend = __import__('time').process_time() + 0.5\n"
        "while __import__('time').process_time() < end: pass\ninput()"
    )
    with playing(code) as person:
        person.wait_to_be_awaited()
        person.keyboard.type("1\n")
        person.wait_to_be_awaited(times=2)
        assert person.states == ["waiting", "working", "waiting"]
        person.keyboard.type("2\n")
        assert person.end().verdict is Verdict.OK


@pytest.mark.docker
def test_idle_run_is_ended_with_its_reason() -> None:
    request = RunRequest(code=GAME, limits=interactive(idle=1))
    result = execute(request, keyboard=Keyboard())
    assert result.verdict is Verdict.TIME_LIMIT_EXCEEDED
    assert result.evidence.idle_passed
    assert not result.evidence.deadline_passed
    assert (
        result.error
        == "Your program waited 1 second for input that did not come, so it was stopped"
    )


@pytest.mark.docker
def test_run_ends_at_its_total_time_however_long_it_may_be_idle() -> None:
    result = execute(RunRequest(code=GAME, limits=interactive(wall=1)), keyboard=Keyboard())
    assert result.verdict is Verdict.TIME_LIMIT_EXCEEDED
    assert result.evidence.deadline_passed
    assert result.evidence.reported  # by the supervisor, not by the host's own clock
    assert not result.evidence.idle_passed
    assert result.error == "Execution timed out after 1 second"


@pytest.mark.docker
def test_idle_time_begins_again_when_input_comes() -> None:
    idle = 5.0
    code = "import sys\nfor line in sys.stdin: pass"
    with playing(code, limits=interactive(idle=idle)) as person:
        person.wait_to_be_awaited()
        threading.Event().wait(1)
        typed = monotonic()
        person.keyboard.type("x\n")
        assert person.end().evidence.idle_passed
    assert monotonic() - typed >= idle


@pytest.mark.docker
def test_idle_time_begins_again_when_the_program_prints() -> None:
    code = "import time\nfor _ in range(3): time.sleep(1); print('.', flush=True)"
    result = execute(RunRequest(code=code, limits=interactive(idle=2.5)), keyboard=Keyboard())
    assert result.verdict is Verdict.OK


@pytest.mark.docker
def test_program_that_computes_without_output_is_not_idle_and_meets_its_cpu_limit() -> None:
    limits = interactive(idle=2, cpu=2.5)
    result = execute(RunRequest(code="while True: pass", limits=limits), keyboard=Keyboard())
    assert result.evidence.cpu_exhausted
    assert not result.evidence.idle_passed


READS_NOTHING = {
    "never reads": "print('ready', flush=True)\nwhile True: time.sleep(1)",
    "has closed its input": "os.close(0); print('ready', flush=True)\nwhile True: time.sleep(1)",
    "reads slowly": "print('ready', flush=True)\nwhile True: os.read(0, 1); time.sleep(0.01)",
}


@pytest.mark.docker
@pytest.mark.parametrize("program", READS_NOTHING.values(), ids=READS_NOTHING)
def test_bytes_beyond_the_bound_end_a_run_whose_program_does_not_take_them(program: str) -> None:
    """The site refuses them before (typed.py). The supervisor has the bound by itself."""
    with playing(f"import os, time\n{program}") as person:
        person.wait_to_read("ready")
        for _ in range(16):
            person.keyboard.type("x" * (STDIN_BYTES // 16))
        assert not person.result.done()
        person.keyboard.type("x")
        result = person.end()
    assert result.verdict is Verdict.RUNTIME_ERROR
    assert result.evidence.signal == 9


@pytest.mark.docker
def test_flood_of_output_while_typing_ends_at_the_output_limit() -> None:
    code = "import sys\nprint('ready', flush=True)\ninput()\nwhile True: print('x' * 1000)"
    with playing(code) as person:
        person.wait_to_read("ready")
        person.keyboard.type("go\n")
        for _ in range(1000):
            person.keyboard.type("x")
        result = person.end()
    assert result.verdict is Verdict.OUTPUT_LIMIT_EXCEEDED
    assert result.truncated
