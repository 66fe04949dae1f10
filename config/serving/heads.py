"""Checks the head of a request, so that parsing it takes time that grows with its size only.

waitress's regular expressions take time that grows as the square of some heads: of a request line without
a version, of a header that begins with many blanks. One head of 96 KiB would occupy the interpreter for
minutes. Some parsers of headers in Python and Django are no better, so each header is short.
"""

import re
from collections.abc import Mapping

from waitress.parser import ParsingError

from .bodies import KIBIBYTE

HEAD_BYTES = 32 * KIBIBYTE
"""The largest head. waitress searches all of it again at each piece that arrives."""
VERSION = re.compile(rb"HTTP/[0-9]\.[0-9]")
BLANKS = re.compile(rb"[ \t]{65}")
"""More in a row than any client sends."""
HEADER_BYTES = 8 * KIBIBYTE
"""The longest header, or all of one name together. nginx and Apache take as much by default."""
SHORTER = {"CONTENT_TYPE": 256, "ACCEPT": KIBIBYTE}
"""Django parses these with the library for e-mails, in time as the square. Browsers send 150 bytes."""
IN_PARTS = re.compile(r"\*[0-9]*\*?\s*=")
"""A parameter in parts, or with a charset of its own. That library fails at some; here HTTP has none."""
NAME_CHARACTERS = 40
"""What a refusal shows of a header's name."""


def check(head: bytes) -> None:
    """Refuse a head that waitress would parse slowly. Raises ParsingError."""
    line, _, headers = head.partition(b"\r\n")
    words = line.rstrip().split(b" ")
    has_version = len(words) == 3 and VERSION.fullmatch(words[2])
    if not (all(words) and (has_version or len(words) == 2)):
        raise ParsingError("The request line is invalid")
    if b"\r\n " in head or b"\r\n\t" in head:
        raise ParsingError("A header has a second line, which HTTP no longer allows")
    if BLANKS.search(headers):
        raise ParsingError("Too many blanks in a row")


class LongHeader:
    """The refusal of a request for one of its headers."""

    code = 431
    reason = "Request Header Fields Too Large"

    def __init__(self, name: str, most: int) -> None:
        self.body = f"The header {_shown(name)} is longer than {most} bytes."


def long_header(headers: Mapping[str, str]) -> LongHeader | None:
    """Return the refusal of the first header that is too long. `headers` have waitress's names."""
    for name, value in headers.items():
        if len(value) > (most := SHORTER.get(name, HEADER_BYTES)):
            return LongHeader(name, most)
    return None


def check_after(headers: Mapping[str, str]) -> None:
    """Refuse headers that Django fails to parse. Raises ParsingError."""
    for name in SHORTER:
        if IN_PARTS.search(headers.get(name, "")):
            raise ParsingError(f"The header {_shown(name)} has a parameter with an asterisk.")


def _shown(name: str) -> str:
    return name.replace("_", "-").title()[:NAME_CHARACTERS]
