"""Reports the error that ended a program: a line of JSON on a descriptor that the supervisor reads.

This runs in the program's process, after its last callback, and must change nothing that the program
could notice. So it calls no code of the program: it reads the slots of the built-in exceptions, and
ignores what a class overrides. Where the text of an error needs such code, the message is left empty,
since the runtime has printed it already. All work is bounded, whatever the error holds.
"""

import posix
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any

SOURCE = "/app/script.py"
CHANNEL = 100
"""The descriptor's number in the program, out of the way of its own."""
FRAME_BYTES = 4000
MESSAGE, TEXT, TYPE, NOTE = 500, 200, 100, 200
"""Most characters of each."""
NOTES, MEMBERS = 3, 5
GROUPS = 100
"""Groups within groups that are looked into."""
LIBRARY = ("/usr/lib/python3", "/usr/local/lib/python3")
FRAMES = 100_000
"""Frames of a traceback that are searched for the program's own: some milliseconds."""
PLAIN = 10_000
"""Most characters, bytes or bits of a value that becomes text."""
PARTS_READ = 200
"""Most values of which a text is made."""

channel: "tuple[int, int, int]" = globals().get("channel", (0, 0, 0))
"""The process that reports, and the device and inode of its descriptor, as sitecustomize.py gave them."""


def report() -> None:
    """Write the report if an uncaught error ended this program; fail silently."""
    try:
        if posix.getpid() != channel[0]:
            return  # a copy of the program's process
        frame = frame_of(vars(sys)["last_exc"])
        found = posix.fstat(CHANNEL)
        if frame and (found.st_dev, found.st_ino) == channel[1:]:
            posix.set_blocking(CHANNEL, False)
            posix.write(CHANNEL, frame)
    except BaseException:
        pass  # the host reads stderr instead


def frame_of(error: BaseException) -> bytes:
    """Describe the error in at most FRAME_BYTES; nothing if it is not what ended the program."""
    traceback = slot(BaseException, "__traceback__", error)
    if not ended_the_program(error, traceback):
        return b""
    line, column = place_of(error, traceback)
    content: dict[str, Any] = {
        "phase": "run" if traceback else "compile",
        "kind": "exception",
        "type": type_of(error),
        "message": message_of(error),
        "line": line,
        "column": column,
    }
    # The last ones are the first to go.
    for key, make in (
        ("facts", facts_of),
        ("notes", notes_of),
        ("cause", cause_of),
        ("group", group_of),
    ):
        if value := make(error):
            longer = content | {key: value}
            if len(encoded(longer)) < FRAME_BYTES:
                content = longer
    return encoded(content) + b"\n"


def ended_the_program(error: BaseException, traceback: "TracebackType | None") -> bool:
    """Tell an error that ended the program from one that a library keeps in sys.last_exc."""
    if traceback is None:  # the program's own file could not be compiled
        return not is_a(error, SyntaxError) or slot(SyntaxError, "filename", error) in (
            SOURCE,
            None,
        )
    code = traceback.tb_frame.f_code
    return code.co_filename == SOURCE and code.co_name == "<module>"


# --- Where ---


def place_of(
    error: BaseException, traceback: "TracebackType | None"
) -> "tuple[int | None, int | None]":
    """Find line and column of the innermost frame in the program's own file, counted from 1."""
    if is_a(error, SyntaxError) and slot(SyntaxError, "filename", error) == SOURCE:
        return number(slot(SyntaxError, "lineno", error)), number(
            slot(SyntaxError, "offset", error)
        )
    own = innermost(traceback)
    return (own.tb_lineno, column_of(own)) if own else (None, None)


def innermost(traceback: "TracebackType | None") -> "TracebackType | None":
    own, left = None, FRAMES
    while traceback and left:
        if traceback.tb_frame.f_code.co_filename == SOURCE:
            own = traceback
        traceback, left = traceback.tb_next, left - 1
    return own


def column_of(traceback: "TracebackType") -> "int | None":
    """Find the column of the instruction that failed. The compiler counts in bytes of UTF-8."""
    at = traceback.tb_lasti // 2
    for index, (line, _, start, _) in enumerate(traceback.tb_frame.f_code.co_positions()):
        if index == at:
            if start is None or line != traceback.tb_lineno:
                return None
            return len(source_line(line)[:start].decode(errors="replace")) + 1
        if index > FRAMES:
            break
    return None


def source_line(wanted: int) -> bytes:
    with open(SOURCE, "rb") as file:
        for number, line in enumerate(file, start=1):
            if number == wanted:
                return line
    return b""


def line_of(error: BaseException) -> "int | None":
    return place_of(error, slot(BaseException, "__traceback__", error))[0]


# --- What ---


def type_of(error: BaseException) -> str:
    """Name the error's class as a traceback does."""
    kind = type(error)
    name = slot(type, "__qualname__", kind)
    # A class has its module's name in its namespace; it may be anything.
    module = slot(type, "__module__", kind)
    if type(module) is str and module not in ("__main__", "builtins"):
        name = f"{module}.{name}"
    return short(name, TYPE)


def message_of(error: BaseException) -> str:
    """Make the error's text; empty if that needs code of the program, or much time."""
    if is_a(error, SyntaxError):  # str() adds the place
        return text(slot(SyntaxError, "msg", error))
    printer, arguments = printer_of(error), slot(BaseException, "args", error)
    if type(printer) is BUILT_IN and is_a(error, BaseExceptionGroup):
        count = len(slot(BaseExceptionGroup, "exceptions", error))
        title = short(slot(BaseExceptionGroup, "message", error), MESSAGE - 40)
        return f"{title} ({count} sub-exception{'' if count == 1 else 's'})"
    is_text = type(printer) is BUILT_IN and len(arguments) == 1 and not is_a(error, KeyError)
    if is_text and (alone := text(arguments[0])):
        return alone  # of any length
    return short(str(error), MESSAGE) if is_plain(error) else ""


def printer_of(error: BaseException) -> object:
    """Find the function that str() of the error calls."""
    for kind in slot(type, "__mro__", type(error)):
        if "__str__" in (names := slot(type, "__dict__", kind)):
            return names["__str__"]
    return None


def parts_of(error: BaseException) -> "list[object] | None":
    """Return all values of which the error's text is made; None if code of the program makes it."""
    printer = printer_of(error)
    parts = [slot(BaseException, "args", error)]
    parts += [
        slot(kind, name, error) for kind, names in PARTS if is_a(error, kind) for name in names
    ]
    if type(printer) is BUILT_IN:
        return parts
    if type(printer) is FUNCTION and printer.__code__.co_filename.startswith(LIBRARY):
        return parts + list(slot(BaseException, "__dict__", error).values())
    return None


def facts_of(error: BaseException) -> "dict[str, str | int]":
    """Collect attributes that say what an error is about, if they are texts or integers."""
    facts = {}
    for kind, names in FACTS:
        if is_a(error, kind):
            for name in names:
                facts[name] = slot(kind, name, error)
    if is_a(error, AttributeError) and facts["name"] is not None:
        facts["object"] = slot(type, "__name__", type(slot(AttributeError, "obj", error)))
    if is_a(error, RecursionError):
        facts["limit"] = sys.getrecursionlimit()
    if is_a(error, ModuleNotFoundError):
        facts["near"] = near(text(facts["name"]))
    if any(is_a(error, kind) for kind in ABOUT_THE_VERSION):
        facts["python"] = f"{sys.version_info.major}.{sys.version_info.minor}"
    own = slot(BaseException, "__dict__", error)
    for name in ("sqlite_errorname", "returncode"):
        facts[name] = own.get(name)
    return {
        name: short(value, TEXT) if type(value) is str else value
        for name, value in facts.items()
        if type(value) is str or (type(value) is int and abs(value) < 2**53)
    }


def near(name: str) -> "str | None":
    """Find a module of the standard library whose name differs from `name` by one typing mistake."""
    if not 2 < len(name) < 30 or name in sys.stdlib_module_names:
        return None
    for known in sorted(sys.stdlib_module_names):
        if not known.startswith("_") and is_near(name.lower(), known):
            return known
    return None


def is_near(one: str, other: str) -> bool:
    """Whether two names differ by one character: another one, one too many, or two that are swapped."""
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    a, b = one[start:], other[start:]
    swapped = a[1:2] + a[:1] + a[2:]
    return b in (a, a[1:], swapped) or a == b[1:] or (a[1:] == b[1:] and bool(a))


def notes_of(error: BaseException) -> "list[str]":
    notes = slot(BaseException, "__dict__", error).get("__notes__")
    if type(notes) is not list:
        return []
    return [short(note, NOTE) for note in notes[:NOTES] if type(note) is str]


def cause_of(error: BaseException) -> "dict[str, Any] | None":
    cause = slot(BaseException, "__cause__", error)
    if cause is None and not slot(BaseException, "__suppress_context__", error):
        cause = slot(BaseException, "__context__", error)
    return related(cause) if cause is not None else None


def group_of(error: BaseException) -> "list[dict[str, Any]] | None":
    """Describe the first members of an exception group, whatever the depth of its groups."""
    if not is_a(error, BaseExceptionGroup):
        return None
    waiting, left = [error], GROUPS
    found: list[dict[str, Any]] = []
    while waiting and left and len(found) < MEMBERS:
        member, left = waiting.pop(0), left - 1
        if is_a(member, BaseExceptionGroup):
            waiting[:0] = slot(BaseExceptionGroup, "exceptions", member)[:MEMBERS]
        else:
            found.append(related(member))
    return found


def related(error: BaseException) -> "dict[str, Any]":
    return {
        "type": type_of(error),
        "message": short(message_of(error), TEXT),
        "line": line_of(error),
    }


# --- Safe text ---

PARTS = (
    (OSError, ("errno", "strerror", "filename", "filename2")),
    (ImportError, ("msg", "name", "path")),
    (UnicodeDecodeError, ("encoding", "object", "start", "end", "reason")),
    (UnicodeEncodeError, ("encoding", "object", "start", "end", "reason")),
    (UnicodeTranslateError, ("object", "start", "end", "reason")),
    (BaseExceptionGroup, ("message",)),
)
ABOUT_THE_VERSION = (SyntaxError, ImportError, NameError, AttributeError)
FACTS = (
    (OSError, ("errno", "filename", "filename2")),
    (NameError, ("name",)),
    (AttributeError, ("name",)),
    (ImportError, ("name", "name_from", "path")),
    (UnicodeDecodeError, ("encoding", "start")),
    (UnicodeEncodeError, ("encoding", "start")),
    (SyntaxError, ("filename",)),
)

BUILT_IN = type(BaseException.__str__)
FUNCTION = type(type_of)


def is_a(value: object, kind: type) -> bool:
    """Whether the value's class is derived from `kind`; isinstance() would ask the value itself too."""
    return issubclass(type(value), kind)


def slot(kind: type, name: str, value: object) -> "Any":
    """Read an attribute as `kind` itself stores it, whatever a derived class makes of it."""
    try:
        return vars(kind)[name].__get__(value)
    except (AttributeError, TypeError):  # it is not set
        return None


def is_plain(value: "Any") -> bool:
    """Whether the value becomes text quickly, and by code of the interpreter alone."""
    waiting, left = [value], PARTS_READ
    while waiting and left:
        value, left = waiting.pop(), left - 1
        kind = type(value)
        if kind in (str, bytes):
            plain = len(value) <= PLAIN
        elif kind is int:
            plain = value.bit_length() <= PLAIN
        elif kind in (tuple, list):
            plain = len(value) <= PARTS_READ
            waiting += value[:PARTS_READ]
        elif issubclass(kind, BaseException):
            parts = parts_of(value)
            plain = parts is not None
            waiting += parts or []
        else:
            plain = value is None or kind in (bool, float, complex, type)
        if not plain:
            return False
    return not waiting


def number(value: object) -> "int | None":
    return value if type(value) is int and 0 < value < 2**31 else None


def text(value: object) -> str:
    return short(value, MESSAGE) if type(value) is str else ""


def short(value: str, length: int) -> str:
    return value if len(value) <= length else value[: length - 1] + "…"


# --- JSON, without a module that the program could have replaced ---

ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def encoded(value: object) -> bytes:
    return json(value).encode("utf-8", "replace")  # "?" for half a character


def json(value: "Any") -> str:
    if value is None:
        return "null"
    if type(value) is int:
        return str(value)
    if type(value) is dict:
        return "{" + ", ".join(f"{json(key)}: {json(item)}" for key, item in value.items()) + "}"
    if type(value) is list:
        return "[" + ", ".join(json(item) for item in value) + "]"
    return '"' + "".join(map(escaped, value)) + '"'


def escaped(character: str) -> str:
    if character in ESCAPES:
        return ESCAPES[character]
    return character if character >= " " else f"\\u{ord(character):04x}"


report()
