"""Hints: each entry of the data fits its example, and wrong entries are refused by name."""

import json
import os
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from executor import LANGUAGES, Evidence, RunRequest, default_limits, execute, offered
from executor.explanation.entry import End, Entry, Hint
from executor.explanation.hints import HINTS, HintError, find, load, read
from executor.management.commands.document_errors import row
from executor.runs import RunResult
from executor.uncaught import Related, Uncaught
from executor.verdicts import Verdict as V
from tests.support.present import present
from tests.support.recordings import (
    AT_ONCE,
    changed_runtimes,
    entries,
    recorded,
    replay,
    request_of,
)

ENTRIES = [pytest.param(entry, id=entry.name) for entry in entries()]
RUN = [
    pytest.param(entry, id=entry.name)
    for entry in entries()
    if entry.language in offered()
    and (
        os.environ.get("HINTS") == "all"
        or (entry.evidence or entry.verdict or entry.limits or entry in HINTS[""])
    )
]
"""Hints about what the sandbox does, not the language; or all."""
ERROR = Uncaught(phase="run", kind="exception", type="ValueError", message="bad 'x'", line=2)
ERRORS = Path(__file__).resolve().parents[2] / "docs" / "errors.md"
CODE = "first\nsecond line\n"
UNSEEN = Evidence()
MINIMAL = {"name": "one", "type": ["ValueError"], "hint": "Do.", "example": "x"}
WORDS = 25


def as_toml(**keys: Any) -> str:
    def value(one: Any) -> str:
        if isinstance(one, dict):
            return "{" + ", ".join(f"{name} = {value(v)}" for name, v in one.items()) + "}"
        return json.dumps(one)

    rows = (f"{name} = {value(one)}" for name, one in keys.items() if one is not None)
    return "\n".join(["[[hint]]", *rows])


def request_with(code: str = CODE, language: str = "python", stdin: str = "") -> RunRequest:
    return RunRequest(code=code, language=language, stdin=stdin, limits=default_limits())


def found(
    keys: Any,
    error: Uncaught | None = ERROR,
    *,
    seen: Evidence = UNSEEN,
    ended: V = V.RUNTIME_ERROR,
    stdout: str = "",
    **request: Any,
) -> Hint | None:
    """Return the hint of an entry with these keys, if it fits."""
    [entry] = read(as_toml(**{**MINIMAL, "type": None, **keys}), "a.toml", "python")
    return entry.about(End.of(request_with(**request), error, ended, seen, stdout))


def check(entry: Any, result: RunResult) -> None:
    """Fail unless a run of the example has the entry's hint, as the document shows it."""
    assert result.error_details, result
    assert row(entry, result) in ERRORS.read_text(), "run manage.py document_errors"
    template = re.escape(entry.hint)
    pattern = re.sub(r"\\\{[\w.\\]+\\\}", ".+", template)
    assert re.fullmatch(pattern, result.error_details.hint or ""), result


@pytest.mark.parametrize("entry", ENTRIES)
def test_recorded_end_of_an_example_has_its_hint(entry: Entry) -> None:
    recording = recorded(entry)
    assert recording, "run python -m tests.support.recordings"
    check(entry, replay(entry, recording))


@pytest.mark.docker
@pytest.mark.parametrize("entry", RUN)
def test_example_ends_with_its_hint(entry: Entry) -> None:
    check(entry, execute(request_of(entry)))


@pytest.mark.docker
def test_examples_of_a_runtime_that_was_not_recorded_end_with_their_hints() -> None:
    """A new package of the distribution changes the runtime, and none of our files."""
    languages = changed_runtimes()
    again = [entry for entry in entries() if entry.language in languages]
    with ThreadPoolExecutor(AT_ONCE) as threads:
        for entry, result in zip(
            again, threads.map(lambda one: execute(request_of(one)), again), strict=True
        ):
            check(entry, result)


@pytest.mark.parametrize("entry", ENTRIES)
def test_words_of_a_hint_are_short_whole_and_plain(entry: Entry) -> None:
    assert not entry.sentence.endswith((".", " "))
    assert re.search(r"[.?!:]\Z", entry.hint), "a hint ends as a sentence does"
    for text in (entry.sentence, entry.hint):
        sentences = re.split(r"(?<=[.?!])\s+(?=[A-Z])", text)
        assert len(sentences) <= 2, sentences
        assert all(len(one.split()) <= WORDS for one in sentences), sentences
        assert not re.search(r"\b(please|simply|just|obviously|oops|sorry)\b", text, re.IGNORECASE)
        assert text == text.strip()
        assert "\n" not in text
        assert "  " not in text
        assert not re.search(r"[.]{2}|\s[.,;:?!](?:\s|\Z)", text)


@pytest.mark.parametrize(("parameter", "box"), [("stdin", "Input"), ("args", "Arguments")])
def test_hint_with_a_parameter_of_the_api_names_the_field_of_the_playground(
    parameter: str, box: str
) -> None:
    """The playground makes a way to the field of the words "field Input"."""
    hints = [entry.hint for entry in entries() if f"`{parameter}`" in entry.hint]
    assert hints
    assert [hint for hint in hints if f"field {box}" not in hint] == []


def test_first_entry_that_fits_counts() -> None:
    text = "\n".join(
        as_toml(**{**MINIMAL, "name": name, "type": [type_]})
        for name, type_ in (
            ("other", "KeyError"),
            ("first", "ValueError"),
            ("second", "ValueError"),
        )
    )
    entries = read(text, "a.toml", "python")
    hints = [
        entry.about(End.of(request_with(), ERROR, V.RUNTIME_ERROR, Evidence())) for entry in entries
    ]
    assert [hint and hint.name for hint in hints] == [None, "first", "second"]


@pytest.mark.parametrize(
    "keys",
    [
        {"type": ["KeyError", "ValueError"]},
        {"message": "^bad"},
        {"line": "second"},
        {"cause": "^KeyError: 'k'$"},
        {"code": "^first"},
        {"program": "line$|second line"},
        {"phase": "run"},
        {"kind": "exception"},
        {"verdict": "runtime_error"},
        {"facts": {"errno": [12, 13]}},
        {"evidence": {"exit_code": 3}},
        {"evidence": {"calls_refused": True}},
        {"evidence": {"input_used_up": True}},
        {"evidence": {"input_given": True}},
        {"output": "Name\\? \\z"},
    ],
)
def test_entry_fits_if_its_condition_holds(keys: dict[str, Any]) -> None:
    cause = Related(type="KeyError", message="'k'")
    error = replace(ERROR, facts={"errno": 13}, cause=cause)
    facts = Evidence(exit_code=3, calls_refused=7, input_left=0)
    assert found(keys, error, seen=facts, stdin="4\n", stdout="Name? ")


@pytest.mark.parametrize(
    "keys",
    [
        {"type": ["KeyError"]},
        {"message": "^x"},
        {"line": "first"},
        {"cause": "KeyError"},
        {"code": "^second"},
        {"program": "third"},
        {"phase": "compile"},
        {"kind": "thread"},
        {"verdict": "compile_error"},
        {"facts": {"errno": 13}},
        {"evidence": {"exit_code": 3}},
        {"evidence": {"calls_refused": True}},
        {"evidence": {"input_used_up": True}},
        {"evidence": {"input_given": True}},
        {"output": "Name"},
    ],
)
def test_entry_does_not_fit_if_its_condition_does_not_hold(keys: dict[str, Any]) -> None:
    assert found(keys) is None


@pytest.mark.parametrize(("where", "size"), [("code", 200), ("program", 65_536), ("line", 400)])
def test_pattern_is_searched_within_the_bound_of_its_text_and_not_beyond(
    where: str, size: int
) -> None:
    at_the_end = "x" * (size - 1) + "!"
    first_line = replace(ERROR, line=1)
    assert found({where: "!"}, first_line, code=at_the_end)
    assert found({where: "!"}, first_line, code="x" + at_the_end) is None


def test_text_of_an_exit_has_a_meaning_only_for_an_entry_that_asks_for_it() -> None:
    leaves = replace(ERROR, kind="exit", type="SystemExit")
    assert found({"message": "^bad"}, leaves) is None
    assert found({"message": "^bad", "kind": "exit"}, leaves)
    assert found({"message": "^bad", "type": ["SystemExit"]}, leaves)


def test_line_that_must_name_the_type_is_compared_with_the_error() -> None:
    names_it = "first\nraise errors.ValueError('x')"
    keys = {"line": "raise", "type_in_line": True}
    assert found(keys, replace(ERROR, type="errors.ValueError"), code=names_it)
    assert found(keys, replace(ERROR, type="TypeError"), code=names_it) is None


def test_every_condition_of_an_entry_must_hold() -> None:
    assert found({"type": ["ValueError"], "message": "^bad"})
    assert found({"type": ["KeyError"], "message": "^bad"}) is None


@pytest.mark.parametrize(
    "verdict", [V.TIME_LIMIT_EXCEEDED, V.MEMORY_LIMIT_EXCEEDED, V.OUTPUT_LIMIT_EXCEEDED]
)
def test_entry_is_about_a_limit_only_if_it_says_so(verdict: V) -> None:
    assert found({"type": ["ValueError"]}, ended=verdict) is None
    assert found({"verdict": str(verdict)}, None, ended=verdict)
    assert found({"verdict": str(verdict)}, None) is None


def test_values_are_filled_in() -> None:
    texts = {"sentence": "{0} in line {line}", "hint": "Install {facts.name}."}
    hint = present(found({"message": "'(.*)'", **texts}, replace(ERROR, facts={"name": "numpy"})))
    assert (hint.sentence, hint.hint) == ("x in line 2", "Install numpy.")


def test_group_of_whichever_alternative_fits_is_the_first() -> None:
    assert present(found({"message": "no (.*)|bad (.*)", "hint": "{0}."})).hint == "'x'."


@pytest.mark.parametrize("text", ["{line}.", "{facts.name}.", "{0}."])
def test_entry_that_names_what_is_not_known_does_not_fit(text: str) -> None:
    error = replace(ERROR, line=None)
    assert found({"message": "b(z)?ad", "hint": text}, error) is None


def test_values_of_the_program_are_short_inert_and_no_placeholders() -> None:
    message = "bad '{line} \x1b[31m\u202e\n" + "y" * 400 + "'"
    hint = present(
        found({"message": "(?s)'(.*)'", "hint": "{0}."}, replace(ERROR, message=message))
    )
    assert hint.hint.startswith("{line} \\u{202e} yyy")
    assert len(hint.hint) < 100


def test_lone_surrogate_is_no_obstacle() -> None:
    error = replace(ERROR, message="bad \ud800")
    assert found({"message": "^bad", "code": "^x", "line": "y"}, error, code="x\ud800\ny\ud800")


def found_in(
    language: str, error: Uncaught, code: str = CODE, ended: V = V.RUNTIME_ERROR
) -> Hint | None:
    return find(request_with(code, language), error, ended, Evidence())


def test_general_hints_come_after_the_languages_own() -> None:
    full = replace(ERROR, type="OSError", message="[Errno 28] No space left on device")
    assert present(found_in("python", full)).name == "disk-full"


def test_hints_of_the_runtimes_language_come_after_the_languages_own_and_name_the_language() -> (
    None
):
    printed = replace(ERROR, type="ReferenceError", message="print is not defined")
    for language in ("javascript", "typescript"):
        hint = present(found_in(language, printed))
        assert hint.name == "js-python-name"
        assert hint.hint.startswith(f"{LANGUAGES[language].label} prints with console.log")
    no_export = "The requested module 'path' does not provide an export named 'Path'"
    missing = replace(ERROR, type="SyntaxError", message=no_export)
    assert present(found_in("javascript", missing)).name == "js-no-such-export"
    assert present(found_in("typescript", missing)).name == "ts-type-import"


def test_hint_that_is_not_shared_stays_with_its_language() -> None:
    code = "let x: number = 5;"
    wrong = replace(ERROR, type="SyntaxError", message="Unexpected token ':'", line=1)
    assert present(found_in("javascript", wrong, code, V.COMPILE_ERROR)).name == "js-is-typescript"
    assert found_in("typescript", wrong, code, V.COMPILE_ERROR) is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_error_that_no_entry_knows_has_no_hint(language: str) -> None:
    strange = replace(ERROR, type="Strange", message="never heard of")
    request = request_with(language=language)
    assert find(request, strange, V.RUNTIME_ERROR, Evidence()) is None
    assert find(request, None, V.RUNTIME_ERROR, Evidence()) is None


@pytest.mark.parametrize(
    ("keys", "complaint"),
    [
        ({"messsage": "x"}, "unknown keys ['messsage']"),
        ({"example": None}, "['example'] are missing"),
        ({"example": "  "}, "['example'] must be texts"),
        ({"hint": None}, "['hint'] are missing"),
        ({"hint": 3}, "['hint'] must be texts"),
        ({"name": "Two Words"}, "lower-case"),
        ({"type": "ValueError"}, "type is a list"),
        ({"type": None}, "no condition"),
        ({"message": r"(a)\1"}, "message: RE2 refuses"),
        ({"line": "(?<=a)b"}, "line: RE2 refuses"),
        ({"code": "a("}, "code: RE2 refuses"),
        ({"phase": "late"}, "phase is one of"),
        ({"verdict": "bad"}, "'bad' is not a valid Verdict"),
        ({"verdict": "time_limit_exceeded", "sentence": "No"}, "a limit's own sentence stays"),
        ({"type_in_line": "yes"}, "type_in_line is true or false"),
        ({"shared": "no"}, "shared is true or false"),
        ({"facts": {"errno": 1.5}}, "facts: errno"),
        ({"facts": [1]}, "facts is a table"),
        ({"evidence": {"luck": 1}}, "evidence: there is no ['luck']"),
        ({"limits": {"luck": 1}}, "limits: there is no ['luck']"),
        ({"hint": "Use {facts}."}, "{facts} names nothing"),
        ({"hint": "Use {0}."}, "has 0 groups"),
        ({"message": "(a)", "sentence": "{1}"}, "has 1 groups"),
        ({"language": "python"}, "the folder says the language"),
    ],
)
def test_wrong_entry_is_refused_with_the_file_and_its_name(
    keys: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(HintError) as caught:
        read(as_toml(**{**MINIMAL, **keys}), "python/hints.toml", "python")
    assert str(caught.value).startswith("python/hints.toml: ")
    assert complaint in str(caught.value)


def test_general_file_names_the_language_of_an_example() -> None:
    [entry] = read(as_toml(**MINIMAL, language="javascript"), "hints.toml")
    assert entry.language == "javascript"
    with pytest.raises(HintError, match="there is no 'basic'"):
        read(as_toml(**MINIMAL, language="basic"), "hints.toml")


@pytest.mark.parametrize("text", ["[[hint]", "[[hints]]\nname = 'x'"])
def test_file_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(HintError, match=r"a\.toml"):
        read(text, "a.toml", "python")


def test_name_that_stands_twice_is_refused() -> None:
    with pytest.raises(HintError, match="one: the name stands there twice"):
        read(f"{as_toml(**MINIMAL)}\n{as_toml(**MINIMAL)}", "a.toml", "python")


def test_hints_of_all_languages_are_loaded() -> None:
    assert load().keys() == HINTS.keys()
    assert HINTS[""]
