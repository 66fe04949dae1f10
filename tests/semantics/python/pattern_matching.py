import sys
from dataclasses import dataclass


@dataclass
class Point:
    x: int
    y: int


def describe(value):
    match value:
        case []:
            return "empty"
        case [Point(x=0, y=0), *rest]:
            return f"origin and {len(rest)} more"
        case {"type": "circle", "radius": (int() | float()) as radius, **other}:
            return f"circle {radius} {other}"
        case Point(x, y) if x == y:
            return f"diagonal {x}"
        case "yes" | "no" as word:
            return word.upper()
        case sys.maxsize:
            return "the largest"
        case (1, (2, _), *_, last):
            return f"nested {last}"
        case str() | bytes():
            return "text"
        case None:
            return "nothing"
        case _:
            return "other"


values = [[], [Point(0, 0), 1], {"type": "circle", "radius": 2, "id": 7}, Point(3, 3), Point(3, 4), "no"]
for value in [*values, sys.maxsize, (1, (2, 3), 4, 5), b"", None, 1j]:
    print(describe(value))
