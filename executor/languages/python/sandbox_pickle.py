"""How the names of a program are pickled (sandbox_session.py).

Functions of the program get the names of the running program as their globals, whose changes they see.
Classes of the program, and some odd types, need cloudpickle, whose import takes longer than most
programs. So a state is first written without it.
"""

import io
import marshal
import sys
from _pickle import Pickler
from functools import lru_cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType, FunctionType
    from typing import Any

OWN = "/sandbox/session"
EARLIER = "<earlier run>"
"""The file of functions that an earlier program has defined."""
MAIN: "dict[str, Any]" = vars(sys.modules["__main__"])


def _with_a_cell(value: object) -> "Any":
    return lambda: value


FUNCTION: "Any" = type(_with_a_cell)
CODE, MODULE = type(_with_a_cell.__code__), type(sys)
CELL = type(_with_a_cell(0).__closure__[0])
CACHE = type(lru_cache(_with_a_cell))


class TooLarge(Exception):
    """The state exceeds its bound."""


class NoRoom(Exception):
    """The state's file cannot be written. No value is to blame, so none is dropped for it."""


class Sink:
    """Counts bytes, up to a bound, and passes them on to a file. Raises TooLarge or NoRoom."""

    def __init__(self, most: "int | None", file: "io.FileIO | None" = None) -> None:
        self.most, self.file, self.count = most, file, 0

    def write(self, data: "bytes | memoryview") -> int:
        view = memoryview(data).cast("B")
        size, done = view.nbytes, 0
        self.count += size
        if self.most is not None and self.count > self.most:
            raise TooLarge
        try:
            while self.file and done < size:
                done += self.file.write(view[done:]) or 0
        except OSError as error:
            raise NoRoom(f"it could not be written to /box: {error.strerror}") from error
        return size


# --- What a pickle refers to by name ---


def import_module(name: str) -> "Any":
    __import__(name)
    return sys.modules[name]


def load_code(marshalled: bytes) -> "Any":
    return marshal.loads(marshalled)  # noqa: S302  the program's own, in its own sandbox


def main_function(code: "CodeType", closure: "tuple[Any, ...] | None") -> "FunctionType":
    """Make a function whose globals are the names of the program that runs."""
    made: FunctionType = FUNCTION(code, MAIN, code.co_name, None, closure)
    return made


def fill_function(function: "FunctionType", state: "tuple[dict[str, Any], dict[str, Any]]") -> None:
    attributes, slots = state
    vars(function).update(attributes)
    for name, value in slots.items():
        setattr(function, name, value)


def fill_cell(cell: "Any", contents: "tuple[Any, ...]") -> None:
    for value in contents:
        cell.cell_contents = value


def new_error(kind: "type[BaseException]", arguments: "tuple[Any, ...]") -> BaseException:
    """Make an error without a call of its __init__."""
    error = kind.__new__(kind, *arguments)
    error.args = arguments
    return error


def new_cache(function: "FunctionType", parameters: "dict[str, Any]") -> "Any":
    """Make a function that remembers its results, and has none yet."""
    return lru_cache(**parameters)(function)


# --- Pickling ---

SLOTS = (
    *("__name__", "__qualname__", "__module__", "__doc__"),
    *("__defaults__", "__kwdefaults__", "__annotations__"),
)


def reduce_function(function: "FunctionType") -> "Any":
    state = vars(function), {name: getattr(function, name) for name in SLOTS}
    parts = function.__code__, function.__closure__
    return main_function, parts, state, None, None, fill_function


def reduce_code(code: "CodeType") -> "Any":
    return load_code, (marshal.dumps(renamed(code)),)


def renamed(code: "CodeType") -> "CodeType":
    """Say in tracebacks where code is from: the line of this program with its number is another one."""
    inner = tuple(renamed(one) if type(one) is CODE else one for one in code.co_consts)
    return code.replace(co_filename=EARLIER, co_consts=inner)


def reduce_cell(cell: "Any") -> "Any":
    """Keep a cell as an object of its own, since several functions may share it."""
    contents: tuple[Any, ...]
    try:
        contents = (cell.cell_contents,)
    except ValueError:  # it is empty
        contents = ()
    return CELL, (), contents, None, None, fill_cell


def reduce_file(file: "Any") -> "Any":
    """Keep the program's own streams as what they are in the next run; refuse any other file."""
    for name in ("stdin", "stdout", "stderr"):
        if file is vars(sys)[name]:
            return getattr, (sys, name)
    raise TypeError("cannot keep an open file")


def reduced(value: "Any") -> "Any":
    """Reduce what pickle cannot keep, or would keep by a name that the next program does not have."""
    kind = type(value)
    if kind is CODE:
        return reduce_code(value)
    if kind is CELL:
        return reduce_cell(value)
    if kind is io.TextIOWrapper:
        return reduce_file(value)
    if kind is CACHE and value.__module__ == "__main__":
        return new_cache, (value.__wrapped__, value.cache_parameters())
    if isinstance(value, BaseException) and wants_other_arguments(kind):
        return new_error, (kind, value.args), vars(value) or None
    return NotImplemented


def wants_other_arguments(kind: "type[BaseException]") -> bool:
    """Tell errors whose own __init__ may not take the arguments that pickle would give it."""
    reduces_itself = FUNCTION in (type(kind.__reduce__), type(kind.__reduce_ex__))
    return type(kind.__init__) is FUNCTION and not reduces_itself


class Keeper(Pickler):
    """Pickles functions of the program, and all that has a place in a module."""

    def __init__(self, sink: Sink) -> None:
        super().__init__(sink, protocol=5)

    def reducer_override(self, value: "Any") -> "Any":
        kind = type(value)
        if kind is FUNCTION and value.__globals__ is MAIN:
            return reduce_function(value)
        if kind is MODULE and sys.modules.get(name := value.__name__) is value:
            return import_module, (name,)
        if issubclass(kind, type) and value.__module__ == "__main__":
            raise TypeError("a class of the program")
        return reduced(value)


def keeper_of_classes() -> "Any":
    """Return a class that pickles classes of the program, and more types, too."""
    sys.path.insert(0, OWN)
    try:
        from cloudpickle import cloudpickle  # type: ignore[import-not-found]
    finally:
        sys.path.remove(OWN)

    class KeeperOfClasses(cloudpickle.Pickler):  # type: ignore[misc]
        def __init__(self, sink: Sink) -> None:
            super().__init__(sink, protocol=5)

        def reducer_override(self, value: "Any") -> "Any":
            found = reduced(value)
            return super().reducer_override(value) if found is NotImplemented else found

        def _dynamic_function_reduce(self, function: "FunctionType") -> "Any":
            if function.__globals__ is MAIN:
                return reduce_function(function)
            return super()._dynamic_function_reduce(function)

    return KeeperOfClasses
