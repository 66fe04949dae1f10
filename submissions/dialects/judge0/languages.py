"""Languages by the numbers that Judge0 has given them, which its clients hard-code."""

from typing import Any

from executor import LANGUAGES, offered

from ..dialect import runtime_of

LISTED = {
    46: "bash",
    50: "c",
    52: "cpp",
    54: "cpp",
    60: "go",
    62: "java",
    63: "javascript",
    64: "lua",
    68: "php",
    71: "python",
    72: "ruby",
    73: "rust",
    74: "typescript",
    82: "sql",
    85: "perl",
}
"""Numbers of Judge0 1.13.1, by which a client may also ask for what it offers."""
LATER = {
    **dict.fromkeys((92, 100, 109, 113), "python"),
    **dict.fromkeys((93, 97, 102), "javascript"),
    **dict.fromkeys((94, 101), "typescript"),
    **dict.fromkeys((103,), "c"),
    **dict.fromkeys((105,), "cpp"),
    **dict.fromkeys((91,), "java"),
    **dict.fromkeys((95, 106, 107), "go"),
    **dict.fromkeys((108,), "rust"),
}
"""Numbers of other versions of these languages, at Judge0's own site: here they are the same."""


def slug_of(number: int) -> str | None:
    """Return the language of a number; None if this site does not offer it."""
    slug = LISTED.get(number) or LATER.get(number)
    return slug if slug in offered() else None


def listed() -> list[dict[str, Any]]:
    """Return the languages that this site offers, as Judge0 lists them."""
    here = offered()
    return [{"id": number, "name": _name(slug)} for number, slug in LISTED.items() if slug in here]


def described(number: int) -> dict[str, Any] | None:
    """Return one language; None if this site does not offer it."""
    if (slug := slug_of(number)) is None:
        return None
    language = LANGUAGES[slug]
    about = {"id": number, "name": _name(slug), "is_archived": False}
    return {**about, "source_file": language.source, "compile_cmd": None, "run_cmd": None}


def named(slug: str) -> dict[str, Any]:
    """Return the language of a run, which may have another number than its request had."""
    return {"id": number_of(slug), "name": _name(slug)}


def number_of(slug: str) -> int | None:
    return next((number for number, one in LISTED.items() if one == slug), None)


def _name(slug: str) -> str:
    """Name a language as Judge0 does, such as Python (3.13.5) or JavaScript (Node.js 24.19.0)."""
    if slug not in LANGUAGES:  # a run of a language that is gone
        return slug
    label = LANGUAGES[slug].label
    runtime = runtime_of(slug).removeprefix(f"{label} ").replace(" v", " ")
    return f"{label} ({runtime})" if runtime else label
