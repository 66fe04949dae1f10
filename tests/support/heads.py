"""Heads of requests as the server parses them, and as the site gets them."""

from types import SimpleNamespace
from typing import Any

from waitress.adjustments import Adjustments

from config.serving.bodies import ALL_BYTES, Budget
from config.serving.heads import HEAD_BYTES
from config.serving.parsing import Parser


def parsed(head: bytes) -> Parser:
    adjustments = Adjustments(max_request_header_size=HEAD_BYTES)
    server = SimpleNamespace(
        bodies=Budget(ALL_BYTES),
        admit=lambda channel, headers: True,
        adj_of_uploads=adjustments,
    )
    parser = Parser(SimpleNamespace(server=server, place=None), adjustments)
    parser.received(head)
    return parser


def headers_of(parser: Parser) -> dict[str, Any]:
    """Return what the site gets of the headers."""
    made: dict[str, Any] = {f"HTTP_{name}": value for name, value in parser.headers.items()}
    if "HTTP_CONTENT_TYPE" in made:
        made["CONTENT_TYPE"] = made.pop("HTTP_CONTENT_TYPE")
    return made
