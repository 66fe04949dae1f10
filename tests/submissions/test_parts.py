"""Forms in parts: what Django would read slowly, keep in memory, or fail at."""

import encodings
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils.http import parse_header_parameters

from config.handler import Handler
from config.parts import parameters_of
from tests.support.clients import Answer, AsUser
from tests.support.timing import quick

pytestmark = pytest.mark.django_db

CPU_SECONDS = 1
"""Ten times the time of the slowest form."""
FORM = "multipart/form-data; boundary=x"
NAMELESS = "Content-Disposition: form-data; filename=a"


@pytest.fixture(autouse=True)
def _handled() -> None:
    """As in a process that serves. The test client has another handler."""
    Handler()


def form_of(*parts: str) -> bytes:
    return "".join(f"--x\r\n{part}\r\n\r\n1\r\n" for part in (*parts,)).encode() + b"--x--\r\n"


@pytest.fixture
def post() -> Callable[[bytes], Answer]:
    """Send a form as a stranger, with the cookie that makes the check of forged forms read it."""
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.cookies["csrftoken"] = "a" * 32
    return lambda body: client.post("/", body, content_type=FORM)


@pytest.mark.parametrize(
    "part",
    [
        NAMELESS,
        f"{NAMELESS};{';' * 400}",
        'Content-Disposition: form-data; name="a"',
        'Content-Disposition: form-data; name="a"; filename="b"',
    ],
    ids=["nameless", "semicolons", "fields", "files"],
)
def test_form_of_too_many_parts_is_refused_early(
    post: Callable[[bytes], Answer], part: str
) -> None:
    form = form_of(*[part] * (1_000_000 // (len(part) + 20)))
    assert quick(lambda: post(form), CPU_SECONDS).status_code == 400


@pytest.mark.parametrize(
    "header",
    [
        "X: y; a*=x; a*0*=y",
        "X: y; a*=utf-9''x",
        'Content-Disposition: form-data; name="x"; a*=x; a*0*=y',
        "Content-Disposition: form-data; " + ";" * 900,
        "Content-Disposition: form-data; name*=utf-7''%2B",
    ],
)
def test_odd_header_of_a_part_is_no_error_of_the_site(
    post: Callable[[bytes], Answer], header: str
) -> None:
    assert post(form_of(header)).status_code == 403  # a forged form


def test_charsets_that_nobody_has_are_not_remembered(post: Callable[[bytes], Answer]) -> None:
    """Python keeps the name of each that it did not find, as long as the process lives."""
    before = len(encodings._cache)
    parts = "\r\n".join(f"X: y; a*=nobody-has-{number}''z" for number in range(20))
    post(form_of(f"{NAMELESS}\r\n{parts}"))
    assert len(encodings._cache) == before


@pytest.mark.parametrize(
    "line",
    [
        'content-disposition: form-data; name="f"; filename="a.txt"',
        "content-disposition: form-data; name=f; filename*=UTF-8''caf%C3%A9.txt",
        "content-disposition: form-data; name=f; filename*=iso-8859-1'en'%A3.txt",
        'content-disposition: form-data; name="f"; filename="a*0=b; c*=d.txt"',
        "content-type: text/plain; charset=utf-8",
    ],
)
def test_headers_that_clients_send_are_read_as_before(line: str) -> None:
    assert parameters_of(line) == parse_header_parameters(line)


def test_name_with_accents_arrives(alice: User, as_user: AsUser) -> None:
    part = "Content-Disposition: form-data; name=f; filename*=UTF-8''caf%C3%A9.txt"
    answer = as_user(alice).post("/api/files/", form_of(part), content_type=FORM)
    assert (answer.status_code, answer.json()["name"]) == (201, "caf\u00e9.txt")
