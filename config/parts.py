"""Bounds on forms in parts (multipart/form-data), which Django reads for anybody.

Django counts fields and files, but no part that has a file name and no name. It parses the headers of
parts with the library for e-mails: in time as the square of a line, with an exception that it does not
expect where a parameter comes in parts, and it looks up any charset that a parameter names, which Python
never forgets. So lines are short here, the charsets are two, and all parts are counted.
"""

import re
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.exceptions import TooManyFieldsSent
from django.http import multipartparser
from django.utils.http import parse_header_parameters

LINE_CHARACTERS = 512
"""The longest header of a part. Names of files have 100 characters at most."""
PARAMETERS = 16
AROUND = 2
"""Empty parts before the first boundary and after the last one."""
QUOTED = re.compile(r'"[^"]*"')
EXTENDED = re.compile(r"\*([0-9*]*)\s*=\s*([^';]*)")
"""A parameter in parts, or with a charset: the number of the part, and the charset."""
CHARSETS = {"utf-8", "iso-8859-1"}
"""Those of RFC 5987, which browsers and programs use for names of files."""


def bound() -> None:
    """Let Django read all forms within these bounds."""
    multipartparser.parse_header_parameters = parameters_of  # type: ignore[attr-defined]
    multipartparser.Parser = Parts  # type: ignore[misc]


def parameters_of(line: str) -> tuple[str, dict[str, Any]]:
    """Return the value and the parameters of a header of a part. Raises ValueError: Django ignores it."""
    if len(line) > LINE_CHARACTERS or line.count(";") > PARAMETERS:
        raise ValueError("a header that is too long")
    for number, charset in EXTENDED.findall(QUOTED.sub("", line)):
        if number or charset.strip().lower() not in CHARSETS:
            raise ValueError("a parameter that no client sends")
    return parse_header_parameters(line)


class Parts(multipartparser.Parser):
    """The parts of a form, of which there are as many as it may have fields and files."""

    def __iter__(self) -> Iterator[Any]:
        fields = settings.DATA_UPLOAD_MAX_NUMBER_FIELDS or 0
        most = fields + (settings.DATA_UPLOAD_MAX_NUMBER_FILES or 0) + AROUND
        for number, part in enumerate(super().__iter__(), start=1):
            if number > most:
                raise TooManyFieldsSent("The form has too many parts.")
            yield part
