"""Keeps what a program has in its names for the next run of the same session.

Only a run with a session imports this. It happens in the program's own process: all that a state holds is
the user's, and whatever loading it does, it does in this sandbox alone. The host never opens a state.

A state is a line that names its form, then pickles that share one memo: a name, its value, the next name
and so on. So an object that two variables share is still one object after the next load. Functions of the
program get the names of the running program as their globals, whose changes they see.
"""

import atexit
import builtins
import io
import os
import pickle
import sys
from collections import ChainMap
from functools import lru_cache
from types import CellType, CodeType, FunctionType
from typing import Any, NoReturn

from cloudpickle import cloudpickle  # type: ignore[import-not-found]

EARLIER = "<earlier run>"
"""The file of functions that an earlier program has defined."""
BOX = "/box"
STATE = f"{BOX}/.session"
UNFINISHED = f"{BOX}/.session.new"
NOTES = f"{BOX}/.session.notes"
"""Brings the most bytes of a state, and takes along what the host shows (executor/sandbox/state.py)."""
HEAD = b"session 1 of Python %d.%d\n" % sys.version_info[:2]
NAME, REASON, NAMED = 80, 160, 12
"""The most characters of a name and of a reason, and how many are named."""

MAIN: "dict[str, Any]" = vars(sys.modules["__main__"])
PID = os.getpid()
CACHE = type(lru_cache(len))
BROKEN = object()
"""In a memo: an object that could not be loaded."""


class TooLarge(Exception):
    """The state exceeds its bound."""


notes: "list[str]" = []
most_bytes = 0


def begin() -> None:
    """Load the session's state into the program's names, and store them when it has ended."""
    global most_bytes
    with open(NOTES, "rb") as file:
        most_bytes = int(file.read())
    os.unlink(NOTES)
    try:
        with open(STATE, "rb") as file:
            state = file.read()
        os.unlink(STATE)
    except FileNotFoundError:
        state = b""  # it begins
    if state:
        load(state)
    atexit.register(end)
    # Called before it, and not by Python code, so that a program that watches calls sees none of ours.
    atexit.register(sys.settrace, None)
    atexit.register(sys.setprofile, None)


# --- Loading ---


def load(state: bytes) -> None:
    """Put the values of a state into the program's names. What cannot be loaded is noted."""
    found: dict[str, Any] = {}
    sys.path.insert(0, BOX)  # as it will be for the program: values may need its modules
    try:
        found = load_all(state)
    except MemoryError:
        give_up("there is not enough memory for it")
    except BaseException:
        found = load_what_loads(state)
    finally:
        sys.path.remove(BOX)
    MAIN.update(found)
    # Each function that is loaded sets this, to another form of the same.
    MAIN["__builtins__"] = builtins


def opened(state: bytes) -> io.BytesIO:
    """Return the pickles of a state. Raises ValueError if it has none."""
    if not state.startswith(HEAD):
        raise ValueError("it is none, or another version of Python has stored it")
    file = io.BytesIO(state)
    file.seek(len(HEAD))
    return file


def load_all(state: bytes) -> "dict[str, Any]":
    """Load each name with its value."""
    file, found = opened(state), {}
    unpickler = pickle.Unpickler(file)  # noqa: S301  the program's own, in its own sandbox
    while file.tell() < len(state):
        name = unpickler.load()
        found[name] = unpickler.load()
        if type(name) is not str:
            raise ValueError("a name is no text")
    return found


class Memo(dict[int, Any]):
    """The objects of a state by their numbers; those that could not be loaded are refused."""

    def __getitem__(self, number: int) -> Any:
        value = super().__getitem__(number)
        if value is BROKEN:
            raise pickle.UnpicklingError(
                "it shares an object with a variable that cannot be loaded"
            )
        return value


def load_what_loads(state: bytes) -> "dict[str, Any]":
    """Load each value that can be loaded; note the others. Slow, and rarely needed."""
    import pickletools

    found: dict[str, Any] = {}
    try:
        file = opened(state)
        unpickler: Any = pickle._Unpickler(file)  # noqa: SLF001
        unpickler.memo = Memo()
        while file.tell() < len(state):
            name = unpickler.load()
            if type(name) is not str:
                raise ValueError("a name is no text")
            start, known = file.tell(), len(unpickler.memo)
            try:
                found[name] = unpickler.load()
            except MemoryError:
                give_up("there is not enough memory for it")
            except BaseException as error:
                note("lost", name, reason_of(error))
                file.seek(start)
                more = sum(code.name == "MEMOIZE" for code, _, _ in pickletools.genops(file))
                unpickler.memo.update(dict.fromkeys(range(known, known + more), BROKEN))
    except Exception as error:
        notes.clear()
        note("anew", reason_of(error))
        return {}
    return found


def give_up(reason: str) -> NoReturn:
    """End the run before the program starts, so that the session keeps its state."""
    sys.stderr.write(f"The state of the session could not be loaded: {reason}\n")
    sys.stderr.flush()
    note("problem", f"the state could not be loaded: {reason}")
    write_notes()
    os._exit(1)


# --- Storing ---


def end() -> None:
    """Store the program's names. Whatever happens here changes nothing about how the program ended."""
    if os.getpid() != PID:
        return  # a copy of the program's process
    try:
        try:
            store()
            note("saved")
        except TooLarge as error:
            note("problem", str(error))
        except BaseException as error:
            note("problem", f"storing the state failed: {reason_of(error)}")
        write_notes()
    except BaseException:
        pass  # the host sees that nothing came


def store() -> None:
    values = {
        name: value
        for name, value in list(MAIN.items())
        if not (name.startswith("__") and name.endswith("__"))
    }
    try:
        with create(UNFINISHED) as file:
            write(values, file)
        os.replace(UNFINISHED, STATE)  # noqa: PTH105
    except BaseException:
        os.unlink(UNFINISHED)
        raise


def write(values: "dict[str, Any]", file: io.FileIO) -> None:
    """Write all values that can be kept; note the others. Raises TooLarge."""
    kept, is_first = dict(values), True
    while True:
        file.seek(0)
        file.truncate()
        name = ""
        sink = Sink(most_bytes, file)
        keeper = Keeper(sink)
        try:
            sink.write(HEAD)
            for name, value in kept.items():
                keeper.dump(name)
                keeper.dump(value)
        except TooLarge:
            raise TooLarge(sizes_of(kept)) from None
        except BaseException as error:
            drop(kept, name, error)
        else:
            return
        if is_first:  # look at the others too, instead of beginning again for each
            is_first = False
            for other, value in list(kept.items()):
                try:
                    Keeper(Sink(None)).dump(value)
                except BaseException as error:
                    drop(kept, other, error)


def drop(kept: "dict[str, Any]", name: str, error: BaseException) -> None:
    del kept[name]
    note("lost", name, reason_of(error))


def sizes_of(values: "dict[str, Any]") -> str:
    """Say that all this is too large, and what is the largest."""
    sizes = []
    for name, value in values.items():
        sink = Sink(None)
        Keeper(sink).dump(value)
        sizes.append((sink.count, name))
    size, largest = max(sizes)
    return (
        f"it takes more than {most_bytes / 2**20:g} MiB; the largest is {largest[:NAME]}"
        f" with {size / 2**20:.1f} MiB"
    )


class Sink:
    """Counts bytes, up to a bound, and passes them on to a file."""

    def __init__(self, most: "int | None", file: "io.FileIO | None" = None) -> None:
        self.most, self.file, self.count = most, file, 0

    def write(self, data: "bytes | memoryview") -> int:
        view = memoryview(data).cast("B")
        size, done = view.nbytes, 0
        self.count += size
        if self.most is not None and self.count > self.most:
            raise TooLarge
        while self.file and done < size:
            done += self.file.write(view[done:]) or 0
        return size


def main_function(code: CodeType, closure: "tuple[CellType, ...] | None") -> FunctionType:
    """Make a function whose globals are the names of the program that runs."""
    return FunctionType(code, MAIN, code.co_name, None, closure)


def new_error(kind: "type[BaseException]", arguments: "tuple[Any, ...]") -> BaseException:
    """Make an error without a call of its __init__."""
    error = kind.__new__(kind, *arguments)
    error.args = arguments
    return error


def new_cache(function: FunctionType, parameters: "dict[str, Any]") -> Any:
    """Make a function that remembers its results, and has none yet."""
    return lru_cache(**parameters)(function)


def reduce_file(file: Any) -> Any:
    """Keep the program's own streams as what they are in the next run; refuse any other file."""
    for name in ("stdin", "stdout", "stderr"):
        if file is vars(sys)[name]:
            return getattr, (sys, name)
    raise TypeError("cannot keep an open file")


def reduce_code(code: CodeType) -> Any:
    """Say in tracebacks where code is from: the line of this program with its number is another one."""
    make, parts = cloudpickle._code_reduce(code)  # noqa: SLF001
    return make, tuple(EARLIER if part == "<dynamic-code>" else part for part in parts)


class Keeper(cloudpickle.Pickler):  # type: ignore[misc]
    """Pickles classes and functions of the program too. Those of modules are kept by their names."""

    dispatch_table = ChainMap(
        {io.TextIOWrapper: reduce_file, CodeType: reduce_code}, cloudpickle.Pickler.dispatch_table
    )

    def __init__(self, sink: Sink) -> None:
        super().__init__(sink, protocol=5)

    def reducer_override(self, value: Any) -> Any:
        kind = type(value)
        if isinstance(value, BaseException) and type(kind.__init__) is FunctionType:
            # Its own __init__ may want other arguments than it has kept.
            how: set[type] = {type(kind.__reduce__), type(kind.__reduce_ex__)}
            if FunctionType not in how:
                return new_error, (kind, value.args), vars(value) or None
        if kind is CACHE and value.__module__ == "__main__":
            # By itself it would be kept by its name, which the next program does not have yet.
            return new_cache, (value.__wrapped__, value.cache_parameters())
        return super().reducer_override(value)

    def _dynamic_function_reduce(self, function: FunctionType) -> Any:
        parts = super()._dynamic_function_reduce(function)
        if function.__globals__ is not MAIN:
            return parts
        _, (code, _, _, _, closure), (attributes, slots), *rest = parts
        return main_function, (code, closure), (attributes, {**slots, "__globals__": {}}), *rest


# --- Notes for the host, which shows them as the program's own words ---


def note(*parts: str) -> None:
    if parts[0] != "lost" or len(notes) < NAMED:
        notes.append("\t".join(one_line(part, REASON) for part in parts))
    else:
        notes.append("more")


def write_notes() -> None:
    with create(NOTES) as file:
        file.write("".join(f"{line}\n" for line in notes).encode("utf-8", "replace"))


def create(path: str) -> io.FileIO:
    """Open a new file, whatever the program has put in its place."""
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass
    return io.FileIO(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "r+")


def reason_of(error: BaseException) -> str:
    try:
        text = str(error).replace("cannot pickle", "cannot keep", 1)
    except BaseException:
        text = ""
    return f"{type(error).__name__}: {text}"


def one_line(text: str, length: int) -> str:
    line = " ".join(text[: 4 * length].split())
    return line if len(line) <= length else f"{line[: length - 1]}…"
