"""HTTP Basic: correct credentials are cached for a minute. Few threads check passwords or wait."""

import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from functools import cache
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import AnonymousUser, User
from django.test import Client, RequestFactory
from pytest_django import Settings

from submissions.accounts import attempts, credentials, signin
from submissions.accounts.attempts import Limit, Rate, TooManyAttempts, counted
from submissions.accounts.models import Attempts
from submissions.lifecycle.models import Submission
from tests.support.clients import PASSWORD, log_in
from tests.support.slow_hasher import SLOW, SlowHasher
from tests.support.threads import at_once
from tests.support.waiting import PATIENCE_SECONDS, eventually

NEW_PASSWORD = PASSWORD + "!"


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Record the passwords that were checked against a stored hash."""
    made = []
    real = attempts.checking

    def counting(attempt: Any, tenant: str) -> AbstractContextManager[None]:
        made.append(attempt)
        return real(attempt, tenant)

    monkeypatch.setattr("submissions.accounts.adapter.checking", counting)
    return made


@pytest.mark.django_db
class TestKnownCredentials:
    @pytest.fixture(autouse=True)
    def _once(self, alice: User, basic: Callable[[str, str], dict[str, str]]) -> None:
        self.basic = basic
        assert self.get() == 200

    def get(self, name: str = "alice", password: str = PASSWORD, **extra: Any) -> int:
        return Client().get("/api/", headers=self.basic(name, password), **extra).status_code

    def test_right_password_is_checked_once_a_minute(
        self, checks: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert [self.get() for _ in range(10)] == [200] * 10
        assert self.get("ALICE") == 200
        assert not checks
        now = time.monotonic()
        monkeypatch.setattr("submissions.accounts.credentials.time.monotonic", lambda: now + 61)
        assert self.get() == 200
        assert len(checks) == 1

    def test_new_password_makes_the_old_one_wrong_at_once(self, alice: User) -> None:
        alice.set_password(NEW_PASSWORD)
        alice.save()
        assert self.get() == 401
        assert self.get(password=NEW_PASSWORD) == 200

    def test_closed_account_is_refused_at_once(self, alice: User) -> None:
        alice.is_active = False
        alice.save()
        assert self.get() == 401

    def test_wrong_password_is_checked_and_counted(self, checks: Any) -> None:
        assert self.get(password="wrong") == 401
        assert len(checks) == 1

    @pytest.mark.parametrize("name", ["\u0300" * 40_000, "%" * 60_000], ids=["marks", "percent"])
    def test_name_that_nobody_can_have_is_refused_unread(self, checks: Any, name: str) -> None:
        """Its normal form takes time as the square of its length, and SQLite refuses to look for it."""
        assert self.get(name=name) == 401
        assert checks == []

    def test_guesser_finds_nothing_beyond_the_limit(self) -> None:
        for _ in range(5):
            assert self.get(password="wrong") == 401
        assert self.get() == 429

    def test_other_client_is_checked_by_itself(self, checks: Any) -> None:
        assert self.get(REMOTE_ADDR="10.0.0.2") == 200
        assert len(checks) == 1

    def test_second_factor_that_is_switched_on_is_asked_for_at_once(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(
            "submissions.api.framework.authentication.is_mfa_enabled", lambda user: True
        )
        assert self.get() == 401

    def test_memory_is_bounded_and_holds_no_password(
        self, alice: User, rf: RequestFactory, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(credentials, "MOST", 3)
        request = rf.get("/")
        request.user = AnonymousUser()
        for number in range(10):
            credentials.remember(request, alice, f"secret-{number}")
        known = [credentials.known(request, "alice", f"secret-{n}") for n in range(10)]
        assert [user is not None for user in known] == [False] * 7 + [True] * 3
        assert "secret-9" not in str(vars(credentials))


@pytest.fixture
def few_threads(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let two threads wait, for longer than a crowded machine needs, and four check."""
    settings.WEB_THREADS = 8
    monkeypatch.setattr(attempts, "PATIENCE_SECONDS", PATIENCE_SECONDS)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("few_threads")
class TestWaiters:
    LIMIT = Limit("test", "somebody", Rate(1, 3600))

    def test_more_than_a_fourth_of_the_threads_does_not_wait(self) -> None:
        outcomes = []
        refused = threading.Event()

        def attempt(number: Any) -> str:
            if number == 0:
                with counted(self.LIMIT) as first:
                    refused.wait(PATIENCE_SECONDS)
                    first.release()
                return "first"
            eventually(lambda: Attempts.objects.filter(under_way=1).exists())
            try:
                with counted(self.LIMIT) as own:
                    own.release()
                return "waited"
            except TooManyAttempts as error:
                outcomes.append(error.wait)
                if len(outcomes) == 4:
                    refused.set()
                return "refused"

        answers = at_once(attempt, range(7))
        assert sorted(answers) == ["first", *["refused"] * 4, *["waited"] * 2]
        assert outcomes == [1] * 4

    def test_attempt_that_waits_is_refused_once_the_limit_is_full(self) -> None:
        """Until its end, not for as long as an attempt may wait."""
        one_is_refused = threading.Event()

        def attempt(number: int) -> int:
            if number == 0:
                with counted(self.LIMIT):
                    one_is_refused.wait(PATIENCE_SECONDS)
                return 0
            eventually(lambda: Attempts.objects.filter(under_way=1).exists())
            try:
                with counted(self.LIMIT):
                    pytest.fail("It was let through.")
            except TooManyAttempts as error:
                one_is_refused.set()  # so the two others wait
                return error.wait

        first, refused, *waited = sorted(at_once(attempt, range(4)))
        assert (first, refused) == (0, 1)
        assert all(PATIENCE_SECONDS < wait <= 3600 for wait in waited)

    def test_attempt_at_a_full_limit_needs_no_room_to_wait(self) -> None:
        with counted(self.LIMIT):
            pass
        with (
            attempts._waiting("one"),
            attempts._waiting("one"),
            pytest.raises(TooManyAttempts) as refused,
            counted(self.LIMIT),
        ):
            pytest.fail("It was let through.")
        assert refused.value.wait > attempts.AGAIN_SECONDS

    def test_login_that_waits_for_its_check_in_vain_is_refused_and_does_not_count(
        self, alice: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(attempts, "PATIENCE_SECONDS", 0.05)
        with ExitStack() as others:
            for _ in range(4):
                others.enter_context(attempts.checking(attempts.Attempt(), "one"))
            refused = [log_in(Client(), "alice", PASSWORD) for _ in range(6)]  # five may fail
        assert {(one.status_code, one["Retry-After"]) for one in refused} == {(429, "1")}
        assert log_in(Client(), "alice", PASSWORD).status_code == 302

    def test_accounts_that_log_in_all_the_time_leave_a_place_for_others(
        self, settings: Settings
    ) -> None:
        settings.WEB_THREADS = 46
        with ExitStack() as held:
            for number in range(46 // 2 - 2):
                place = attempts.checking(attempts.Attempt(), f"account {number % 7}")
                held.enter_context(place)
            for _ in range(46 // 4 - 1):
                held.enter_context(attempts._waiting("account 1"))
            refused = attempts.Attempt()
            with pytest.raises(TooManyAttempts), attempts.checking(refused, "account 1"):
                pytest.fail("It was let through.")
            with attempts.checking(attempts.Attempt(), "address of somebody else"):
                pass

    def test_account_that_has_had_a_place_for_long_is_no_newcomer(
        self, settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        settings.WEB_THREADS = 46
        monkeypatch.setattr(attempts, "LIGHT_SECONDS", 0.1)
        monkeypatch.setattr(attempts, "PATIENCE_SECONDS", 0.1)
        monkeypatch.setattr(attempts, "_checking", cache(attempts._checking.__wrapped__))
        with attempts.checking(attempts.Attempt(), "account"):
            time.sleep(0.2)
        with ExitStack() as held:
            for number in range(46 // 2 - 2):
                held.enter_context(attempts.checking(attempts.Attempt(), f"account {number}"))
            with pytest.raises(TooManyAttempts), attempts.checking(attempts.Attempt(), "account"):
                pytest.fail("It was let through.")
            with attempts.checking(attempts.Attempt(), "address of somebody else"):
                pass

    def test_account_with_many_cookies_waits_as_one(
        self, alice: User, settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        settings.WEB_THREADS = 46
        monkeypatch.setattr(attempts, "PATIENCE_SECONDS", 1.2)
        monkeypatch.setattr(attempts, "_waiters", cache(attempts._waiters.__wrapped__))
        browser = Client()
        log_in(browser, "alice", PASSWORD)
        request = RequestFactory().get("/")
        request.user = AnonymousUser()
        request.COOKIES[signin.COOKIE] = browser.cookies[signin.COOKIE].value
        tenant, [limit] = signin.limits(request, "alice")
        browser.logout()
        browser.cookies[signin.COOKIE] = request.COOKIES[signin.COOKIE]
        with ExitStack() as held:
            for _ in range(limit.rate.most):
                held.enter_context(counted(limit)).release()
            for _ in range(46 // 4 - 1):
                held.enter_context(attempts._waiting(tenant))
            # With one more cookie it would wait, and be refused after that.
            assert log_in(browser, "alice", PASSWORD)["Retry-After"] == "1"
            with pytest.raises(TooManyAttempts) as waited, counted(limit, tenant="somebody else"):
                pytest.fail("It was let through.")
            assert waited.value.wait == 2

    def test_page_and_basic_refuse_beyond_the_waiting_limit(
        self, alice: User, basic: Callable[[str, str], dict[str, str]], settings: Settings
    ) -> None:
        settings.PASSWORD_HASHERS = [SLOW, *settings.PASSWORD_HASHERS]
        alice.password = make_password(PASSWORD)
        alice.save()
        pages = at_once(lambda _: log_in(Client(), "alice", PASSWORD), range(20))
        assert {one.status_code for one in pages} <= {302, 429}
        assert {one["Retry-After"] for one in pages if one.status_code == 429} <= {"1"}
        # None of those counts: the password was right.
        assert log_in(Client(), "alice", PASSWORD).status_code == 302
        answers = at_once(
            lambda _: Client().get("/api/", headers=basic("alice", PASSWORD)).status_code, range(20)
        )
        assert set(answers) <= {200, 429}

    def test_checks_of_many_accounts_leave_half_of_the_threads(
        self, django_user_model: type[User], settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        settings.PASSWORD_HASHERS = [SLOW, *settings.PASSWORD_HASHERS]
        names = [f"account{number}" for number in range(20)]
        for name in names:
            django_user_model.objects.create_user(name, password=PASSWORD)
        inside, most, lock = [], [], threading.Lock()
        real = SlowHasher.encode

        def encode(self: Any, password: Any, salt: Any) -> str:
            with lock:
                inside.append(1)
                most.append(len(inside))
            try:
                return real(self, password, salt)
            finally:
                with lock:
                    inside.pop()

        monkeypatch.setattr(SlowHasher, "encode", encode)
        answers = at_once(lambda name: log_in(Client(), name, PASSWORD).status_code, names)
        assert max(most) <= 4
        assert set(answers) <= {302, 429}


@pytest.mark.django_db
@pytest.mark.parametrize("between", [" ", "\t"])
def test_run_by_basic_authentication_is_stored_as_such(
    client: Client, alice: User, basic: Callable[[str, str], dict[str, str]], between: str
) -> None:
    """However the header is written: the audit's readers look for passwords that scripts use."""
    header = basic("alice", PASSWORD)["Authorization"].replace(" ", between, 1)
    headers = {"Authorization": header, "Prefer": "respond-async"}
    body = {"language": "python", "code": "print(1)"}
    answer = client.post("/run", body, content_type="application/json", headers=headers)
    assert answer.status_code == 202
    assert Submission.objects.get().via == "basic"
