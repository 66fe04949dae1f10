"""Parsers of JSON bodies: bounded size before and after they are decompressed, UTF-8 only."""

import zlib
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.utils.http import parse_header_parameters
from rest_framework import status
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser, JSONParser
from rest_framework.request import Request

from ...serializers import strict_json
from .errors import BodyTooLarge

UTF_8 = {"utf-8", "utf8", "us-ascii", "ascii"}
"""Names of UTF-8 and of a part of it, as clients write them."""
WINDOWS = {"gzip": 31, "x-gzip": 31, "deflate": 15}
"""The wrapping of zlib's data, for `decompressobj`, by Content-Encoding."""


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


def _parsed(body: bytes) -> Any:
    try:
        return strict_json.parsed(body)
    except strict_json.TooMuchStructure as error:
        raise RequestDataTooBig from error
    except strict_json.NotJSON as error:
        raise ParseError(str(error)) from error


def refuse_chunks(request: Request) -> None:
    """Raise LengthRequired for a body in chunks: its length is unknown."""
    if "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower():
        raise LengthRequired
