"""Keeps what a program has in its names for the next run of the same session.

Only a run with a session imports this. It happens in the program's own process: all that a state holds is
the user's, and whatever loading it does, it does in this sandbox alone. The host never opens a state.

A state is a line that names its form, then pickles that share one memo: a name, its value, the next name
and so on. So an object that two variables share is still one object after the next load. Functions of the
program get the names of the running program as their globals, whose changes they see.
"""

import atexit
import io
import os
import sys
from _pickle import Unpickler, UnpicklingError

from sandbox_pickle import (  # type: ignore[import-not-found]
    MAIN,
    OWN,
    Keeper,
    NoRoom,
    Sink,
    TooLarge,
    keeper_of_classes,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, NoReturn

BOX = "/box"
STATE = f"{BOX}/.session"
UNFINISHED = f"{BOX}/.session.new"
NOTES = f"{BOX}/.session.notes"
"""Brings the most bytes of a state, and takes along what the host shows (executor/sandbox/state.py)."""
VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
HEAD = f"session 1 of Python {VERSION}\n".encode()
NAME, REASON, NAMED = 80, 160, 12
"""The most characters of a name and of a reason, and how many are named."""

PID = os.getpid()
BROKEN = object()
"""In a memo: an object that could not be loaded."""


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
    # Called before it, and not by Python code, so that a program that watches calls sees no other.
    atexit.register(sys.settrace, None)
    atexit.register(sys.setprofile, None)


# --- Loading ---


def load(state: bytes) -> None:
    """Put the values of a state into the program's names. What cannot be loaded is noted."""
    found: dict[str, Any] = {}
    sys.path[:0] = OWN, BOX  # values may need cloudpickle, and modules beside the program
    try:
        found = load_all(state)
    except MemoryError:
        give_up("there is not enough memory for it")
    except BaseException:
        found = load_what_loads(state)
    finally:
        del sys.path[:2]
    MAIN.update(found)


def opened(state: bytes) -> io.BytesIO:
    """Return the pickles of a state. Raises ValueError if it has none."""
    if not state.startswith(HEAD):
        raise ValueError(f"it was not stored by Python {VERSION}")
    file = io.BytesIO(state)
    file.seek(len(HEAD))
    return file


def load_all(state: bytes) -> "dict[str, Any]":
    """Load each name with its value."""
    file, found = opened(state), {}
    unpickler = Unpickler(file)
    while file.tell() < len(state):
        name = unpickler.load()
        found[name] = unpickler.load()
        if type(name) is not str:
            raise ValueError("a name is no text")
    return found


class Memo(dict):  # type: ignore[type-arg]
    """The objects of a state by their numbers; those that could not be loaded are refused."""

    def __getitem__(self, number: int) -> "Any":
        value = super().__getitem__(number)
        if value is BROKEN:
            raise UnpicklingError("it shares an object with a variable that cannot be loaded")
        return value


def load_what_loads(state: bytes) -> "dict[str, Any]":
    """Load each value that can be loaded; note the others. Slow, and rarely needed."""
    import pickle
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
        note("empty", reason_of(error))
        return {}
    return found


def give_up(reason: str) -> "NoReturn":
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
        except (TooLarge, NoRoom) as error:
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
        if os.path.lexists(UNFINISHED):
            os.unlink(UNFINISHED)
        raise


def write(values: "dict[str, Any]", file: io.FileIO) -> None:
    """Write all values that can be kept; note the others. Raises TooLarge or NoRoom."""
    kept, is_first, make = dict(values), True, Keeper
    while True:
        file.seek(0)
        file.truncate()
        name = ""
        sink = Sink(most_bytes, file)
        keeper = make(sink)
        try:
            sink.write(HEAD)
            for name, value in kept.items():
                keeper.dump(name)
                keeper.dump(value)
        except TooLarge:
            raise TooLarge(sizes_of(kept, make)) from None
        except NoRoom:
            raise
        except BaseException as error:
            if make is Keeper:
                make = keeper_of_classes()
                continue
            drop(kept, name, error)
        else:
            return
        if is_first:  # look at the others too, instead of beginning again for each
            is_first = False
            drop_what_cannot_be_kept(kept, make)


def drop_what_cannot_be_kept(kept: "dict[str, Any]", make: "Callable[[Sink], Any]") -> None:
    for name, value in list(kept.items()):
        try:
            make(Sink(None)).dump(value)
        except BaseException as error:
            drop(kept, name, error)


def drop(kept: "dict[str, Any]", name: str, error: BaseException) -> None:
    del kept[name]
    note("lost", name, reason_of(error))


def sizes_of(values: "dict[str, Any]", make: "Callable[[Sink], Any]") -> str:
    """Say that all this is too large, and what is the largest."""
    size, largest = max((size_of(value, make), name) for name, value in values.items())
    return (
        f"it takes more than {most_bytes / 2**20:g} MiB; the largest is {largest[:NAME]}"
        f" with {size / 2**20:.1f} MiB"
    )


def size_of(value: "Any", make: "Callable[[Sink], Any]") -> int:
    """Return how many bytes a value takes by itself; 0 if it cannot be kept at all."""
    sink = Sink(None)
    try:
        make(sink).dump(value)
    except BaseException:
        return size_of(value, keeper_of_classes()) if make is Keeper else 0
    return int(sink.count)


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
