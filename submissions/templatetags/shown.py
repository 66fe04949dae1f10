"""Template tags: untrusted text shown as inert text, times, sizes and icons."""

from datetime import UTC, datetime
from typing import Any

from django import template
from django.forms import BoundField
from django.templatetags.static import static
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from executor import LANGUAGES, plain_text, size_of

NUMBERED_LINES = 10_000
"""The longest program with line numbers. Each line is an element of the page."""

register = template.Library()


@register.filter
def plain(text: str) -> str:
    """Remove terminal codes and show other control and bidi characters by number. Not escaped yet."""
    return plain_text(text)


@register.filter
def sentence(text: str) -> str:
    """End a text with a full stop, unless it has an end, as playground.js does."""
    return text if text.endswith((".", "!", "?", "…", ")")) else f"{text}."


@register.inclusion_tag("submissions/program.html")
def program(code: str, language: str, marked: int = 0) -> dict[str, Any]:
    """Show code with line numbers. `marked`: a line at fault.

    The reader's browser adds the colours (highlight.js). No lexer reads a program here: while it looks
    for a token no other thread runs, and for some programs that takes hours.
    """
    html = escape(plain_text(code).removesuffix("\n"))
    is_numbered = html.count("\n") < NUMBERED_LINES
    lines = html.split("\n") if is_numbered else [html]
    drawn = [f'<span class="line">{line}</span>\n' for line in lines]
    if is_numbered and 1 <= marked <= len(lines):
        line = lines[marked - 1]
        drawn[marked - 1] = f'<span class="line marked" id="line-{marked}">{line}</span>\n'
    return {
        "lines": mark_safe("".join(drawn)),  # noqa: S308 - escaped as a whole
        "is_numbered": is_numbered,
        "mode": LANGUAGES[language].editor_mode if language in LANGUAGES else "",
    }


@register.filter
def seconds(milliseconds: Any) -> str:
    """Format a time; a dash for None, or the empty string that templates make of it."""
    return "–" if milliseconds in (None, "") else f"{milliseconds / 1000:.2f} s"


@register.filter
def size(value: Any) -> str:
    """Format a size: "128 MiB", or "64 KiB" below one MiB; a dash as for `seconds`."""
    return "–" if value in (None, "") else size_of(value)


@register.filter
def times(value: float, factor: float) -> float:
    return value * factor


@register.simple_tag
def icon(name: str) -> SafeString:
    """Show an icon of the sprite, for decoration: a text beside it has to say the same."""
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"/></svg>',
        static("submissions/icons.svg"),
        name,
    )


@register.simple_tag
def when(moment: datetime | None) -> SafeString | str:
    """Show a moment in UTC. A script makes it relative and local, with UTC in its title."""
    if moment is None:
        return "–"
    at = moment.astimezone(UTC)
    return format_html(
        '<time datetime="{}" data-when="{seconds} UTC" title="{seconds} UTC">{} UTC</time>',
        at.isoformat(),
        f"{at:%Y-%m-%d %H:%M}",
        seconds=f"{at:%Y-%m-%d %H:%M:%S}",
    )


BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
)
"""Marks in a user agent, the more specific first: Edge and Opera also name Chrome and Safari."""
SYSTEMS = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


@register.filter
def unprompted(field: BoundField) -> BoundField:
    """Take the text out of an empty field: its label says the same."""
    field.field.widget.attrs.pop("placeholder", None)
    return field


@register.filter
def browser(user_agent: str) -> str:
    """Name the browser and the system of a user agent, as it claims them."""
    name = next((name for mark, name in BROWSERS if mark in user_agent), "Unknown browser")
    system = next((system for mark, system in SYSTEMS if mark in user_agent), "")
    return f"{name} on {system}" if system else name
