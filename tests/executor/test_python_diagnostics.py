"""What is read from the end of a Python program's stderr where the runtime itself reported nothing."""

from textwrap import dedent

import pytest

from executor.languages.python.diagnostics import last_error
from executor.uncaught import Related, Uncaught
from tests.support.present import present

FRAME = '  File "/app/script.py", line {}, in f\n    g()\n    ~^^\n'
LIBRARY = '  File "/usr/lib/python3.13/json/decoder.py", line 344, in decode\n    obj = x()\n'
TRACEBACK = "Traceback (most recent call last):\n"


def read(text: str) -> Uncaught:
    return present(last_error(text.split("\n")))


def parts(text: str) -> tuple[str, str, str, str, int | None]:
    found = read(text)
    return found.phase, found.kind, found.type, found.message, found.line


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            TRACEBACK + FRAME.format(9) + FRAME.format(4) + LIBRARY + "ValueError: no: way\n",
            ("run", "exception", "ValueError", "no: way", 4),
        ),
        (
            TRACEBACK + FRAME.format(9) + "KeyboardInterrupt\n",
            ("run", "exception", "KeyboardInterrupt", "", 9),
        ),
        (
            TRACEBACK + '  File "<string>", line 1, in <module>\na.b.Mine.Own: x\n\n\n',
            ("run", "exception", "a.b.Mine.Own", "x", None),
        ),
        (
            FRAME.format(9) * 40
            + "  [Previous line repeated 900 more times]\nRecursionError: deep\n",
            ("run", "exception", "RecursionError", "deep", 9),
        ),
        (
            "  File \"/app/script.py\", line 3\n    if x\n        ^\nSyntaxError: expected ':'\n",
            ("compile", "exception", "SyntaxError", "expected ':'", 3),
        ),
        (
            TRACEBACK
            + FRAME.format(2)
            + '  File "<string>", line 1\n    x = (\n        ^\nSyntaxError: open\n',
            ("run", "exception", "SyntaxError", "open", 2),
        ),
        (
            "Exception in thread Thread-1 (f):\n" + TRACEBACK + FRAME.format(5) + "OSError: x\n",
            ("run", "thread", "OSError", "x", 5),
        ),
        (
            "Exception ignored in: <function A.__del__>\n"
            + TRACEBACK
            + FRAME.format(5)
            + "OSError\n",
            ("run", "unraisable", "OSError", "", 5),
        ),
        (
            "Task exception was never retrieved\nfuture: <Task>\n"
            + TRACEBACK
            + FRAME.format(5)
            + "E: x\n",
            ("run", "task", "E", "x", 5),
        ),
        (
            "Fatal Python error: Segmentation fault\n\nCurrent thread 0x1 (most recent call first):\n"
            '  File "/app/script.py", line 7 in f\n  File "/app/script.py", line 9 in <module>\n',
            ("run", "crash", "Fatal Python error", "Segmentation fault", 7),
        ),
        (
            "/app/script.py:3: RuntimeWarning: coroutine 'f' was never awaited\n  f()\n"
            "RuntimeWarning: Enable tracemalloc to get the object allocation traceback\n",
            ("run", "warning", "RuntimeWarning", "coroutine 'f' was never awaited", 3),
        ),
        (
            "usage: script.py [-h] year\nscript.py: error: the following arguments are required: year\n",
            ("run", "exit", "SystemExit", "the following arguments are required: year", None),
        ),
        ("working\nno data\n\n", ("run", "exit", "SystemExit", "no data", None)),
    ],
)
def test_end_of_stderr_is_read_in_every_form(
    text: str, expected: tuple[str, str, str, str, int | None]
) -> None:
    assert parts(text) == expected
    assert parts("noise\n" * 50 + text) == expected


def test_exception_group_is_read_with_its_members() -> None:
    text = dedent(
        """\
          + Exception Group Traceback (most recent call last):
          |   File "/app/script.py", line 3, in <module>
          |     f()
          | ExceptionGroup: multi (2 sub-exceptions)
          +-+---------------- 1 ----------------
            | Traceback (most recent call last):
            |   File "/app/script.py", line 1, in g
            | ValueError: a
            +---------------- 2 ----------------
            | KeyError: 'b'
            +------------------------------------
        """
    )
    text = "".join(f"  {line}\n" for line in text.split("\n")[:-1])
    found = read(text)
    assert (found.type, found.message, found.line) == (
        "ExceptionGroup",
        "multi (2 sub-exceptions)",
        3,
    )
    assert found.group == (
        Related(type="ValueError", message="a"),
        Related(type="KeyError", message="'b'"),
    )


def test_first_five_members_of_an_exception_group_are_read() -> None:
    members = "".join(f"    | E{number}: x\n" for number in range(6))
    text = (
        "  + Exception Group Traceback (most recent call last):\n"
        "  | ExceptionGroup: multi (6 sub-exceptions)\n" + members + "    +-----------------\n"
    )
    assert [one.type for one in read(text).group] == [f"E{number}" for number in range(5)]


def test_line_above_something_else_does_not_put_a_syntax_error_aside() -> None:
    text = "Exception in thread T:\nnoise\n" + FRAME.format(4) + "SyntaxError: no\n"
    assert read(text).kind == "exception"


@pytest.mark.parametrize(
    "after", ["giving up\n", "  indented\n", "giving up: now\n", "a\nb\n", "Error: twice\nb\n"]
)
def test_traceback_that_something_follows_is_not_the_end(after: str) -> None:
    found = read(TRACEBACK + FRAME.format(4) + "ValueError: no\n" + after)
    assert found.kind == "exit"


def test_kind_of_an_end_says_which_exit_code_goes_with_it() -> None:
    assert read("no data\n").facts["exit_code"] == 1
    assert read("usage: x\nx: error: y\n").facts["exit_code"] == 2
    assert read(TRACEBACK + FRAME.format(4) + "ValueError: no\n").facts["exit_code"] == 1
    thread = "Exception in thread T:\n" + TRACEBACK + FRAME.format(4) + "ValueError: no\n"
    assert "exit_code" not in read(thread).facts


@pytest.mark.parametrize("lines", [[], [""], ["", "  ", "\t"]])
def test_empty_stderr_says_nothing(lines: list[str]) -> None:
    assert last_error(lines) is None
