"""The desk, as a door uses it that counts nothing by itself and knows nothing of HTTP."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from pytest_django import Settings

from executor import Busy, RunRequest, RunResult, Verdict, default_limits
from submissions import orders
from submissions.lifecycle.errors import KeyReused, RateExceeded, ServiceBusy
from submissions.lifecycle.idempotency import RequestKey
from submissions.lifecycle.intake import Origin
from submissions.lifecycle.models import Submission, Via
from submissions.orders import Order
from submissions.webhooks.models import Delivery
from tests.support.factories import make_submission
from tests.support.present import present

pytestmark = [pytest.mark.django_db, pytest.mark.inline]

ORIGIN = Origin(via=Via.TOKEN, client_address="192.0.2.7", user_agent="a door")


def order(user: User, code: str = "1", count: int = 1, **more: Any) -> Order:
    runs = (RunRequest(code=code, limits=default_limits()),) * count
    return Order(user=user, runs=runs, origin=ORIGIN, **more)


@pytest.fixture(autouse=True)
def _executed(monkeypatch: pytest.MonkeyPatch) -> None:
    end = RunResult(verdict=Verdict.OK, stdout="1", limits=default_limits(), sandbox="x")
    monkeypatch.setattr("submissions.lifecycle.attempt.execute", lambda *args, **options: end)


@pytest.mark.parametrize("operation", [orders.run, orders.queue, orders.queue_batch])
def test_order_that_no_door_has_counted_is_counted_at_the_desk(
    alice: User, settings: Settings, operation: Callable[..., Any]
) -> None:
    settings.RUN_RATE = "2/d"
    assert operation(order(alice)).rate.left == 1
    assert operation(order(alice)).rate.left == 0
    with pytest.raises(RateExceeded) as refused:
        operation(order(alice))
    assert refused.value.code == "throttled"
    assert present(refused.value.retry_after) > 0
    assert Submission.objects.count() == 2


def test_order_that_its_door_has_counted_is_not_counted_again(
    alice: User, settings: Settings
) -> None:
    settings.RUN_RATE = "1/d"
    assert orders.count(alice).left == 0
    assert orders.run(order(alice, is_counted=True)).rate is None
    with pytest.raises(RateExceeded):
        orders.start(order(alice))


def test_batch_that_exceeds_the_rate_counts_as_one_and_stores_nothing(
    alice: User, settings: Settings
) -> None:
    settings.RUN_RATE = "5/d"
    with pytest.raises(RateExceeded):
        orders.queue_batch(order(alice, count=6))
    assert not Submission.objects.exists()
    assert orders.count(alice).left == 3


@pytest.mark.parametrize("operation", [orders.run, orders.queue, orders.queue_batch])
def test_repeated_key_finds_what_it_made_and_no_other_request(
    alice: User, operation: Callable[..., Any]
) -> None:
    key = RequestKey("once", "digest")
    first = operation(order(alice, key=key))
    again = operation(order(alice, key=key))
    assert (first.is_replay, again.is_replay, again.made) == (False, True, first.made)
    with pytest.raises(KeyReused):
        operation(order(alice, key=RequestKey("once", "another digest")))
    assert Submission.objects.count() == 1


def test_queued_order_stores_its_webhook_and_where_it_came_from(alice: User) -> None:
    made = orders.queue(order(alice, webhook="https://example.org/")).made
    assert Delivery.objects.get().submission == made
    stored = Submission.objects.get()
    assert (stored.via, stored.client_address, stored.user_agent) == (
        "token",
        "192.0.2.7",
        "a door",
    )


def test_refusal_of_the_executor_is_one_of_the_desk(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*args: Any, **options: Any) -> None:
        raise Busy("too many runs are under way", retry_after=7)

    monkeypatch.setattr("submissions.dispatch.local.admit", busy)
    with pytest.raises(ServiceBusy) as refused:
        orders.run(order(alice))
    assert (refused.value.code, refused.value.retry_after) == ("busy", 7)


def test_few_requests_at_a_time_wait_for_the_end_of_what_they_cancel(
    alice: User, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each holds a thread of the server: one user's could hold all of them, run after run."""
    cancelled: list[float] = []

    class Ending:
        def cancel(self, submission: Submission, seconds: float) -> Submission:
            cancelled.append(seconds)
            if submission.user == bob or len(cancelled) < 3:
                orders.cancel(make_submission(alice))  # while this one waits
            return submission

    monkeypatch.setattr(orders, "dispatcher", Ending)
    most = orders.ENDING_MAX_PER_USER
    orders.cancel(make_submission(alice))
    assert cancelled == [orders.END_SECONDS] * most + [0]
    orders.cancel(make_submission(alice))
    orders.cancel(make_submission(bob))
    assert cancelled[most + 1 :] == [orders.END_SECONDS] * 3
