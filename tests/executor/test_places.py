"""The next user of a place, by a clock that the tests set."""

from collections import Counter
from math import inf

import pytest

from executor.admission.places import MEMORY_SECONDS, Places, Ticket

LIGHT_SECONDS = 5.0
"""Half of the duration of the longest run."""
PATIENCE_SECONDS = 2.0
"""The longest wait for a place."""
STEP_SECONDS = 0.25


def make(places: int = 4, extra: int = 2) -> Places:
    return Places(places=places, extra=extra, light_seconds=LIGHT_SECONDS)


def ask(house: Places, tenant: str, now: float = 0.0, most: float = inf) -> Ticket:
    ticket = Ticket([tenant], most=most)
    house.ask(ticket, now)
    return ticket


def use(house: Places, tenant: str, seconds: float, now: float) -> None:
    """Record that a user alone has held one place for this time until now."""
    house.give_back(ask(house, tenant, now - seconds), now)


def test_extra_place_is_for_a_user_who_holds_none() -> None:
    house = make(places=2, extra=2)
    [first, second, third] = [ask(house, "alice") for _ in range(3)]
    assert (first.is_granted, second.is_granted, third.is_granted) == (True, True, False)
    assert ask(house, "bob").is_granted
    assert not ask(house, "bob").is_granted
    assert ask(house, "carol").is_granted
    assert not ask(house, "dave").is_granted


def test_extra_place_is_for_a_user_who_has_used_little_lately() -> None:
    house = make(places=2, extra=2)
    use(house, "bob", LIGHT_SECONDS + 1, now=20.0)
    use(house, "carol", 1, now=20.0)
    for _ in range(2):
        ask(house, "alice", 20.0)
    assert not ask(house, "bob", 20.0).is_granted
    assert ask(house, "carol", 20.0).is_granted


def test_use_is_forgotten_with_time() -> None:
    house = make(places=1, extra=1)
    use(house, "bob", 2 * LIGHT_SECONDS, now=20.0)
    later = 20.0 + MEMORY_SECONDS
    ask(house, "alice", later)
    assert ask(house, "bob", later).is_granted


def test_use_counts_while_the_place_is_held() -> None:
    house = make(places=3, extra=1)
    ask(house, "alice", 0.0)
    use(house, "bob", LIGHT_SECONDS / 2, now=5.0)
    others = [ask(house, "carol", 50.0) for _ in range(2)]
    waiting_alice, waiting_bob = ask(house, "alice", 50.0), ask(house, "bob", 50.0)
    assert waiting_bob.is_granted  # by an extra place
    ask(house, "dave", 50.0)
    house.give_back(others[0], 51.0)
    assert not waiting_alice.is_granted


def test_freed_place_goes_to_the_user_with_the_least_use() -> None:
    house = make(places=1, extra=0)
    use(house, "alice", 5 * LIGHT_SECONDS, now=50.0)
    held = ask(house, "carol", 50.0)
    heavy, light = ask(house, "alice", 50.0), ask(house, "bob", 51.0)
    house.give_back(held, 52.0)
    assert (heavy.is_granted, light.is_granted) == (False, True)
    house.give_back(light, 53.0)
    assert heavy.is_granted


def test_equals_are_served_in_the_order_in_which_they_came() -> None:
    house = make(places=1, extra=0)
    held = ask(house, "alice")
    waiting = [ask(house, name) for name in ("bob", "carol", "dave")]
    for ticket in waiting:
        house.give_back(held, 1.0)
        assert [one.is_granted for one in waiting[waiting.index(ticket) :]].count(True) == 1
        held = ticket
        assert held.is_granted


def test_user_who_holds_the_most_allowed_gets_no_more() -> None:
    house = make(places=4, extra=0)
    tickets = [ask(house, "alice", most=3) for _ in range(4)]
    assert [ticket.is_granted for ticket in tickets] == [True, True, True, False]
    house.give_back(tickets[0], 1.0)
    assert tickets[3].is_granted


def test_one_of_several_users_is_chosen_by_the_same_rule() -> None:
    house = make(places=1, extra=1)
    ask(house, "alice", 0.0)
    use(house, "bob", LIGHT_SECONDS + 1, now=20.0)
    queue = Ticket(["alice", "bob", "carol"], counts=False)
    house.ask(queue, 20.0)
    assert queue.holder == "carol"


def test_full_room_refuses_the_user_with_most_wishes() -> None:
    house = make(places=1, extra=0)
    ask(house, "alice")
    many = [ask(house, "alice") for _ in range(4)]
    house.keep_to(4, 0.0)
    few = ask(house, "bob")
    house.keep_to(4, 0.0)
    assert [ticket.is_refused for ticket in many] == [False, False, False, True]
    assert not few.is_refused


def test_full_room_of_heavy_users_lets_a_light_one_in() -> None:
    house = make(places=1, extra=0)
    names = [f"user {number}" for number in range(4)]
    for name in names:
        use(house, name, 2 * LIGHT_SECONDS, now=20.0)
    ask(house, "alice", 20.0)
    waiting = [ask(house, name, 20.0) for name in names]
    late = ask(house, "bob", 20.0)
    house.keep_to(4, 20.0)
    assert [ticket.is_refused for ticket in waiting] == [False, False, False, True]
    assert not late.is_refused


def test_full_room_of_equals_refuses_the_newest() -> None:
    house = make(places=1, extra=0)
    ask(house, "alice")
    waiting = [ask(house, f"user {number}") for number in range(3)]
    house.keep_to(2, 0.0)
    assert [ticket.is_refused for ticket in waiting] == [False, False, True]


def test_expected_wait_grows_with_those_ahead_and_with_what_runs_take() -> None:
    house = make(places=4, extra=0)
    for _ in range(4):
        ask(house, "alice", 0.0)
    assert house.wait_seconds("bob", 8.0) == pytest.approx(2.0)
    ask(house, "carol", 8.0)
    assert house.wait_seconds("bob", 8.0) == pytest.approx(4.0)


def test_expected_wait_follows_the_runs_that_have_ended() -> None:
    house = make(places=1, extra=0)
    use(house, "alice", 10, now=10.0)
    assert house.wait_seconds("bob", 10.0) == pytest.approx(2.0)
    use(house, "alice", 10, now=20.0)
    assert house.wait_seconds("bob", 20.0) == pytest.approx(3.6)


def test_expected_wait_takes_a_run_of_minutes_for_one_of_the_longest_ordinary_runs() -> None:
    house = make(places=2, extra=0)
    ask(house, "alice", 0.0)
    assert house.wait_seconds("bob", 300.0) == pytest.approx(LIGHT_SECONDS)
    use(house, "alice", 300, now=300.0)
    assert house.wait_seconds("bob", 300.0) == pytest.approx(LIGHT_SECONDS)


def test_queue_that_waits_for_several_users_is_ahead_if_one_of_them_is_light() -> None:
    house = make(places=1, extra=0)
    use(house, "alice", 3 * LIGHT_SECONDS, now=20.0)
    ask(house, "dave", 20.0)
    alone = house.wait_seconds("carol", 30.0)
    house.ask(Ticket(["alice", "bob"], counts=False), 30.0)
    assert house.wait_seconds("carol", 30.0) == pytest.approx(2 * alone)


def test_users_who_use_nothing_any_more_are_forgotten() -> None:
    house = make()
    for number in range(100):
        use(house, f"user {number}", 1, now=float(number))
    use(house, "alice", 1, now=50 * MEMORY_SECONDS)
    # Private: memory that is not given back shows nowhere else.
    assert list(house._accounts) == ["alice"]


class Attack:
    """Accounts that always want two places each for nine seconds and retry when refused, and a newcomer.

    The newcomer has a short program. The simulation has discrete steps.
    """

    def __init__(self, accounts: int) -> None:
        self.house = make()
        self.wishes: list[tuple[str, Ticket | None]] = [
            (f"account {number}", None) for number in range(accounts) for _ in range(2)
        ]
        self.now = 0.0

    def step(self) -> None:
        self.now += STEP_SECONDS
        self.wishes = [(name, self._next(name, ticket)) for name, ticket in self.wishes]
        self.house.keep_to(16, self.now)

    def _next(self, name: str, ticket: Ticket | None) -> Ticket | None:
        if ticket is None or ticket.is_refused:
            return ask(self.house, name, self.now, most=3)
        if ticket.is_granted and self.now - ticket.since >= 9.0:
            self.house.give_back(ticket, self.now)
            return None
        return ticket

    def newcomer_waits(self, name: str) -> float:
        """Return the seconds until the newcomer gets a place; inf after its patience."""
        start = self.now
        ticket = ask(self.house, name, self.now)
        self.house.keep_to(16, self.now)
        while not ticket.is_granted:
            if ticket.is_refused or self.now - start >= PATIENCE_SECONDS:
                self.house.leave(ticket)
                return inf
            self.step()
        waited = self.now - start
        self.house.give_back(ticket, self.now + 0.05)
        return waited


@pytest.mark.parametrize("accounts", [1, 2, 3])
def test_three_accounts_never_keep_a_newcomer_waiting(accounts: int) -> None:
    """This holds from the first step."""
    attack = Attack(accounts)
    waits: Counter[float] = Counter()
    for number in range(400):
        attack.step()
        waits[attack.newcomer_waits(f"newcomer {number}")] += 1
    assert max(waits) == 0.0


@pytest.mark.parametrize("accounts", [4, 10, 20, 60])
def test_many_accounts_in_a_loop_never_keep_a_newcomer_waiting(accounts: int) -> None:
    """This holds once each account has had a run: before, they are newcomers too."""
    attack = Attack(accounts)
    first_seconds = 9.0 * (accounts / 6 + 1)
    while attack.now < first_seconds:
        attack.step()
    waits: Counter[float] = Counter()
    for number in range(40):  # over forty seconds, four rounds of theirs
        for _ in range(4):
            attack.step()
        waits[attack.newcomer_waits(f"newcomer {number}")] += 1
    assert max(waits) == 0.0


def test_returning_user_with_short_programs_counts_as_a_newcomer() -> None:
    attack = Attack(20)
    while attack.now < 70.0:
        attack.step()
    waits = []
    for _ in range(100):
        attack.step()
        waits.append(attack.newcomer_waits("bob"))
    assert max(waits) == 0.0
