"""Explanations of the end of a run. test_semantics_*.py has errors of real programs, test_hostile_text.py
has times, test_hints.py the hints."""

from dataclasses import replace
from typing import Any

import pytest

from executor import LANGUAGES, ErrorDetails, Evidence, Limits, RunRequest, Verdict
from executor.explanation.diagnostics import Explanation, clean_stderr, explain
from executor.limits import KiB, MiB
from executor.uncaught import Related, Uncaught
from executor.verdicts import Verdict as V
from tests.support.present import present

ERROR = Uncaught(
    phase="run",
    kind="exception",
    type="ZeroDivisionError",
    message="division by zero",
    line=3,
    column=7,
)
OWN = "ZeroDivisionError: division by zero (line 3)"


def explained(
    verdict: Verdict,
    uncaught: Uncaught | None = None,
    stderr: str = "",
    language: str = "python",
    stdin: str = "",
    **facts: Any,
) -> Explanation:
    request = RunRequest(code="x\n" * 9, language=language, stdin=stdin, limits=Limits())
    return explain(request, verdict, Evidence(**facts), stderr, uncaught)


def sentence(
    verdict: Verdict, uncaught: Uncaught | None = None, stderr: str = "", **rest: Any
) -> str | None:
    return explained(verdict, uncaught, stderr, **rest).sentence


def told(**changed: Any) -> str | None:
    """Return the sentence about an error that ended the program."""
    return sentence(V.RUNTIME_ERROR, replace(ERROR, **changed), exit_code=1)


@pytest.mark.parametrize("verdict", [verdict for verdict in Verdict if verdict is not Verdict.OK])
def test_every_verdict_but_ok_has_a_sentence(verdict: Verdict) -> None:
    assert sentence(verdict)


@pytest.mark.parametrize(
    ("output_bytes", "size"),
    [
        (1, "1 byte"),
        (1023, "1,023 bytes"),
        (2 * KiB, "2 KiB"),
        (100_000, "100,000 bytes"),
        (3 * MiB, "3 MiB"),
    ],
)
def test_size_of_a_limit_is_exact_also_of_one_that_a_request_has_chosen(
    output_bytes: int, size: str
) -> None:
    request = RunRequest(code="", limits=Limits(output_bytes=output_bytes))
    said = explain(request, V.OUTPUT_LIMIT_EXCEEDED, Evidence(), "").sentence
    assert present(said).endswith(
        f"printed more than {size}; the first {size} of each stream are kept"
    )


def test_limit_of_one_process_is_told_in_the_singular() -> None:
    request = RunRequest(code="", limits=Limits(processes=1))
    said = explain(request, V.PROCESS_LIMIT_EXCEEDED, Evidence(), "").sentence
    assert said == "Your program tried to run more than one process or thread at once"


def test_ok_verdict_has_no_explanation() -> None:
    assert explained(V.OK, exit_code=0) == explained(V.OK)
    assert explained(V.OK).sentence is None
    assert explained(V.OK).details is None


@pytest.mark.parametrize(
    ("verdict", "facts", "expected"),
    [
        (V.TIME_LIMIT_EXCEEDED, {}, "Execution timed out after 10 seconds"),
        (V.TIME_LIMIT_EXCEEDED, {"cpu_exhausted": True}, "10 seconds of CPU time"),
        (V.TIME_LIMIT_EXCEEDED, {"cpu_exhausted": True, "deadline_passed": True}, "timed out"),
        (V.MEMORY_LIMIT_EXCEEDED, {"oom_kills": 1, "signal": 9}, "128 MiB of memory and was"),
        (V.MEMORY_LIMIT_EXCEEDED, {"oom_kills": 1, "exit_code": 1}, "one of them was stopped"),
        (V.MEMORY_LIMIT_EXCEEDED, {"oom_kills": 2}, "2 processes"),
        (V.OUTPUT_LIMIT_EXCEEDED, {}, "64 KiB"),
        (V.PROCESS_LIMIT_EXCEEDED, {"pids_refusals": 5}, "64 processes and threads"),
        (V.PROCESS_LIMIT_EXCEEDED, {"pids_refusals": 5, "oom_kills": 1}, "128 MiB of memory too"),
        (V.DISK_LIMIT_EXCEEDED, {}, "32 MiB, or more than 2,048 files"),
        (V.RUNTIME_ERROR, {"exit_code": 3}, "The program ended with exit code 3"),
        (V.RUNTIME_ERROR, {"signal": 9}, "The program was killed (SIGKILL)"),
        (V.RUNTIME_ERROR, {"signal": 11}, "was ended by a segmentation fault (SIGSEGV)"),
        (V.RUNTIME_ERROR, {"signal": 40}, "ended by signal 40 (real-time signal)"),
    ],
)
def test_sentence_names_the_limit_or_the_end_and_its_value(
    verdict: Verdict, facts: dict[str, Any], expected: str
) -> None:
    assert expected in present(sentence(verdict, **facts))


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, OWN),
        ({"line": None}, "ZeroDivisionError: division by zero"),
        ({"message": ""}, "ZeroDivisionError (line 3)"),
        ({"type": "string", "message": "no"}, "The program threw a string: no (line 3)"),
        (
            {"type": "object", "message": "{ a: 1 }"},
            "The program threw an object: { a: 1 } (line 3)",
        ),
        ({"type": "undefined", "message": "undefined"}, "The program threw undefined (line 3)"),
        (
            {"type": "string", "message": "away", "kind": "rejection"},
            "A promise was rejected with a string: away (line 3)",
        ),
        (
            {"group": (Related(type="A", message="a"), Related(type="B", message=""))},
            "ZeroDivisionError: division by zero: A: a; B (line 3)",
        ),
        (
            {"group": tuple(Related(type=name, message="") for name in "ABCDE")},
            "ZeroDivisionError: division by zero: A; B; C (line 3)",
        ),
        ({"message": " " * 1600 + "x"}, "ZeroDivisionError (line 3)"),
        (
            {"notes": ("row 7", "row 8"), "cause": Related(type="KeyError", message="'k'", line=1)},
            "ZeroDivisionError: division by zero; row 7; its cause: KeyError: 'k' (line 3)",
        ),
        (
            {"type": "SyntaxError", "message": "unterminated (detected at line 3)"},
            "SyntaxError: unterminated (detected at line 3)",
        ),
        ({"message": "two\nlines\x1b[31m\u202e"}, r"ZeroDivisionError: two lines\u{202e} (line 3)"),
        ({"kind": "exit", "message": "no data"}, "The program ended with exit code 1: no data"),
        ({"kind": "exit", "message": ""}, "The program ended with exit code 1"),
        (
            {"kind": "thread"},
            "The program ended with exit code 1; an error in a thread: " + OWN,
        ),
    ],
)
def test_error_that_ended_the_program_is_told(changed: dict[str, Any], expected: str) -> None:
    assert told(**changed) == expected


@pytest.mark.parametrize("verdict", Verdict)
@pytest.mark.parametrize(
    "kind", ["exception", "thread", "task", "exit", "usage", "crash", "unsettled", "other"]
)
@pytest.mark.parametrize("text", ["", " \n", "\x1b[0m", "undefined"])
def test_error_without_words_still_gives_a_sentence(verdict: Verdict, kind: str, text: str) -> None:
    error = Uncaught(phase="run", kind=kind, type=text, message="", notes=("n",), line=1)
    ends: list[dict[str, Any]] = [{"exit_code": 1}, {"signal": 9}, {}]
    for facts in ends:
        assert bool(sentence(verdict, error, **facts)) is (verdict is not V.OK)


def test_nameless_error_leaves_the_exit_code() -> None:
    assert told(type="", message="") == "The program ended with exit code 1"


def test_message_of_many_characters_is_cut() -> None:
    error = present(told(message="x" * 60000, type="y" * 300))
    assert error.endswith("x… (line 3)")
    assert len(error) < 600


def test_line_that_the_program_does_not_have_is_left_out() -> None:
    assert told(line=10, column=4) == OWN.replace("line 3", "line 10")
    assert told(line=11, column=4) == "ZeroDivisionError: division by zero"


def test_braces_in_a_message_are_no_format() -> None:
    assert told(message="{0} {line} {x}") == "ZeroDivisionError: {0} {line} {x} (line 3)"


def test_details_have_the_parts_of_the_error() -> None:
    details = explained(
        V.RUNTIME_ERROR, replace(ERROR, message="a\x1b[1mb\nc"), exit_code=1
    ).details
    assert replace(present(details), hint=None) == ErrorDetails(
        type="ZeroDivisionError", message="ab\nc", line=3, column=7
    )


def test_error_in_a_thread_is_in_the_details_of_a_run_that_ended_well() -> None:
    told = explained(V.OK, replace(ERROR, kind="thread"), exit_code=0)
    assert told.sentence is None
    details = present(told.details)
    assert (details.type, details.line) == ("ZeroDivisionError", 3)


@pytest.mark.parametrize("verdict", [V.CANCELLED, V.INTERNAL_ERROR])
def test_end_that_the_program_did_not_cause_has_no_details(verdict: Verdict) -> None:
    assert explained(verdict, ERROR).details is None


LIMITS = [
    V.TIME_LIMIT_EXCEEDED,
    V.MEMORY_LIMIT_EXCEEDED,
    V.OUTPUT_LIMIT_EXCEEDED,
    V.PROCESS_LIMIT_EXCEEDED,
    V.DISK_LIMIT_EXCEEDED,
]


@pytest.mark.parametrize("verdict", LIMITS)
def test_limit_does_not_hide_the_programs_own_error(verdict: Verdict) -> None:
    limit = sentence(verdict, exit_code=1)
    assert sentence(verdict, ERROR, exit_code=1) == f"{limit}; the program's own error: {OWN}"


@pytest.mark.parametrize("verdict", LIMITS)
def test_no_error_of_the_program_replaces_a_limits_sentence(verdict: Verdict) -> None:
    for kind in ("exception", "exit", "thread", "rejection", "anything"):
        told = present(sentence(verdict, replace(ERROR, kind=kind)))
        assert told.startswith(present(sentence(verdict)))


PYTHON_FAILS = (
    'Traceback (most recent call last):\n  File "/app/script.py", line {line}, in <module>\n    1/0\n'
    "ZeroDivisionError: division by zero\n"
)


def test_end_of_stderr_is_read_where_there_is_no_report() -> None:
    noise = "a warning\n" * 6000 + PYTHON_FAILS.format(line=1)
    text = noise + PYTHON_FAILS.format(line=7)
    assert present(sentence(V.RUNTIME_ERROR, None, text, exit_code=1)).endswith("(line 7)")


@pytest.mark.parametrize(("others", "is_read"), [(97, True), (98, False)])
def test_hundred_lines_at_the_end_of_stderr_are_read(others: int, is_read: bool) -> None:
    own = '  File "/app/script.py", line 7, in <module>\n'
    text = own + '  File "/usr/lib/x.py", line 1, in x\n' * others + "ValueError: no\n"
    said = present(sentence(V.RUNTIME_ERROR, None, text, exit_code=1))
    assert said.endswith("(line 7)") == is_read


def test_only_an_error_aside_is_read_where_a_program_ended_well() -> None:
    assert explained(V.OK, None, PYTHON_FAILS.format(line=1), exit_code=0).details is None
    aside = "Exception in thread Thread-1 (work):\n" + PYTHON_FAILS.format(line=1)
    details = present(explained(V.OK, None, aside, exit_code=0).details)
    assert details.type == "ZeroDivisionError"


def test_report_outranks_what_the_program_prints() -> None:
    text = PYTHON_FAILS.format(line=1)
    assert sentence(V.RUNTIME_ERROR, replace(ERROR, type="KeyError"), text, exit_code=1) == (
        "KeyError: division by zero (line 3)"
    )


NODE_FAILS = "/app/script.js:7\nthrow 'no data';\n^\nno data\n(Use `node …`)\n\nNode.js v24.19.0\n"


def test_place_of_a_thrown_value_is_what_the_runtime_prints() -> None:
    thrown = replace(ERROR, type="string", message="no data", line=None, column=None)
    in_js = {"language": "javascript", "exit_code": 1}
    assert sentence(V.RUNTIME_ERROR, thrown, NODE_FAILS, **in_js) == (
        "The program threw a string: no data (line 7)"
    )
    other = replace(thrown, type="Error")
    assert sentence(V.RUNTIME_ERROR, other, NODE_FAILS, **in_js) == "Error: no data"


def test_message_of_a_crash_is_read_though_a_signal_ended_the_program() -> None:
    text = "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory\n"
    told = explained(V.RUNTIME_ERROR, None, text, language="javascript", signal=6)
    assert told.sentence == "The program was ended by an abort (SIGABRT)"
    assert "grows without end" in present(present(told.details).hint)
    killed = explained(V.RUNTIME_ERROR, None, NODE_FAILS, language="javascript", signal=6)
    assert present(killed.details).message is None


def test_traceback_that_was_printed_before_an_exit_did_not_end_the_program() -> None:
    exit_ = replace(ERROR, kind="exit", type="SystemExit", message="", line=9)
    text = PYTHON_FAILS.format(line=1)
    assert sentence(V.RUNTIME_ERROR, exit_, text, exit_code=4) == (
        "The program ended with exit code 4"
    )


@pytest.mark.parametrize(
    "phrase",
    [
        "ModuleNotFoundError: No module named 'pandas'",
        "OSError: [Errno 28] No space left on device",
        "MemoryError",
        "socket.gaierror: [Errno -3] Temporary failure in name resolution",
    ],
)
def test_phrase_in_stderr_explains_nothing(phrase: str) -> None:
    told = explained(V.RUNTIME_ERROR, ERROR, f"{phrase}\nmore\n", exit_code=1)
    assert told == explained(V.RUNTIME_ERROR, ERROR, exit_code=1)
    told = explained(V.RUNTIME_ERROR, None, f"simulated: {phrase}\n", exit_code=2)
    assert present(told.sentence).startswith("The program ended with exit code 2")
    assert told.details is None or told.details.hint is None


def test_stderr_of_a_program_that_a_limit_ended_is_not_read() -> None:
    text = PYTHON_FAILS.format(line=3)
    assert sentence(V.MEMORY_LIMIT_EXCEEDED, None, text, signal=9) == (
        "Your program needed more than 128 MiB of memory and was stopped"
    )


def test_flood_after_all_input_was_taken_is_told() -> None:
    flood: dict[str, Any] = {"verdict": V.OUTPUT_LIMIT_EXCEEDED, "input_left": 0}
    assert "took all of its input and printed more than 64 KiB" in present(
        sentence(stdin="4\n", **flood)
    )
    assert "input" not in present(sentence(stdin="", **flood))
    assert "input" not in present(sentence(V.OUTPUT_LIMIT_EXCEEDED, stdin="4\n", input_left=2))


def test_errors_of_one_language_mean_nothing_in_another() -> None:
    text = PYTHON_FAILS.format(line=3)
    assert sentence(V.RUNTIME_ERROR, None, text, language="javascript", exit_code=1) == (
        "The program ended with exit code 1"
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_stderr_without_an_error_leaves_the_exit_code(language: str) -> None:
    for text in ("", "\n\n", "x", "a\nb\n", "Error", "\ufffd" * 500):
        said = present(sentence(V.RUNTIME_ERROR, None, text, language=language, exit_code=5))
        assert said.startswith("The program ended with exit code 5")


def test_only_terminal_sequences_are_removed_from_stderr() -> None:
    text = 'x\x1b[31mError\x1b[0m\n  File "/sandbox/x", line 40\n    row 1\n'
    assert clean_stderr(text) == 'xError\n  File "/sandbox/x", line 40\n    row 1\n'
