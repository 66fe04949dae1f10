"""Headers of any content: never an error of the site, never slow, at every door."""

from itertools import product

import pytest
from django.contrib.auth.models import User
from django.test import Client

from config.handler import Request
from config.serving.heads import HEADER_BYTES, SHORTER
from tests.support.heads import headers_of, parsed
from tests.support.timing import quick

pytestmark = pytest.mark.django_db

CPU_SECONDS = 2
"""Some twenty times the time of the slowest request."""
NAMES = [
    *("Accept", "Accept-Encoding", "Accept-Language", "Authorization", "Content-Encoding"),
    *("Content-Type", "Cookie", "Host", "Idempotency-Key", "If-Modified-Since", "If-None-Match"),
    *("Last-Event-ID", "MCP-Protocol-Version", "Origin", "Prefer", "Range", "Referer"),
    *("Sec-Fetch-Site", "User-Agent", "X-API-Key", "X-Auth-Token", "X-CSRFToken"),
    *("X-Forwarded-For", "X-Forwarded-Proto", "X-Request-ID", "X-Requested-With"),
]
VALUES = {
    "no address": "http://[",
    "no port": "https://x:99999999999/",
    "latin-1": "\xe9\xff\x80",
    "digits": "9" * HEADER_BYTES,
    "quotes": '"' * HEADER_BYTES,
    "semicolons": 'a/b;c="' + ";" * HEADER_BYTES,
    "commas": "a," * HEADER_BYTES,
    "escapes": 'a="' + '\\"' * HEADER_BYTES,
    "brackets": "[" * HEADER_BYTES,
    "percent": "%" * HEADER_BYTES,
    "equals": "=" * HEADER_BYTES,
    "basic": "Basic " + "A" * HEADER_BYTES,
    "basic of marks": "Basic " + "zIA=" * HEADER_BYTES,
    "bearer": "Bearer sce_" + "A" * HEADER_BYTES,
    "asterisks": "text/html; a*=x; a*0*=utf-8''%ff; a*1=y",
    "charset": "application/json; charset=punycode",
    "boundary": "multipart/form-data; boundary=" + "-" * HEADER_BYTES,
    "date": "Sat, 99 Foo 99999 99:99:99 GMT",
    "ranges": "bytes=" + "0-," * HEADER_BYTES,
}
ADDRESSES = [
    *("GET /", "GET /accounts/login/", "POST /accounts/login/", "GET /playground/", "GET /api/"),
    *("POST /run", "POST /mcp", "GET /nothing", "GET /healthz/live", "GET /metrics"),
    *("POST /judge0/submissions/", "POST /piston/api/v2/execute", "POST /librechat/exec"),
    *("POST /jobe/index.php/restapi/runs", "POST /e2b/sandboxes", "POST /api/files/"),
    "GET /static/submissions/admin.css",
]


def status_of(address: str, name: str, value: str) -> int:
    value = value[: SHORTER.get(name.upper().replace("-", "_"), HEADER_BYTES)]
    parser = parsed(f"{address} HTTP/1.1\r\n{name}: {value}\r\n\r\n".encode("latin-1"))
    if parser.error:
        return int(parser.error.code)
    method, path = address.split()
    client = Client(raise_request_exception=False)
    headers = {"CONTENT_TYPE": "application/json", **headers_of(parser)}
    answer = client.generic(method, path, b"{}", headers.pop("CONTENT_TYPE"), **headers)
    if answer.streaming:
        b"".join(answer)  # closes the file
    return answer.status_code


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_header_is_no_error_of_the_site_and_takes_little_time(
    alice: User, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("django.test.client.WSGIRequest", Request)
    failed = [
        (address, name)
        for address, name in product(ADDRESSES, NAMES)
        if quick(lambda: status_of(address, name, value), CPU_SECONDS) == 500  # noqa: B023
    ]
    assert failed == []


def test_each_door_is_reached(alice: User) -> None:
    """Else these addresses would be tried in vain."""
    found = {address: status_of(address, "X-Any", "x") for address in ADDRESSES}
    assert [address for address, status in found.items() if status == 404] == ["GET /nothing"]
