"""Untrusted JSON: UTF-8 only, bounded depth and structure, no field twice, no NaN."""

import codecs
import json
import re
import threading
from collections import Counter
from contextlib import nullcontext
from typing import Any, NoReturn

STRUCTURE_BYTES = 2 * 1024 * 1024
"""The most of a body that may be anything but strings: a bracket or a comma can need fifty times its size
in memory. Only a site for long programs reads bodies that are larger."""
SPARSE_BYTES = 64 * 1024
"""The same where unknown fields are ignored: nobody refuses them, and they stay in memory until the run
has ended."""
LARGE_BYTES = 64 * 1024
"""Bodies above this are parsed one at a time. A megabyte can become thirty, and threads that parse
together would hold as much each."""
STRING = re.compile(rb'"[^"]*(?:"|\Z)')
NAME_CHARACTERS = 50
"""How much of a field's name an error repeats."""

_large = threading.Lock()


class NotJSON(Exception):
    """A body that is not read; `str()` is a sentence for the sender."""


class TooMuchStructure(NotJSON):
    """Parsing the body may need far more memory than its size."""


def parsed_sparse(body: bytes) -> Any:
    """Parse a body that has little but strings, as clients of other services and agents send it, with
    fields that are ignored. Raises NotJSON."""
    return parsed(body, SPARSE_BYTES)


def parsed(body: bytes, most_structure: int = STRUCTURE_BYTES) -> Any:
    """Parse a body of bounded size. Raises NotJSON."""
    if _has_more_structure(body, most_structure):
        raise TooMuchStructure("The body has too many brackets and commas.")
    try:
        text = body.removeprefix(codecs.BOM_UTF8).decode("utf-8")
        with _large if len(body) > LARGE_BYTES else nullcontext():
            return json.loads(text, parse_constant=_refuse, object_pairs_hook=_object)
    except UnicodeDecodeError as error:
        raise NotJSON("The body is not UTF-8.") from error
    except RecursionError as error:
        raise NotJSON("The body is nested too deeply.") from error
    except ValueError as error:
        raise NotJSON(f"The body is not JSON: {error}") from error


def _has_more_structure(body: bytes, most: int) -> bool:
    """Whether parsing the body may need far more memory than its size. In linear time."""
    if len(body) <= most:
        return False
    unescaped = body.replace(rb"\\", b"").replace(rb"\"", b"")
    return len(STRING.sub(b"", unescaped)) > most


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a number")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Build an object. A name that is there twice is refused: parsers differ in which value counts."""
    made = dict(pairs)
    if len(made) < len(pairs):
        counted = Counter(name for name, _ in pairs)
        [(twice, _)] = counted.most_common(1)
        shown = twice[:NAME_CHARACTERS].encode("ascii", "backslashreplace").decode()
        raise NotJSON(f"The field {shown} is there twice.")
    return made
