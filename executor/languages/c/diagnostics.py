"""How GCC, its linker and the libraries of C and C++ report errors."""

import re

from ...uncaught import COMPILER_FAILED, Uncaught
from ..diagnostics import Diagnostics

ERROR = r"(?:fatal |internal compiler )?error: (?P<message>.*)"
COMPILER = (
    re.compile(r"main\.c(?:pp)?:(?P<line>\d{1,7}):(?P<column>\d{1,7}): " + ERROR),
    # In a header, or in another source of the run.
    re.compile(r"(?P<file>[^\s:]{1,200}:\d{1,7}):\d{1,7}: " + ERROR),
    # Of the linker.
    re.compile(
        r"(?:/usr/bin/ld: )?(?:[^\s:]{1,200}:)?\([^)]{1,200}\): "
        r"(?P<message>(?:undefined reference to|multiple definition of) [^;]*)"
    ),
    re.compile(r"(?:gcc|g\+\+|cc1|cc1plus): " + ERROR),
)
"""The forms of errors, from those that say most to those that say least."""
OPTION = re.compile(r" \[-[\w=+-]{1,60}\]\Z")
"""An option of the compiler, at the end of an error."""
ASSERTION = re.compile(r"main: main\.c(?:pp)?:(\d{1,7}): [^`]{0,300}: (Assertion `.*' failed)\.\Z")
DAMAGED_MEMORY = re.compile(
    r"\*\*\* [a-z ]{1,60} detected \*\*\*: terminated\Z"
    r"|(?:double free|free\(|malloc\(|malloc_|realloc\(|munmap_chunk\(|corrupted )"
)
"""What the C library prints when it finds damaged memory."""
EXCEPTION = re.compile(r"terminate called after throwing an instance of '(.{1,300})'\Z")
WHAT = "  what():  "
"""How the line after it begins, if the exception has a text."""
TERMINATED = re.compile(r"(?:terminate|pure virtual method) called ")
STRING = "std::__cxx11::basic_string<"
"""How the whole name of std::string begins."""


def first_error(lines: list[str]) -> Uncaught | None:
    """Read what the compiler and the linker print: the first error of the form that says most."""
    for form in COMPILER:
        if found := next(filter(None, map(form.match, lines)), None):
            parts = found.groupdict()
            message = OPTION.sub("", parts["message"])
            return Uncaught(
                phase="compile",
                kind=COMPILER_FAILED,
                type="error",
                message=f"{parts['file']}: {message}" if parts.get("file") else message,
                line=int(parts["line"]) if parts.get("line") else None,
                column=int(parts["column"]) if parts.get("column") else None,
            )
    return None


def last_error(lines: list[str]) -> Uncaught | None:
    """Read what a library prints before it ends the program by an abort."""
    while lines and not lines[-1].strip():
        lines = lines[:-1]
    if not lines:
        return None
    if found := ASSERTION.match(lines[-1]):
        return _abort("", found[2], line=int(found[1]))
    if exception := _exception(lines):
        return exception
    if DAMAGED_MEMORY.match(lines[-1]) or TERMINATED.match(lines[-1]):
        return _abort("", lines[-1])
    return None


def _exception(lines: list[str]) -> Uncaught | None:
    """Read the C++ exception that nobody caught, whose text may have several lines."""
    for at in reversed(range(len(lines))):
        if found := EXCEPTION.match(lines[at]):
            name = "std::string" if found[1].startswith(STRING) else found[1]
            text = "\n".join(lines[at + 1 :])
            return _abort(name, text.removeprefix(WHAT))
    return None


def _abort(name: str, message: str, *, line: int | None = None) -> Uncaught:
    return Uncaught(phase="run", kind="abort", type=name, message=message, line=line)


DIAGNOSTICS = Diagnostics(last_error=last_error, first_error=first_error, columns=("utf-8", 1))
