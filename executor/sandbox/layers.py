"""The layers of defence, in six groups and one of slots: what each stops, how, and the lines that set it.

Experiments, ablations, tests, pages and documents use their names. `layers.toml` has one entry a layer.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from textwrap import dedent
from types import MappingProxyType
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
FILE = Path(__file__).with_name("layers.toml")
NESTED = "slot"
"""The slug of the group of those layers that only a nested sandbox has."""


class LayerError(Exception):
    """The description of a layer does not fit the code."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """Layers of one kind."""

    slug: str
    label: str
    does: str
    """One sentence."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """A page elsewhere that explains more."""

    title: str
    address: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """A line of our source, or a few."""

    file: str
    """Its path from the root of the repository."""
    number: int
    text: str
    """Without its indentation. The lines after it follow, if the layer shows more than one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Layer:
    """One protection of a sandbox."""

    name: str
    """The key in `LAYERS`."""
    group: Group
    label: str
    """A few words for people: a heading, a column's head, a place in the drawing."""
    stops: str
    """What it stops, as the end of the sentence "It stops …"."""
    student: tuple[str, ...]
    """Three sentences: what it is, how it helps, what happens in general without it."""
    kernel: str
    """What the kernel does; or what our own code does where it is not the kernel."""
    code: tuple[tuple[str, str, int], ...]
    """Where it is set: each a file, a part of one of its lines, and the number of lines to show."""
    remark: str = ""
    """What these lines cannot show."""
    kept: str = ""
    """Why the lab cannot switch it off; empty where an ablation weakens it."""
    verdict: str = ""
    """How a run ends that it stops, if that verdict says so."""
    reading: tuple[Reading, ...]

    @property
    def slug(self) -> str:
        """The same as its ablation's, if it has one."""
        return "-".join(self.name.lower().split())

    @property
    def is_nested(self) -> bool:
        """Whether it is a layer of the nested sandboxes in a slot."""
        return self.group.slug == NESTED

    @property
    def lines(self) -> tuple[Line, ...]:
        """The lines that set it, as they stand in the source. Raises LayerError if one is gone."""
        return tuple(find_line(file, part, count) for file, part, count in self.code)


@cache
def find_line(file: str, part: str, count: int) -> Line:
    """Find the first line that contains `part`, and `count` in all. Raises LayerError if it is gone."""
    lines = (ROOT / file).read_text().splitlines()
    for at, text in enumerate(lines):
        if part in text:
            shown = dedent("\n".join(lines[at : at + count])).strip()
            return Line(file=file, number=at + 1, text=shown)
    raise LayerError(f"{file} has no line with {part!r}")


def _layer(entry: Mapping[str, Any], group: Group) -> Layer:
    lists = {
        "student": tuple(entry["student"]),
        "code": tuple((file, part, *(count or [1])) for file, part, *count in entry["code"]),
        "reading": tuple(Reading(title=title, address=to) for title, to in entry["reading"]),
    }
    return Layer(group=group, **{**entry, **lists})


def load() -> Mapping[str, Layer]:
    """Load all layers by name: group by group, from the program outwards."""
    found: dict[str, Layer] = {}
    for entry in tomllib.loads(FILE.read_text())["group"]:
        layers = entry.pop("layer")
        group = Group(**entry)
        found |= {layer["name"]: _layer(layer, group) for layer in layers}
    return MappingProxyType(found)


LAYERS = load()


def layer_behind(verdict: str) -> Layer | None:
    """Return the layer that ends a run with this verdict, the nearest to the program if several do."""
    found = (layer for layer in LAYERS.values() if verdict and layer.verdict == verdict)
    return next(found, None)


def layers_by_group() -> list[tuple[Group, list[Layer]]]:
    """List the groups from the program outwards, each with its layers."""
    groups: dict[Group, list[Layer]] = {}
    for layer in LAYERS.values():
        groups.setdefault(layer.group, []).append(layer)
    return list(groups.items())
