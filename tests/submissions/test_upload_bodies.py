"""/api/files/: names, forms and bodies that are no good, or as large as may be."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from config.serving import bodies
from executor import MOST_BYTES_IN
from submissions.files.models import Upload
from tests.support.clients import Answer, AsUser, sent_file

pytestmark = pytest.mark.django_db

FILES = "/api/files/"
FORM = "multipart/form-data; boundary=x"


@pytest.mark.parametrize(
    "name",
    [
        *("", "/etc/passwd", "../x", "a/../b", "a//b", ".", "a/", "d/" * 9 + "x"),
        *("a\nb", "C:\\x\n", "a\x00b", "\u202egnp.exe", "x" * 201, "é" * 101),
    ],
)
def test_name_is_refused_as_that_of_any_file(alice: User, as_user: AsUser, name: str) -> None:
    answer = sent_file(as_user(alice), name)
    assert answer.status_code == 400, answer.content
    assert list(answer.json()["fields"]) == ["name"]
    assert len(answer.content) < 2000
    assert not Upload.objects.exists()


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "C:\\dir\\passwd"])
def test_path_in_a_form_is_no_path(alice: User, as_user: AsUser, name: str) -> None:
    body = (
        f'--x\r\nContent-Disposition: form-data; name="f"; filename="{name}"\r\n\r\n1\r\n--x--\r\n'
    )
    answer = as_user(alice).post(FILES, body, content_type=FORM)
    assert (answer.status_code, answer.json()["name"]) == (201, "passwd")


PART = b'--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n1\r\n'
FILE_PART = b'--x\r\nContent-Disposition: form-data; name="%s"; filename="%s"\r\n\r\n1\r\n'


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data", PART % b"a"),
        ("multipart/form-data; boundary=", PART % b"a"),
        ("multipart/form-data; boundary=" + "b" * 220, PART % b"a"),
        (FORM, b""),
        (FORM, b"no form at all"),
        (FORM, PART % b"name" + b"--x--\r\n"),
        (FORM, PART % b"strange" + FILE_PART % (b"f", b"a") + b"--x--\r\n"),
        (FORM, FILE_PART % (b"f", b"a") + FILE_PART % (b"g", b"b") + b"--x--\r\n"),
        (FORM, FILE_PART % (b"f", b"") + b"--x--\r\n"),
        (FORM, b"".join(PART % b"%d" % n for n in range(100_000)) + b"--x--\r\n"),
        (FORM, FILE_PART % (b"f", b"a") * 100_000 + b"--x--\r\n"),
        (FORM, b"--x\r\n" * 200_000),
        (FORM, b"--x\r\nX: " + b"y" * 2**20 + b"\r\n\r\n1\r\n--x--\r\n"),
    ],
    ids=[
        *("no boundary", "empty boundary", "long boundary", "nothing", "no form", "no file"),
        *(
            "strange field",
            "two files",
            "no name",
            "many fields",
            "many files",
            "borders",
            "header",
        ),
    ],
)
@pytest.mark.parametrize("way", ["token", "session"])
def test_form_that_is_none_is_refused_in_few_words(
    alice: User,
    as_user: AsUser,
    token_of: Callable[..., dict[str, str]],
    way: str,
    content_type: str,
    body: bytes,
) -> None:
    client = as_user(alice) if way == "session" else Client(headers=token_of(alice))
    answer = client.post(FILES, body, content_type=content_type)
    assert answer.status_code == 400, answer.content
    assert answer.json()["code"] in {"invalid", "parse_error"}  # it says what is wrong
    assert len(answer.content) < 2000
    assert not Upload.objects.exists()


@pytest.mark.parametrize("way", ["bytes", "form"])
def test_file_of_the_largest_size_is_taken_and_one_byte_more_is_not(
    alice: User, as_user: AsUser, settings: Settings, way: str
) -> None:
    settings.UPLOAD_MAX_BYTES = 3 * 2**20
    settings.RUN_RATE = "100/m"
    client = as_user(alice)

    def send(size: int) -> Answer:
        if way == "bytes":
            return sent_file(client, "a", b"x" * size)
        return client.post(FILES, {"file": SimpleUploadedFile("a", b"x" * size)})

    assert send(settings.UPLOAD_MAX_BYTES).status_code == 201
    answer = send(settings.UPLOAD_MAX_BYTES + 1)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert answer.json()["detail"] == "The file is larger than 3 MiB."
    assert Upload.objects.count() == 1


def test_empty_file_and_bytes_of_any_type_are_taken(alice: User, as_user: AsUser) -> None:
    client = as_user(alice)
    assert sent_file(client, "empty", b"").json()["size"] == 0
    for kind in ("text/csv", "application/json", "application/x-www-form-urlencoded", "nonsense"):
        content = f"a=1&b=\x00 {kind}".encode()
        answer = sent_file(client, kind.replace("/", "-"), content, content_type=kind)
        assert (answer.status_code, answer.json()["size"]) == (201, len(content))
        assert bytes(Upload.objects.get(pk=answer.json()["id"]).content) == content


@pytest.mark.parametrize(
    ("header", "value", "status"),
    [
        ("Transfer-Encoding", "chunked", 411),
        ("Content-Encoding", "gzip", 415),
        ("Content-Type", f"text/{'x' * 300}", 415),
    ],
)
def test_body_in_another_form_is_refused_with_what_to_do(
    alice: User, as_user: AsUser, header: str, value: str, status: int
) -> None:
    kind = {"content_type": value} if header == "Content-Type" else {"headers": {header: value}}
    answer = sent_file(as_user(alice), **kind)
    assert answer.status_code == status
    assert answer.json()["detail"].startswith("Send the ")
    assert not Upload.objects.exists()


def test_largest_upload_is_what_the_files_of_a_run_may_have() -> None:
    assert bodies.FILE_BYTES == MOST_BYTES_IN
