"""What a run says of a compiler: its first error, and the limits that it met."""

import pytest

from executor import Evidence, Limits, RunRequest, Verdict
from executor.explanation.diagnostics import Explanation, explain
from executor.limits import MiB
from executor.uncaught import Uncaught
from tests.support.present import present

FAILED = Uncaught(phase="compile", kind="compiler", type="", message="")
AT_WORK = Uncaught(phase="compile", kind="compiling", type="", message="")
ABORTED = Evidence(reported=True, signal=6)


def told(
    stderr: str,
    report: Uncaught | None = FAILED,
    *,
    verdict: Verdict = Verdict.COMPILE_ERROR,
    language: str = "c",
    code: str = "1\n2\n3\n4\n5\n",
    evidence: Evidence | None = None,
) -> Explanation:
    limits = Limits(wall_seconds=5, cpu_seconds=3, memory_bytes=64 * MiB)
    request = RunRequest(code=code, language=language, limits=limits)
    seen = evidence or Evidence(reported=True, exit_code=1)
    return explain(request, verdict, seen, stderr, report)


UNDECLARED = "main.c:2:5: error: ‘x’ undeclared (first use in this function) [-Wsome-option]\n"


@pytest.mark.parametrize(
    ("stderr", "sentence"),
    [
        (UNDECLARED, "error: ‘x’ undeclared (first use in this function) (line 2)"),
        (
            "main.c:1:1: warning: error: no\n" + UNDECLARED + UNDECLARED.replace(":2:", ":3:"),
            "error: ‘x’ undeclared (first use in this function) (line 2)",
        ),
        ("main.c:1:10: fatal error: no.h: No such file\n", "error: no.h: No such file (line 1)"),
        ("helper.h:7:1: error: bad\nmain.c:2:1: error: worse\n", "error: worse (line 2)"),
        ("In file included from main.c:1:\nhelper.h:7:1: error: bad\n", "error: helper.h:7: bad"),
        (
            "/usr/bin/ld: /tmp/cc1.o: in function `main':\nmain.c:(.text+0x1): undefined reference"
            " to `f'\ncollect2: error: ld returned 1 exit status\n",
            "error: undefined reference to `f'",
        ),
        (
            "/usr/bin/ld: /tmp/cc2.o: in function `f':\nb.c:(.text+0x0): multiple definition of"
            " `f'; /tmp/cc1.o:main.c:(.text+0x0): first defined here\n",
            "error: multiple definition of `f'",
        ),
        (
            "/usr/bin/ld: /tmp/cc2.o:(.bss+0x0): multiple definition of `x'; /tmp/cc1.o:(.bss+0x0):"
            " first defined here\n",
            "error: multiple definition of `x'",
        ),
        ("gcc: fatal error: cannot execute\n", "error: cannot execute"),
        ("", "The program could not be compiled"),
        ("main.c:900:1: error: beyond the program\n", "error: beyond the program"),
    ],
)
def test_sentence_of_a_failed_compiler_is_its_first_error(stderr: str, sentence: str) -> None:
    assert told(stderr).sentence == sentence


def test_first_error_is_found_before_hundreds_of_notes() -> None:
    notes = "/usr/include/c++/14/ostream:1:2: note: candidate\n" * 300
    said = present(told(UNDECLARED + notes).sentence)
    assert said == "error: ‘x’ undeclared (first use in this function) (line 2)"


def test_column_of_a_compilers_error_counts_characters() -> None:
    code = "\n/* äöü € */ return x;\n"
    column = len("/* äöü € */ return ".encode()) + 1
    details = present(told(f"main.c:2:{column}: error: no x\n", code=code).details)
    assert (details.line, details.column) == (2, code.split("\n")[1].index("x") + 1)


@pytest.mark.parametrize(
    ("verdict", "evidence", "sentence"),
    [
        (
            Verdict.MEMORY_LIMIT_EXCEEDED,
            Evidence(reported=True, exit_code=1, oom_kills=1),
            "Compiling your program needed more than 64 MiB of memory",
        ),
        (
            Verdict.TIME_LIMIT_EXCEEDED,
            Evidence(reported=True, signal=9, deadline_passed=True),
            "Compiling your program took longer than 5 seconds",
        ),
        (
            Verdict.TIME_LIMIT_EXCEEDED,
            Evidence(reported=True, signal=9, cpu_exhausted=True),
            "Compiling your program used up 3 seconds of CPU time",
        ),
        (
            Verdict.PROCESS_LIMIT_EXCEEDED,
            Evidence(reported=True, exit_code=1, pids_refusals=1),
            "Your program tried to run more than 64 processes and threads at once;"
            " it was still being compiled",
        ),
    ],
)
def test_limit_that_a_compiler_met_is_told_as_such(
    verdict: Verdict, evidence: Evidence, sentence: str
) -> None:
    report = FAILED if evidence.exit_code else AT_WORK
    assert told("", report, verdict=verdict, evidence=evidence).sentence == sentence


def test_language_without_a_compiler_cannot_say_that_it_was_compiling() -> None:
    """A Python program can write this report itself."""
    evidence = Evidence(reported=True, signal=9, deadline_passed=True)
    said = told(
        "", AT_WORK, verdict=Verdict.TIME_LIMIT_EXCEEDED, language="python", evidence=evidence
    )
    assert said.sentence == "Execution timed out after 5 seconds"


@pytest.mark.parametrize(
    ("stderr", "sentence"),
    [
        (
            "main: main.c:3: main: Assertion `x == 2' failed.\n",
            "Assertion `x == 2' failed (line 3)",
        ),
        ("free(): invalid pointer\n", "free(): invalid pointer"),
        ("terminate called after throwing an instance of 'int'\n", "int"),
        (
            "terminate called after throwing an instance of 'std::runtime_error'\n"
            "  what():  two\nlines\n",
            "std::runtime_error: two lines",
        ),
        (
            "terminate called without an active exception\n",
            "terminate called without an active exception",
        ),
    ],
)
def test_abort_of_a_library_is_told_with_its_message(stderr: str, sentence: str) -> None:
    said = told(stderr, None, verdict=Verdict.RUNTIME_ERROR, language="cpp", evidence=ABORTED)
    assert said.sentence == f"The program was ended by an abort (SIGABRT): {sentence}"


def test_message_of_a_library_counts_only_where_a_signal_ended_the_program() -> None:
    ended = Evidence(reported=True, exit_code=3)
    text = "free(): invalid pointer\n"
    said = told(text, None, verdict=Verdict.RUNTIME_ERROR, evidence=ended)
    assert said.sentence == "The program ended with exit code 3"
