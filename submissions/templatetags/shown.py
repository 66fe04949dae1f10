"""How a stranger's text is shown to a person: inert, whatever it holds."""

from typing import Any

from django import template
from django.utils.safestring import SafeString, mark_safe
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name

from executor import LANGUAGES, plain_text

MiB = 1024 * 1024

register = template.Library()


@register.filter
def plain(text: str) -> str:
    """Without terminal codes, other control and bidi characters by their number. Escaped as all is."""
    return plain_text(text)


@register.filter
def highlighted(code: str, language: str) -> SafeString:
    """Code in colours: classes, no styles."""
    lexer = get_lexer_by_name(
        language if language in LANGUAGES else "text", stripnl=False, ensurenl=False
    )
    # The formatter escapes all that it is given.
    return mark_safe(highlight(plain_text(code), lexer, HtmlFormatter(nowrap=True)))  # noqa: S308


@register.filter
def seconds(milliseconds: Any) -> str:
    """Of what is not there yet (None, or the empty string that templates make of it), a dash."""
    return "–" if milliseconds in (None, "") else f"{milliseconds / 1000:.2f} s"


@register.filter
def mebibytes(value: Any) -> str:
    return "–" if value in (None, "") else f"{value / MiB:.0f} MiB"


@register.filter
def times(value: float, factor: float) -> float:
    return value * factor
