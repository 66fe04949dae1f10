"""Template filters for the lab's own texts."""

import re

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from ..pages.lab.terms import PATTERN, WORDS

register = template.Library()


@register.filter
def explained(text: str) -> SafeString:
    """Show code in backticks as code, and link the first place of each term to the glossary.

    For texts of the catalogue: the time is linear in the text, but it is not meant for programs' output.
    """
    glossary = reverse("lab-glossary")
    pieces: list[str] = []
    linked: set[str] = set()
    end = 0
    for match in PATTERN.finditer(text):
        pieces.append(format_html("{}", text[end : match.start()]))
        end = match.end()
        pieces.append(_shown(match, glossary, linked))
    pieces.append(format_html("{}", text[end:]))
    return mark_safe("".join(pieces))  # noqa: S308 - every piece is escaped


def _shown(match: re.Match[str], glossary: str, linked: set[str]) -> SafeString:
    if match["code"]:
        return format_html("<code>{}</code>", match["code"])
    term = WORDS[match["word"].lower()]
    if term.slug in linked:
        return format_html("{}", match["word"])
    linked.add(term.slug)
    return format_html('<a class="term" href="{}#{}">{}</a>', glossary, term.slug, match["word"])
