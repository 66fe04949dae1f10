"""Charts of the overview: measures of the drawing equal the counts."""

from itertools import pairwise
from xml.etree import ElementTree

import pytest

from submissions.admin.charts import COLOURS, legend, stacked_bars
from submissions.lifecycle.models import Outcome, Verdict

SVG = "{http://www.w3.org/2000/svg}"
ROUNDING = 0.11
"""Coordinates have one digit after the point."""
DAYS = [
    ("2026-11-01", {"ok": 3, "runtime_error": 1}),
    ("2026-11-02", {}),
    ("2026-11-03", {"ok": 2}),
]


def drawn(days, title="Runs"):
    return ElementTree.fromstring(stacked_bars(title, days))


def bars(chart):
    """Return the bars by tooltip: x, y, width, height."""
    return {
        bar.find(f"{SVG}title").text: [
            float(bar.get(name)) for name in ("x", "y", "width", "height")
        ]
        for bar in chart.iter(f"{SVG}rect")
    }


def labels(chart):
    return [text.text for text in chart.iter(f"{SVG}text")]


def test_bar_is_as_high_as_its_count():
    heights = {tooltip: height for tooltip, (*_, height) in bars(drawn(DAYS)).items()}
    one = heights["2026-11-01: 1 runtime error"]
    assert one > 10
    assert heights["2026-11-01: 3 ok"] == pytest.approx(3 * one, abs=3 * ROUNDING)
    assert heights["2026-11-03: 2 ok"] == pytest.approx(2 * one, abs=3 * ROUNDING)
    assert len(heights) == 3


def test_parts_of_a_day_stand_on_each_other_on_the_axis():
    chart = drawn(DAYS)
    axis = float(chart.find(f"{SVG}line").get("y1"))
    found = bars(chart)
    x, y, width, height = found["2026-11-01: 3 ok"]
    above = found["2026-11-01: 1 runtime error"]
    assert y + height == pytest.approx(axis, abs=ROUNDING)
    assert above[1] + above[3] == pytest.approx(y, abs=ROUNDING)
    assert (above[0], above[2]) == (x, width)


def test_bars_stay_within_the_drawing_and_beside_each_other():
    days = [(f"2026-11-{n:02}", {"ok": n}) for n in range(1, 31)]
    chart = drawn(days)
    _, _, width, height = (float(number) for number in chart.get("viewBox").split())
    places = sorted(bars(chart).values())
    assert len(places) == 30
    for x, y, wide, high in places:
        assert 0 <= x <= x + wide <= width
        assert 0 <= y <= y + high <= height
    assert all(x + wide < after[0] for (x, _, wide, _), after in pairwise(places))


def test_axis_names_the_highest_count_and_some_days():
    days = [(f"2026-11-{n:02}", {"ok": 7}) for n in range(1, 31)]
    most, *named = labels(drawn(days))
    assert most == "7"
    assert named == [day[5:] for day, _ in days[::3]]


@pytest.mark.parametrize("days", [[], [("2026-11-01", {})]])
def test_chart_without_runs_is_drawn_without_bars(days):
    assert bars(drawn(days)) == {}


def test_text_of_any_kind_is_escaped():
    hostile = '"><script>alert(1)</script>'
    chart = drawn([(hostile, {hostile: 1})], title=hostile)
    assert chart.get("aria-label") == hostile
    assert list(bars(chart)) == [f"{hostile}: 1 {hostile}"]
    assert "<script" not in legend([hostile])


@pytest.mark.parametrize("kind", {*Verdict.values, *Outcome.values} - {""})
def test_kind_has_the_same_colour_in_bar_and_legend(kind):
    (bar,) = drawn([("2026-11-01", {kind: 1})]).iter(f"{SVG}rect")
    assert bar.get("fill") == COLOURS[kind]
    assert f'fill="{COLOURS[kind]}"' in legend([kind])
    assert kind.replace("_", " ") in legend([kind])


def test_unknown_kind_is_drawn_in_a_colour_of_no_other():
    (bar,) = drawn([("2026-11-01", {"of another version": 1})]).iter(f"{SVG}rect")
    assert bar.get("fill") not in COLOURS.values()
    assert f'fill="{bar.get("fill")}"' in legend(["of another version"])
