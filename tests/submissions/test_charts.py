"""Charts of the overview: measures of the drawing equal the counts."""

import re
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest
from django.contrib.staticfiles import finders

from submissions.admin.charts import TICKS, Kind, legend, stacked_bars, ticks_for
from submissions.admin.overview import OUTCOMES, VERDICTS
from tests.support.present import present

SVG = "{http://www.w3.org/2000/svg}"
ROUNDING = 0.11
"""Coordinates have one digit after the point."""
KINDS = (Kind("ok", "ok", "OK"), Kind("runtime_error", "error", "Runtime error"))
DAYS = [
    ("2026-11-01", {"runtime_error": 1, "ok": 3}),
    ("2026-11-02", {}),
    ("2026-11-03", {"ok": 2}),
]


def drawn(days: Any, title: str = "Runs", kinds: list[Kind] | tuple[Kind, ...] = KINDS) -> Element:
    return ElementTree.fromstring(stacked_bars(title, kinds, days))


def bars(chart: Element) -> dict[str, list[float]]:
    """Return the bars by tooltip: x, y, width, height."""
    return {
        present(present(bar.find(f"{SVG}title")).text): [
            float(present(bar.get(name))) for name in ("x", "y", "width", "height")
        ]
        for bar in chart.iter(f"{SVG}rect")
    }


def texts(chart: Element, css: str) -> list[str | None]:
    return [text.text for text in chart.iter(f"{SVG}text") if text.get("class") == css]


def axis(chart: Element) -> float:
    [line] = [line for line in chart.iter(f"{SVG}line") if line.get("class") == "axis"]
    return float(present(line.get("y1")))


def test_bar_is_as_high_as_its_count() -> None:
    heights = {tooltip: height for tooltip, (*_, height) in bars(drawn(DAYS)).items()}
    one = heights["2026-11-01: 1 Runtime error"]
    assert one > 10
    assert heights["2026-11-01: 3 OK"] == pytest.approx(3 * one, abs=3 * ROUNDING)
    assert heights["2026-11-03: 2 OK"] == pytest.approx(2 * one, abs=3 * ROUNDING)
    assert len(heights) == 3


def test_parts_of_a_bar_stand_on_the_axis_in_the_order_of_the_kinds() -> None:
    chart = drawn(DAYS)
    found = bars(chart)
    x, y, width, height = found["2026-11-01: 3 OK"]
    above = found["2026-11-01: 1 Runtime error"]
    assert y + height == pytest.approx(axis(chart), abs=ROUNDING)
    assert above[1] + above[3] == pytest.approx(y, abs=ROUNDING)
    assert (above[0], above[2]) == (x, width)


def test_bars_stay_within_the_drawing_and_beside_each_other() -> None:
    days = [(f"2026-11-{n:02}", {"ok": n}) for n in range(1, 31)]
    chart = drawn(days)
    _, _, width, height = (float(number) for number in present(chart.get("viewBox")).split())
    places = sorted(bars(chart).values())
    assert len(places) == 30
    for x, y, wide, high in places:
        assert 0 <= x <= x + wide <= width
        assert 0 <= y <= y + high <= height
    assert all(x + wide < after[0] for (x, _, wide, _), after in pairwise(places))


@pytest.mark.parametrize("highest", [0, 1, 3, 5, 9, 36, 99, 100, 101, 12_345])
def test_ticks_are_round_few_and_reach_the_highest_count(highest: int) -> None:
    ticks = ticks_for(highest)
    step = ticks[1]
    assert ticks == [number * step for number in range(len(ticks))]
    assert 2 <= len(ticks) <= TICKS + 1
    assert ticks[-1] >= highest
    assert re.fullmatch("[125]0*", str(step))


def test_line_of_a_tick_is_at_the_top_of_a_bar_of_its_count() -> None:
    chart = drawn([("2026-11-01", {"ok": 2})])
    lines = [float(present(line.get("y1"))) for line in chart.iter(f"{SVG}line")]
    heights = dict(zip(texts(chart, "tick"), lines, strict=True))
    _, y, _, _ = bars(chart)["2026-11-01: 2 OK"]
    assert heights["2"] == pytest.approx(y, abs=ROUNDING)


def test_axis_names_some_of_the_times() -> None:
    days = [(f"{n:02}:00", {"ok": 7}) for n in range(24)]
    named = texts(drawn(days), "time")
    assert named == [day for day, _ in days[::3]]


@pytest.mark.parametrize("days", [[], [("2026-11-01", {})]])
def test_chart_without_runs_is_drawn_without_bars(days: list[tuple[str, dict[Any, Any]]]) -> None:
    assert bars(drawn(days)) == {}


def test_text_of_any_kind_is_escaped() -> None:
    hostile = '"><script>alert(1)</script>'
    kinds = [Kind("x", hostile, hostile)]
    chart = drawn([(hostile, {"x": 1})], title=hostile, kinds=kinds)
    assert chart.get("aria-label") == hostile
    assert list(bars(chart)) == [f"{hostile}: 1 {hostile}"]
    assert "<script" not in legend(kinds)


@pytest.mark.parametrize("kinds", [VERDICTS, OUTCOMES])
def test_each_meaning_has_its_own_colour_in_bar_and_legend(kinds: tuple[Kind, ...]) -> None:
    with open(present(finders.find("submissions/admin.css"))) as file:
        rules = dict(re.findall(r"\.bar(?:\.(\w+))? { fill: (var\(--[\w-]+\)); }", file.read()))
    colours = [rules[kind.css if kind.css in rules else ""] for kind in kinds]
    assert len(set(colours)) == len(kinds)
    for kind in kinds:
        (bar,) = drawn([("2026-11-01", {kind.name: 1})], kinds=kinds).iter(f"{SVG}rect")
        assert bar.get("class") == f"bar {kind.css}"
        assert f'class="bar {kind.css}"' in legend(kinds)
        assert kind.label in legend(kinds)
