"""Template tags for the drawing of the layers."""

from django import template

from ..pages.drawing import CENTRE, EDGE, Ring, rings

register = template.Library()


@register.simple_tag(name="rings")
def all_rings() -> tuple[Ring, ...]:
    return rings()


@register.simple_tag
def view_box() -> str:
    return f"{-EDGE} {-EDGE} {2 * EDGE} {2 * EDGE}"


@register.simple_tag
def centre() -> int:
    return CENTRE
