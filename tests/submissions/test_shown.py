"""Untrusted text: pages and browser show it alike, and in bounded time."""

import re
from functools import partial
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

import submissions
from executor import LANGUAGES, plain_text
from executor.sandbox.output import INVISIBLE_RANGES
from submissions.admin.exports import inert
from submissions.lifecycle.models import Submission
from submissions.templatetags.runs import result_label
from submissions.templatetags.shown import NUMBERED_LINES, program, sentence, size
from tests.support.timing import quick

CPU_SECONDS = 1.0
"""Ten times the time that the parts of a page need."""
PROGRAM_CPU_SECONDS = 0.1
"""The same for a program."""
CODE = 64 * 1024
PIECES = [
    *" \t\"'\\aE_01.,:;()[]{}<>=+-*/%@#$&|!?`~",
    '"""',
    "'''",
    "class ",
    "import ",
    'f"',
    "${",
    "$'",
    "\\0",
    "/*",
    "//",
    "\n",
    "a\n",
    "b()",
    "super(",
    "#include <a>",
    "\u202e",
]
NOTE = "shown without line numbers"
LANGUAGE = st.sampled_from(sorted(LANGUAGES))


def repeated(pieces: Any) -> SearchStrategy[str]:
    parts = st.lists(
        st.tuples(st.sampled_from(pieces), st.sampled_from([1, 2, 40, CODE])),
        min_size=1,
        max_size=4,
    )
    texts = parts.map(lambda parts: "".join(piece * times for piece, times in parts)[:CODE])
    return texts.map(lambda text: (text * (CODE // len(text) + 1))[:CODE])


def page_of(code: str, language: str = "python", marked: int = 0) -> SafeString:
    return render_to_string("submissions/program.html", program(code, language, marked))


def text_of(page: str) -> str:
    [text] = re.findall("<pre[^>]*>(.*)\n</pre>", page, re.DOTALL)
    return unescape(re.sub("<[^>]*>", "", text))


@settings(max_examples=120)
@given(repeated(PIECES), LANGUAGE)
@example("$'" + "\\0" * 22, "bash")
@example("super(" + " " * CODE, "javascript")
@example("a" + "\n" * 400 + "b()" + "\n" * 800 + "x", "c")
@example('"%' + "0" * CODE + '"', "python")
@example("x\n" * (NUMBERED_LINES - 1), "python")
@example("\u202e" * CODE, "python")
def test_program_of_any_kind_is_shown_in_little_time(code: str, language: str) -> None:
    """Lexers took seconds or hours for some of these; the first one took twice as long for each `\\0`."""
    quick(lambda: page_of(code, language), PROGRAM_CPU_SECONDS)


@settings(max_examples=120)
@given(st.text(st.sampled_from("<>&'\"\n\r\t \x1b\u202eab[m{%}"), max_size=40), st.integers(0, 3))
def test_program_is_shown_whole_and_inert(code: str, marked: int) -> None:
    page = page_of(code, marked=marked)
    assert text_of(page) == plain_text(code).removesuffix("\n")
    tags = set(re.findall("<[^>]*>", page.split(">", 1)[1].split("</pre>")[0]))
    assert tags <= {
        '<span class="line">',
        f'<span class="line marked" id="line-{marked}">',
        "</span>",
    }


@pytest.mark.parametrize(
    ("lines", "numbered"), [(NUMBERED_LINES, True), (NUMBERED_LINES + 1, False)]
)
def test_very_long_program_has_no_line_numbers_and_says_so(lines: int, numbered: bool) -> None:
    page = page_of("x\n" * lines, marked=2)
    assert page.count('class="line') == (lines if numbered else 1)
    assert ('id="line-2"' in page) == numbered
    assert (NOTE in page) == (not numbered)


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_page_names_the_mode_by_which_the_browser_finds_colours(language: str) -> None:
    assert f'data-mode="{LANGUAGES[language].editor_mode}"' in page_of("x", language)


def test_program_in_a_language_that_has_gone_is_plain() -> None:
    assert "data-mode" not in page_of("x", "cobol")


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
