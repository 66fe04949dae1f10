"""Interactive runs through the API: who may type, what, and what becomes of it."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django import Settings

from executor import LANGUAGES, STDIN_BYTES, default_limits
from executor.choices import chosen_limits
from submissions.audit import chain
from submissions.lifecycle import queue, storage
from submissions.lifecycle.models import Status, Submission, Typing
from tests.support.auditing import broken
from tests.support.clients import ASYNC, Answer, ApiClient, AsUser, post_async, post_batch
from tests.support.factories import make_submission
from tests.support.streams import events_in, printed, stream_of
from tests.support.typing import GAME
from tests.support.waiting import eventually

pytestmark = pytest.mark.django_db(transaction=True)

Events = Iterator[tuple[str, Any]]


def start(client: ApiClient, code: str, **fields: Any) -> tuple[str, Events]:
    """Start an interactive run; return its address and its events."""
    body = {"code": code, "interactive": True, **fields}
    headers = {"Accept": "text/event-stream"}
    answer = client.post("/run", body, content_type="application/json", headers=headers)
    assert answer.status_code == 200, answer.content
    return str(answer["Content-Location"]), events_in(stream_of(answer))


def send(client: ApiClient, address: str, text: str = "", **more: Any) -> Answer:
    body = {"text": text, **more} if text else more
    return client.post(f"{address}stdin/", body, content_type="application/json")


def read_to(text: str, events: Events) -> list[tuple[str, Any]]:
    """Read until all that was printed ends with this."""
    read: list[tuple[str, Any]] = []
    while not printed(read).endswith(text):
        read.append(next(events))
    return read


def in_progress(user: User, **over: Any) -> Submission:
    """Make an interactive run that another process has."""
    values = {"status": Status.RUNNING, "verdict": "", "attempt": 1, "stdout": ""}
    values |= {"worker": "boot/1/2/3", "typing": Typing.OPEN, "lease": queue.lease_expiry()}
    return make_submission(user, **{**values, **over})


def code_of(answer: Answer) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


# --- Played ---


@pytest.mark.docker
@pytest.mark.usefixtures("running_dispatcher")
def test_game_is_played_through_the_api_and_sealed_with_what_was_typed(
    alice: User, as_user: AsUser
) -> None:
    client = as_user(alice)
    address, events = start(client, GAME)
    read = read_to("Your guess: ", events)
    while ("waiting", {"text": ""}) not in read:
        read.append(next(events))
    answer = send(client, address, "50\r\n")
    assert (answer.status_code, answer.json()) == (
        200,
        {"bytes_left": STDIN_BYTES - 3, "open": True},
    )
    read = read_to("Your guess: ", events)
    told = [(name, data["text"]) for name, data in read if name in {"stdin", "stdout"}]
    assert told[0] == ("stdin", "50\n")  # before the answer of the program
    send(client, address, "37\n")
    *_, (name, result) = events
    assert (name, result["verdict"]) == ("result", "ok")
    assert result["limits"]["idle_seconds"] == 60
    stored = client.get(address).json()
    assert (stored["stdin"], stored["interactive"]) == ("50\n37\n", True)
    assert code_of(send(client, address, "more")) == (409, "not_under_way")
    chain.seal()
    assert broken() == ""
    Submission.written.filter(pk=stored["id"]).update(stdin="50\n38\n")
    assert broken()


@pytest.mark.docker
@pytest.mark.usefixtures("running_dispatcher")
def test_end_of_input_is_the_last_that_a_run_takes(alice: User, as_user: AsUser) -> None:
    client = as_user(alice)
    address, events = start(
        client, "import sys\nprint('ready')\nprint(len(sys.stdin.read()))\ninput()"
    )
    read_to("ready\n", events)
    assert send(client, address, "abc", end=True).json()["open"] is False
    assert code_of(send(client, address, "d")) in ((409, "input_ended"), (409, "not_under_way"))
    assert printed(events) == "3\n"
    assert client.get(address).json()["stdin"] == "abc"


@pytest.mark.docker
@pytest.mark.usefixtures("running_dispatcher")
def test_queued_interactive_run_takes_input_when_it_runs(alice: User, as_user: AsUser) -> None:
    client = as_user(alice)
    body = {"code": "print(input())", "interactive": True}
    answer = client.post("/run", body, content_type="application/json", headers=ASYNC)
    address = f"/api/submissions/{answer.json()['id']}/"
    eventually(lambda: client.get(address).json()["status"] == "running")
    assert send(client, address, "typed\n").status_code == 200
    eventually(lambda: client.get(address).json()["status"] == "finished")
    assert client.get(address).json()["output"] == "typed\n"


# --- Refused ---


@pytest.mark.inline
def test_input_that_a_run_cannot_take_is_refused_with_the_reason(
    alice: User, bob: User, as_user: AsUser
) -> None:
    client = as_user(alice)
    runs = {
        "plain": in_progress(alice, typing=""),
        "queued": in_progress(alice, status=Status.QUEUED, worker="", lease=None, attempt=0),
        "ended": in_progress(alice, typing=Typing.ENDED),
        "finished": make_submission(alice, typing=Typing.OPEN),
        "bob's": in_progress(bob),
    }
    answers = {
        name: code_of(send(client, f"/api/submissions/{run.pk}/", "x\n"))
        for name, run in runs.items()
    }
    assert answers == {
        "plain": (409, "not_interactive"),
        "queued": (409, "not_begun"),
        "ended": (409, "input_ended"),
        "finished": (409, "not_under_way"),
        "bob's": (404, "not_found"),
    }
    assert not Submission.objects.exclude(stdin="").exists()


@pytest.mark.inline
def test_wrong_messages_are_refused(alice: User, as_user: AsUser) -> None:
    address = f"/api/submissions/{in_progress(alice).pk}/"
    client = as_user(alice)
    wrong: list[Any] = [{}, {"text": 1}, {"end": False}, {"text": "a\0"}, {"text": "a", "x": 1}, []]
    for body in wrong:
        answer = client.post(f"{address}stdin/", body, content_type="application/json")
        assert code_of(answer) == (400, "invalid"), body


@pytest.mark.inline
def test_input_is_bounded_like_stdin_and_nothing_of_a_text_too_long_is_taken(
    alice: User, as_user: AsUser
) -> None:
    row = in_progress(alice, stdin="first\n")
    address = f"/api/submissions/{row.pk}/"
    client = as_user(alice)
    left = STDIN_BYTES - len("first\n")
    assert code_of(send(client, address, "x" * (left + 1))) == (413, "too_large")
    assert send(client, address, "é" * (left // 2)).json()["bytes_left"] == 0
    assert code_of(send(client, address, "x")) == (413, "too_large")
    row.refresh_from_db()
    assert len(row.stdin.encode()) == STDIN_BYTES


@pytest.mark.inline
def test_input_that_comes_too_fast_is_refused(
    alice: User, as_user: AsUser, settings: Settings
) -> None:
    settings.INPUT_RATE = "2/h"
    address = f"/api/submissions/{in_progress(alice).pk}/"
    client = as_user(alice)
    assert [send(client, address, "x").status_code for _ in range(2)] == [200, 200]
    answer = send(client, address, "x")
    assert code_of(answer) == (429, "throttled")
    assert int(answer["Retry-After"]) > 0


@pytest.mark.inline
def test_typed_bytes_count_against_the_bytes_of_the_day(
    alice: User, as_user: AsUser, settings: Settings
) -> None:
    row = in_progress(alice)
    client = as_user(alice)
    before = storage.stored_today(alice.pk)
    send(client, f"/api/submissions/{row.pk}/", "x" * 100)
    assert storage.stored_today(alice.pk) == before + 100
    settings.STORAGE_BYTES_PER_DAY = before + 150
    answer = send(client, f"/api/submissions/{row.pk}/", "x" * 100)
    assert code_of(answer) == (429, "storage_full")
    assert storage.stored_today(alice.pk) == before + 100


# --- Places ---


@pytest.mark.inline
def test_interactive_run_does_not_wait_behind_its_users_own(alice: User, as_user: AsUser) -> None:
    """Two users' would be all that there may be, for a quarter of an hour, and nobody typed to them."""
    client = as_user(alice)
    assert post_async(client, "print(1)").status_code == 202
    body = {"code": "input()", "interactive": True}
    refused = client.post("/run", body, content_type="application/json", headers=ASYNC)
    assert code_of(refused) == (429, "too_many_runs")
    Submission.written.update(status=Status.FINISHED)
    answer = client.post("/run", body, content_type="application/json", headers=ASYNC)
    assert answer.status_code == 202


@pytest.mark.inline
def test_user_has_one_interactive_run_and_all_users_have_fewer_than_places(
    alice: User, bob: User, as_user: AsUser, settings: Settings
) -> None:
    settings.INTERACTIVE_MAX = 2
    body = {"code": "input()", "interactive": True}

    def queue_one(user: User) -> Answer:
        return as_user(user).post("/run", body, content_type="application/json", headers=ASYNC)

    in_progress(alice)
    assert code_of(queue_one(alice)) == (429, "too_many_runs")
    in_progress(bob)
    Submission.written.filter(user=alice).update(status=Status.FINISHED)
    assert queue_one(alice).status_code == 202
    Submission.written.filter(user=bob).update(user=alice)
    assert code_of(queue_one(bob)) == (503, "busy")


@pytest.mark.inline
def test_last_interactive_runs_are_for_users_who_have_not_played_for_long(
    alice: User, bob: User, as_user: AsUser, settings: Settings
) -> None:
    settings.INTERACTIVE_MAX = 3  # one of them is kept
    others = [User.objects.create_user(f"other-{n}") for n in range(2)]
    body = {"code": "input()", "interactive": True}

    def answer_to(user: User) -> Answer:
        return as_user(user).post("/run", body, content_type="application/json", headers=ASYNC)

    def has_played(user: User, seconds: float, *, ago: float) -> None:
        # It never began: it was queued as long, and kept others from theirs.
        created = timezone.now() - timedelta(seconds=ago)
        ended = created + timedelta(seconds=seconds)
        make_submission(user, typing=Typing.OPEN, created=created, started=None, finished=ended)

    longest = settings.EXECUTOR_INTERACTIVE_SECONDS
    has_played(alice, longest / 2, ago=3500)
    has_played(alice, longest / 2, ago=1000)
    has_played(bob, longest - 1, ago=1000)
    has_played(bob, longest, ago=3601)
    in_progress(others[0])
    assert answer_to(alice).status_code == 202  # two are for anybody
    Submission.written.queued().update(user=others[1])
    refused = answer_to(alice)
    assert code_of(refused) == (503, "busy")
    assert "Give the input at the start" in refused.json()["detail"]
    assert answer_to(bob).status_code == 202


@pytest.mark.inline
def test_only_interactive_run_of_a_site_is_for_anybody(
    alice: User, as_user: AsUser, settings: Settings
) -> None:
    settings.INTERACTIVE_MAX = 1
    began = timezone.now() - timedelta(seconds=settings.EXECUTOR_INTERACTIVE_SECONDS)
    make_submission(alice, typing=Typing.OPEN, started=began, finished=timezone.now())
    body = {"code": "input()", "interactive": True}
    answer = as_user(alice).post("/run", body, content_type="application/json", headers=ASYNC)
    assert answer.status_code == 202


@pytest.mark.inline
def test_interactive_run_does_not_lengthen_the_wait_that_others_are_told(alice: User) -> None:
    limits = chosen_limits({}, LANGUAGES["python"], interactive=True)
    assert limits.wall_seconds > default_limits().wall_seconds
    in_progress(alice, limits={"wall_seconds": limits.wall_seconds})
    assert queue.seconds_until_a_place() == 1


@pytest.mark.inline
def test_site_without_interactive_runs_says_so(
    alice: User, as_user: AsUser, settings: Settings
) -> None:
    settings.INTERACTIVE_MAX = 0
    body = {"code": "input()", "interactive": True}
    answer = as_user(alice).post("/run", body, content_type="application/json", headers=ASYNC)
    assert code_of(answer) == (400, "invalid")
    assert answer.json()["fields"] == {"interactive": ["This site has no interactive runs."]}


@pytest.mark.inline
def test_interactive_run_needs_an_answer_that_names_it_and_no_batch_has_one(
    alice: User, as_user: AsUser
) -> None:
    client = as_user(alice)
    waited = client.run("input()", interactive=True)
    assert code_of(waited) == (400, "invalid")
    assert "Ask for a stream" in waited.json()["fields"]["interactive"][0]
    batch = post_batch(client, [{"code": "input()", "interactive": True}])
    assert code_of(batch) == (400, "invalid")
    assert not Submission.objects.exists()


# --- Lost ---


@pytest.mark.inline
def test_interactive_run_of_a_lost_process_ends_and_is_not_run_again(alice: User) -> None:
    row = in_progress(alice, lease=None)
    assert queue.recover() == queue.Recovered(requeued=0, abandoned=1)
    row.refresh_from_db()
    assert (row.status, row.verdict) == (Status.FINISHED, "internal_error")
    assert "run it again" in row.error


@pytest.mark.inline
def test_interactive_run_that_loses_its_sandbox_is_not_queued_again(alice: User) -> None:
    assert not queue.requeue(in_progress(alice))


@pytest.mark.inline
def test_request_lowers_the_elapsed_time_of_an_interactive_run() -> None:
    assert (
        chosen_limits({"wall_seconds": 3}, LANGUAGES["python"], interactive=True).wall_seconds == 3
    )
