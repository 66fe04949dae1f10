"""Hostile output of programs: each parser takes time in proportion to its size.

Inputs are built from the parsers' own literals, since those are what backtracking and rescanning need.
"""

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from executor import LANGUAGES, Evidence, Limits, RunRequest, Verdict, plain_text
from executor.execute import ignore
from executor.experiments.report import attempts_in
from executor.explanation.diagnostics import clean_stderr, explain
from executor.languages.language import Language
from executor.limits import KiB, MiB
from executor.sandbox.output import Output
from executor.sandbox.protocol import HEADER, Frames, parse_report
from executor.uncaught import Related, Uncaught
from tests.support.present import present
from tests.support.timing import quick

CPU_SECONDS = 0.5
"""Ten times the allowed time for 64 KiB. Quadratic code needs seconds for them."""
SIZE = 64 * KiB

FRAME = '  File "/app/script.py", line '
STDERR = [
    FRAME,
    ' File "/sandbox/run_python.py", line 1\n',
    "    ",
    "\n    at ",
    "\n    ^\n",
    "Node.js v24.19.0\n",
    "FATAL ERROR: ",
    "Warning: Detected unsettled top-level await at ",
    "node:internal/",
    " {",
    "file://",
    "/app/script.js:",
    "/app/script.js:1\n",
    "/app/script.ts:",
    "/app/script.ts:1\n",
    "Uncaught ",
    "Error",
    "Error: Cannot find module '",
    "Cannot find package '",
    "' imported from",
    "ModuleNotFoundError: No module named '",
    "[Errno 13] Permission denied: '",
    "EACCES: permission denied, ",
    "EROFS: read-only file system, ",
    "MemoryError",
    "main.c:1:1: error: ",
    "main.c:",
    "(.text",
    "/usr/bin/ld: ",
    "undefined reference to ",
    " [-W",
    "main: main.c:1: main: Assertion `",
    "terminate called after throwing an instance of '",
    "*** stack ",
    "/app/script.sh: line 1: ",
    "syntax error",
    ": command not found",
    "Parse error near line 1: ",
    " (19)",
    "_",
    "1",
    "0",
    " ",
    " \n",
    "\n",
    "'",
]
TERMINAL = [
    "\x1b",
    "\x1b[",
    "\x9b",
    "0",
    "?",
    " ",
    "/",
    "m",
    "\r",
    "\r\n",
    "\u2066",
    "\u202e",
    "\1",
]
REPORTS = ["exit_code", "=", "-", "1", " ", "\n", "x", "=1 ", "a=1 ", "é"]
ATTEMPTS = [
    "ATTEMPT ",
    "x",
    ": ",
    ": blocked",
    ": succeeded",
    " (",
    ": blocked (",
    ")",
    "\n",
    "\x85",
]


def built_from(pieces: list[str], size: int = SIZE) -> SearchStrategy[str]:
    """Repeat each piece some times, and the whole up to `size`."""
    parts = st.lists(
        st.tuples(st.sampled_from(pieces), st.sampled_from([1, 2, 40, 1000, size])),
        min_size=1,
        max_size=6,
    )
    return parts.map(lambda parts: filled("".join(piece * times for piece, times in parts), size))


def filled(text: str, size: int = SIZE) -> str:
    return (text[:size] * (size // min(len(text), size) + 1))[:size]


def assert_quick(function: Any, *arguments: Any) -> Any:
    return quick(lambda: function(*arguments), CPU_SECONDS)


def explained(language: Any, stderr: Any, uncaught: Any = None, code: str = "x") -> str:
    evidence = Evidence(exit_code=1, calls_refused=1)
    request = RunRequest(code=code, language=language.slug, limits=Limits())
    told = explain(request, Verdict.RUNTIME_ERROR, evidence, stderr, uncaught)
    return present(told.sentence) + repr(told.details)


thorough = settings(deadline=None, max_examples=60)
in_each_language = pytest.mark.parametrize("language", LANGUAGES.values(), ids=LANGUAGES)


@in_each_language
@thorough
@given(stderr=built_from(STDERR))
@example(stderr=(FRAME + "1" * 31000 + "\n" + " \n" * 17000)[: SIZE - 2] + "0\n")
@example(stderr=filled(FRAME + "1\n"))
@example(stderr="/app/script.js:1\n" + "E" * (SIZE - 17))
@example(stderr="EROFS: read-only file system, " + "w" * (SIZE - 30))
def test_stderr_of_any_kind_is_explained_in_little_time(language: Language, stderr: Any) -> None:
    assert len(assert_quick(explained, language, stderr)) < 4 * KiB


@in_each_language
@thorough
@given(
    text=built_from(STDERR + TERMINAL, 4 * KiB),
    code=built_from([*STDERR, "```", "input("], 8 * KiB),
)
@example(text="Permission denied: '" + "/app" * KiB, code="x")
def test_report_of_any_error_is_explained_in_little_time(
    language: Language, text: Any, code: Any
) -> None:
    related = Related(type=text, message=text, line=1)
    uncaught = Uncaught(
        phase="run",
        kind="exception",
        type=text,
        message=text,
        line=1,
        facts={"filename": text},
        notes=(text,) * 3,
        cause=related,
        group=(related,) * 5,
    )
    told = assert_quick(explained, language, "", uncaught, code)
    assert len(told) < 4 * KiB
    assert not set(told) & set("\x1b\x9b\r\n\u2066\u202e\1")


@in_each_language
@thorough
@given(stderr=built_from(STDERR), code=built_from(["\n", "é", "x"], 8 * KiB))
@example(stderr=filled("main.c:1:1"), code="x")
@example(stderr="main.c:1:9999999: error: x", code="é" * 8 * KiB)
def test_messages_of_a_compiler_are_explained_in_little_time(
    language: Language, stderr: Any, code: str
) -> None:
    report = Uncaught(phase="compile", kind="compiler", type="", message="")
    assert len(assert_quick(explained, language, stderr, report, code)) < 4 * KiB


@thorough
@given(stderr=built_from(STDERR + TERMINAL))
def test_stderr_of_any_kind_is_cleaned_in_little_time(stderr: Any) -> None:
    assert_quick(clean_stderr, stderr)


@thorough
@given(built_from(TERMINAL))
@example(filled("\x1b[" + "0" * 32 + " " * 4))
@example(filled("\u2066"))
def test_any_text_becomes_plain_in_little_time(text: Any) -> None:
    plain = assert_quick(plain_text, text)
    assert not set(plain) & set("\x1b\x9b\r\u2066\u202e\1")


@pytest.mark.parametrize("payload", [0, 1, 100, 4091])
@pytest.mark.parametrize("chunk", [100, 32 * KiB, MiB])
def test_frames_of_any_size_are_split_in_little_time(payload: int, chunk: int) -> None:
    frame = HEADER.pack(b"O", payload) + b"x" * payload
    frames, size = Frames(), 512 * KiB if payload > 1 else 64 * KiB
    data = frame * (size // len(frame))

    def feed() -> Any:
        return [frames.feed(data[at : at + chunk]) for at in range(0, len(data), chunk)]

    found = sum(map(len, assert_quick(feed)))
    assert found == len(data) // len(frame)


@thorough
@given(built_from(REPORTS, 16 * KiB))
def test_supervisors_report_of_any_kind_is_read_in_little_time(text: Any) -> None:
    assert_quick(parse_report, text.encode())


@pytest.mark.parametrize("piece", [b"\xff", b"\xe2\x82", "\U000e0041".encode(), b"\0"])
def test_bytes_of_any_kind_are_decoded_in_little_time(piece: bytes) -> None:
    output = Output(SIZE, ignore)

    def write() -> None:
        for _ in range(32):
            output.stdout.write(piece * (32 * KiB // len(piece)))

    assert_quick(write)


@thorough
@given(built_from(ATTEMPTS))
@example("ATTEMPT " + ": blocked (" * 5900)
@example("ATTEMPT x" + ": succeeded (" * 5000 + ")x")
def test_report_of_any_kind_is_read_in_little_time(stdout: Any) -> None:
    assert_quick(attempts_in, stdout)
