"""Sessions over HTTP, in both ways to dispatch: what a run leaves, who gets it, and when it goes."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.template.loader import render_to_string
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from executor import LANGUAGES, Cancellation, execute
from executor.limits import MiB
from submissions.audit import chain, retention
from submissions.audit.accounts.erasure import delete_account, erase_due
from submissions.audit.verification import verify
from submissions.files import sessions
from submissions.files.models import RunSession
from submissions.lifecycle import columns, queue, storage
from submissions.lifecycle.attempt import run_submission
from submissions.lifecycle.models import Status, Submission
from tests.support.clients import ASYNC, ApiClient, AsUser, post_async, post_batch
from tests.support.factories import make_submission
from tests.support.streams import events_in, stream_of
from tests.support.waiting import eventually

pytestmark = [pytest.mark.docker, pytest.mark.django_db(transaction=True)]

SESSIONS = "/api/sessions/"
EXECUTE = "submissions.lifecycle.attempt.execute"


@pytest.fixture
def client(alice: User, as_user: AsUser) -> ApiClient:
    return as_user(alice)


def run(client: ApiClient, code: str, session: str = "s", **fields: object) -> dict[str, Any]:
    answer = client.run(code, session=session, **fields)
    assert answer.status_code == 200, answer.json()
    result: dict[str, Any] = answer.json()
    return result


def test_run_begins_with_what_the_last_one_left(client: ApiClient) -> None:
    first = run(client, "import math\nx = 1\ndef f(y): return math.floor(x + y)")
    assert first["verdict"] == "ok"
    assert first["session"] == {
        "id": "s",
        "kept": True,
        "reason": None,
        "size": RunSession.objects.get().size,
        "not_kept": [],
        "more_not_kept": 0,
    }
    assert run(client, "x += 1\nprint(f(1.5))")["output"] == "3\n"
    assert client.run("print(x)").json()["verdict"] == "runtime_error"
    assert client.run("print(1)").json()["session"] is None
    assert run(client, "print('x' in globals())", session="t")["output"] == "False\n"
    stored = client.get(f"/api/submissions/{first['id']}/").json()
    assert stored["session"] == first["session"]
    assert client.get("/api/submissions/").status_code == 200


@pytest.mark.usefixtures("running_dispatcher")
def test_queued_runs_and_streams_have_a_session_too(client: ApiClient) -> None:
    address = post_async(client, "a = [1]", session="s")["Location"]
    eventually(lambda: client.get(address).json()["status"] == "finished")
    assert client.get(address).json()["session"]["kept"] is True
    body = {"code": "a.append(2)\nprint(a)\n1/0", "session": "s"}
    streamed = client.post(
        "/run", body, content_type="application/json", headers={"Accept": "text/event-stream"}
    )
    *_, (event, result) = events_in(stream_of(streamed))
    assert (event, result["output"]) == ("result", "[1, 2]\n")
    assert (result["verdict"], result["session"]["kept"]) == ("runtime_error", True)
    assert run(client, "print(a)")["output"] == "[1, 2]\n"


def test_sessions_are_listed_and_deleted(client: ApiClient) -> None:
    assert client.get(SESSIONS).json()["results"] == []
    run(client, "a = 1")
    run(client, "a = 2", session="other")
    listed = client.get(SESSIONS).json()["results"]
    assert [(one["id"], one["language"]) for one in listed] == [
        ("other", "python"),
        ("s", "python"),
    ]
    assert listed[1]["expires"] > listed[1]["used"] >= listed[1]["created"]
    assert client.get(f"{SESSIONS}s/").json() == listed[1]
    page = client.get("/accounts/data/").content.decode()
    assert SESSIONS in page
    assert client.delete(f"{SESSIONS}s/").status_code == 204
    assert client.delete(f"{SESSIONS}s/").status_code == 404
    assert client.get(f"{SESSIONS}a.b/").status_code == 404
    assert run(client, "print('a' in globals())")["output"] == "False\n"


def test_other_users_have_sessions_of_the_same_name(
    client: ApiClient, bob: User, as_user: AsUser
) -> None:
    run(client, "secret = 1")
    other = as_user(bob)
    assert other.get(SESSIONS).json()["results"] == []
    assert other.get(f"{SESSIONS}s/").status_code == 404
    assert other.delete(f"{SESSIONS}s/").status_code == 404
    assert run(other, "print('secret' in globals())\nmine = 2")["output"] == "False\n"
    assert run(client, "print(secret, 'mine' in globals())")["output"] == "1 False\n"
    assert RunSession.objects.count() == 2


@pytest.mark.parametrize("name", ["a b", "ä", "a" * 65, "a\n", "../a", 1, ["a"], {}])
def test_id_that_is_none_is_refused(client: ApiClient, name: object) -> None:
    answer = client.run("1", session=name)
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["session"])


@pytest.mark.parametrize(
    "language", [slug for slug, one in LANGUAGES.items() if not one.keeps_sessions]
)
def test_language_without_sessions_is_refused(client: ApiClient, language: str) -> None:
    answer = client.run("1", session="s", language=language)
    if "not offered" in answer.json()["detail"]:
        pytest.skip("this site does not offer it")
    assert answer.status_code == 400
    [reason] = answer.json()["fields"]["session"]
    assert reason == (
        f"{LANGUAGES[language].label} keeps no state between runs; these languages do:"
        " python, python-data."
    )


def test_session_of_another_language_is_refused(client: ApiClient, alice: User) -> None:
    run(client, "a = 1")
    RunSession.objects.update(language="python-data")
    answer = client.run("1", session="s")
    assert answer.status_code == 400
    assert answer.json()["fields"] == {"session": ["It is one of Python (data)."]}
    assert not Submission.objects.in_flight().exists()


def test_state_that_does_not_fit_the_limits_of_a_run_is_refused(client: ApiClient) -> None:
    run(client, "a = bytes(5_000_000)")
    answer = client.run("1", session="s", limits={"memory_bytes": 16 * MiB})
    assert answer.status_code == 400
    assert answer.json()["fields"] == {"session": ["Its state does not fit the memory limit."]}


def test_batch_has_no_sessions(client: ApiClient) -> None:
    answer = post_batch(client, [{"code": "1"}, {"code": "1", "session": "s"}])
    assert answer.status_code == 400
    assert "no order" in answer.json()["fields"]["submissions.1.session"][0]


def test_one_run_of_a_session_at_a_time(client: ApiClient, alice: User) -> None:
    waiting = make_submission(alice, status=Status.QUEUED, session="s", verdict="", finished=None)
    for headers in ({}, ASYNC):
        body = {"code": "1", "session": "s"}
        answer = client.post("/run", body, content_type="application/json", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (429, "session_busy")
        assert answer["Retry-After"] == "1"
    assert run(client, "a = 1", session="t")["verdict"] == "ok"
    Submission.written.filter(pk=waiting.pk).update(status=Status.FINISHED)
    assert run(client, "a = 1")["verdict"] == "ok"


def test_number_of_sessions_is_bounded(client: ApiClient, alice: User, settings: Settings) -> None:
    settings.SESSION_MAX_PER_USER = 2
    run(client, "a = 1", session="one")
    make_submission(alice, status=Status.QUEUED, session="two", verdict="", finished=None)
    answer = client.run("1", session="three")
    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_sessions")
    assert run(client, "print(a)", session="one")["output"] == "1\n"
    settings.SESSION_MAX_PER_USER = 0
    assert "no sessions" in client.run("1", session="one").json()["fields"]["session"][0]


def test_what_was_not_kept_is_named(client: ApiClient) -> None:
    result = run(client, "import threading\nlock = threading.Lock()\na = 1")
    assert result["session"]["not_kept"] == [
        {"name": "lock", "reason": "TypeError: cannot keep '_thread.lock' object"}
    ]
    page = client.get(f"/submissions/{result['id']}/").content.decode()
    assert "cannot keep &#x27;_thread.lock&#x27; object" in page


def test_state_that_is_too_large_keeps_the_old_one(client: ApiClient, settings: Settings) -> None:
    settings.SESSION_BYTES = 1 * MiB
    before = run(client, "a = 1")["session"]["size"]
    result = run(client, "b = bytes(2 * 10**6)")
    assert result["session"] == {
        "id": "s",
        "kept": False,
        "reason": "it takes more than 1 MiB; the largest is b with 1.9 MiB",
        "size": before,
        "not_kept": [],
        "more_not_kept": 0,
    }
    assert run(client, "print(a, 'b' in globals())")["output"] == "1 False\n"


def test_state_counts_in_the_storage_of_the_day(
    client: ApiClient, alice: User, settings: Settings
) -> None:
    def counted() -> int:
        return storage.stored_today(alice.pk)

    def is_counted(states: int) -> bool:
        return states * 10**6 < counted() < (states + 0.1) * 10**6

    # Not at once: what a run may need is given back after its end is stored.
    run(client, "a = b'x' * 10**6")
    eventually(lambda: is_counted(1))
    run(client, "a = b'y' * 10**6")
    eventually(lambda: is_counted(1))  # what replaces it counts what is more
    run(client, "b = b'z' * 10**6")
    eventually(lambda: is_counted(2))
    settings.STORAGE_BYTES_PER_DAY = counted() + 300_000
    result = run(client, "c = b'c' * 10**6")
    assert (result["session"]["kept"], result["session"]["size"] < 2.1 * 10**6) == (False, True)
    assert "storage of today" in result["session"]["reason"]
    assert run(client, "print('c' in globals())")["output"] == "False\n"


def test_session_goes_some_time_after_its_last_use(client: ApiClient, settings: Settings) -> None:
    settings.SESSION_HOURS = 2
    run(client, "a = 1")
    soon = timezone.now() + timedelta(minutes=1)
    RunSession.objects.update(expires=soon)
    run(client, "import os; os._exit(0)")  # leaves nothing, and uses it
    assert RunSession.objects.get().expires > soon + timedelta(hours=1)
    RunSession.objects.update(expires=timezone.now())
    assert client.get(SESSIONS).json()["results"] == []
    assert run(client, "print('a' in globals())\nb = 1")["output"] == "False\n"
    assert run(client, "print(b)")["output"] == "1\n"
    RunSession.objects.update(expires=timezone.now())
    retention.keep_house()
    assert not RunSession.objects.exists()


def claimed(submission: Submission) -> Submission:
    Submission.written.filter(pk=submission.pk).update(
        status=Status.RUNNING, attempt=submission.attempt + 1
    )
    return Submission.objects.get(pk=submission.pk)


def ran(submission: Submission) -> Submission:
    return run_submission(submission, on_event=lambda _: None, cancellation=Cancellation())


def held_run(alice: User, code: str) -> Submission:
    return make_submission(
        alice,
        status=Status.RUNNING,
        code=code,
        session="s",
        verdict="",
        finished=None,
        attempt=1,
    )


def test_attempt_that_does_not_count_changes_no_session(
    client: ApiClient, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(client, "a = 1")
    first = held_run(alice, "a += 1\nprint(a)")

    def slow(*args: Any, **options: Any) -> Any:
        """The lease expires meanwhile, and another attempt runs to its end."""
        monkeypatch.setattr(EXECUTE, execute)
        result = execute(*args, **options)
        ran(claimed(first))
        return result

    monkeypatch.setattr(EXECUTE, slow)
    shown = ran(first)
    assert (shown.attempt, shown.stdout) == (2, "2\n")  # what is stored is the second attempt's
    assert run(client, "print(a)")["output"] == "2\n"
    assert RunSession.objects.get().version == 2  # the last one has changed nothing


def test_session_that_is_deleted_during_a_run_stays_deleted(
    client: ApiClient, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(client, "a = 1")

    def deleting(*args: Any, **options: Any) -> Any:
        client.delete(f"{SESSIONS}s/")
        return execute(*args, **options)

    monkeypatch.setattr(EXECUTE, deleting)
    for code in ("b = 2", ""):
        monkeypatch.setattr(EXECUTE, deleting)
        shown = ran(held_run(alice, code))
        assert shown.session_end is not None
        assert "deleted" in shown.session_end["problem"]
        assert not RunSession.objects.exists()
        monkeypatch.setattr(EXECUTE, execute)
        run(client, "a = 1")


def test_account_that_is_deleted_takes_its_sessions_along(
    client: ApiClient, alice: User, settings: Settings
) -> None:
    settings.AUDIT_HOLD_DAYS = 0
    run(client, "a = 1")
    delete_account(alice)
    assert not RunSession.objects.exists()
    erase_due()
    row = Submission.objects.get()
    assert (row.session, row.session_end) == ("", None)
    assert list(verify()) == []


def test_state_is_sealed(client: ApiClient) -> None:
    run(client, "a = 1")
    run(client, "a = 2")
    chain.seal()
    first, second = Submission.objects.order_by("created")
    assert first.session_end is not None
    assert second.session_end is not None
    assert second.session_end["loaded"] == first.session_end["sha256"]
    assert RunSession.objects.get().sha256 == second.session_end["sha256"]
    assert list(verify()) == []
    content = bytes(RunSession.objects.get().content)
    RunSession.objects.update(content=content + b"x", sha256=sessions.digest_of(content + b"x"))
    [problem] = verify()
    assert "session" in problem.what
    RunSession.objects.update(content=content, sha256=sessions.digest_of(content))
    Submission.written.filter(pk=first.pk).update(session="other")
    assert [problem.what for problem in verify()] == [f"submission {first.pk} was changed"]


def test_interactive_run_has_a_session(client: ApiClient, alice: User) -> None:
    run(client, "a = 1")
    program = {"code": "b = a + 1", "session": "s", "interactive": True}
    answer = client.post("/run", program, content_type="application/json", headers=ASYNC)
    if answer.status_code == 400:
        pytest.skip("this site has no interactive runs")
    queued = Submission.objects.get(session="s", typing="open")
    if queued.status == Status.QUEUED:
        ran(claimed(queued))
    eventually(lambda: not Submission.objects.in_flight().exists())
    assert run(client, "print(b)")["output"] == "2\n"


def test_request_of_a_row_has_its_session(client: ApiClient) -> None:
    run(client, "a = 1")
    assert columns.request_of(Submission.objects.get()).session == "s"
    assert queue.place_of(Submission.objects.get()) is None


def test_idempotency_key_does_not_run_twice_in_a_session(client: ApiClient) -> None:
    run(client, "a = 1")
    body = {"code": "a += 1\nprint(a)", "session": "s"}
    for _ in range(2):
        answer = client.post(
            "/run", body, content_type="application/json", headers={"Idempotency-Key": "k"}
        )
        assert answer.json()["output"] == "2\n"
    assert run(client, "print(a)")["output"] == "2\n"


def test_stranger_finds_no_sessions(db: None) -> None:
    assert Client().get(SESSIONS).status_code == 401
    assert Client().delete(f"{SESSIONS}s/").status_code == 401


@pytest.mark.parametrize(
    ("kept", "sentence"),
    [
        (True, "has left (25 bytes). Before this run, the state could not be read."),
        (False, "has left nothing to its session. Reason: the state could not be read."),
    ],
)
def test_page_tells_when_the_reason_was(kept: bool, sentence: str) -> None:
    left = {"id": "a", "kept": kept, "size": 25, "reason": "the state could not be read"}
    page = render_to_string("submissions/session.html", {"session": left})
    assert sentence in page.replace("\xa0", " ")
