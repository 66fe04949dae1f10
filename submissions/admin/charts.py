"""Charts as SVG without script or style attribute, so the strictest content policy allows them.

A colour stands for a meaning, and admin.css takes it from the site's tokens. So all limits have one
colour; the table beside a chart has each of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

WIDTH, HEIGHT = 720, 200
LEFT, TOP, BOTTOM = 40, 12, 24
"""Margins for the numbers and the times, pixels."""
TICKS = 4
"""The most lines above the axis."""
LABELS = 9
"""The most times below the axis."""
GAP = 0.2
"""Space between two bars, as a part of a bar's place."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A part of the bars, and its class in admin.css."""

    name: str
    css: str
    label: str


Bars = Sequence[tuple[str, Mapping[str, int]]]
"""A label and the count of each kind, for each bar."""


def stacked_bars(title: str, kinds: Sequence[Kind], bars: Bars) -> SafeString:
    """Draw bars whose parts stand on each other in the order of the kinds.

    Each part's tooltip has its number; a table beside the chart has them for readers who cannot see it.
    """
    ticks = ticks_for(max((sum(counts.values()) for _, counts in bars), default=0))
    scale = (HEIGHT - BOTTOM - TOP) / ticks[-1]
    step = (WIDTH - LEFT) / max(1, len(bars))
    parts = [
        part
        for number, (label, counts) in enumerate(bars)
        for part in _parts(LEFT + (number + GAP / 2) * step, step, label, counts, kinds, scale)
    ]
    return format_html(
        '<svg xmlns="http://www.w3.org/2000/svg" class="chart" role="img" aria-label="{}"'
        ' viewBox="0 0 {} {}" width="{}" height="{}">{}{}{}</svg>',
        title,
        WIDTH,
        HEIGHT,
        WIDTH,
        HEIGHT,
        _lines(ticks, scale),
        format_html_join(
            "",
            '<rect x="{}" y="{}" width="{}" height="{}" class="{}"><title>{}</title></rect>',
            parts,
        ),
        _times(bars, step),
    )


def ticks_for(highest: int) -> list[int]:
    """Return round numbers from 0 to the highest count or just above it, at most TICKS above 0."""
    step = 1
    while step * TICKS < highest:
        step = step * 5 // 2 if str(step).startswith("2") else step * 2
    return list(range(0, max(highest, 1) + step, step))


def _lines(ticks: Sequence[int], scale: float) -> SafeString:
    """Draw the axis and the lines above it, each with its number."""
    heights = [(count, HEIGHT - BOTTOM - count * scale) for count in ticks]
    places = [(count, f"{y:.1f}", f"{y + 4:.1f}") for count, y in heights]
    return format_html_join(
        "",
        '<line x1="{}" y1="{}" x2="{}" y2="{}" class="{}"/>'
        '<text x="{}" y="{}" class="tick">{}</text>',
        [
            (LEFT, y, WIDTH, y, "grid" if count else "axis", LEFT - 6, text, count)
            for count, y, text in places
        ],
    )


def _times(bars: Bars, step: float) -> SafeString:
    """Write the labels of the bars below the axis, of each second bar or fewer if there are many."""
    every = -(-len(bars) // LABELS) or 1
    return format_html_join(
        "",
        '<text x="{}" y="{}" class="time">{}</text>',
        [
            (f"{LEFT + (number + 0.5) * step:.1f}", HEIGHT - 7, label)
            for number, (label, _) in enumerate(bars)
            if number % every == 0
        ],
    )


def _parts(
    x: float,
    step: float,
    label: str,
    counts: Mapping[str, int],
    kinds: Sequence[Kind],
    scale: float,
) -> list[tuple[str, str, str, str, str, str]]:
    """Return the parts of one bar, from the bottom: x, y, width, height, class, tooltip."""
    parts = []
    y = float(HEIGHT - BOTTOM)
    for kind in kinds:
        count = counts.get(kind.name, 0)
        if not count:
            continue
        height = count * scale
        y -= height
        place = (f"{x:.1f}", f"{y:.1f}", f"{step * (1 - GAP):.1f}", f"{height:.1f}")
        parts.append((*place, f"bar {kind.css}", f"{label}: {count} {kind.label}"))
    return parts


def legend(kinds: Sequence[Kind]) -> SafeString:
    """List the kinds with their colours."""
    return format_html_join(
        " ",
        '<span><svg width="12" height="12" aria-hidden="true">'
        '<rect width="12" height="12" class="bar {}"/></svg> {}</span>',
        [(kind.css, kind.label) for kind in kinds],
    )
