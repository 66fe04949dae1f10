"""Writes docs/languages.md: the table of the languages."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from executor.images.builder import folder_of
from executor.images.packages import packages_of
from executor.languages import DEFAULT_LANGUAGE, LANGUAGES, Language
from executor.limits import MiB

HEAD = """\
# Languages

A site offers the languages that its operator names in `EXECUTOR_LANGUAGES`: by default Python, JavaScript
and TypeScript ([how to offer more](operations.md#more-languages)). The playground shows the version of a
language's runtime, and its packages, below the editor. The API's list of languages has them too.

"""
COLUMNS = (
    "language",
    "name in the API",
    "program's file",
    "endings of files",
    "runtime",
    "Debian release",
    "memory of an idle sandbox",
    "limits of its own",
)
FOOT = """
## What they cost

| language | image | idle sandbox | CPU time of Hello World | its peak | warm run beside Python's |
|---|---|---|---|---|---|
| Python | 103 MB | 6.8 MiB | 3.6 ms | 3.8 MiB | 1 |
| Python (data) | 513 MB | | | | |
| JavaScript, TypeScript | 192 MB | | | | |
| JavaScript (packages) | 212 MB | | | | |
| Bash | 66 MB | 4.6 MiB | 3.2 ms | 1.2 MiB | 0.7 |
| SQL (SQLite) | 67 MB | 4.7 MiB | 5 ms | 1.2 MiB | 1.0 to 1.2 |
| C | 481 MB | 4.1 MiB | 50 ms | 7 MiB | 6 to 8 |
| C++ | the same | 4.1 MiB | 430 ms | 54 MiB | 40 to 90 |
| C++ with `<bits/stdc++.h>` | | | 900 ms | 106 MiB | 50 to 130 |

Measured on 2026-11-26, on two processors with ten times as much other work as they can do. The last
column has the medians of the ratios in 9 and in 15 pairs of runs; the compiler's CPU time is nearly all
of a run of C or C++. The engine's process is part of the memory of an idle sandbox. An
empty cell was not measured here.

To add a language, see [CONTRIBUTING.md](../CONTRIBUTING.md#a-new-language).

Made by `manage.py document_languages` from the folders in `executor/languages/`. Do not edit: a test
compares.
"""


class Command(BaseCommand):
    help = "Writes docs/languages.md from the folders of the languages."

    def handle(self, *args: str, **options: Any) -> None:
        (Path(settings.BASE_DIR) / "docs" / "languages.md").write_text(page())


def page() -> str:
    rows = "".join(f"| {' | '.join(_cells(one))} |\n" for one in LANGUAGES.values())
    head = f"| {' | '.join(COLUMNS)} |\n{'|---' * len(COLUMNS)}|\n"
    return HEAD + head + rows + "".join(map(_paragraph, LANGUAGES.values())) + FOOT


def _paragraph(language: Language) -> str:
    """Return what the table has no column for."""
    parts = [f" {language.note}"] if language.note else []
    if language.runtime_of:
        shared = LANGUAGES[language.runtime_of].label
        parts.append(
            f" {language.label} runs in the image of {shared}, and has the same hints on errors, beside"
            " [its own](errors.md)."
        )
    if packages := packages_of(folder_of(language)):
        named = ", ".join(f"{name} {version}" for name, version in packages.items())
        family = LANGUAGES[language.family].label
        parts.append(f" {family} and its hints on errors, with {named}, and with what these need.")
    return f"\n**{language.label}.**{''.join(parts)}\n" if parts else ""


def _cells(language: Language) -> tuple[str, ...]:
    default = " (default)" if language.slug == DEFAULT_LANGUAGE else ""
    return (
        language.label + default,
        f"`{language.slug}`",
        f"`/app/{language.source}`",
        ", ".join(f"`{suffix}`" for suffix in language.suffixes),
        f"`{language.command[0]}`",
        language.suite,
        f"{language.waiting_bytes // MiB} MiB",
        _limits(language),
    )


def _limits(language: Language) -> str:
    """Name the limits that a language needs, where those of a deployment are lower."""
    found = [f"{language.memory_bytes // MiB} MiB"] if language.memory_bytes else []
    found += [f"{language.wall_seconds:g} s"] if language.wall_seconds else []
    return ", ".join(found) or "–"
