"""The drawing of a sandbox: rings around the program, one a group of layers, one place a layer.

The layers of nested sandboxes are not drawn: only slots have them, inside of all others.

It is geometry only; templates/lab/drawing.html makes an SVG of it. The y axis points down, and angles are
in degrees, clockwise from the top. All lengths are in units of the SVG's viewBox.
"""

from dataclasses import dataclass
from functools import cache
from math import cos, degrees, radians, sin

from django import template

from executor import Group, Layer, layers_by_group

CENTRE = 70
"""Radius of the program in the middle."""
FIRST = 84
"""Inner radius of the first ring."""
WIDTH, STEP = 44, 52
"""Width of a ring, and the distance from one to the next."""
WEDGE = 72
"""Degrees at the top that hold the groups' names."""
GAP = 8
"""Space between two places of a ring."""
ASCENT = 5.5
"""Half the height of a capital letter: text is centred in its ring by this."""
EDGE = 400
"""Half the side of the square viewBox."""

register = template.Library()


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """One layer in the drawing."""

    layer: Layer
    shape: str
    """An SVG path: its part of the ring."""
    line: str
    """An SVG path: the line on which its label stands."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ring:
    """One group in the drawing."""

    number: int
    """1 is the ring around the program."""
    slug: str
    label: str
    does: str
    line: str
    """An SVG path: the line on which its name stands."""
    places: tuple[Place, ...]


def _point(radius: float, angle: float) -> str:
    return f"{radius * sin(radians(angle)):.1f} {-radius * cos(radians(angle)):.1f}"


def arc(radius: float, start: float, end: float) -> str:
    """Draw an arc from one angle to the other; counter-clockwise if `end` is the smaller."""
    large, clockwise = int(abs(end - start) > 180), int(end > start)
    return f"M{_point(radius, start)}A{radius} {radius} 0 {large} {clockwise} {_point(radius, end)}"


def sector(inner: float, outer: float, start: float, end: float) -> str:
    """Draw a part of a ring, GAP smaller than its angles; its edges to both sides are parallel."""
    near, far = (degrees(GAP / 2 / radius) for radius in (inner, outer))
    back = arc(inner, end - near, start + near).replace("M", "L", 1)
    return f"{arc(outer, start + far, end - far)}{back}Z"


def text_line(radius: float, start: float, end: float) -> str:
    """Draw the line for a label. In the lower half it runs the other way: no text is upside down."""
    if 90 < (start + end) / 2 < 270:
        return arc(radius + ASCENT, end, start)
    return arc(radius - ASCENT, start, end)


@register.simple_tag
@cache
def rings() -> tuple[Ring, ...]:
    """Return the rings from the program outwards."""
    drawn = [layers for _, layers in layers_by_group() if not layers[0].is_nested]
    return tuple(_ring(number, layers) for number, layers in enumerate(drawn, 1))


@register.simple_tag
def groups() -> list[tuple[Group, list[Layer]]]:
    """Return all groups with their layers, also what is not drawn."""
    return layers_by_group()


def _ring(number: int, layers: list[Layer]) -> Ring:
    inner = FIRST + (number - 1) * STEP
    middle, outer = inner + WIDTH / 2, inner + WIDTH
    each = (360 - WEDGE) / len(layers)
    starts = [WEDGE / 2 + each * count for count in range(len(layers))]
    group = layers[0].group
    return Ring(
        number=number,
        slug=group.slug,
        label=group.label,
        does=group.does,
        line=text_line(middle, -90, 90),
        places=tuple(
            Place(
                layer=layer,
                shape=sector(inner, outer, start, start + each),
                line=text_line(middle, start, start + each),
            )
            for layer, start in zip(layers, starts, strict=True)
        ),
    )


@register.simple_tag
def view_box() -> str:
    return f"{-EDGE} {-EDGE} {2 * EDGE} {2 * EDGE}"


@register.simple_tag
def centre() -> int:
    return CENTRE
