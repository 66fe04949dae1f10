"""Untrusted text: pages and browser show it alike, and in bounded time."""

from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

import submissions
from executor import LANGUAGES
from executor.sandbox.output import INVISIBLE_RANGES
from submissions.admin.exports import inert
from submissions.lifecycle.models import Submission
from submissions.templatetags.runs import result_label
from submissions.templatetags.shown import program, sentence, size
from tests.support.timing import TRIES, quick

CPU_SECONDS = 1.0
"""Ten times the time that the parts of a page need."""
PROGRAM_CPU_SECONDS = 0.3
"""Three times what a program may take. Until its end no other thread may run."""
CODE = 5000
PIECES = [
    *" \t\"'\\aE_01.,:;()[]{}<>=+-*/%@#$&|!?`~",
    '"""',
    "'''",
    "class ",
    "import ",
    'f"',
    "${",
    "/*",
    "//",
    "\n",
    "a\n",
    "b()",
    "#include <a>",
]
BEHIND = "shown without colours"


def repeated(pieces: Any) -> SearchStrategy[str]:
    parts = st.lists(
        st.tuples(st.sampled_from(pieces), st.sampled_from([1, 2, 40, CODE])),
        min_size=1,
        max_size=4,
    )
    texts = parts.map(lambda parts: "".join(piece * times for piece, times in parts)[:CODE])
    return texts.map(lambda text: (text * CODE)[:CODE])


@settings(max_examples=120)
@given(repeated(PIECES), st.sampled_from(sorted(LANGUAGES)))
@example(" \n" * 2500, "python")
@example("._" * 2500, "javascript")
@example('"\\' * 2500, "javascript")
@example("\u202e" * CODE, "python")
@example('"%' + "0" * (CODE - 3) + '"', "python")
@example("match" + " " * (CODE - 5), "python")
def test_program_of_any_kind_is_coloured_or_plain_in_little_time(code: Any, language: str) -> None:
    quick(lambda: program(code, language), PROGRAM_CPU_SECONDS)


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_program_of_white_space_is_drawn_in_little_time(language: str) -> None:
    """A lexer that tries each way to divide it takes time as the cube of its length: 2.6 s here."""
    code = "a" + "\n" * 400 + "b()" + "\n" * 800 + "x"
    quick(lambda: program(code, language), PROGRAM_CPU_SECONDS)


def page_of(code: str) -> SafeString:
    return render_to_string("submissions/program.html", program(code, "python"))


def test_program_too_slow_to_colour_is_shown_plain_with_a_note(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("submissions.templatetags.shown.COLOUR_CPU_SECONDS", 0)
    assert BEHIND in page_of("<b>1 + 1")
    assert "&lt;b&gt;1 + 1" in page_of("<b>1 + 1")


def test_program_too_long_for_colours_is_plain() -> None:
    assert BEHIND in page_of("\u202e" * CODE)


def test_usual_program_is_coloured_whole() -> None:
    pages = (
        page_of("x = '<b>'\n" * 500) for _ in range(TRIES)
    )  # a pause may use up the time of one
    page = next(page for page in pages if BEHIND not in page)
    assert page.count("&lt;b&gt;") == 500


def test_text_of_any_kind_is_exported_in_little_time() -> None:
    for piece in ("=", "\n=", "\x1b[", "\u2066", "\r"):
        text = piece * (64 * 1024 // len(piece))
        quick(partial(inert, text), CPU_SECONDS)


def test_browser_shows_the_same_characters_by_their_number() -> None:
    script = Path(submissions.__file__).parent / "static/submissions/plaintext.js"

    def escaped(code: int) -> str:
        return f"\\x{code:02x}" if code < 256 else f"\\u{{{code:x}}}"

    ranges = [
        escaped(low) + (f"-{escaped(high)}" if high > low else "") for low, high in INVISIBLE_RANGES
    ]
    assert f"/[{''.join(ranges)}]/gu" in script.read_text()


@pytest.mark.parametrize(
    ("verdict", "error", "code", "label"),
    [
        ("compile_error", "SyntaxError: invalid syntax (line 1)", 1, "Syntax error"),
        ("compile_error", "A file is missing", 1, "Compile error"),
        ("runtime_error", "SyntaxError: invalid syntax (line 1)", 1, "Syntax error"),
        ("runtime_error", "The program ended with exit code 3", 3, "Exit code 3"),
        ("runtime_error", "ZeroDivisionError: division by zero (line 1)", 1, "Runtime error"),
    ],
)
def test_error_has_the_same_label_as_in_the_playground(
    verdict: str, error: str, code: int, label: str
) -> None:
    run = Submission(verdict=verdict, error=error, exit_code=code)
    assert result_label(run) == label


def test_sentence_ends_with_one_full_stop() -> None:
    assert sentence("Execution timed out after 10 seconds").endswith("seconds.")
    assert sentence("NameError (line 2)") == "NameError (line 2)"
    assert sentence("It ended.") == "It ended."


def test_size_below_a_kibibyte_is_in_bytes() -> None:
    assert [size(n) for n in (0, 1, 1023, 1024)] == ["0 bytes", "1 byte", "1023 bytes", "1 KiB"]
