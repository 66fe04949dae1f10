"""Every code of the API's errors: what the document's table shows is what a client gets."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from executor import Busy, Closed, EngineUnavailable
from submissions.audit.accounts.freezing import freeze
from submissions.files.models import RunSession
from submissions.http.codes import Code
from submissions.lifecycle import errors, storage
from submissions.lifecycle.errors import Refused
from submissions.lifecycle.models import Status, Submission, Typing
from submissions.webhooks.models import Delivery
from submissions.webhooks.signing import make_secret
from tests.support.clients import (
    BATCHES,
    PASSWORD,
    Answer,
    AsUser,
    post_async,
    post_with_key,
    sent_file,
)
from tests.support.connecting import answer_with_headers, close_all, connect, serving
from tests.support.documents import text
from tests.support.factories import make_submission

ROW = re.compile(r"^\| (\d{3}) \| .+ \| `(\{.+\})` \|$", re.MULTILINE)
RETRIED = {408, 429, 503}


def documented() -> Any:
    """Read the table: status and body by code."""
    rows = [(int(status), json.loads(body)) for status, body in ROW.findall(text("docs/api.md"))]
    return {body["code"]: (status, body) for status, body in rows}


def without_numbers(body: Any) -> Any:
    """Replace ids, numbers and units of time, which differ from case to case."""
    plain = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "ID", json.dumps(body, ensure_ascii=False))
    return json.loads(re.sub(r"\d[\d,]*( s\b| minutes| hours)?", "N", plain))


def invalid(world: SimpleNamespace) -> Any:
    return world.client.run("x" * 5202)


def parse_error(world: SimpleNamespace) -> Any:
    return world.client.raw("nonsense")


def bad_request(world: SimpleNamespace) -> Any:
    return world.client.get("/api/submissions/", {"page": "\0"})


def not_authenticated(world: SimpleNamespace) -> Answer:
    return Client().post("/run")


def authentication_failed(world: SimpleNamespace) -> Answer:
    return Client().post("/run", headers={"Authorization": "Bearer sce_nonsense"})


def permission_denied(world: SimpleNamespace) -> Any:
    return world.client.get("/api/pool/")


def csrf_failed(world: SimpleNamespace) -> Any:
    return world.as_user(world.alice, enforce_csrf_checks=True).run()


def not_found(world: SimpleNamespace) -> Any:
    return world.client.get(f"/api/submissions/{make_submission(world.bob).pk}/")


def method_not_allowed(world: SimpleNamespace) -> Any:
    return world.client.put("/run")


def not_acceptable(world: SimpleNamespace) -> Any:
    return world.client.get("/run", headers={"Accept": "text/plain"})


def request_timeout(world: SimpleNamespace) -> SimpleNamespace:
    with serving(request_seconds=0.1) as server:
        return answer_with_headers(connect(server, begin=b"POST /run HTTP/1.1\r\n"))


def not_under_way(world: SimpleNamespace) -> Any:
    return world.client.post(f"/api/submissions/{make_submission(world.alice).pk}/cancel/")


def length_required(world: SimpleNamespace) -> Any:
    return world.client.raw("", **{"Transfer-Encoding": "chunked"})


def too_large(world: SimpleNamespace) -> Any:
    return world.client.raw(" " * 1_100_000)


def unsupported_media_type(world: SimpleNamespace) -> Any:
    return world.client.raw("code=1", content_type="application/x-www-form-urlencoded")


def idempotency_key_reused(world: SimpleNamespace) -> Answer:
    prefer = {"Prefer": "respond-async"}
    post_with_key(world.client, {"code": "1"}, **prefer)
    return post_with_key(world.client, {"code": "2"}, **prefer)


def throttled(world: SimpleNamespace) -> Any:
    world.settings.RUN_RATE = "2/m"
    answers = (world.client.run("") for _ in range(5))  # a new window may begin once meanwhile
    return next(answer for answer in answers if answer.status_code == 429)


def too_many_runs(world: SimpleNamespace) -> Any:
    for _ in range(world.settings.RUN_MAX_PER_USER):
        make_submission(world.alice, status=Status.RUNNING)
    return world.client.run()


def too_many_streams(world: SimpleNamespace) -> Any:
    world.settings.STREAM_MAX_PER_USER = 1
    address = f"/api/submissions/{make_submission(world.alice).pk}/events/"
    held = world.client.get(address)
    try:
        return world.client.get(address)
    finally:
        held.close()


def too_many_attempts(world: SimpleNamespace) -> Answer:
    for _ in range(6):
        answer = Client().get("/api/", headers=world.basic("alice", PASSWORD + "x"))
    return answer


def too_many_connections(world: SimpleNamespace) -> SimpleNamespace:
    with serving(per_address=1) as server:
        connect(server, begin=b"G")
        return answer_with_headers(connect(server))


def storage_full(world: SimpleNamespace) -> Any:
    world.settings.STORAGE_BYTES_PER_DAY = 1024 * 1024
    stored = make_submission(
        world.alice, code="1" * (1024 * 1024 - storage.ROW_BYTES - 5000), limits={}
    )
    storage.reserve(world.alice, [stored])
    return world.client.run()


def headers_too_large(world: SimpleNamespace) -> SimpleNamespace:
    with serving() as server:
        begin = b"GET /run HTTP/1.1\r\nX: " + b"x" * 200_000
        return answer_with_headers(connect(server, begin=begin))


def not_implemented(world: SimpleNamespace) -> SimpleNamespace:
    with serving() as server:
        begin = b"POST /run HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n"
        return answer_with_headers(connect(server, begin=begin))


def failing(error: Any) -> Any:
    """Make a case in which the dispatcher raises this error."""

    def case(world: Any) -> Any:
        def fail(**kwargs: Any) -> None:
            raise error

        dispatcher = SimpleNamespace(submit_and_wait=fail)
        world.monkeypatch.setattr("submissions.orders.dispatcher", lambda: dispatcher)
        return world.as_user(world.alice, raise_request_exception=False).run()

    return case


def sandbox_unavailable(world: SimpleNamespace) -> Any:
    def away(*args: Any, **kwargs: Any) -> None:
        raise EngineUnavailable("no answer")

    world.monkeypatch.setattr("submissions.lifecycle.attempt.execute", away)
    return world.client.run()


def account_frozen(world: SimpleNamespace) -> Answer:
    freeze(world.alice, reason="Mining", by=world.bob)
    return Client().get("/api/", headers=world.basic("alice", PASSWORD))


def typed(world: SimpleNamespace, **over: Any) -> Any:
    """Send input to a run with these columns."""
    run = make_submission(world.alice, **{"status": Status.RUNNING, "verdict": "", **over})
    address = f"/api/submissions/{run.pk}/stdin/"
    return world.client.post(address, {"text": "x"}, content_type="application/json")


def not_begun(world: SimpleNamespace) -> Any:
    return typed(world, status=Status.QUEUED, typing=Typing.OPEN)


def not_interactive(world: SimpleNamespace) -> Any:
    return typed(world)


def input_ended(world: SimpleNamespace) -> Any:
    return typed(world, typing=Typing.ENDED)


def not_finished(world: SimpleNamespace) -> Any:
    return share(world, make_submission(world.alice, status=Status.RUNNING, verdict=""))


def too_many_webhooks(world: SimpleNamespace) -> Any:
    make_secret(world.alice)
    run = make_submission(world.alice)
    world.monkeypatch.setattr("submissions.webhooks.deliveries.PENDING_MAX", 1)
    Delivery.objects.create(user=world.alice, url="https://example.org", submission=run)
    return post_async(world.client, webhook="https://example.org/")


def too_many_links(world: SimpleNamespace) -> Any:
    world.monkeypatch.setattr("submissions.audit.accounts.shares.LINKS_PER_USER", 0)
    return share(world, make_submission(world.alice))


def session_busy(world: SimpleNamespace) -> Any:
    make_submission(world.alice, status=Status.QUEUED, verdict="", session="notebook-1")
    return world.client.run(session="notebook-1")


def too_many_sessions(world: SimpleNamespace) -> Any:
    later = timezone.now() + timedelta(hours=1)
    for n in range(20):
        RunSession.objects.create(user=world.alice, name=f"s{n}", size=0, expires=later)
    return world.client.run(session="notebook-1")


def too_many_uploads(world: SimpleNamespace) -> Any:
    world.monkeypatch.setattr("submissions.lifecycle.uploads.UPLOADS_MAX", 0)
    return sent_file(world.client)


def share(world: SimpleNamespace, run: Submission) -> Any:
    """Ask for a share link as the page's script does."""
    headers = {"Accept": "application/json"}
    return world.client.post(f"/submissions/{run.pk}/share/", headers=headers)


CASES = {
    case.__name__: case
    for case in (
        invalid,
        parse_error,
        bad_request,
        not_authenticated,
        authentication_failed,
        permission_denied,
        csrf_failed,
        account_frozen,
        not_found,
        method_not_allowed,
        not_acceptable,
        request_timeout,
        not_under_way,
        not_begun,
        not_interactive,
        input_ended,
        not_finished,
        too_many_links,
        session_busy,
        too_many_sessions,
        too_many_uploads,
        length_required,
        too_large,
        unsupported_media_type,
        idempotency_key_reused,
        throttled,
        too_many_runs,
        too_many_streams,
        too_many_webhooks,
        too_many_attempts,
        too_many_connections,
        storage_full,
        headers_too_large,
        not_implemented,
        sandbox_unavailable,
    )
} | {
    "error": failing(ZeroDivisionError()),
    "busy": failing(Busy("too many runs are under way", retry_after=2)),
    "closed": failing(Closed("nothing is run: the self-check has not passed yet", retry_after=1)),
    "database_away": failing(OperationalError("no connection")),
}


@pytest.fixture
def world(
    alice: User,
    bob: User,
    as_user: AsUser,
    basic: Callable[[str, str], dict[str, str]],
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[SimpleNamespace]:
    yield SimpleNamespace(
        alice=alice,
        bob=bob,
        client=as_user(alice),
        as_user=as_user,
        basic=basic,
        settings=settings,
        monkeypatch=monkeypatch,
    )
    close_all()


@pytest.mark.django_db
@pytest.mark.parametrize("code", Code)
def test_refusal_is_the_one_in_the_table(world: SimpleNamespace, code: Code) -> None:
    answer = CASES[code](world)
    status, body = documented()[code]
    assert answer.status_code == status == code.status
    assert answer.headers["Content-Type"] == "application/json"
    assert without_numbers(answer.json()) == without_numbers(body)
    assert ("Retry-After" in answer.headers) == (status in RETRIED)


def test_table_and_list_have_the_same_codes() -> None:
    assert list(documented()) == [code.value for code in Code]


def subclasses(kind: type[Refused]) -> Iterator[type[Refused]]:
    for one in kind.__subclasses__():
        yield one
        yield from subclasses(one)


def test_every_refusal_of_the_desk_is_in_the_list() -> None:
    assert {kind.code for kind in subclasses(errors.Refused)} <= set(Code)


@pytest.mark.django_db
def test_fields_lead_into_a_batch(world: SimpleNamespace) -> None:
    body = {"submissions": [{"code": "1"}, {"code": "1", "args": ["x", 1]}], "webhok": "x"}
    answer = world.client.post(BATCHES, body, content_type="application/json")
    assert list(answer.json()["fields"]) == ["webhok", "submissions.1.args.1"]
