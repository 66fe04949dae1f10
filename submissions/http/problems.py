"""What is wrong with a request's fields: flat, by path, in bounded size, and as a sentence.

Serializers report nested errors. Clients get {"submissions.3.code": ["…"]}, which needs no walk.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

ERROR_BYTES = 8 * 1024
"""The most that the JSON of all reasons takes."""
TEXT_CHARACTERS = 500
NAME_CHARACTERS = 100
WHOLE = ""
"""The path of a reason that concerns the whole body."""
NO_FIELD = "non_field_errors"
"""DRF's name for the same."""
SAYS_ITS_SUBJECT = {WHOLE, "code"}
"""Fields whose reasons name their subject ("Your program is …"), so that a sentence needs no name."""


def fields_of(errors: Any) -> dict[str, list[str]]:
    """Flatten a serializer's errors. Long texts are cut; beyond ERROR_BYTES the rest is counted.

    Our serializers already keep their errors short; this also covers those of packages.
    """
    room, kept = ERROR_BYTES, dict[str, list[str]]()
    reasons = _reasons(errors, WHOLE)
    for path, text in reasons:
        room -= len(json.dumps({path: [text]}).encode())
        if room < 0:
            kept["more"] = [f"… and {1 + sum(1 for _ in reasons)} more."]
            break
        kept.setdefault(path, []).append(text)
    return kept


def _reasons(errors: Any, path: str) -> Iterator[tuple[str, str]]:
    """Yield each reason with the path of its field."""
    if isinstance(errors, Mapping):
        for name, inner in errors.items():
            yield from _reasons(inner, _below(path, str(name)))
    elif isinstance(errors, list | tuple):
        for index, inner in enumerate(errors):
            is_nested = isinstance(inner, Mapping | list | tuple)
            yield from _reasons(inner, _below(path, str(index)) if is_nested else path)
    else:
        text = str(errors)
        yield path, text if len(text) <= TEXT_CHARACTERS else f"{text[:TEXT_CHARACTERS]}…"


def _below(path: str, name: str) -> str:
    if name == NO_FIELD:
        return path
    shown = name[:NAME_CHARACTERS]
    return f"{path}.{shown}" if path else shown


def lines_of(fields: Mapping[str, list[str]]) -> list[str]:
    """Return a line for each reason, which names its field unless the reason does."""
    return [
        reason if path in SAYS_ITS_SUBJECT else f"{path}: {reason}"
        for path, reasons in fields.items()
        for reason in reasons
    ]


def sentence_of_fields(fields: Mapping[str, list[str]]) -> str:
    """Return the first reason, and that there are others."""
    first, *others = lines_of(fields)
    return f"{first} See fields for the others." if others else first
