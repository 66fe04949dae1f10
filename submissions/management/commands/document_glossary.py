"""Writes docs/glossary.md from the glossary of the site."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from ...pages.lab.terms import TERMS

HEAD = """\
# Glossary

The words of this site and of sandboxes, in one to three sentences each.

| word | meaning |
|---|---|
"""
FOOT = """
Made by `manage.py document_glossary` from `submissions/pages/lab/terms.py`. Do not edit: a test compares.
"""


class Command(BaseCommand):
    help = "Writes docs/glossary.md from the glossary of the site."

    def handle(self, *args: str, **options: Any) -> None:
        (Path(settings.BASE_DIR) / "docs" / "glossary.md").write_text(page())


def page() -> str:
    rows = "".join(f"| {term.name} | {term.means} |\n" for term in TERMS)
    return HEAD + rows + FOOT
