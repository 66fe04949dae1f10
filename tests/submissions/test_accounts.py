"""Sign-up, login, passwords and API tokens."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, resolve
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from submissions.accounts.models import ApiToken
from submissions.api.framework.authentication import BasicAuthentication
from submissions.webhooks.models import WebhookSecret
from tests.support.clients import PASSWORD, Answer, AsUser, confirm
from tests.support.present import present

pytestmark = pytest.mark.django_db


def log_in(client: Client, name: str, password: str) -> Answer:
    return client.post("/accounts/login/", {"login": name, "password": password})


def test_sign_up_logs_in(client: Client, django_user_model: type[User]) -> None:
    data = {"username": "carol", "email": "", "password1": PASSWORD, "password2": PASSWORD}
    assert client.post("/accounts/signup/", data)["Location"] == "/playground/"
    assert "<span>carol</span>" in client.get("/").content.decode()


def test_sign_up_refuses_a_weak_password(client: Client, django_user_model: type[User]) -> None:
    data = {"username": "carol", "password1": "password", "password2": "password"}
    assert client.post("/accounts/signup/", data).status_code == 200
    assert not django_user_model.objects.filter(username="carol").exists()


def test_sign_up_can_be_closed(
    client: Client, settings: Settings, django_user_model: type[User]
) -> None:
    settings.SIGNUP_OPEN = False
    data = {"username": "carol", "password1": PASSWORD, "password2": PASSWORD}
    client.post("/accounts/signup/", data)
    assert not django_user_model.objects.exists()


def test_login_makes_a_new_session(client: Client, alice: User) -> None:
    client.get("/accounts/login/")
    client.session["before"] = 1
    before = client.session.session_key
    assert log_in(client, "alice", PASSWORD)["Location"] == "/playground/"
    assert client.session.session_key != before


def test_logout(alice: User, as_user: AsUser) -> None:
    client = as_user(alice)
    client.post("/accounts/logout/")
    assert client.get("/accounts/tokens/").status_code == 302


def test_wrong_name_and_wrong_password_look_alike(client: Client, alice: User) -> None:
    def shown(name: str) -> str:
        page = log_in(client, name, "wrong").content.decode()
        return re.sub(r'value="[^"]*"', "", page)

    assert shown("alice") == shown("alicf")


def test_guessing_is_stopped_for_the_right_password_too(client: Client, alice: User) -> None:
    for _ in range(6):
        log_in(client, "alice", "wrong")
    answer = log_in(client, "alice", PASSWORD)
    assert answer.status_code == 429
    assert "Too many" in answer.content.decode()


def test_guessing_by_basic_authentication_is_stopped_too(
    client: Client, alice: User, basic: Callable[[str, str], dict[str, str]]
) -> None:
    statuses = [client.get("/api/", headers=basic("alice", "wrong")).status_code for _ in range(6)]
    assert statuses[0] == 401
    answer = client.get("/api/", headers=basic("alice", PASSWORD))
    assert answer.status_code == 429
    assert 290 <= int(answer["Retry-After"]) <= 300


def test_basic_authentication_works(
    client: Client, alice: User, basic: Callable[[str, str], dict[str, str]]
) -> None:
    assert client.get("/api/", headers=basic("alice", PASSWORD)).status_code == 200


@pytest.mark.parametrize("header", ["Basic", "Basic !!!", "Basic YQ==", "Basic AGE6Yg==", "Bearer"])
def test_broken_credentials_are_a_401(client: Client, header: str) -> None:
    assert client.get("/api/", headers={"Authorization": header}).status_code == 401


def test_name_that_no_account_can_have_is_no_guess(
    client: Client, basic: Callable[[str, str], dict[str, str]]
) -> None:
    """The database of a larger site refuses to look for it. Five guesses may fail."""
    answers = [client.get("/api/", headers=basic("a\0", PASSWORD)) for _ in range(6)]
    assert {answer.status_code for answer in answers} == {401}


@pytest.mark.parametrize("token", ["", "x", "sce_" + "0" * 64, "\xff\xfe", "a b", "\0"])
def test_invalid_token_is_a_401(client: Client, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    assert client.get("/api/", headers=headers).status_code == 401


def test_password_change(alice: User, as_user: AsUser) -> None:
    data = {"oldpassword": PASSWORD, "password1": PASSWORD + "!", "password2": PASSWORD + "!"}
    as_user(alice).post("/accounts/password/change/", data)
    alice.refresh_from_db()
    assert alice.check_password(PASSWORD + "!")


def test_password_reset_by_mail(client: Client, alice: User) -> None:
    client.post("/accounts/password/reset/", {"email": "alice@example.org"})
    link = present(re.search(r"http://testserver(\S+)", str(mail.outbox[0].body)))[1]
    form = client.get(link, follow=True)
    data = {"password1": PASSWORD + "?", "password2": PASSWORD + "?"}
    client.post(form.request["PATH_INFO"], data)
    alice.refresh_from_db()
    assert alice.check_password(PASSWORD + "?")


def test_password_reset_does_not_tell_who_exists(client: Client, alice: User) -> None:
    pages = [
        client.post("/accounts/password/reset/", {"email": address}, follow=True).content
        for address in ("alice@example.org", "nobody@example.org")
    ]
    assert pages[0] == pages[1]


def test_token_is_shown_once_and_kept_as_a_hash(
    alice: User, as_user: AsUser, client: Client
) -> None:
    web = as_user(alice)
    confirm(web)
    page = web.post("/accounts/tokens/", {"name": "laptop", "days": "7"}).content.decode()
    secret = present(re.search(r"sce_[0-9a-f]{64}", page))[0]
    assert f"Bearer {secret}" in page
    assert secret not in web.get("/accounts/tokens/").content.decode()
    stored = ApiToken.objects.get()
    assert secret not in (stored.digest, stored.token_key)
    assert timedelta(days=6) < stored.expiry - timezone.now() <= timedelta(days=7)
    bearer = {"Authorization": f"Bearer {secret}"}
    assert client.get("/api/", headers=bearer).status_code == 200


def test_revoked_token_is_refused(
    alice: User, as_user: AsUser, client: Client, token_of: Callable[..., dict[str, str]]
) -> None:
    bearer = token_of(alice)
    as_user(alice).post(f"/accounts/tokens/{ApiToken.objects.get().token_key}/revoke/")
    assert client.get("/api/", headers=bearer).status_code == 401


def test_expired_token_is_refused(
    alice: User, client: Client, token_of: Callable[..., dict[str, str]]
) -> None:
    bearer = token_of(alice)
    ApiToken.objects.update(expiry=timezone.now() - timedelta(seconds=1))
    assert client.get("/api/", headers=bearer).status_code == 401


def test_token_of_another_cannot_be_revoked(
    alice: User, bob: User, as_user: AsUser, token_of: Callable[..., dict[str, str]]
) -> None:
    token_of(alice)
    key = ApiToken.objects.get().token_key
    assert as_user(bob).post(f"/accounts/tokens/{key}/revoke/").status_code == 404
    assert ApiToken.objects.exists()


@pytest.mark.parametrize("days", ["0", "91", "-1", "x", ""])
def test_token_is_valid_no_longer_than_allowed(alice: User, as_user: AsUser, days: str) -> None:
    client = as_user(alice)
    confirm(client)
    assert client.post("/accounts/tokens/", {"name": "x", "days": days}).status_code == 200
    assert not ApiToken.objects.exists()


def test_tokens_are_not_endless(alice: User, as_user: AsUser) -> None:
    client = as_user(alice)
    confirm(client)
    for _ in range(21):
        client.post("/accounts/tokens/", {"name": "x", "days": "1"})
    assert ApiToken.objects.count() == 20


def test_expired_tokens_take_no_place_of_new_ones(
    alice: User, as_user: AsUser, client: Client, token_of: Callable[..., dict[str, str]]
) -> None:
    """They are shown for a month, and no request removes them."""
    *_, bearer = (token_of(alice) for _ in range(20))
    ApiToken.objects.update(expiry=timezone.now() - timedelta(seconds=1))
    assert client.get("/api/", headers=bearer).status_code == 401
    web = as_user(alice)
    confirm(web)
    assert "sce_" in web.post("/accounts/tokens/", {"name": "x", "days": "1"}).content.decode()
    assert ApiToken.objects.count() == 21


@pytest.mark.parametrize("mine", [1, 20])
def test_token_takes_one_statement_however_many_the_user_has(
    alice: User,
    client: Client,
    token_of: Callable[..., dict[str, str]],
    mine: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    *_, bearer = (token_of(alice) for _ in range(mine))
    with django_assert_num_queries(1):
        assert client.get("/api/", headers=bearer).status_code == 200


def test_token_is_made_after_the_password_only(alice: User, as_user: AsUser) -> None:
    client = as_user(alice)
    assert client.get("/accounts/tokens/").status_code == 200
    form = {"name": "laptop", "days": "7"}
    asked = client.post("/accounts/tokens/", form)
    assert asked["Location"] == "/accounts/reauthenticate/?next=%2Faccounts%2Ftokens%2F"
    assert not ApiToken.objects.exists()
    # The form that was sent is taken up again once the password is right.
    wrong = client.post(asked["Location"], {"password": "wrong"})
    assert "sce_" not in wrong.content.decode()
    right = client.post(asked["Location"], {"password": PASSWORD, "next": "/accounts/tokens/"})
    assert "Bearer sce_" in right.content.decode()
    assert ApiToken.objects.get().name == "laptop"


def test_disabled_user_is_refused_by_basic_authentication(
    alice: User, client: Client, basic: Callable[[str, str], dict[str, str]]
) -> None:
    alice.is_active = False
    alice.save()
    assert client.get("/api/", headers=basic("alice", PASSWORD)).status_code == 401


def test_token_of_a_disabled_user_is_refused(
    alice: User, client: Client, token_of: Callable[..., dict[str, str]]
) -> None:
    bearer = token_of(alice)
    alice.is_active = False
    alice.save()
    assert client.get("/api/", headers=bearer).status_code == 401


def test_form_without_csrf_token_is_refused(alice: User, as_user: AsUser) -> None:
    client = as_user(alice, enforce_csrf_checks=True)
    assert client.post("/accounts/tokens/", {"name": "x", "days": "1"}).status_code == 403


@pytest.fixture
def with_second_factor(alice: User) -> User:
    """Return Alice with an authenticator that has this secret."""
    TOTP.activate(alice, "JBSWY3DPEHPK3PXP")
    return alice


@pytest.mark.usefixtures("with_second_factor")
@pytest.mark.parametrize(("seconds", "status"), [(0, 200), (29, 200), (30, 302)])
def test_second_factor_is_asked_for_at_the_login(
    client: Client, seconds: int, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No older code is taken: the package remembers used ones for this half minute only."""
    answer = log_in(client, "alice", PASSWORD)
    assert answer["Location"].startswith("/accounts/2fa/authenticate/")
    assert client.get("/accounts/tokens/").status_code == 302
    now = 1_800_000_000
    code = format_hotp_value(hotp_value("JBSWY3DPEHPK3PXP", now // 30))
    clock = SimpleNamespace(time=lambda: now + seconds)
    monkeypatch.setattr("allauth.mfa.totp.internal.auth.time", clock)
    client.post("/accounts/2fa/authenticate/", {"code": code})
    assert client.get("/accounts/tokens/").status_code == status


@pytest.mark.usefixtures("with_second_factor")
def test_basic_authentication_cannot_skip_the_second_factor(
    client: Client, basic: Callable[[str, str], dict[str, str]]
) -> None:
    assert client.get("/api/", headers=basic("alice", PASSWORD)).status_code == 401


@pytest.mark.usefixtures("with_second_factor")
def test_wrong_second_factor_is_refused(client: Client) -> None:
    log_in(client, "alice", PASSWORD)
    client.post("/accounts/2fa/authenticate/", {"code": "12345"})
    assert client.get("/accounts/tokens/").status_code == 302


def test_other_sessions_can_be_ended(alice: User, client: Client) -> None:
    other = Client()
    for one in (client, other):
        log_in(one, "alice", PASSWORD)
    assert "Log out all other browsers" in client.get("/accounts/sessions/").content.decode()
    client.post("/accounts/sessions/")
    assert client.get("/accounts/tokens/").status_code == 200
    assert other.get("/accounts/tokens/").status_code == 302


UNSAFE_ADDRESSES = [
    "/run",
    "/api/batches/",
    "/api/webhook-secret/",
    "/api/submissions/{pk}/cancel/",
    "/api/batches/{pk}/cancel/",
    "/api/submissions/{pk}/stdin/",
    "/api/files/",
    f"/api/files/f_{'0' * 32}/",
    "/api/sessions/s/",
]
FOREIGN = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://["},
    {"Origin": "http://testserver:81"},
    {"Origin": "https://testserver"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
]
OWN = [
    {},
    {"Origin": "http://testserver"},
    *({"Sec-Fetch-Site": site} for site in ("same-origin", "none")),
]


@pytest.mark.parametrize("sender", FOREIGN, ids=str)
@pytest.mark.parametrize("address", UNSAFE_ADDRESSES)
def test_page_of_another_site_can_not_use_cached_basic_credentials(
    client: Client,
    alice: User,
    basic: Callable[[str, str], dict[str, str]],
    address: str,
    sender: dict[str, Any],
) -> None:
    headers = {**basic("alice", PASSWORD), **sender}
    answer = client.post(address.format(pk=uuid4()), {"x": "1"}, headers=headers)
    assert answer.status_code == 403
    assert not WebhookSecret.objects.exists()


@pytest.mark.parametrize("sender", OWN, ids=str)
def test_program_and_own_page_may_use_basic_credentials(
    client: Client, alice: User, basic: Callable[[str, str], dict[str, str]], sender: dict[str, Any]
) -> None:
    headers = {**basic("alice", PASSWORD), **sender}
    assert client.post("/api/webhook-secret/", headers=headers).status_code == 201


def test_trusted_origin_may_use_basic_credentials(
    client: Client, alice: User, basic: Callable[[str, str], dict[str, str]], settings: Settings
) -> None:
    settings.CSRF_TRUSTED_ORIGINS = ["https://a.example", "https://*.b.example"]

    def status(origin: str) -> int:
        headers = {**basic("alice", PASSWORD), "Origin": origin}
        return client.post("/api/webhook-secret/", headers=headers).status_code

    assert status("https://a.example") == status("https://x.b.example") == 201
    for origin in ("http://a.example", "https://x.a.example", "https://evilb.example"):
        assert status(origin) == 403


def test_reading_by_basic_from_another_site_is_no_change(
    client: Client, alice: User, basic: Callable[[str, str], dict[str, str]]
) -> None:
    headers = {**basic("alice", PASSWORD), **FOREIGN[0]}
    assert client.get("/api/", headers=headers).status_code == 200


def test_every_unsafe_address_of_the_api_is_among_those_tried() -> None:
    tried = {address.replace("{pk}", str(uuid4())) for address in UNSAFE_ADDRESSES}
    names = {resolve(address).view_name for address in tried}
    assert names == set(unsafe_names(get_resolver().url_patterns))


def unsafe_names(patterns: list[URLPattern | URLResolver]) -> Iterator[str | None]:
    """List the addresses that Basic authentication reaches with an unsafe method."""
    for pattern in patterns:
        if hasattr(pattern, "url_patterns"):
            yield from unsafe_names(pattern.url_patterns)
            continue
        view = getattr(pattern.callback, "cls", None)
        if view is None or BasicAuthentication not in view.authentication_classes:
            continue
        actions = getattr(pattern.callback, "actions", None)
        methods = actions or {m for m in view.http_method_names if hasattr(view, m)}
        if {"post", "put", "patch", "delete"} & set(methods):
            yield pattern.name
