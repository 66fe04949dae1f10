"""Writes docs/languages.md: the table of the languages."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from executor.languages import DEFAULT_LANGUAGE, LANGUAGES, Language
from executor.limits import MiB

HEAD = """\
# Languages

Made by `manage.py document_languages` from the folders in `executor/languages/`; the tests compare.
Do not edit. [CONTRIBUTING.md](../CONTRIBUTING.md#a-new-language) has the way to a new one. The
API's list of languages has the versions of the runtimes in the images.

| language | name in the API | program's file | endings | runtime | Debian | memory of an idle sandbox |
|---|---|---|---|---|---|---|
"""


class Command(BaseCommand):
    help = "Writes docs/languages.md from the folders of the languages."

    def handle(self, *args: str, **options: Any) -> None:
        (Path(settings.BASE_DIR) / "docs" / "languages.md").write_text(page())


def page() -> str:
    rows = "".join(f"| {' | '.join(_cells(one))} |\n" for one in LANGUAGES.values())
    return HEAD + rows + "".join(map(_paragraph, LANGUAGES.values()))


def _paragraph(language: Language) -> str:
    """Return what the table has no column for."""
    parts = [f" {language.note}"] if language.note else []
    if language.runtime_of:
        shared = LANGUAGES[language.runtime_of].label
        parts.append(f" It shares the image of {shared}, and the hints on its errors.")
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
    )
