"""The end of a JavaScript program's stderr, where the runtime itself reported nothing."""

from typing import Any

import pytest

from executor.languages.javascript.diagnostics import last_error
from executor.uncaught import Uncaught
from tests.support.present import present

HEAD = "/app/script.js:3\n  return user.name;\n              ^\n\n"
FRAMES = (
    "    at node:internal/x:1:1\n"
    "    at greet (/app/script.js:4:15)\n"
    "    at Object.<anonymous> (/app/script.js:9:1)\n"
)
END = "\nNode.js v24.19.0\n"


def read(text: str) -> Uncaught | None:
    return last_error(text.split("\n"))


def parts(text: str) -> Any:
    found = present(read(text))
    return found.kind, found.type, found.message, found.line, found.column


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (HEAD + "TypeError: no\n" + FRAMES + END, ("exception", "TypeError", "no", 4, 15)),
        (HEAD + "TypeError: no\n" + END, ("exception", "TypeError", "no", 3, None)),
        (HEAD + "[TypeError: no]\n" + END, ("exception", "TypeError", "no", 3, None)),
        (
            HEAD + "TypeError [ERR_X]: no {\n" + FRAMES + "  code: 'ERR_X'\n}\n" + END,
            ("exception", "TypeError", "no", 4, 15),
        ),
        # A thrown value follows its marker at once, and nothing may stand above the last line.
        (
            "/app/script.js:7\nthrow 'no';\n^\nno\n(Use `node …`)" + END,
            ("exception", "string", "no", 7, None),
        ),
        (HEAD + "TypeError: no" + END, ("exception", "TypeError", "no", 3, None)),
        # A name of the program's own is one only with frames below it.
        (HEAD + "Oops: no\n" + FRAMES + END, ("exception", "Oops", "no", 4, 15)),
        (
            HEAD + "Oops: no\n" + "  detail: 1\n" + FRAMES + END,
            ("exception", "Oops", "no", 4, 15),
        ),
        (HEAD + "Oops: no\n" + END, ("exception", "string", "Oops: no", 3, None)),
        (HEAD + "null\n" + END, ("exception", "null", "null", 3, None)),
        (HEAD + "-12.5e+3\n" + END, ("exception", "number", "-12.5e+3", 3, None)),
        (HEAD + "{ a: 1 }\n" + END, ("exception", "object", "{ a: 1 }", 3, None)),
        (
            "node:internal/process:1\n   x\n   ^\n\nError: no\n" + END,
            ("exception", "Error", "no", None, None),
        ),
        (
            "Warning: Detected unsettled top-level await at /app/script.js:7\nawait x\n^\n",
            ("unsettled", "", "an await at the top level never ended", 7, None),
        ),
        (
            "FATAL ERROR: heap out of memory\n----- Native stack trace -----\n 1: x\n",
            ("crash", "fatal error", "heap out of memory", None, None),
        ),
    ],
)
def test_end_of_stderr_is_read_in_every_form(
    text: str, expected: tuple[str, str, str, int | None, int | None]
) -> None:
    assert parts(text) == expected
    assert parts("noise\n" * 5 + text + "\n\n") == expected


def test_last_block_counts() -> None:
    first = HEAD.replace(":3", ":1") + "TypeError: first\n"
    assert parts(first + HEAD + "RangeError: second\n" + END)[1:4] == ("RangeError", "second", 3)


def test_last_fatal_message_counts() -> None:
    assert present(read("FATAL ERROR: first\nFATAL ERROR: second\n")).message == "second"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n \n",
        "noise\n",
        "TypeError: no\n" + END,  # no marker
        "^\nTypeError: no\n" + END,  # no place above the marker
        "x\n^\nTypeError: no\n" + END,
        HEAD + END,  # nothing below it
        HEAD + "TypeError: no\n",  # Node has not said that it ends
        "Warning: Detected unsettled top-level await at /app/script.js:7\nawait x\nno marker\n",
        "await x\n^\n",
    ],
)
def test_anything_else_says_nothing(text: str) -> None:
    assert read(text) is None
