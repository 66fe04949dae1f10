"""Charsets of requests: UTF-8 counts, whatever the header names."""

import http.cookies
from io import BytesIO
from typing import Any
from unittest.mock import Mock
from wsgiref.util import setup_testing_defaults

import pytest

from config.handler import Handler, Request

FORM = (
    '--x\r\nContent-Disposition: form-data; name="word"\r\n\r\n\u00e9-a9a9\r\n--x--\r\n'
).encode()


def environ_with(charset: str) -> dict[str, Any]:
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "POST",
        "QUERY_STRING": "word=%C3%A9",
        "CONTENT_TYPE": f"multipart/form-data; boundary=x; charset={charset}",
        "CONTENT_LENGTH": str(len(FORM)),
        "wsgi.input": BytesIO(FORM),
    }
    setup_testing_defaults(environ)
    return environ


@pytest.mark.parametrize("charset", ["hex", "punycode", "latin-1", "utf-8", "unknown"])
def test_address_and_form_are_utf_8_whatever_charset_the_header_names(charset: str) -> None:
    request = Request(environ_with(charset))
    assert (request.GET["word"], request.POST["word"]) == ("\u00e9", "\u00e9-a9a9")


@pytest.mark.django_db
def test_charset_that_is_no_text_is_no_error_of_the_site() -> None:
    start = Mock()
    Handler()(environ_with("hex"), start)
    assert start.call_args[0][0].startswith(("400", "403"))


def test_cookies_are_read_without_a_search_for_what_is_escaped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Python searches the rest of a quoted value again after each backslash."""
    read: list[str] = []
    unquote = http.cookies._unquote

    def noted(text: str) -> str:
        read.append(text)
        return unquote(text)

    monkeypatch.setattr(http.cookies, "_unquote", noted)  # Django calls it
    escaped = '"' + '\\"' * 2000 + '"'
    cookies = Request({**environ_with("utf-8"), "HTTP_COOKIE": f"a={escaped}; sessionid=b"}).COOKIES
    assert cookies["sessionid"] == "b"
    assert not any("\\" in text for text in read)
    assert len(read) == 2
