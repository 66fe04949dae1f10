"""What a person is told of the end of a run, with the hint's name in place of its text."""

import re
from typing import Any

from executor import RunResult
from executor.explanation.hints import HINTS

from .programs import run

TEMPLATES = {entry.name: entry.hint for entries in HINTS.values() for entry in entries}


def hint_of(result: RunResult) -> str | None:
    """Return the name of the hint that a result has."""
    told = result.error_details.hint if result.error_details else None
    if told is None:
        return None
    return next(name for name, hint in TEMPLATES.items() if is_filled(hint, told))


def is_filled(hint: str, told: str) -> bool:
    """Whether `told` is the hint with its values filled in."""
    return bool(re.fullmatch(re.sub(r"\\\{[\w.\\]+\\\}", ".+", re.escape(hint)), told))


def assert_told(code: str, sentence: str | None, hint: str | None, **request: Any) -> RunResult:
    """Check the sentence about a program's end, and which hint stands behind it."""
    result = run(code, **request)
    assert (result.error, hint_of(result)) == (sentence, hint), result
    return result
