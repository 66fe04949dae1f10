"""Parsers of untrusted JSON: bounded size and depth, UTF-8 only, no field twice."""

import codecs
import json
import re
import zlib
from collections import Counter
from typing import Any, NoReturn

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.utils.http import parse_header_parameters
from rest_framework import status
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser, JSONParser
from rest_framework.request import Request

from .errors import BodyTooLarge

UTF_8 = {"utf-8", "utf8", "us-ascii", "ascii"}
"""Names of UTF-8 and of a part of it, as clients write them."""
WINDOWS = {"gzip": 31, "x-gzip": 31, "deflate": 15}
"""The wrapping of zlib's data, for `decompressobj`, by Content-Encoding."""
STRUCTURE_BYTES = 2 * 1024 * 1024
"""The most of a body that may be anything but strings: a bracket or a comma can need fifty times its size
in memory. Only a site for long programs reads bodies that are larger."""
STRING = re.compile(rb'"[^"]*(?:"|\Z)')
NAME_CHARACTERS = 50
"""How much of a field's name an error repeats."""


class LengthRequired(APIException):
    """A server behind WSGI does not hand on a body of unknown length."""

    status_code = status.HTTP_411_LENGTH_REQUIRED
    default_detail = "Send the body with a Content-Length, not in chunks."
    default_code = "length_required"


class UnsupportedBody(APIException):
    """JSON that is encoded or compressed in a way that is not read."""

    status_code = status.HTTP_415_UNSUPPORTED_MEDIA_TYPE
    default_code = "unsupported_media_type"


class StrictJSONParser(JSONParser):
    """Parser that refuses what Python's accepts: NaN and Infinity, other encodings, any size."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        return _parsed(_read(stream, limit, media_type or "", parser_context["request"]))


class BatchParser(BaseParser):
    """The same for batches, up to BATCH_MAX_BYTES.

    It is not a JSONParser, because with one DRF would apply DATA_UPLOAD_MAX_MEMORY_SIZE.
    """

    media_type = JSONParser.media_type
    renderer_class = JSONParser.renderer_class

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        limit = settings.BATCH_MAX_BYTES
        return _parsed(_read(stream, limit, media_type or "", parser_context["request"]))


def _read(stream: Any, limit: int, media_type: str, request: Request) -> bytes:
    """Return the body, at most `limit` bytes before and after it is decompressed."""
    charset = str(parse_header_parameters(media_type)[1].get("charset", "utf-8"))
    if charset.lower() not in UTF_8:
        raise UnsupportedBody("Send the body in UTF-8. The Content-Type names another charset.")
    body: bytes = stream.read(limit + 1)
    if len(body) > limit:
        raise RequestDataTooBig
    return _decompressed(body, request.headers.get("Content-Encoding", ""), limit)


def _decompressed(body: bytes, coding: str, limit: int) -> bytes:
    """Decompress the body, and stop one byte beyond `limit`, however much would follow."""
    coding = coding.strip().lower()
    if coding in {"", "identity"}:
        return body
    if coding not in WINDOWS:
        raise UnsupportedBody("Send the body uncompressed, or with Content-Encoding: gzip.")
    inflater = zlib.decompressobj(WINDOWS[coding])
    try:
        plain = inflater.decompress(body, limit + 1)
    except zlib.error as error:
        raise ParseError(f"The body is not {coding}, as its Content-Encoding says.") from error
    if len(plain) > limit:
        raise BodyTooLarge(limit, was_compressed=True)
    if not inflater.eof or inflater.unused_data:
        raise ParseError(f"The {coding} data ends too early, or more follows after its end.")
    return plain


def _is_mostly_structure(body: bytes) -> bool:
    """Whether parsing the body may need far more memory than its size. In linear time."""
    if len(body) <= STRUCTURE_BYTES:
        return False
    unescaped = body.replace(rb"\\", b"").replace(rb"\"", b"")
    return len(STRING.sub(b"", unescaped)) > STRUCTURE_BYTES


def _parsed(body: bytes) -> Any:
    if _is_mostly_structure(body):
        raise RequestDataTooBig
    try:
        text = body.removeprefix(codecs.BOM_UTF8).decode("utf-8")
        return json.loads(text, parse_constant=_refuse, object_pairs_hook=_object)
    except UnicodeDecodeError as error:
        raise ParseError("The body is not UTF-8.") from error
    except RecursionError as error:
        raise ParseError("The body is nested too deeply.") from error
    except ValueError as error:
        raise ParseError(f"The body is not JSON: {error}") from error


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a number")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Build an object. A name that is there twice is refused: parsers differ in which value counts."""
    made = dict(pairs)
    if len(made) < len(pairs):
        counted = Counter(name for name, _ in pairs)
        [(twice, _)] = counted.most_common(1)
        shown = twice[:NAME_CHARACTERS].encode("ascii", "backslashreplace").decode()
        raise ParseError(f"The field {shown} is there twice.")
    return made


def refuse_chunks(request: Request) -> None:
    """Raise LengthRequired for a body in chunks: its length is unknown."""
    if "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower():
        raise LengthRequired
