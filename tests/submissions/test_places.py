"""A user who holds nothing is served at once while others hold every place of runs, streams and queue.

This holds for page, API, stream, queue, batch, lab, interactive run and each other door, in both modes.
The others' programs sleep."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from time import monotonic
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from pytest_django import Settings

from executor import Admission, RunRequest, default_limits
from executor.admission.admission import light_seconds
from executor.admission.places import Places, Tenant, Ticket
from submissions.dispatch.dispatcher import dispatcher
from submissions.http.connections import place
from submissions.lifecycle.errors import NotUnderWay
from submissions.lifecycle.intake import Origin
from submissions.lifecycle.models import Status, Submission, Via
from tests.support.clients import ApiClient, AsUser, post_batch, programs
from tests.support.clients import post_async as post_later
from tests.support.doors import DOORS
from tests.support.streams import events_in, join, open_streams, stream_of
from tests.support.waiting import PATIENCE_SECONDS, eventually

pytestmark = [
    pytest.mark.docker,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("long_runs", "running_dispatcher"),
    pytest.mark.xdist_group("streams"),
]

ORIGIN = Origin(via=Via.SESSION, client_address=None, user_agent="")
SLEEPS = "import time\ntime.sleep(600)"
PLACES = 4
EXTRA = 2


class WatchedPlaces(Places):
    """Places that remember who had to wait for the first one."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.kept_waiting: set[Tenant] = set()

    def ask(self, ticket: Ticket, now: float) -> None:
        super().ask(ticket, now)
        self._watch()

    def hand_out(self, now: float) -> None:
        super().hand_out(now)
        self._watch()

    def _watch(self) -> None:
        wanted = {tenant for ticket in self._waiting for tenant in ticket.tenants}
        self.kept_waiting |= {tenant for tenant in wanted if not self.held_by(tenant)}


class House(Admission):
    """The places for runs of the smallest machine, all unused."""

    def __init__(self) -> None:
        super().__init__(
            places=PLACES,
            waiting=settings.EXECUTOR_MAX_WAITING,
            seconds=settings.EXECUTOR_QUEUE_SECONDS,
            clock=lambda: monotonic() + self.ahead,
        )
        self._places = self.watched = WatchedPlaces(
            places=PLACES, extra=EXTRA, light_seconds=light_seconds()
        )
        self.ahead = 0.0

    def kept_waiting(self, user: User) -> bool:
        """Whether the user ever waited without holding a place. A worker's places are not seen here."""
        return user.pk in self.watched.kept_waiting

    def let_use_much(self, users: list[User]) -> None:
        """Record a long program just before for each user."""
        for start in range(0, len(users), PLACES):
            with ExitStack() as held:
                for user in users[start : start + PLACES]:
                    held.enter_context(self.place(user.pk))
                self.ahead += default_limits().wall_seconds


@pytest.fixture(autouse=True)
def house(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    assert settings.EXECUTOR_MAX_RUNS >= PLACES
    # Longer than the two seconds of the promise, for a crowded machine. So that this hides no wait, tests
    # ask the house who waited.
    settings.EXECUTOR_QUEUE_SECONDS = PATIENCE_SECONDS
    made = House()
    monkeypatch.setattr("executor.admission.admission.admission", lambda: made)
    settings.RUN_MAX_PER_USER = 2
    yield made
    eventually(lambda: made.held == 0)


@pytest.fixture
def attackers(django_user_model: type[User]) -> Callable[..., list[User]]:
    def make(count: Any) -> list[User]:
        return [django_user_model.objects.create_user(f"account-{n}") for n in range(count)]

    return make


@contextmanager
def queue_is_full_of(users: list[User], each: int) -> Iterator[None]:
    """Let their long programs hold all places that they can get, and let more wait."""
    for user in users:
        runs = [RunRequest(code=SLEEPS, limits=default_limits())] * each
        dispatcher().submit_later(user=user, runs=runs, origin=ORIGIN)
    most = min(PLACES, settings.RUN_MAX_PER_USER * len(users))
    eventually(lambda: Submission.objects.running().count() >= most)
    try:
        yield
    finally:
        end_all()


def end_all() -> None:
    def is_over() -> bool:
        Submission.written.queued().delete()
        for submission in Submission.objects.running():
            with suppress(NotUnderWay):  # it has just ended by itself
                dispatcher().cancel(submission, PATIENCE_SECONDS)
        return not Submission.objects.in_flight().exists()

    eventually(is_over)


def was_served_beside_others(user: User) -> bool:
    """Return whether a run of the user has begun, and no run of anybody else has ended for it."""
    own, others = Submission.objects.filter(user=user), Submission.objects.exclude(user=user)
    ended = others.filter(status=Status.FINISHED)
    return own.filter(started__isnull=False).exists() and not ended.exists()


def by_page(client: Client) -> None:
    assert client.post("/playground/run/", {"code": "print(1)"}).status_code == 302


def by_api(client: ApiClient) -> None:
    answer = client.run("print(1)")
    assert (answer.status_code, answer.json().get("output")) == (200, "1\n"), answer.json()


def by_stream(client: ApiClient) -> None:
    answer = client.post(
        "/run",
        {"code": "print(1)"},
        content_type="application/json",
        headers={"Accept": "text/event-stream"},
    )
    assert answer.status_code == 200
    assert list(events_in(stream_of(answer)))[-1][1]["verdict"] == "ok"


def by_queue(client: Client) -> None:
    address = post_later(client, "print(1)")["Location"]
    eventually(lambda: client.get(address).json()["status"] == "finished")


def by_batch(client: Client) -> None:
    address = post_batch(client, programs(2)).json()["url"]
    eventually(lambda: client.get(address).json()["done"])


def by_lab(client: Client) -> None:
    assert client.post("/lab/be-root/").status_code == 302


def by_typing(client: ApiClient) -> None:
    answer = client.post(
        "/run",
        {"code": "print(input())", "interactive": True},
        content_type="application/json",
        headers={"Accept": "text/event-stream"},
    )
    assert answer.status_code == 200
    events = events_in(stream_of(answer))
    assert next(events)[0] == "waiting"
    typed = client.post(
        f"{answer['Content-Location']}stdin/", {"text": "1\n"}, content_type="application/json"
    )
    assert typed.status_code == 200
    assert list(events)[-1][1]["output"] == "1\n"


WAYS = [by_page, by_api, by_stream, by_queue, by_batch, by_lab, by_typing]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
@pytest.mark.parametrize("accounts", [1, 3, 20])
def test_user_who_holds_nothing_is_served_beside_accounts_that_hold_all(
    accounts: int,
    way: Callable[..., Any],
    attackers: Callable[..., list[User]],
    bob: User,
    as_user: AsUser,
    house: House,
) -> None:
    users = attackers(accounts)
    house.let_use_much(users[3:])  # three are newcomers, too; more of them have had their first run
    with queue_is_full_of(users, each=2 + 20 // accounts):
        way(as_user(bob))
        assert was_served_beside_others(bob)
        assert not house.kept_waiting(bob)


@pytest.mark.parametrize("door", DOORS)
def test_user_who_holds_nothing_is_served_at_each_door(
    door: str,
    attackers: Callable[..., list[User]],
    bob: User,
    as_user: AsUser,
    token_of: Callable[[User], dict[str, str]],
    house: House,
) -> None:
    with queue_is_full_of(attackers(3), each=8):
        headers = token_of(bob) if DOORS[door].by_token else {}
        answer = DOORS[door].send(as_user(bob), headers, code="print(1)")
        assert answer.status_code in {200, 201, 302}
        assert was_served_beside_others(bob)
        assert not house.kept_waiting(bob)


@pytest.mark.parametrize("way", [by_queue, by_batch], ids=lambda way: way.__name__)
def test_user_who_has_nothing_queued_gets_into_a_queue_that_others_fill(
    way: Callable[..., Any],
    attackers: Callable[..., list[User]],
    bob: User,
    as_user: AsUser,
    settings: Settings,
    house: House,
) -> None:
    settings.QUEUE_MAX = 30
    users = attackers(3)
    with queue_is_full_of(users, each=12):
        assert post_later(as_user(users[0]), "print(1)").status_code == 503
        way(as_user(bob))
        assert was_served_beside_others(bob)
        assert not house.kept_waiting(bob)


def test_queued_programs_of_a_user_do_not_delay_their_own_run(bob: User, as_user: AsUser) -> None:
    """A run with a waiting client goes before runs without one."""
    with queue_is_full_of([bob], each=5):
        by_api(as_user(bob))


def test_fourth_user_streams_while_three_accounts_follow_all_they_can(
    attackers: Callable[..., list[User]], bob: User, as_user: AsUser
) -> None:
    users = attackers(3)
    with queue_is_full_of(users, each=12), ExitStack() as open_ones:
        statuses = []
        for user in users:
            for submission in Submission.objects.filter(user=user)[: settings.STREAM_MAX_PER_USER]:
                answer = as_user(user).get(f"/api/submissions/{submission.pk}/events/")
                open_ones.callback(answer.close)
                statuses.append(answer.status_code)
        assert set(statuses) == {200, 503}  # they can open no more
        assert open_streams() == statuses.count(200) > settings.STREAM_MAX // 2
        by_stream(as_user(bob))
        join(as_user(bob), Submission.objects.get(user=bob).pk).close()


def test_stream_of_a_queued_one_ends_within_seconds(
    attackers: Callable[..., list[User]], as_user: AsUser
) -> None:
    """Otherwise it would hold a thread until the queue is empty."""
    [user] = attackers(1)
    with queue_is_full_of([user], each=5):
        waiting = Submission.objects.queued()[0]
        answer = as_user(user).get(f"/api/submissions/{waiting.pk}/events/")
        assert list(events_in(stream_of(answer))) == [("queued", {})]
        answer.close()
        assert open_streams() == 0


def test_half_of_the_streams_are_for_users_who_have_none(settings: Settings) -> None:
    settings.STREAM_MAX, settings.STREAM_MAX_PER_USER = 4, 3
    with ExitStack() as held:
        for user in (1, 1):
            held.enter_context(place(user))
        with pytest.raises(Exception, match="too many streams"), place(1):
            pass
        held.enter_context(place(2))
        held.enter_context(place(3))


def test_class_that_presses_run_together_is_served(
    attackers: Callable[..., list[User]], as_user: AsUser
) -> None:
    """Thirty students, each with a page that retries when it is refused."""
    outcomes, lock = [], threading.Lock()

    def student(user: User) -> None:
        client = as_user(user)
        refusals = []
        try:
            while True:
                answer = client.post(
                    "/run",
                    {"code": "print(1)"},
                    content_type="application/json",
                    headers={"Accept": "text/event-stream"},
                )
                if answer.status_code == 200:
                    events = list(events_in(stream_of(answer)))
                    break
                refusals.append(answer.json()["code"])
                threading.Event().wait(int(answer["Retry-After"]))
        finally:
            connection.close()
        with lock:
            outcomes.append((events[-1][1]["verdict"], set(refusals) - {"busy"}))

    students = [threading.Thread(target=student, args=[user]) for user in attackers(30)]
    for thread in students:
        thread.start()
    for thread in students:
        thread.join()
    assert outcomes == [("ok", set())] * 30
