"""Words for the end of a run. The tests of real programs' words are in test_semantics.py."""

import pytest

from executor import Evidence, Limits, Usage, Verdict
from executor.diagnostics import clean_stderr, explain
from executor.verdicts import Verdict as V


def sentence(verdict, stderr="", **facts):
    return explain(verdict, Evidence(**facts), Usage(), Limits(), stderr)


@pytest.mark.parametrize("verdict", [verdict for verdict in Verdict if verdict is not Verdict.OK])
def test_every_verdict_but_ok_has_a_sentence(verdict):
    assert sentence(verdict)


def test_ok_has_none():
    assert sentence(V.OK) is None


@pytest.mark.parametrize(
    ("verdict", "facts", "expected"),
    [
        (V.TIME_LIMIT_EXCEEDED, {}, "Execution timed out after 10 seconds"),
        (V.TIME_LIMIT_EXCEEDED, {"cpu_exhausted": True}, "10 seconds of CPU time"),
        (V.MEMORY_LIMIT_EXCEEDED, {"oom_kills": 1}, "128 MiB"),
        (V.MEMORY_LIMIT_EXCEEDED, {"oom_kills": 7}, "7 processes"),
        (V.OUTPUT_LIMIT_EXCEEDED, {}, "64 KiB"),
        (V.PROCESS_LIMIT_EXCEEDED, {"pids_refusals": 5}, "64 processes and threads"),
        (V.PROCESS_LIMIT_EXCEEDED, {"pids_refusals": 5, "oom_kills": 1}, "128 MiB of memory too"),
        (V.DISK_LIMIT_EXCEEDED, {}, "32 MiB in 2048 files"),
        (V.RUNTIME_ERROR, {"exit_code": 3}, "The program ended with exit code 3"),
        (V.RUNTIME_ERROR, {"signal": 9}, "ended by signal 9 (SIGKILL)"),
        (V.RUNTIME_ERROR, {"signal": 40}, "ended by signal 40 (real-time signal)"),
    ],
)
def test_sentence_names_the_limit_and_its_value(verdict, facts, expected):
    assert expected in sentence(verdict, **facts)


def test_stderr_does_not_decide_over_a_limit():
    assert "timed out" in sentence(V.TIME_LIMIT_EXCEEDED, "MemoryError\n")


def test_frames_of_the_runners_are_removed():
    text = (
        'Traceback (most recent call last):\n  File "/sandbox/run_python.py", line 40, in run\n'
        '    exec(program, namespace)\n  File "/app/script.py", line 1, in <module>\n    1/0\n'
        "ZeroDivisionError: division by zero\n"
    )
    assert "/sandbox/" not in clean_stderr(text)
    assert 'File "/app/script.py", line 1' in clean_stderr(text)


def test_properties_of_a_node_error_keep_their_bracket():
    text = "Error: x\n    at f (/app/script.js:1:1)\n    at node:internal/main:1 {\n  code: 1\n}\n"
    assert clean_stderr(text) == "Error: x\n    at f (/app/script.js:1:1) {\n  code: 1\n}\n"


def test_terminal_sequences_are_removed():
    assert clean_stderr("\x1b[31mError\x1b[0m") == "Error"


def test_braces_in_an_error_are_not_a_format():
    assert "{0}" in sentence(
        V.RUNTIME_ERROR, 'Traceback\n  File "/app/script.py", line 1, in f\nValueError: {0} {x}\n'
    )


def test_huge_stderr_is_searched_in_little_time():
    """The patterns must not be open to catastrophic backtracking: the text is the program's."""
    for piece in (
        '  File "/app/script.py", line 1\n',
        "    at x (\n",
        "/app/script.js:1\n",
        " " * 40,
    ):
        text = piece * (64 * 1024 // len(piece))
        clean_stderr(text)
        sentence(V.RUNTIME_ERROR, text)
