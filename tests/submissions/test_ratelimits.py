"""Rates and simultaneous runs: exact for every way of access and under parallel requests."""

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, nullcontext
from itertools import count, pairwise
from time import time
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from executor.admission.admission import Admission
from submissions.lifecycle import queue
from submissions.lifecycle.errors import TooManyRuns
from submissions.lifecycle.intake import Origin, submit
from submissions.lifecycle.models import Status, Submission
from submissions.quotas import cache, rates
from submissions.quotas.models import Counter
from tests.support.clients import Answer, ApiClient, AsUser
from tests.support.factories import make_submission

pytestmark = pytest.mark.django_db

HITS = """
import sys
from concurrent.futures import ThreadPoolExecutor
import django
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
django.setup()
from django.contrib.auth.models import User
from django.db import connection
from submissions.quotas import rates

settings.RUN_RATE = "50/d"

def hit(_):
    return not rates.count(User(pk=1)).is_exceeded

with ThreadPoolExecutor(8) as pool:
    print(sum(pool.map(hit, range(100))))
"""


@pytest.fixture
def few(settings: Settings) -> None:
    settings.RUN_RATE = "3/d"  # a window of an hour may end within a test


def refused(client: ApiClient) -> Answer:
    """Send a request that counts and runs nothing."""
    return client.run("")


@pytest.mark.usefixtures("few")
def test_hit_beyond_the_rate_is_a_429_with_retry_after(alice: User, as_user: AsUser) -> None:
    client = as_user(alice)
    answers = [refused(client) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [400, 400, 400, 429]
    assert [answer["RateLimit-Remaining"] for answer in answers] == ["2", "1", "0", "0"]
    assert {answer["RateLimit-Limit"] for answer in answers} == {"3"}
    assert 1 <= int(answers[-1]["Retry-After"]) <= 86_400
    assert answers[-1]["Retry-After"] == answers[-1]["RateLimit-Reset"]
    assert answers[-1].json()["code"] == "throttled"


@pytest.mark.parametrize("rate", ["1/s", "1/3s", "1/m"])
def test_hit_passes_after_the_time_to_wait_and_not_before(
    alice: User, as_user: AsUser, settings: Settings, monkeypatch: pytest.MonkeyPatch, rate: str
) -> None:
    """The test starts at each second of a window, the last one included."""
    settings.RUN_RATE = rate
    now = 1_000_000.5
    clock = SimpleNamespace(time=lambda: now)
    monkeypatch.setattr("django_ratelimit.core.time", clock)
    client = as_user(alice)
    for _ in range(4):
        assert refused(client).status_code == 400
        now += 0.9
        answer = refused(client)
        if answer.status_code == 400:  # a new window has just begun
            answer = refused(client)
        wait = int(answer["Retry-After"])
        assert answer.status_code == 429
        assert wait >= 1
        now += wait - 1
        assert refused(client).status_code == 429 or wait == 1
        now += 1


def test_wait_is_a_second_if_the_window_ends_while_a_hit_is_counted(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.RUN_RATE = "5/3s"
    clock = count(1_000_000, 4)  # each look is in another window
    monkeypatch.setattr("django_ratelimit.core.time", SimpleNamespace(time=lambda: next(clock)))
    assert {rates.count(User(pk=1)).reset_seconds for _ in range(9)} == {1}


@pytest.mark.parametrize("seconds", [1, 7, 60, 86_400])
@pytest.mark.parametrize("user", [1, 2, 12_345])
def test_window_has_its_length_and_an_end_of_the_users_own(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, user: int, seconds: int
) -> None:
    """Hits in each second of two windows: one counter for as many seconds as a window has."""
    settings.RUN_RATE = f"5/{seconds}s"
    step = max(1, seconds // 60)
    ends = set()
    for moment in range(1_000_000, 1_000_000 + 2 * seconds, step):
        monkeypatch.setattr("django_ratelimit.core.time", SimpleNamespace(time=lambda: moment))  # noqa: B023
        rate = rates.count(User(pk=user))
        assert 1 <= rate.reset_seconds <= seconds
        ends.add(moment + rate.reset_seconds)
    assert len(ends) in {2, 3}
    assert {later - earlier for earlier, later in pairwise(sorted(ends))} == {seconds}


@pytest.mark.parametrize(
    ("rate", "sentence"),
    [
        ("60/m", "You've used your 60 runs this minute."),
        ("1/h", "You've used your 1 run this hour."),
        ("2/1d", "You've used your 2 runs this day."),
        ("10/30s", "You've used your 10 runs in 30 seconds."),
    ],
)
def test_refusal_names_the_rate_and_its_window(
    alice: User, settings: Settings, rate: str, sentence: str
) -> None:
    settings.RUN_RATE = rate
    assert rates.count(alice).sentence == sentence


def test_several_submissions_count_together_and_leave_no_trace(alice: User) -> None:
    assert rates.count(alice, 5).used == 5
    assert cache.hits.get() == 1
    assert Counter.objects.get().expires > time()


def test_hit_is_one_statement(
    alice: User, django_assert_num_queries: DjangoAssertNumQueries, settings: Settings
) -> None:
    settings.RUN_RATE = "9999/d"
    for hits in (1, 2, 3):
        with django_assert_num_queries(1):
            assert rates.count(alice).used == hits
    with django_assert_num_queries(1):
        assert rates.count(alice, 49).used == 52


@pytest.mark.usefixtures("few")
def test_users_do_not_share_a_bucket(alice: User, bob: User, as_user: AsUser) -> None:
    for _ in range(4):
        refused(as_user(alice))
    assert refused(as_user(bob)).status_code == 400


@pytest.mark.usefixtures("few")
def test_all_ways_in_share_a_users_bucket(
    alice: User,
    as_user: AsUser,
    token_of: Callable[..., dict[str, str]],
    basic: Callable[[str, str], dict[str, str]],
    client: Client,
) -> None:
    def by(headers: dict[str, str]) -> Answer:
        return client.post("/run", {}, content_type="application/json", headers=headers)

    statuses = [
        refused(as_user(alice)).status_code,
        by(token_of(alice)).status_code,
        by(token_of(alice, "Token")).status_code,
        by(basic("alice", "correct horse battery staple")).status_code,
    ]
    assert statuses == [400, 400, 400, 429]


@pytest.mark.usefixtures("few")
def test_forged_addresses_open_no_new_bucket(alice: User, as_user: AsUser) -> None:
    client = as_user(alice)
    statuses = [
        client.raw(
            "{}", **{"X-Forwarded-For": f"10.0.0.{n}", "X-Real-IP": f"10.1.0.{n}"}
        ).status_code
        for n in range(4)
    ]
    assert statuses[-1] == 429


@pytest.mark.usefixtures("few")
def test_looking_does_not_count(alice: User, as_user: AsUser) -> None:
    for _ in range(5):
        as_user(alice).get("/run")
    assert refused(as_user(alice)).status_code == 400


@pytest.mark.django_db(transaction=True)
def test_rate_is_exact_over_threads_and_processes() -> None:
    """400 hits by four processes of eight threads against 50 allowed."""
    database = str(connection.settings_dict["NAME"])
    command = [sys.executable, "-c", HITS, database]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    admitted = [int(process.communicate()[0]) for process in processes]
    assert sum(admitted) == 50


def origin() -> Origin:
    return Origin(via="session", client_address=None, user_agent="")


def test_user_with_too_much_under_way_is_a_429_and_nothing_is_stored(
    alice: User, as_user: AsUser, settings: Settings
) -> None:
    for _ in range(settings.RUN_MAX_PER_USER):
        make_submission(alice, status=Status.RUNNING)
    answer = as_user(alice).run()
    assert answer.status_code == 429
    assert answer["Retry-After"] == "1"
    assert answer.json()["code"] == "too_many_runs"
    assert Submission.objects.count() == settings.RUN_MAX_PER_USER


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("waited", [True, False])
def test_unfinished_runs_that_a_client_waits_for_count(
    alice: User, bob: User, settings: Settings, status: Status, waited: bool
) -> None:
    settings.RUN_MAX_PER_USER = 1
    make_submission(bob, status=Status.RUNNING)
    make_submission(alice, status=status, waited=waited)
    counts = waited and status != Status.FINISHED
    with pytest.raises(TooManyRuns) if counts else nullcontext():
        queue.check_waited(alice)


@pytest.mark.inline
@pytest.mark.skipif(connection.vendor != "sqlite", reason="of SQLite")
def test_runs_at_once_are_counted_in_the_index_of_those_under_way() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {queue.COUNT_WAITED}", [1])
        [(*_, plan)] = cursor.fetchall()
    assert "USING INDEX submission_in_flight" in plan


@pytest.mark.django_db(transaction=True)
def test_cap_on_runs_at_once_is_exact_under_parallel_requests(
    alice: User, settings: Settings
) -> None:
    from executor import RunRequest, default_limits

    def attempt(_: Any) -> bool:
        try:
            submit(user=alice, run=RunRequest(code="1", limits=default_limits()), origin=origin())
        except TooManyRuns:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(40))) == settings.RUN_MAX_PER_USER


@pytest.mark.inline
def test_full_service_is_a_503_with_retry_after_and_no_row(
    alice: User, as_user: AsUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    moments = iter([100.0, 102.5])
    house = Admission(places=1, waiting=0, seconds=0, clock=lambda: next(moments, 102.5))
    monkeypatch.setattr("executor.admission.admission.admission", lambda: house)
    with house.place("bob"):
        answer = as_user(alice).run()
    assert answer.status_code == 503
    assert answer["Retry-After"] == "3"
    assert answer.json()["code"] == "busy"
    assert not Submission.objects.exists()


@pytest.mark.inline
@pytest.mark.parametrize("held", [0, 1, 2])
def test_user_at_the_limit_is_told_so_without_a_wait_for_a_place(
    alice: User, as_user: AsUser, settings: Settings, monkeypatch: pytest.MonkeyPatch, held: int
) -> None:
    """Nobody else gets a place either: the user's runs hold as many as there are, or others do."""
    settings.RUN_MAX_PER_USER = 2
    house = Admission(places=2, waiting=0, seconds=0)
    monkeypatch.setattr("executor.admission.admission.admission", lambda: house)
    for _ in range(held):
        make_submission(alice, status=Status.RUNNING)
    with ExitStack() as places:
        for number in range(2):
            places.enter_context(house.place(alice.pk if number < held else "bob"))
        answer = as_user(alice).run()
    expected = (429, "too_many_runs") if held == 2 else (503, "busy")
    assert (answer.status_code, answer.json()["code"]) == expected
    assert Submission.objects.count() == held


@pytest.mark.docker
def test_remaining_counts_down_over_real_runs(
    alice: User, as_user: AsUser, settings: Settings
) -> None:
    settings.RUN_RATE = "60/d"  # the window of a minute may end between two runs
    client = as_user(alice)
    left = [int(client.run("1")["RateLimit-Remaining"]) for _ in range(3)]
    assert all(before - after == 1 for before, after in pairwise(left))
