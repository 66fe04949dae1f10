"""Limits of login and sign-up: failures are counted, and a class behind one address gets in."""

from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import AnonymousUser, User
from django.test import Client, RequestFactory
from pytest_django import Settings

from submissions.accounts import attempts, signin
from submissions.http.refusals import shortly
from tests.support.clients import PASSWORD, Answer, AsUser, confirm, log_in
from tests.support.slow_hasher import SLOW
from tests.support.threads import at_once
from tests.support.waiting import PATIENCE_SECONDS

CLASS = 30
"""Number of students behind one address."""


def sign_up(client: Client, name: str, **extra: Any) -> Answer:
    data = {"username": name, "password1": PASSWORD, "password2": PASSWORD}
    return client.post("/accounts/signup/", data, **extra)


@pytest.fixture
def pupils(django_user_model: type[User]) -> list[str]:
    names = [f"pupil{n}" for n in range(CLASS)]
    for name in names:
        django_user_model.objects.create_user(name, password=PASSWORD)
    return names


@pytest.fixture(autouse=True)
def _crowded_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let attempts wait for each other as long as a crowded machine needs."""
    monkeypatch.setattr(attempts, "PATIENCE_SECONDS", PATIENCE_SECONDS)


@pytest.fixture
def slow_checks(settings: Settings, pupils: list[str]) -> None:
    """Slow down password checks, so that several run at the same time."""
    settings.PASSWORD_HASHERS = [SLOW, *settings.PASSWORD_HASHERS]
    get_user_model().objects.update(password=make_password(PASSWORD))


@pytest.mark.django_db(transaction=True)
class TestClassBehindOneAddress:
    @pytest.mark.usefixtures("slow_checks")
    def test_thirty_right_passwords_at_once_all_log_in(self, pupils: list[str]) -> None:
        answers = at_once(lambda name: log_in(Client(), name, PASSWORD).status_code, pupils)
        assert answers == [302] * CLASS

    @pytest.mark.usefixtures("slow_checks")
    def test_thirty_basic_requests_at_once_all_pass(
        self, pupils: list[str], basic: Callable[[str, str], dict[str, str]]
    ) -> None:
        answers = at_once(
            lambda name: Client().get("/api/", headers=basic(name, PASSWORD)).status_code, pupils
        )
        assert answers == [200] * CLASS

    @pytest.mark.usefixtures("slow_checks")
    def test_thirty_basic_requests_of_one_user_at_once_all_pass(
        self, basic: Callable[[str, str], dict[str, str]]
    ) -> None:
        headers = basic("pupil0", PASSWORD)
        assert Client().get("/api/", headers=headers).status_code == 200
        answers = at_once(
            lambda _: Client().get("/api/", headers=headers).status_code, range(CLASS)
        )
        assert answers == [200] * CLASS

    @pytest.mark.usefixtures("slow_checks")
    def test_thirty_basic_requests_before_the_first_check_pass_or_retry(
        self, basic: Callable[[str, str], dict[str, str]]
    ) -> None:
        """Five checks are under way; of the others a fourth of the server's threads may wait."""
        headers = basic("pupil0", PASSWORD)
        answers = at_once(lambda _: Client().get("/api/", headers=headers), range(CLASS))
        passed = [one for one in answers if one.status_code == 200]
        refused = [one for one in answers if one.status_code == 429]
        assert len(passed) >= 5
        assert len(passed) + len(refused) == CLASS
        assert {one["Retry-After"] for one in refused} <= {"1"}

    def test_thirty_sign_ups_at_once_all_succeed(self, django_user_model: type[User]) -> None:
        names = [f"new{n}" for n in range(CLASS)]
        answers = at_once(lambda name: sign_up(Client(), name).status_code, names)
        assert answers == [302] * CLASS
        assert django_user_model.objects.count() == CLASS

    def test_typing_error_of_every_pupil_does_not_lock_the_room(self, pupils: list[str]) -> None:
        for name in pupils:
            assert log_in(Client(), name, "wrong").status_code == 200
        assert log_in(Client(), pupils[0], PASSWORD).status_code == 302


@pytest.mark.django_db(transaction=True)
class TestGuessing:
    @pytest.mark.usefixtures("slow_checks")
    def test_guesses_in_parallel_do_not_pass_the_limit(self) -> None:
        answers = at_once(lambda _: log_in(Client(), "pupil0", "wrong").status_code, range(CLASS))
        assert (answers.count(200), answers.count(429)) == (5, CLASS - 5)

    @pytest.mark.usefixtures("slow_checks")
    def test_guesses_by_basic_in_parallel_do_not_pass_the_limit(
        self, basic: Callable[[str, str], dict[str, str]]
    ) -> None:
        headers = basic("pupil0", "wrong")
        answers = at_once(
            lambda _: Client().get("/api/", headers=headers).status_code, range(CLASS)
        )
        assert (answers.count(401), answers.count(429)) == (5, CLASS - 5)


@pytest.mark.django_db
class TestStranger:
    @pytest.fixture(autouse=True)
    def _guessed(self, alice: User) -> None:
        for _ in range(6):
            self.last = log_in(Client(), "alice", "wrong")

    def test_guesser_is_refused_with_the_time_to_wait(self) -> None:
        assert self.last.status_code == 429
        assert 300 - PATIENCE_SECONDS < int(self.last["Retry-After"]) <= 300
        page = self.last.content.decode()
        assert "Wait 5 minutes" in page
        assert 'href="/accounts/login/"' in page
        assert 'aria-label="Site"' in page  # the site's own look

    def test_guesser_is_refused_under_another_spelling_too(self) -> None:
        assert log_in(Client(), "ALICE", PASSWORD).status_code == 429

    def test_owner_logs_in_from_another_address(self) -> None:
        assert log_in(Client(), "alice", PASSWORD, REMOTE_ADDR="10.0.0.2").status_code == 302

    def test_other_accounts_log_in_from_the_guessers_address(self, bob: User) -> None:
        assert log_in(Client(), "bob", PASSWORD).status_code == 302

    def test_token_of_the_account_still_works(
        self, alice: User, token_of: Callable[..., dict[str, str]]
    ) -> None:
        assert Client().get("/api/", headers=token_of(alice)).status_code == 200

    def test_forged_forwarded_address_is_not_believed(self) -> None:
        answer = log_in(Client(), "alice", "wrong", headers={"X-Forwarded-For": "10.0.0.9"})
        assert answer.status_code == 429


@pytest.mark.django_db
class TestManyAddresses:
    @pytest.fixture
    def browser(self, alice: User) -> Client:
        """Return a browser in which Alice has logged in before."""
        browser = Client()
        log_in(browser, "alice", PASSWORD)
        browser.post("/accounts/logout/")
        return browser

    def guess(self, times: int) -> None:
        for n in range(times):
            log_in(Client(), "alice", "wrong", REMOTE_ADDR=f"10.1.{n // 200}.{n % 200 + 1}")

    def test_account_is_closed_to_strangers_and_open_to_a_known_browser(
        self, browser: Client
    ) -> None:
        self.guess(50)
        stranger = log_in(Client(), "alice", PASSWORD, REMOTE_ADDR="10.2.0.1")
        assert stranger.status_code == 429
        assert int(stranger["Retry-After"]) > 3500
        assert log_in(browser, "alice", PASSWORD, REMOTE_ADDR="10.2.0.1").status_code == 302

    def test_known_browser_has_five_guesses_of_its_own(self, browser: Client) -> None:
        answers = [log_in(browser, "alice", "wrong").status_code for _ in range(6)]
        assert answers == [200] * 5 + [429]

    def test_cookie_of_one_account_opens_no_other(self, browser: Client, bob: User) -> None:
        for _ in range(5):
            log_in(Client(), "bob", "wrong")
        assert log_in(browser, "bob", PASSWORD).status_code == 429

    def test_new_password_makes_the_cookie_void(self, browser: Client, alice: User) -> None:
        alice.set_password(PASSWORD + "!")
        alice.save()
        self.guess(50)
        assert log_in(browser, "alice", PASSWORD + "!").status_code == 429

    @pytest.mark.parametrize("value", ["", "x", "a:b:c", "\u00e9" * 10, "x" * 5000])
    def test_nonsense_for_a_cookie_is_no_device(self, alice: User, value: str) -> None:
        client = Client()
        client.cookies["known_device"] = value
        assert log_in(client, "alice", PASSWORD).status_code == 302

    def test_guesses_from_one_address_are_limited_over_accounts(
        self, bob: User, settings: Settings
    ) -> None:
        settings.LOGIN_FAILED_ADDRESS_RATE = "10/5m"
        for n in range(10):
            assert log_in(Client(), f"nobody{n}", "wrong").status_code == 200
        assert log_in(Client(), "nobody", "wrong").status_code == 429
        assert log_in(Client(), "bob", PASSWORD).status_code == 429
        assert log_in(Client(), "bob", PASSWORD, REMOTE_ADDR="10.0.0.2").status_code == 302

    def test_ipv4_clients_of_a_dual_stack_socket_are_not_one_client(self, alice: User) -> None:
        for _ in range(5):
            log_in(Client(), "alice", "wrong", REMOTE_ADDR="::ffff:192.0.2.1")
        assert log_in(Client(), "alice", PASSWORD, REMOTE_ADDR="192.0.2.1").status_code == 429
        assert (
            log_in(Client(), "alice", PASSWORD, REMOTE_ADDR="::ffff:192.0.2.2").status_code == 302
        )

    def test_ipv6_addresses_of_one_network_are_one_client(self, alice: User) -> None:
        for n in range(5):
            log_in(Client(), "alice", "wrong", REMOTE_ADDR=f"2001:db8::{n + 1}")
        assert log_in(Client(), "alice", "wrong", REMOTE_ADDR="2001:db8::99").status_code == 429
        assert log_in(Client(), "alice", PASSWORD, REMOTE_ADDR="2001:db8:0:1::1").status_code == 302

    def test_ipv6_networks_of_one_customer_guess_together(
        self, alice: User, settings: Settings
    ) -> None:
        settings.LOGIN_FAILED_ADDRESS_RATE = "3/h"
        answers = [
            log_in(Client(), f"name{n}", "wrong", REMOTE_ADDR=f"2001:db8:0:{n}::1")
            for n in range(4)
        ]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]


@pytest.mark.django_db
def test_account_is_one_tenant_in_all_its_browsers(alice: User, rf: RequestFactory) -> None:
    tenants = set()
    for number in range(2):
        browser = Client(REMOTE_ADDR=f"192.0.2.{number}")
        log_in(browser, "alice", PASSWORD)
        request = rf.get("/", REMOTE_ADDR=f"198.51.100.{number}")
        request.user = AnonymousUser()
        request.COOKIES = {signin.COOKIE: browser.cookies[signin.COOKIE].value}
        tenants.add(signin.limits(request, "Alice")[0])
    assert tenants == {"account alice"}
    request.COOKIES = {}
    assert signin.limits(request, "Alice")[0] == "address 198.51.100.1"


@pytest.mark.django_db
def test_session_confirms_its_password_while_a_stranger_guesses(
    alice: User, as_user: AsUser
) -> None:
    client = as_user(alice)
    for _ in range(6):
        log_in(Client(), "alice", "wrong")
    answer = client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    assert answer.status_code == 302


@pytest.mark.django_db
def test_address_to_which_a_new_password_is_mailed_needs_the_password(
    alice: User, as_user: AsUser
) -> None:
    """Else everybody who sits at a browser that is logged in can take the account over."""
    client = as_user(alice)
    add = {"action_add": "", "email": "thief@example.org"}
    answer = client.post("/accounts/email/", add)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/reauthenticate/")
    thief = EmailAddress.objects.filter(email="thief@example.org")
    assert not thief.exists()
    confirm(client)
    client.post("/accounts/email/", add)
    assert thief.exists()


@pytest.mark.django_db
def test_password_confirmed_wrongly_six_times_is_a_429(alice: User, as_user: AsUser) -> None:
    client = as_user(alice)
    answers = [
        client.post("/accounts/reauthenticate/", {"password": "wrong"}).status_code
        for _ in range(6)
    ]
    assert answers == [200] * 5 + [429]


@pytest.mark.django_db
def test_second_factor_is_guessed_no_more_than_five_times(alice: User) -> None:
    TOTP.activate(alice, "JBSWY3DPEHPK3PXP")
    client = Client()
    log_in(client, "alice", PASSWORD)
    answers = [client.post("/accounts/2fa/authenticate/", {"code": "12345"}) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert 300 - PATIENCE_SECONDS < int(answers[-1]["Retry-After"]) <= 300


@pytest.mark.django_db
class TestSignUp:
    def test_accounts_from_one_address_are_limited(self, settings: Settings) -> None:
        settings.SIGNUP_RATE = "2/h"
        answers = [sign_up(Client(), f"new{n}") for n in range(3)]
        assert [answer.status_code for answer in answers] == [302, 302, 429]
        assert 3600 - PATIENCE_SECONDS < int(answers[-1]["Retry-After"]) <= 3600
        assert "Wait 60 minutes" in answers[-1].content.decode()
        assert sign_up(Client(), "new3", REMOTE_ADDR="10.0.0.2").status_code == 302

    def test_accounts_of_an_ipv6_customer_are_limited_together(self, settings: Settings) -> None:
        """A customer has up to 65,536 networks of 64 bits."""
        settings.SIGNUP_RATE = "1/h"
        answers = [
            sign_up(Client(), f"new{n}", REMOTE_ADDR=f"2001:db8:{network}::1")
            for n, network in enumerate(("1:1", "1:2", "2:1"))
        ]
        assert [answer.status_code for answer in answers] == [302, 429, 302]

    def test_form_with_mistakes_does_not_count(self, settings: Settings) -> None:
        settings.SIGNUP_RATE = settings.SIGNUP_TAKEN_RATE = "1/h"
        for _ in range(3):
            data = {"username": "carol", "password1": "x", "password2": "y"}
            assert Client().post("/accounts/signup/", data).status_code == 200
        assert sign_up(Client(), "carol").status_code == 302

    def test_answers_that_a_name_exists_are_limited(self, settings: Settings, alice: User) -> None:
        settings.SIGNUP_TAKEN_RATE = "3/h"
        answers = [sign_up(Client(), "alice") for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        assert "already exists" in answers[0].content.decode()

    @pytest.mark.parametrize("passwords", [(PASSWORD, PASSWORD), (PASSWORD, "another")])
    def test_address_that_an_account_has_is_answered_as_any_other(
        self, settings: Settings, alice: User, passwords: tuple[str, str]
    ) -> None:
        EmailAddress.objects.create(user=alice, email="alice@example.org", verified=True)
        answers = []
        for name, address in (("carol", "alice@example.org"), ("daves", "nobody@example.org")):
            data = {"username": name, "email": address}
            data |= dict(zip(("password1", "password2"), passwords, strict=True))
            answer = Client().post("/accounts/signup/", data)
            errors = answer.context["form"].errors if answer.status_code == 200 else None
            answers.append((answer.status_code, answer.get("Location"), errors))
        assert answers[0] == answers[1]
        assert answers[0][0] == (302 if passwords[0] == passwords[1] else 200)

    def test_addresses_that_are_signed_up_again_get_one_message(self, mailoutbox: Any) -> None:
        for name in ("carol", "daves"):
            data = {"username": name, "email": "carol@example.org"}
            data |= dict.fromkeys(("password1", "password2"), PASSWORD)
            assert Client().post("/accounts/signup/", data).status_code == 302
        assert len(mailoutbox) == 1

    @pytest.mark.parametrize("name", ["ALICE", "Alice", "alice"])
    def test_name_that_differs_in_case_only_is_taken(
        self, alice: User, name: str, django_user_model: type[User]
    ) -> None:
        assert "already exists" in sign_up(Client(), name).content.decode()
        assert django_user_model.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_same_name_signed_up_at_once_is_one_account(django_user_model: type[User]) -> None:
    names = ["carol", "Carol", "CAROL", "cArol"]
    answers = at_once(lambda name: sign_up(Client(), name).status_code, names)
    assert answers.count(302) == 1
    assert set(answers) <= {302, 200, 429}
    assert django_user_model.objects.count() == 1


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1, "1 s"), (119, "119 s"), (120, "2 minutes"), (299, "5 minutes"), (7201, "3 hours")],
)
def test_time_to_wait_is_rounded_up(seconds: int, words: str) -> None:
    assert shortly(seconds) == words


@pytest.mark.django_db
def test_limit_of_allauth_itself_is_refused_with_the_whole_window(client: Client) -> None:
    for n in range(21):
        answer = client.post("/accounts/password/reset/", {"email": f"nobody{n}@example.org"})
    assert answer.status_code == 429
    assert answer["Retry-After"] == "60"
    assert 'aria-label="Site"' in answer.content.decode()
