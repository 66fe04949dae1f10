"""The benchmark's results as a table and as a picture."""

from collections.abc import Iterable
from html import escape
from typing import Any

BAR = 420
ROW = 24


def table(rows: Iterable[tuple[object, ...]]) -> str:
    """Align the columns: the first to the left, the others to the right."""
    cells = [[_cell(value) for value in row] for row in rows]
    widths = [max(len(row[column]) for row in cells) for column in range(len(cells[0]))]
    lines = []
    for row in cells:
        head, *rest = row
        aligned = [cell.rjust(width) for cell, width in zip(rest, widths[1:], strict=True)]
        lines.append("  ".join([head.ljust(widths[0]), *aligned]))
    return "\n".join(lines)


def _cell(value: object) -> str:
    if value is None:
        return "–"
    return f"{value:.1f}" if isinstance(value, float) else str(value)


def picture(results: dict[str, Any]) -> str:
    """Draw medians of latency as bars, a group for each language, in one SVG that needs no other file."""
    parts, y = [], 30
    for language, found in results["languages"].items():
        longest = max(row["p50"] for row in found["latency_ms"].values())
        parts.append(f'<text class="h" x="10" y="{y}">{escape(language)}: print(2 + 2), ms</text>')
        for name, row in found["latency_ms"].items():
            y += ROW
            width = max(1.0, BAR * row["p50"] / longest)
            parts.append(
                f'<text x="190" y="{y}" text-anchor="end">{escape(name)}</text>'
                f'<rect x="200" y="{y - 13}" width="{width:.0f}" height="17" rx="2"/>'
                f'<text x="{205 + width:.0f}" y="{y}">{row["p50"]:.1f}</text>'
            )
        y += 2 * ROW
    style = (
        "text{font:13px system-ui,sans-serif;fill:#57606a}.h{font-weight:bold}rect{fill:#2f855a}"
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 700 {y - ROW}" role="img">'
        f"<title>Median time of one run, by way of running it</title><style>{style}</style>"
        f"{''.join(parts)}</svg>\n"
    )
