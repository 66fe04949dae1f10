"""Parsers of untrusted JSON: bounded size and depth, UTF-8 only."""

import json
from typing import Any, NoReturn

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from rest_framework import status
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser, JSONParser
from rest_framework.request import Request


class LengthRequired(APIException):
    """A server behind WSGI does not hand on a body of unknown length."""

    status_code = status.HTTP_411_LENGTH_REQUIRED
    default_detail = "Send the body with a Content-Length, not in chunks."
    default_code = "length_required"


class StrictJSONParser(JSONParser):
    """Parser that refuses what Python's accepts: NaN and Infinity, other encodings, any size."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise RequestDataTooBig
        return _parsed(body)


class BatchParser(BaseParser):
    """The same for batches, up to BATCH_MAX_BYTES.

    It is not a JSONParser, because with one DRF would apply DATA_UPLOAD_MAX_MEMORY_SIZE.
    """

    media_type = JSONParser.media_type
    renderer_class = JSONParser.renderer_class

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        limit = settings.BATCH_MAX_BYTES
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise RequestDataTooBig
        return _parsed(body)


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body.decode("utf-8"), parse_constant=_refuse)
    except UnicodeDecodeError as error:
        raise ParseError("The body is not UTF-8.") from error
    except RecursionError as error:
        raise ParseError("The body is nested too deeply.") from error
    except ValueError as error:
        raise ParseError(f"The body is not JSON: {error}") from error


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a number")


def refuse_chunks(request: Request) -> None:
    """Raise LengthRequired for a body in chunks: its length is unknown."""
    if "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower():
        raise LengthRequired
