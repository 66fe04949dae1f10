"""The order of the queue."""

from datetime import timedelta
from random import Random
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django import Settings

from executor import Busy, RunRequest, admit_any, default_limits
from submissions.dispatch.dispatcher import dispatcher
from submissions.lifecycle import queue
from submissions.lifecycle.errors import TooManyRuns
from submissions.lifecycle.intake import Origin, cancel_queued, submit_all
from submissions.lifecycle.models import Status, Submission, Typing, Verdict, Via
from submissions.serializers.results import SubmissionDetail
from tests.support.clients import AsUser, post_async
from tests.support.factories import make_submission
from tests.support.present import present
from tests.support.threads import at_once
from tests.support.waiting import eventually

pytestmark = pytest.mark.django_db

ORIGIN = Origin(via=Via.SESSION, client_address=None, user_agent="")


def put_in(user: User, count: int = 1, code: str = "print(1)", **over: Any) -> list[Submission]:
    run = RunRequest(**{"code": code, "limits": default_limits(), **over})
    return submit_all(user=user, runs=[run] * count, origin=ORIGIN)


def finish(submission: Submission) -> None:
    Submission.written.filter(pk=submission.pk).update(status=Status.FINISHED)


def serve(count: int) -> list[str]:
    """Return the users in the order in which one place serves them."""
    served = []
    for _ in range(count):
        submission = present(queue.claim_next())
        served.append(submission.user.username)
        finish(submission)
    return served


def test_user_with_few_programs_is_not_behind_one_with_many(alice: User, bob: User) -> None:
    put_in(alice, 100)
    assert serve(10) == ["alice"] * 10
    put_in(bob, 3)
    assert serve(8) == ["alice", "bob"] * 3 + ["alice"] * 2


def test_own_programs_run_in_the_order_in_which_they_came(alice: User, settings: Settings) -> None:
    settings.RUN_MAX_PER_USER = 4
    submissions = [*put_in(alice, 3), *put_in(alice, 3)]
    assert [present(queue.claim_next()).pk for _ in range(4)] == [one.pk for one in submissions[:4]]


def test_user_who_has_enough_running_is_passed_over(
    alice: User, bob: User, settings: Settings
) -> None:
    settings.RUN_MAX_PER_USER = 2
    put_in(alice, 3)
    put_in(bob, 1)
    assert [present(queue.claim_next()).user for _ in range(3)] == [alice, bob, alice]
    assert queue.claim_next() is None


def test_interactive_run_does_not_wait_for_its_users_other_runs(
    alice: User, settings: Settings
) -> None:
    """While it is queued it keeps others from theirs, and two sleeping programs would keep it there."""
    settings.RUN_MAX_PER_USER, settings.EXECUTOR_MAX_RUNS = 2, 4
    for _ in range(2):
        make_submission(alice, status=Status.RUNNING, waited=True)
    [queued, interactive] = put_in(alice, 2)
    Submission.written.filter(pk=interactive.pk).update(typing=Typing.OPEN)
    assert queue.users_waiting() == [alice.pk]
    assert queue.claim_next() == interactive
    assert queue.claim_next() is None  # all places but one
    assert queue.place_of(queued) == 1


@pytest.mark.django_db(transaction=True)
def test_threads_that_claim_at_once_respect_the_limit_of_a_user(
    alice: User, settings: Settings
) -> None:
    settings.RUN_MAX_PER_USER = 2
    put_in(alice, 8)
    claimed = at_once(lambda _: queue.claim_next(), range(8))
    assert sum(one is not None for one in claimed) == 2


def test_worker_of_a_language_gets_that_language(alice: User) -> None:
    put_in(alice, 2)
    (wanted,) = put_in(alice, 1, code="console.log(1)", language="javascript")
    assert queue.claim_next("javascript") == wanted
    assert queue.claim_next("javascript") is None


def test_waiting_run_passes_the_queued_runs_of_its_user(alice: User) -> None:
    put_in(alice, 50)
    assert queue.next_turn(alice, count=1, waited=True) == 1
    assert queue.next_turn(alice, count=1, waited=False) == 51


def test_queue_is_bounded_for_each_user_and_for_all(
    alice: User, bob: User, settings: Settings
) -> None:
    settings.QUEUE_MAX_PER_USER, settings.QUEUE_MAX = 3, 5
    put_in(alice, 2)
    with pytest.raises(TooManyRuns):
        put_in(alice, 2)
    put_in(bob, 3)
    with pytest.raises(Busy):
        put_in(alice, 1)
    assert Submission.objects.count() == 5


def test_clients_of_a_user_wait_for_a_bounded_number(alice: User, settings: Settings) -> None:
    settings.RUN_MAX_PER_USER = 2
    for _ in range(2):
        make_submission(alice, status=Status.RUNNING, waited=True)
    with pytest.raises(TooManyRuns, match=r"^2 of your submissions are under way already"):
        queue.check_waited(alice)
    with pytest.raises(TooManyRuns, match=r"^2 of your submissions are under way already"):
        queue.next_turn(alice, count=1, waited=True)
    settings.RUN_MAX_PER_USER, settings.EXECUTOR_MAX_RUNS = 3, 8
    queue.check_waited(alice)
    assert queue.most_waited() == 7


@pytest.mark.parametrize("attempt", [1, queue.MAX_ATTEMPTS])
def test_requeue_says_whether_the_submission_is_queued_again(alice: User, attempt: int) -> None:
    submission = make_submission(alice, status=Status.RUNNING, attempt=attempt)
    assert queue.requeue(submission) == (attempt < queue.MAX_ATTEMPTS)


def test_cancelled_before_it_began_never_runs(alice: User) -> None:
    (submission,) = put_in(alice)
    assert cancel_queued(submission)
    assert not cancel_queued(submission)
    submission.refresh_from_db()
    assert (submission.status, submission.verdict) == ("finished", "cancelled")
    assert submission.error == "Cancelled before it began"
    assert queue.claim_next() is None


def test_cancelled_between_two_attempts_has_begun(alice: User) -> None:
    submission = make_submission(alice, status=Status.RUNNING, verdict="", attempt=1)
    assert queue.requeue(submission)
    assert cancel_queued(submission)
    submission.refresh_from_db()
    assert "another attempt" in submission.error
    assert submission.attempt == 1


def test_running_and_finished_ones_are_not_cancelled_in_the_queue(alice: User) -> None:
    submission = make_submission(alice, status=Status.RUNNING, verdict="")
    assert not cancel_queued(submission)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("running_dispatcher")
def test_queued_submission_is_run(alice: User) -> None:
    runs = [RunRequest(code=f"print({n})", limits=default_limits()) for n in range(3)]
    submissions = dispatcher().submit_later(user=alice, runs=runs, origin=ORIGIN)
    assert {one.status for one in submissions} == {Status.QUEUED}
    eventually(lambda: not Submission.objects.in_flight().exists())
    for number, submission in enumerate(submissions):
        submission.refresh_from_db()
        assert (submission.verdict, submission.stdout) == (Verdict.OK, f"{number}\n")


def test_full_queue_has_room_for_users_without_submissions_in_it(
    alice: User, bob: User, staff: User, settings: Settings
) -> None:
    settings.QUEUE_MAX_PER_USER, settings.QUEUE_MAX = 99, 60
    put_in(alice, 60)
    with pytest.raises(Busy):
        put_in(alice)
    with pytest.raises(Busy):
        put_in(bob, 51)  # more than a batch
    put_in(bob, 50)
    with pytest.raises(Busy):
        put_in(bob)
    with pytest.raises(Busy):
        put_in(staff, 11)  # that room has an end, too
    put_in(staff, 10)
    # Whose client waits has bounds of its own: a full queue does not close /run.
    assert queue.next_turn(staff, count=1, waited=True) > 0


def test_users_with_something_to_run_are_named_in_turn(
    alice: User, bob: User, settings: Settings
) -> None:
    settings.RUN_MAX_PER_USER = 1
    put_in(alice, 3)
    put_in(bob, 1, code="console.log(1)", language="javascript")
    assert queue.users_waiting() == [alice.pk, bob.pk]
    assert queue.users_waiting("javascript") == [bob.pk]
    assert present(queue.claim_next(user=bob.pk)).user == bob
    assert present(queue.claim_next()).user == alice
    assert queue.users_waiting() == []  # alice has one running, and may have no more


def places(submissions: list[Submission]) -> Any:
    """Return what the API shows as their places."""
    found = Submission.objects.in_bulk([one.pk for one in submissions])
    return [SubmissionDetail(found[one.pk]).data["place_in_queue"] for one in submissions]


@pytest.mark.parametrize("seed", range(5))
def test_places_are_the_order_in_which_the_queue_serves(
    alice: User, bob: User, staff: User, settings: Settings, seed: int
) -> None:
    settings.RUN_MAX_PER_USER = 0
    chance = Random(seed)
    queued = []
    for _ in range(8):
        queued += put_in(chance.choice([alice, bob, staff]), chance.randint(1, 4))
    expected = [
        pk for _, pk in sorted(zip(places(queued), (one.pk for one in queued), strict=True))
    ]
    served = []
    while queue.users_waiting():
        with admit_any(queue.users_waiting, seconds=0) as user:
            submission = present(queue.claim_next(user=user))
        assert places([submission]) == [None]
        finish(submission)
        served.append(submission.pk)
    assert served == expected


def test_user_who_has_used_more_has_a_later_place(
    alice: User, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    [first], [second] = put_in(alice), put_in(bob)
    assert places([first, second]) == [1, 2]
    monkeypatch.setattr(queue, "weights_of", lambda users: {one: one == alice.pk for one in users})
    assert places([first, second]) == [2, 1]


def test_place_passes_over_users_who_have_enough_running(
    alice: User, bob: User, settings: Settings
) -> None:
    settings.RUN_MAX_PER_USER = 1
    one, two = put_in(alice, 2)
    others = put_in(bob, 2)
    assert places([one, two, *others]) == [1, 3, 2, 4]
    assert queue.claim_next() == one
    assert places([two, *others]) == [2, 1, 2]


@pytest.mark.inline  # a worker would begin them
def test_place_is_in_the_answer_to_a_queued_run(alice: User, bob: User, as_user: AsUser) -> None:
    put_in(bob, 2)
    answer = post_async(as_user(alice)).json()
    assert answer["place_in_queue"] == 2
    assert as_user(alice).get(answer["url"]).json()["place_in_queue"] == 2


def test_place_is_free_when_the_run_that_began_first_reaches_its_limit(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: now)
    assert queue.seconds_until_a_place() == 1  # nothing runs
    for began in (2, 9):
        limits = {"wall_seconds": 60.0}
        started = now - timedelta(seconds=began)
        make_submission(alice, status=Status.RUNNING, started=started, limits=limits)
    assert queue.seconds_until_a_place() == 51
