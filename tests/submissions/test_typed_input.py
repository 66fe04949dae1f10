"""stdin as a person types it: whole lines, unless the request asks for its exact bytes."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from pytest_django import Settings

from submissions.lifecycle.models import Submission
from tests.support.clients import ApiClient, AsUser, post_async, post_batch
from tests.support.factories import make_submission
from tests.support.streams import events_in, stream_of

pytestmark = pytest.mark.django_db

ECHO = "import sys; print(sys.stdin.buffer.read())"
TYPED = [
    ("", ""),
    ("Bob", "Bob\n"),
    ("Bob\n", "Bob\n"),
    ("a\r\nb", "a\nb\n"),
    ("a\rb\r", "a\nb\n"),
    ("a\n\r\nb\r\r\n", "a\n\nb\n\n"),
    ("\r", "\n"),
    ("  ", "  \n"),
    ("\u2028\x0b", "\u2028\x0b\n"),  # Unicode's other line ends are text
]


@pytest.fixture
def client(alice: User, as_user: AsUser) -> ApiClient:
    return as_user(alice)


@pytest.mark.parametrize(("sent", "stored"), TYPED)
def test_stdin_becomes_whole_lines(client: ApiClient, sent: str, stored: str) -> None:
    post_async(client, stdin=sent)
    assert Submission.objects.get().stdin == stored


@pytest.mark.parametrize("sent", [sent for sent, _ in TYPED])
def test_verbatim_stdin_stays_as_it_is(client: ApiClient, sent: str) -> None:
    post_async(client, stdin=sent, stdin_verbatim=True)
    assert Submission.objects.get().stdin == sent


@pytest.mark.docker
def test_program_reads_what_is_stored(client: ApiClient) -> None:
    assert client.run(ECHO, stdin="quit\r\n4").json()["output"] == "b'quit\\n4\\n'\n"
    exact = client.run(ECHO, stdin="quit\r\n4", stdin_verbatim=True)
    assert exact.json()["output"] == "b'quit\\r\\n4'\n"


@pytest.mark.docker
@pytest.mark.django_db(transaction=True)
def test_stream_reads_whole_lines(client: ApiClient, running_dispatcher: None) -> None:
    answer = client.post(
        "/run",
        {"code": ECHO, "stdin": "a\rb"},
        content_type="application/json",
        headers={"Accept": "text/event-stream"},
    )
    assert list(events_in(stream_of(answer)))[-1][1]["output"] == "b'a\\nb\\n'\n"


def test_each_program_of_a_batch_has_its_own_choice(client: ApiClient) -> None:
    post_batch(
        client,
        [{"code": "1", "stdin": "a\r"}, {"code": "2", "stdin": "a\r", "stdin_verbatim": True}],
    )
    assert [one.stdin for one in Submission.objects.order_by("code")] == ["a\n", "a\r"]


@pytest.mark.docker
def test_form_without_a_last_newline_is_a_line(client: ApiClient) -> None:
    client.post("/playground/run/", {"code": ECHO, "stdin": "4\r\n5", "read_only": "on"})
    assert Submission.objects.get().stdout == "b'4\\n5\\n'\n"


@pytest.mark.docker
def test_run_again_has_the_very_same_stdin(client: ApiClient, alice: User) -> None:
    first = make_submission(alice, code=ECHO, stdin="a\r")
    client.post(f"/submissions/{first.pk}/again/")
    assert Submission.objects.exclude(pk=first.pk).get().stdin == "a\r"


@pytest.mark.docker
def test_run_again_has_a_container_of_its_own_if_the_first_run_had(
    client: ApiClient, alice: User, settings: Settings
) -> None:
    settings.EXECUTOR_ISOLATION = "auto"
    first = make_submission(alice, code="1", isolation="container")
    client.post(f"/submissions/{first.pk}/again/")
    assert Submission.objects.exclude(pk=first.pk).get().isolation == "container"


@pytest.mark.parametrize(
    ("stdin", "options", "status"),
    [
        ("x" * 65_535, {}, 202),
        ("x" * 65_536, {}, 400),  # with its newline it is a byte too long
        ("x" * 65_536, {"stdin_verbatim": True}, 202),
        ("x\r\n" * 32_768, {}, 202),
        ("x\r\n" * 32_768, {"stdin_verbatim": True}, 400),
    ],
    ids=["fits", "newline", "verbatim", "windows", "windows verbatim"],
)
def test_size_counts_after_lines_are_made(
    client: ApiClient, stdin: str, options: dict[str, Any], status: int
) -> None:
    assert post_async(client, stdin=stdin, **options).status_code == status
