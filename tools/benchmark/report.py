"""The benchmark's results as a table and as a picture."""

from collections.abc import Callable, Iterable
from html import escape
from typing import Any

from executor.languages import LANGUAGES

BARE = "bare interpreter"
BUSY_SHARE = 0.75
"""Of its processors: with more load than this before, a machine is called busy. The average of a minute
falls slowly after the last program."""
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


HEAD = (
    "way",
    "users",
    "p50 after a pause, ms",
    "/ bare",
    "p50 without pauses, ms",
    "/ bare",
    "best runs/s (at once)",
    "/ bare",
    "CPU ms: web",
    "engine",
    "sandboxes",
    "all",
)


def markdown(results: dict[str, Any]) -> str:
    """Draw the results as one table in Markdown."""
    rows = [HEAD, ("---", *("---:" for _ in HEAD[1:]))]
    for language, found in results["languages"].items():
        bare = next((way for way in found["ways"] if way["name"] == BARE), None)
        title = _label(language, found)
        rows += [(f"{title}: {way['name']}", *_figures(way, bare)) for way in found["ways"]]
    drawn = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([*drawn, "", in_words(results["machine"])])


def in_words(machine: dict[str, Any]) -> str:
    """Say on which machine something was measured, and whether it was busy."""
    kinds = f"Docker {machine['engine']}, {machine['runtime']}, cgroup v{machine['cgroup']}"
    said = f"{machine['processors']} processors, Linux {machine['kernel']}, {kinds}."
    if machine.get("load", 0) > BUSY_SHARE * machine["processors"]:
        said += (
            f" **The machine was busy: it had a load of {machine['load']:.0f} before. These figures say"
            " that the command works, and not how fast anything is.**"
        )
    return said


def best(way: dict[str, Any]) -> dict[str, Any]:
    """Return the load with the most runs a second."""
    found: dict[str, Any] = max(way["throughput"], key=lambda one: one["runs_per_second"])
    return found


def _after_a_pause(way: dict[str, Any]) -> float:
    p50: float = way["latency_ms"]["p50"]
    return p50


def _without_pauses(way: dict[str, Any]) -> float | None:
    """Return the p50 of runs one at a time; None if the benchmark was not asked for that load."""
    return next((one["p50_ms"] for one in way["throughput"] if one["concurrency"] == 1), None)


def _most(way: dict[str, Any]) -> float:
    speed: float = best(way)["runs_per_second"]
    return speed


def _figures(way: dict[str, Any], bare: dict[str, Any] | None) -> tuple[str, ...]:
    def ratio(figure: Callable[[dict[str, Any]], float | None]) -> str:
        own, of_bare = figure(way), figure(bare) if bare else None
        return f"{own / of_bare:.2f}" if own and of_bare else "–"

    most = best(way)
    return (
        str(way["users"] or "–"),
        _cell(_after_a_pause(way)),
        ratio(_after_a_pause),
        _cell(_without_pauses(way)),
        ratio(_without_pauses),
        f"{_most(way):.1f} ({most['concurrency']})",
        ratio(_most),
        *(_cell(most[f"{who}_ms"]) for who in ("web", "engine", "sandboxes", "all")),
    )


def _label(language: str, found: dict[str, Any]) -> str:
    return f"{LANGUAGES[language].label} {found['version']}"


def picture(results: dict[str, Any]) -> str:
    """Draw medians of latency as bars, a group for each language, in one SVG that needs no other file."""
    parts, y = [], 30
    for language, found in results["languages"].items():
        # Users who take turns have no bar of their own.
        bars = {w["name"]: w["latency_ms"]["p50"] for w in found["ways"] if w["users"] <= 1}
        longest = max(bars.values())
        title = f"{_label(language, found)}: p50 after a pause, ms"
        parts.append(f'<text class="h" x="10" y="{y}">{escape(title)}</text>')
        for name, p50 in bars.items():
            y += ROW
            width = max(1.0, BAR * p50 / longest)
            parts.append(
                f'<text x="190" y="{y}" text-anchor="end">{escape(name)}</text>'
                f'<rect x="200" y="{y - 13}" width="{width:.0f}" height="17" rx="2"/>'
                f'<text x="{205 + width:.0f}" y="{y}">{p50:.1f}</text>'
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
