"""Event streams of submissions, and ending a run on request."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest
import requests
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from pytest_django import Settings

from executor import EngineUnavailable
from executor.conf import config
from executor.sandbox.engine import containers
from executor.sandbox.spec import LABEL_INSTANCE
from submissions.http.connections import place, place_of_a_run
from submissions.lifecycle.errors import ServiceBusy, TooManyStreams
from submissions.lifecycle.models import Status, Submission
from tests.support.clients import Answer, ApiClient, AsUser, post_with_key
from tests.support.factories import make_submission
from tests.support.streams import events_in, join, open_streams, printed, stream_of
from tests.support.waiting import PATIENCE_SECONDS, eventually
from tools.site import service

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("long_runs", "running_dispatcher"),
    pytest.mark.xdist_group("streams"),
]

FOR_EVER = "import time\nprint('first', flush=True)\nwhile True: time.sleep(1)"


@pytest.fixture(autouse=True)
def _every_stream_is_closed() -> Iterator[None]:
    yield
    eventually(lambda: open_streams() == 0)


def wait_for(text: str, events: Any) -> None:
    """Read until this text was printed; a line may arrive in pieces."""
    heard = ""
    while text not in heard:
        event, data = next(events)
        assert event == "stdout"
        heard += data["text"]


@pytest.fixture
def stream(alice: User, as_user: AsUser) -> Callable[..., Answer]:
    """Return a function that posts a program as alice and requests a stream."""

    def post(
        code: str,
        client: Client | None = None,
        headers: dict[str, str] | None = None,
        **fields: Any,
    ) -> Answer:
        client = client or as_user(alice)
        return client.post(
            "/run",
            {"code": code, **fields},
            content_type="application/json",
            headers={"Accept": "text/event-stream", **(headers or {})},
        )

    return post


def cancel(client: ApiClient, submission_id: UUID) -> Answer:
    return client.post(f"/api/submissions/{submission_id}/cancel/")


@pytest.mark.docker
def test_output_comes_in_pieces_and_the_result_last(
    stream: Callable[..., Answer], alice: User, as_user: AsUser
) -> None:
    answer = stream("import sys\nprint('out')\nprint('err', file=sys.stderr)\nprint('é')")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/event-stream"
    assert answer["RateLimit-Limit"]
    events = list(events_in(stream_of(answer)))
    assert printed(events) == "out\né\n"
    assert printed(events, "stderr") == "err\n"
    assert [event for event, _ in events].index("result") == len(events) - 1
    result = events[-1][1]
    assert (result["verdict"], result["output"], result["stderr"]) == ("ok", "out\né\n", "err\n")
    stored = as_user(alice).get(answer["Content-Location"]).json()
    assert {key: stored[key] for key in result} == result


@pytest.mark.docker
def test_result_equals_the_plain_answer(
    stream: Callable[..., Answer], alice: User, as_user: AsUser
) -> None:
    streamed = list(events_in(stream_of(stream("print(1)"))))[-1][1]
    plain = as_user(alice).run("print(1)").json()
    assert streamed.keys() == plain.keys()
    assert [streamed[key] for key in ("output", "limits", "exit_code", "error")] == [
        plain[key] for key in ("output", "limits", "exit_code", "error")
    ]


@pytest.mark.docker
def test_first_line_comes_while_the_program_runs_and_cancelling_ends_it(
    stream: Callable[..., Answer], alice: User, as_user: AsUser
) -> None:
    answer = stream(FOR_EVER)
    events = events_in(stream_of(answer))
    wait_for("first", events)
    submission = Submission.objects.get()
    assert submission.status == Status.RUNNING
    ended = cancel(as_user(alice), submission.pk)
    assert ended.status_code == 200
    assert ended.json()["verdict"] == "cancelled"
    assert ended.json()["error"] == "Execution was stopped on request"
    assert list(events)[-1] == ("result", ended.json())
    name = Submission.objects.get().sandbox
    mine = f"{LABEL_INSTANCE}={config().instance}"
    eventually(lambda: not any(found["Id"].startswith(name) for found in containers(mine)))


@pytest.mark.docker
def test_run_that_is_not_streamed_can_be_joined_and_cancelled(alice: User, as_user: AsUser) -> None:
    def run() -> Any:
        try:
            return as_user(alice).run(FOR_EVER).json()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as background:
        answer = background.submit(run)
        eventually(lambda: Submission.objects.filter(status=Status.RUNNING).exists())
        submission = Submission.objects.get()
        joined = events_in(stream_of(join(as_user(alice), submission.pk)))
        wait_for("first", joined)
        assert cancel(as_user(alice), submission.pk).json()["verdict"] == "cancelled"
        assert list(joined)[-1] == ("result", answer.result())


@pytest.mark.docker
def test_closed_stream_ends_the_run(stream: Callable[..., Answer]) -> None:
    answer = stream(FOR_EVER)
    wait_for("first", events_in(stream_of(answer)))
    answer.close()
    eventually(lambda: Submission.objects.get().status == Status.FINISHED)
    assert Submission.objects.get().verdict == "cancelled"


@pytest.mark.docker
def test_stream_that_is_closed_before_it_begins_ends_the_run(stream: Callable[..., Answer]) -> None:
    stream(FOR_EVER).close()
    eventually(lambda: Submission.objects.get().status == Status.FINISHED)
    assert Submission.objects.get().verdict == "cancelled"
    assert open_streams() == 0


@pytest.mark.docker
def test_run_continues_when_a_follower_leaves(
    stream: Callable[..., Answer], alice: User, as_user: AsUser
) -> None:
    events = events_in(stream_of(stream("print(input())\n" + FOR_EVER, stdin="x")))
    wait_for("first", events)
    submission = Submission.objects.get()
    joined = join(as_user(alice), submission.pk)
    wait_for("first", events_in(stream_of(joined)))
    joined.close()
    submission.refresh_from_db()
    assert submission.status == Status.RUNNING
    assert cancel(as_user(alice), submission.pk).json()["verdict"] == "cancelled"
    list(events)


def test_stream_of_a_finished_submission_sends_the_stored_output(
    alice: User, as_user: AsUser
) -> None:
    submission = make_submission(alice, stdout="1\n", stderr="2\n")
    events = list(events_in(stream_of(join(as_user(alice), submission.pk))))
    assert [event for event, _ in events] == ["stdout", "stderr", "result"]
    assert (printed(events), printed(events, "stderr")) == ("1\n", "2\n")


def test_submission_of_another_process_is_waited_for(alice: User, as_user: AsUser) -> None:
    submission = make_submission(alice, status=Status.RUNNING, verdict="", stdout="")
    chunks = stream_of(join(as_user(alice), submission.pk))
    assert [next(chunks) for _ in range(2)] == [b": begin\n\n", b": nothing yet\n\n"]
    Submission.written.update(status=Status.FINISHED, verdict="ok", stdout="x")
    assert printed(events_in(chunks)) == "x"


def test_finished_submission_cannot_be_cancelled(alice: User, as_user: AsUser) -> None:
    answer = cancel(as_user(alice), make_submission(alice).pk)
    assert answer.status_code == 409
    assert answer.json() == {"code": "not_under_way", "detail": "It is finished.", "fields": {}}


@pytest.mark.inline
def test_run_of_another_process_cannot_be_cancelled_here(alice: User, as_user: AsUser) -> None:
    submission = make_submission(alice, status=Status.RUNNING, verdict="")
    assert cancel(as_user(alice), submission.pk).json()["detail"] == "Another process runs it."


def test_cancelling_by_session_needs_the_csrf_token(alice: User, as_user: AsUser) -> None:
    client = as_user(alice, enforce_csrf_checks=True)
    assert cancel(client, make_submission(alice).pk).status_code == 403


KEY = {"Idempotency-Key": "k"}


@pytest.mark.docker
def test_stream_with_a_key_outlives_its_reader_and_is_joined_by_a_repetition(
    stream: Callable[..., Answer],
) -> None:
    code = "import time\nprint('first', flush=True)\ntime.sleep(1)\nprint('last')"
    answer = stream(code, headers=KEY)
    wait_for("first", events_in(stream_of(answer)))
    answer.close()
    again = stream(code, headers=KEY)
    events = list(events_in(stream_of(again)))
    assert again["Idempotency-Replayed"] == "true"
    assert again["Content-Location"] == answer["Content-Location"]
    assert printed(events) == "first\nlast\n"
    assert events[-1][1]["verdict"] == "ok"
    again.close()
    assert Submission.objects.count() == 1


@pytest.mark.docker
def test_streamed_run_is_found_by_its_key_in_any_mode(
    stream: Callable[..., Answer], alice: User, as_user: AsUser
) -> None:
    answer = stream("print(1)", headers=KEY)
    result = list(events_in(stream_of(answer)))[-1][1]
    answer.close()
    client = as_user(alice)
    waited = post_with_key(client, {"code": "print(1)"}, "k")
    queued = post_with_key(client, {"code": "print(1)"}, "k", Prefer="respond-async")
    assert waited.json() == result
    assert queued.json()["id"] == result["id"]
    assert Submission.objects.count() == 1


@pytest.mark.inline
def test_repeated_stream_takes_a_stream_and_gives_it_back(
    stream: Callable[..., Answer], settings: Settings
) -> None:
    first = stream("print(1)", headers=KEY)
    assert open_streams() == 0
    again = stream("print(1)", headers=KEY)
    assert open_streams() == 1
    settings.STREAM_MAX_PER_USER = 1
    refused = stream("print(1)", headers=KEY)
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_streams")
    for one in (first, again):
        one.close()


@pytest.mark.parametrize("viewer", ["bob", "staff"])
def test_others_can_neither_follow_nor_cancel(
    alice: User, as_user: AsUser, request: pytest.FixtureRequest, viewer: str
) -> None:
    submission = make_submission(alice)
    client = as_user(request.getfixturevalue(viewer))
    address = f"/api/submissions/{submission.pk}"
    assert client.get(f"{address}/events/").status_code == 404
    assert client.post(f"{address}/cancel/").status_code == 404


def test_stranger_can_neither_follow_nor_cancel(client: Client, alice: User) -> None:
    address = f"/api/submissions/{make_submission(alice).pk}"
    assert client.get(f"{address}/events/").status_code == 401
    assert client.post(f"{address}/cancel/").status_code == 401


@pytest.mark.parametrize(
    ("code", "status"), [("", 400), ("x" * 5001, 400), ("\0", 400)], ids=["none", "long", "NUL"]
)
def test_error_before_the_run_is_an_ordinary_answer(
    stream: Callable[..., Answer], code: str, status: int
) -> None:
    answer = stream(code)
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/json"
    assert "code" in answer.json()
    assert not Submission.objects.exists()


def test_stranger_gets_no_stream(stream: Callable[..., Answer], client: Client) -> None:
    answer = stream("1", client)
    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/json"


def test_refusal_of_a_streamed_run_is_a_plain_answer_and_no_stream(
    stream: Callable[..., Answer], alice: User, settings: Settings
) -> None:
    for _ in range(settings.RUN_MAX_PER_USER):
        make_submission(alice, status=Status.RUNNING)
    answer = stream("1")
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_runs")
    assert open_streams() == 0


def test_streamed_run_without_a_sandbox_ends_with_a_result(
    stream: Callable[..., Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*args: Any, **kwargs: Any) -> None:
        raise EngineUnavailable("no answer")

    monkeypatch.setattr("submissions.lifecycle.attempt.execute", away)
    event, result = list(events_in(stream_of(stream("1"))))[-1]
    assert (event, result["status"], result["verdict"]) == ("result", "finished", "internal_error")


def test_streams_of_a_user_are_capped(alice: User, as_user: AsUser, settings: Settings) -> None:
    settings.STREAM_MAX_PER_USER = 2
    submission = make_submission(alice)
    address = f"/api/submissions/{submission.pk}/events/"
    open_ones = [as_user(alice).get(address) for _ in range(2)]
    refused = as_user(alice).get(address)
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_streams")
    assert int(refused["Retry-After"]) >= 1
    for one in open_ones:
        one.close()
    again = as_user(alice).get(address)
    assert again.status_code == 200
    again.close()


def test_streams_of_a_users_runs_are_capped_also_when_the_runs_have_ended(
    stream: Callable[..., Answer], alice: User, settings: Settings
) -> None:
    settings.RUN_MAX_PER_USER = 1
    with place_of_a_run(alice.pk), place_of_a_run(alice.pk):
        refused = stream("print(1)")
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_streams")
    assert not Submission.objects.exists()
    for _ in range(2):
        with place_of_a_run(alice.pk):  # each gives its own back
            pass


def test_streams_of_all_are_capped_exactly(settings: Settings) -> None:
    settings.STREAM_MAX, settings.STREAM_MAX_PER_USER = 3, 2
    with place(1), place(1), place(2):
        with pytest.raises(TooManyStreams), place(1):
            pass
        with pytest.raises(ServiceBusy), place(3):
            pass
    with place(3):
        pass
    assert open_streams() == 0


@pytest.mark.docker
@pytest.mark.inline
def test_reader_who_breaks_the_connection_leaves_no_run_behind() -> None:
    """A real server, and a closed tab while the program prints nothing."""
    instance = f"streams-{threading.get_native_id()}"
    own = {"EXECUTOR_INSTANCE": instance, "EXECUTOR_POOL_SIZE": "0", "EXECUTOR_WALL_SECONDS": "120"}
    with service(**own) as served:
        where = urlsplit(served.address)
        body = json.dumps({"code": FOR_EVER}).encode()
        head = (
            f"POST /run HTTP/1.1\r\nHost: {where.hostname}\r\nContent-Type: application/json\r\n"
            f"Authorization: Bearer {served.token}\r\nAccept: text/event-stream\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        with socket.create_connection((where.hostname, where.port), PATIENCE_SECONDS) as reader:
            reader.sendall(head.encode() + body)
            heard = b""
            while b"first" not in heard:
                heard += reader.recv(65536)
            assert b"Content-Location: /api/submissions/" in heard
        bearer = {"Authorization": f"Bearer {served.token}"}

        def verdicts() -> Any:
            answer = requests.get(f"{served.address}/api/submissions/", headers=bearer, timeout=30)
            return [row["verdict"] for row in answer.json()["results"]]

        eventually(lambda: verdicts() != [None])
        assert verdicts() == ["cancelled"]
        eventually(lambda: not containers(f"{LABEL_INSTANCE}={instance}"))
