"""The simulated order of a queue agrees with the service's order on random cases."""

from random import Random
from uuid import UUID

import pytest
from django.contrib.auth.models import User
from pytest_django import Settings

from executor import RunRequest, default_limits
from submissions.lifecycle import queue
from submissions.lifecycle.intake import Origin, submit_all
from submissions.lifecycle.models import Status, Submission, Via
from tools.capacity.simulation.arrivals import Arrival
from tools.capacity.simulation.orders import Fair

pytestmark = pytest.mark.django_db

ORIGIN = Origin(via=Via.SESSION, client_address=None, user_agent="")
AT_ONCE = 2
STEPS = 40


class Both:
    """Programs of some users in both queues: the service's and the simulated one."""

    def __init__(self, users: list[User]) -> None:
        self.users = users
        self.order = Fair()
        self.running: list[Submission] = []
        self._arrivals: dict[UUID, Arrival] = {}

    def submit(self, user: User, count: int) -> None:
        runs = [RunRequest(code="print(1)", limits=default_limits()) for _ in range(count)]
        for row in submit_all(user=user, runs=runs, origin=ORIGIN):
            arrival = Arrival(at=float(len(self._arrivals)), seconds=1.0, user=user.username)
            self._arrivals[row.pk] = arrival
            self.order.add(arrival)

    def take(self) -> tuple[Submission | Arrival | None, Arrival | None]:
        """Take the next program of each queue; None if no user may have one."""
        users = [row.user.username for row in self.running]
        simulated = self.order.take({user for user in users if users.count(user) >= AT_ONCE})
        claimed = queue.claim_next()
        if claimed is not None:
            self.running.append(claimed)
        return claimed and self._arrivals[claimed.pk], simulated

    def finish(self, row: Submission) -> None:
        self.running.remove(row)
        Submission.written.filter(pk=row.pk).update(status=Status.FINISHED)


@pytest.mark.parametrize("seed", range(3))
def test_fair_order_on_random_arrivals_agrees_with_the_service(
    seed: int, alice: User, bob: User, staff: User, settings: Settings
) -> None:
    settings.RUN_MAX_PER_USER = AT_ONCE
    random, both = Random(seed), Both([alice, bob, staff])
    for user in both.users:
        both.submit(user, random.randint(1, 5))
    taken = []
    for _ in range(STEPS):
        step = random.choice(["submit", "take", "take", "finish"])
        if step == "submit":
            both.submit(random.choice(both.users), random.randint(1, 5))
        elif step == "take":
            taken.append(both.take())
        elif both.running:
            both.finish(random.choice(both.running))
    assert [claimed for claimed, _ in taken] == [simulated for _, simulated in taken]
    assert len({claimed.user for claimed, _ in taken if claimed}) == 3
