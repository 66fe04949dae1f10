"""Charts as SVG without script or style attribute, so the strictest content policy allows them."""

from collections.abc import Mapping, Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

WIDTH, HEIGHT = 720, 180
LEFT, BOTTOM = 44, 24
"""Margins for the numbers and the days, pixels."""
COLOURS = {
    "ok": "#15803d",
    "contained": "#15803d",
    "runtime_error": "#64748b",
    "time_limit_exceeded": "#c2410c",
    "memory_limit_exceeded": "#7c3aed",
    "output_limit_exceeded": "#0369a1",
    "process_limit_exceeded": "#a16207",
    "disk_limit_exceeded": "#0f766e",
    "cancelled": "#94a3b8",
    "unproven": "#a16207",
    "internal_error": "#be123c",
    "breach": "#be123c",
}


def stacked_bars(title: str, days: Sequence[tuple[str, Mapping[str, int]]]) -> SafeString:
    """Draw a bar for each day, with a colour for each kind. Each part's tooltip has its number; a table
    beside the chart has them for readers who cannot see it."""
    highest = max((sum(counts.values()) for _, counts in days), default=0) or 1
    step = (WIDTH - LEFT) / max(1, len(days))
    bars = [
        bar
        for number, (day, counts) in enumerate(days)
        for bar in _bar(LEFT + number * step, step * 0.8, day, counts, highest)
    ]
    labels = [
        (f"{LEFT + number * step:.1f}", HEIGHT - 6, day[5:])
        for number, (day, _) in enumerate(days)
        if number % max(1, len(days) // 10) == 0
    ]
    return format_html(
        '<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{}" viewBox="0 0 {} {}"'
        ' width="{}" height="{}" font-size="11" fill="currentColor"><text x="0" y="12">{}</text>'
        '<line x1="{}" y1="{}" x2="{}" y2="{}" stroke="currentColor"/>{}{}</svg>',
        title,
        WIDTH,
        HEIGHT,
        WIDTH,
        HEIGHT,
        highest,
        LEFT,
        HEIGHT - BOTTOM,
        WIDTH,
        HEIGHT - BOTTOM,
        format_html_join(
            "",
            '<rect x="{}" y="{}" width="{}" height="{}" fill="{}"><title>{}</title></rect>',
            bars,
        ),
        format_html_join("", '<text x="{}" y="{}">{}</text>', labels),
    )


def _bar(
    x: float, width: float, day: str, counts: Mapping[str, int], highest: int
) -> list[tuple[str, str, str, str, str, str]]:
    """Return the parts of one bar, from the bottom: x, y, width, height, colour, tooltip."""
    parts = []
    y = float(HEIGHT - BOTTOM)
    for kind, count in sorted(counts.items()):
        height = count / highest * (HEIGHT - BOTTOM - 16)
        y -= height
        colour = COLOURS.get(kind, "#334155")
        place = (f"{x:.1f}", f"{y:.1f}", f"{width:.1f}", f"{height:.1f}")
        parts.append((*place, colour, f"{day}: {count} {kind.replace('_', ' ')}"))
    return parts


def legend(kinds: Sequence[str]) -> SafeString:
    """List the kinds with their colours."""
    marks = [(COLOURS.get(kind, "#334155"), kind.replace("_", " ")) for kind in kinds]
    return format_html_join(
        " ",
        '<span><svg width="10" height="10" aria-hidden="true"><rect width="10" height="10" fill="{}"/>'
        "</svg> {}</span>",
        marks,
    )
