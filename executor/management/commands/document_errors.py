"""Writes docs/errors.md: each hint, with a line of its example and the message on it."""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from executor import LANGUAGES, RunRequest, RunResult, Verdict, execute, limits_of, shutdown
from executor.explanation.entry import Entry
from executor.explanation.hints import HINTS

HEAD = """\
# Errors

The messages on common errors: a sentence that describes what happened, and a hint that explains what it
usually means and what to do. The page of a run shows both. The API has the sentence in `error` and the
hint in [`error_details`](api.md#the-parts-of-an-error).

{languages}

Each row has a line of a program, and the message and the hint with which this program ended in a sandbox.
"""
FOOT = """
Made by `manage.py document_errors` from the files `hints.toml`, by a run of each example. Do not edit: a
test compares.
"""
GENERAL = "Every language"
TABLE = "\n| in the program | message | hint |\n|---|---|---|\n"
LINE_CHARACTERS = 60
ADDRESS = re.compile(r"0x[0-9a-f]{6,16}")
"""Of an object in memory: another one in each run."""
MARKDOWN = re.compile(r"([\\*_\[\]<>|#~])")
QUOTED = re.compile(r"(?<!`)(`[^`]+`)(?!`)")


class Command(BaseCommand):
    help = "Runs the example of each hint, and writes docs/errors.md."

    def handle(self, *args: str, **options: Any) -> None:
        try:
            text = page()
        finally:
            shutdown()
        (Path(settings.BASE_DIR) / "docs" / "errors.md").write_text(text)


def page() -> str:
    """Run all examples; return the document."""
    links = " · ".join(f"[{title}](#{_anchor(title)})" for title in map(_title, _slugs()))
    return HEAD.format(languages=links) + "".join(_sections()) + FOOT


def _slugs() -> list[str]:
    """List what has hints of its own: languages, and last the general ones."""
    return [slug for slug in (*LANGUAGES, "") if HINTS.get(slug)]


def _title(slug: str) -> str:
    """Return the heading. No two have the same letters: the anchors are made of these alone."""
    if not slug:
        return GENERAL
    label = LANGUAGES[slug].label
    return label if re.fullmatch(r"[\w ()]+", label) else f"{label} ({slug})"


def _anchor(title: str) -> str:
    return re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")


def _sections() -> Iterator[str]:
    for slug in _slugs():
        yield f"\n## {_title(slug)}\n"
        if slug and (runtime_of := LANGUAGES[slug].runtime_of):
            shared = LANGUAGES[runtime_of].label
            yield f"\n[The hints for {shared}](#{_anchor(_title(runtime_of))}) apply here too.\n"
        rows = ((_subject(entry, result := run(entry)), entry, result) for entry in HINTS[slug])
        for subject, some in groupby(sorted(rows, key=lambda row: row[0]), lambda row: row[0]):
            yield f"\n### {subject}\n{TABLE}"
            yield from (row(entry, result) for _, entry, result in some)


def run(entry: Entry) -> RunResult:
    """Run an entry's example."""
    limits = replace(limits_of(LANGUAGES[entry.language]), **entry.limits)  # type: ignore[arg-type] # names are checked
    code = entry.example.lstrip("\n")
    return execute(RunRequest(code=code, language=entry.language, stdin=entry.stdin, limits=limits))


def _subject(entry: Entry, result: RunResult) -> str:
    """Return what an entry is listed under: the name of the error, or how the run ended."""
    details = result.error_details
    if details and details.type and details.type[0].isupper():
        return details.type
    if result.verdict is Verdict.OK:
        return "No error"
    return result.verdict.replace("_", " ").capitalize()


def row(entry: Entry, result: RunResult) -> str:
    """Return an entry's row of the table."""
    details = result.error_details
    hint = details.hint if details else None
    cells = (
        _code(_line(entry, result)),
        _text(ADDRESS.sub("0x…", result.error or "")),
        _text(hint or ""),
    )
    return f"| {' | '.join(cells)} |\n"


def _line(entry: Entry, result: RunResult) -> str:
    """Return the line where the error is, or the longest one, which shows most of the program."""
    lines = entry.example.lstrip("\n").rstrip("\n").split("\n")
    details = result.error_details
    if details and details.line and "".join(lines[details.line - 1 : details.line]).strip():
        return lines[details.line - 1].strip()
    return max(lines, key=len).strip()


def _code(line: str) -> str:
    shown = line if len(line) <= LINE_CHARACTERS else f"{line[:LINE_CHARACTERS]}…"
    shown = shown.replace("|", "\\|")
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", shown)), default=0))
    space = " " if "`" in shown else ""
    return f"{fence}{space}{shown}{space}{fence}"


def _text(text: str) -> str:
    """Escape what Markdown would read, except in code."""
    parts = QUOTED.split(text)
    return "".join(
        part.replace("|", "\\|") if at % 2 else MARKDOWN.sub(r"\\\1", part).replace("`", "\\`")
        for at, part in enumerate(parts)
    )
