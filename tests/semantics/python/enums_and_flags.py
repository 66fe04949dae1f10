from enum import Enum, Flag, IntEnum, StrEnum, auto, unique


class Colour(Enum):
    RED = 1
    CRIMSON = 1
    BLUE = auto()

    @property
    def nice(self):
        return self.name.title()


class Right(Flag):
    READ = auto()
    WRITE = auto()
    ALL = READ | WRITE


class Level(IntEnum):
    LOW = 1
    HIGH = 10


class Kind(StrEnum):
    FIRST = auto()


print(list(Colour), Colour.CRIMSON, Colour["BLUE"].nice, Colour(1) is Colour.RED)
print(Right.READ | Right.WRITE, ~Right.READ, Right.READ in Right.ALL, Right(0))
print(Level.HIGH > 5, f"{Level.LOW}", Kind.FIRST + "!", repr(Kind.FIRST))
try:
    unique(Colour)
except ValueError as error:
    print(error)
Colour(9)
