from typing import Annotated, Generic, Literal, NamedTuple, Protocol, TypedDict, TypeVar, get_type_hints, runtime_checkable

type Pairs[K, V] = list[tuple[K, V]]


class Box[T: (int, str)]:
    def __init__(self, item: T) -> None:
        self.item = item


@runtime_checkable
class Closes(Protocol):
    def close(self) -> None: ...


class Row(NamedTuple):
    name: str
    size: int = 3


class Movie(TypedDict, total=False):
    title: str


def first[T](items: list[T]) -> T | None:
    return items[0] if items else None


def typed(a: "int", b: Annotated[str, "note"], c: Literal["x", "y"] = "x") -> Pairs[str, int]: ...


print(Box.__type_params__, first([1]), Pairs.__value__, Row("a")._asdict(), Row._fields)
print(get_type_hints(typed), get_type_hints(typed, include_extras=True)["b"])
print(isinstance(open("/dev/null"), Closes), isinstance(1, Closes), Movie(title="x"), Movie.__total__)
print(list[int] | None, Generic[TypeVar("T")], Box[int])
