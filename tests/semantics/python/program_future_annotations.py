from __future__ import annotations

import typing


def f(x: Undefined, y: list[Later]) -> None: ...


class Later:
    field: int = 3
    other: "Later"


print(f.__annotations__, Later.__annotations__, annotations.getMandatoryRelease())
module_value: int = 1
print(__annotations__)
typing.get_type_hints(f)
