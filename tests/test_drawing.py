"""The drawing of the architecture shows every package, and imports go down in it."""

import re
from pathlib import Path

from tools.house.imports import import_graph
from tools.house.modules import modules

ROOT = Path(__file__).resolve().parent.parent
DRAWING = (ROOT / "docs/architecture.svg").read_text()

MIDDLE = 500.0
"""Boxes left of it are in submissions, the others in executor."""

# They hold what Django wants there, at no layer.
NOT_DRAWN = {"management", "migrations", "templatetags"}


def heights() -> dict[tuple[str, ...], float]:
    """Return the distance from the top of each drawn package, by half and name."""
    boxes = re.findall(r'class="box" x="([\d.]+)" y="([\d.]+)".*\n<text[^>]*>(\w+)<', DRAWING)
    return {("submissions" if float(x) < MIDDLE else "executor", n): float(y) for x, y, n in boxes}


def packages(half: str) -> set[str]:
    return {path.parent.name for path in (ROOT / half).glob("*/__init__.py")}


def test_each_package_is_drawn() -> None:
    for half in ("submissions", "executor"):
        drawn = {name for drawn_half, name in heights() if drawn_half == half}
        assert packages(half) - NOT_DRAWN <= drawn


def test_nothing_is_drawn_that_is_not_there() -> None:
    for half, name in heights():
        assert (ROOT / half / name).is_dir() or (ROOT / half / f"{name}.py").is_file(), name


def test_imports_between_drawn_packages_go_down() -> None:
    drawn = heights()
    graph = import_graph(modules(ROOT, ["submissions", "executor"]))
    arrows = ((m, needed) for m, found in graph.items() for needed in found)
    places = {arrow: [tuple(module.split(".")[:2]) for module in arrow] for arrow in arrows}
    up = {
        arrow
        for arrow, (upper, lower) in places.items()
        if upper != lower
        and upper[0] == lower[0]
        and {upper, lower} <= drawn.keys()
        and drawn[upper] >= drawn[lower]
    }
    assert up == set()


def test_numbers_in_the_drawing_are_the_steps_of_the_table() -> None:
    page = (ROOT / "docs/architecture.md").read_text()
    steps = re.findall(r"^\| (\d+) \|", page, re.MULTILINE)
    assert steps == [str(number) for number in range(1, len(steps) + 1)]
    assert set(re.findall(r'class="number"[^>]*>(\d+)<', DRAWING)) == set(steps)
    assert len(steps) <= 10
