"""Explanations of the end of a run. test_semantics_*.py has errors of real programs, test_hostile_text.py
has times."""

import pytest

from executor import LANGUAGES, Evidence, Limits, Usage, Verdict
from executor.diagnostics import clean_stderr, explain
from executor.verdicts import Verdict as V

PYTHON, JAVASCRIPT = LANGUAGES["python"], LANGUAGES["javascript"]


def sentence(verdict, stderr="", language=PYTHON, **facts):
    return explain(language, verdict, Evidence(**facts), Usage(), Limits(), stderr)


@pytest.mark.parametrize("verdict", [verdict for verdict in Verdict if verdict is not Verdict.OK])
def test_every_verdict_but_ok_has_a_sentence(verdict):
    assert sentence(verdict)


def test_ok_verdict_has_no_explanation():
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
        (V.DISK_LIMIT_EXCEEDED, {}, "32 MiB, or more than 2,048 files"),
        (V.RUNTIME_ERROR, {"exit_code": 3}, "The program ended with exit code 3"),
        (V.RUNTIME_ERROR, {"signal": 9}, "ended by signal 9 (SIGKILL)"),
        (V.RUNTIME_ERROR, {"signal": 40}, "ended by signal 40 (real-time signal)"),
    ],
)
def test_sentence_names_the_limit_and_its_value(verdict, facts, expected):
    assert expected in sentence(verdict, **facts)


def test_stderr_does_not_decide_over_a_limit():
    assert "timed out" in sentence(V.TIME_LIMIT_EXCEEDED, "MemoryError\n")


@pytest.mark.parametrize(
    ("language", "error", "expected"),
    [
        (PYTHON, "OSError: [Errno 37] No locks available", "locked files more often"),
        (PYTHON, "sqlite3.OperationalError: disk I/O error", "locked files more often"),
        (PYTHON, "sqlite3.OperationalError: database is locked", "locked files more often"),
        (PYTHON, "OSError: [Errno 105] No buffer space available", "opened more sockets"),
        (JAVASCRIPT, "Error: listen ENOBUFS: no buffer space available", "opened more sockets"),
    ],
)
def test_error_of_a_refused_call_is_explained_only_after_a_refusal(language, error, expected):
    facts = {"language": language, "exit_code": 1}
    assert expected in sentence(V.RUNTIME_ERROR, error, calls_refused=1, **facts)
    assert expected not in sentence(V.RUNTIME_ERROR, error, **facts)


@pytest.mark.parametrize("language", LANGUAGES.values(), ids=LANGUAGES)
@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ("cp: error writing '/tmp/x': No space left on device", "disk is full"),
        ("connect: Network is unreachable", "no network"),
        ("socket: Address family not supported by protocol", "not even a loopback"),
    ],
)
def test_error_of_the_c_library_is_explained_in_every_language(language, error, expected):
    assert expected in sentence(V.RUNTIME_ERROR, error, language, exit_code=1)


def test_errors_of_one_language_mean_nothing_in_another():
    error = "RecursionError: maximum recursion depth exceeded"
    assert "recursion?" in sentence(V.RUNTIME_ERROR, error, PYTHON, exit_code=1)
    assert "exit code 1" in sentence(V.RUNTIME_ERROR, error, JAVASCRIPT, exit_code=1)


def test_frames_of_the_runners_are_removed():
    text = (
        'Traceback (most recent call last):\n  File "/sandbox/run_python.py", line 40, in run\n'
        '    exec(program, namespace)\n  File "/app/script.py", line 1, in <module>\n    1/0\n'
        "ZeroDivisionError: division by zero\n"
    )
    assert "/sandbox/" not in clean_stderr(PYTHON, text)
    assert 'File "/app/script.py", line 1' in clean_stderr(PYTHON, text)


def test_properties_of_a_node_error_keep_their_bracket():
    text = "Error: x\n    at f (/app/script.js:1:1)\n    at node:internal/main:1 {\n  code: 1\n}\n"
    assert (
        clean_stderr(JAVASCRIPT, text)
        == "Error: x\n    at f (/app/script.js:1:1) {\n  code: 1\n}\n"
    )


def test_terminal_sequences_are_removed():
    assert clean_stderr(PYTHON, "\x1b[31mError\x1b[0m") == "Error"


def test_braces_in_an_error_are_not_a_format():
    assert "{0}" in sentence(
        V.RUNTIME_ERROR, 'Traceback\n  File "/app/script.py", line 1, in f\nValueError: {0} {x}\n'
    )


PYTHON_FAILS = (
    'Traceback (most recent call last):\n  File "/app/script.py", line {line}, in <module>\n    1/0\n'
    "ZeroDivisionError: division by zero\n"
)


def test_last_error_is_explained_after_any_amount_of_output():
    noise = "a warning\n" * 6000 + PYTHON_FAILS.format(line=1)
    text = noise + PYTHON_FAILS.format(line=7)
    assert sentence(V.RUNTIME_ERROR, text) == "ZeroDivisionError: division by zero (line 7)"


def test_error_of_many_characters_is_cut():
    text = f'  File "/app/script.py", line 3, in <module>\nValueError: {"x" * 60000}\n'
    error = sentence(V.RUNTIME_ERROR, text)
    assert error.startswith("ValueError: xxx")
    assert error.endswith("x… (line 3)")
    assert len(error) < 500


def test_line_number_that_no_program_has_is_none():
    text = f'  File "/app/script.py", line {"1" * 8}\nValueError\n'
    assert sentence(V.RUNTIME_ERROR, text, exit_code=1) == "The program ended with exit code 1"


@pytest.mark.parametrize(
    "verdict", [V.MEMORY_LIMIT_EXCEEDED, V.PROCESS_LIMIT_EXCEEDED, V.DISK_LIMIT_EXCEEDED]
)
def test_limit_does_not_hide_the_error_of_a_program_that_ended_by_itself(verdict):
    text = PYTHON_FAILS.format(line=3)
    own = "; the program's own error: ZeroDivisionError: division by zero (line 3)"
    assert sentence(verdict, text, exit_code=1) == sentence(verdict) + own
    assert sentence(verdict, text, signal=9) == sentence(verdict)
