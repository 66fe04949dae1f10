from dataclasses import KW_ONLY, asdict, astuple, dataclass, field, fields, replace


@dataclass(order=True, slots=True)
class Item:
    sort_key: int = field(init=False, repr=False)
    name: str
    price: float = 1.0
    _: KW_ONLY
    tags: list[str] = field(default_factory=list, compare=False)

    def __post_init__(self):
        self.sort_key = len(self.name)


@dataclass(frozen=True)
class Point:
    x: int
    y: int = 0


print(sorted([Item("pear"), Item("fig", 2.5, tags=["a"])]), asdict(Item("fig")), astuple(Point(1)))
print(replace(Point(1), y=5), [f.name for f in fields(Item)], hash(Point(1)) == hash(Point(1)), Item.__match_args__)
Point(1).x = 2
