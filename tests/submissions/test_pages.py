"""The pages: contents, permissions, and untrusted text, which is inert."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import Client
from pytest_django import Settings

from executor import LANGUAGES, RunRequest, Verdict, default_limits, execute
from submissions.accounts.models import ApiToken
from submissions.lifecycle.models import Status, Submission
from submissions.pages.examples import EXAMPLES, Example, examples
from tests.support.clients import PASSWORD, Answer, AsUser
from tests.support.factories import make_submission
from tests.support.streams import stream_of

pytestmark = pytest.mark.django_db

NASTY = "<script>alert(1)</script>\x1b[31m\x1b]0;t\x07\u202e'\"><img src=x onerror=alert(1)>=1+1"


def shown(client: Client, address: str, **query: Any) -> str:
    answer = client.get(address, query)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize(
    "address",
    [
        "/playground/",
        "/submissions/",
        "/submissions/compare/",
        "/accounts/data/",
        "/accounts/webhooks/",
    ],
)
def test_strangers_are_sent_to_the_login(client: Client, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/?next=")


@pytest.mark.parametrize("example", list(examples().values()), ids=lambda example: example.slug)
def test_playground_begins_with_an_example(alice: User, as_user: AsUser, example: Example) -> None:
    page = shown(as_user(alice), "/playground/", example=example.slug)
    assert f'<option value="{example.language}" selected ' in page


def test_examples_are_in_languages_that_are_known() -> None:
    assert {example.language for example in EXAMPLES.values()} <= LANGUAGES.keys()


@pytest.mark.docker
@pytest.mark.parametrize(
    ("slug", "verdict"),
    [
        ("hello", Verdict.OK),
        ("input", Verdict.OK),
        ("javascript", Verdict.OK),
        ("error", Verdict.RUNTIME_ERROR),
        ("memory", Verdict.MEMORY_LIMIT_EXCEEDED),
        ("network", Verdict.RUNTIME_ERROR),
    ],
)
def test_example_does_what_it_is_for(slug: str, verdict: Verdict) -> None:
    example = EXAMPLES[slug]
    request = RunRequest(
        code=example.code, language=example.language, stdin=example.stdin, limits=default_limits()
    )
    assert execute(request).verdict == verdict


def test_posted_program_is_shown_and_not_run(alice: User, as_user: AsUser) -> None:
    fields = {"code": "a\r\nb", "language": "javascript", "stdin": "in", "args": "x\r\ny"}
    page = as_user(alice).post("/playground/", fields).content.decode()
    for part in (">\na\nb</textarea>", '<option value="javascript" selected ', "in</textarea>"):
        assert part in page
    assert "x\ny</textarea>" in page
    assert 'name="read_only">' in page
    assert not Submission.objects.exists()


def test_program_can_be_opened_in_the_playground(alice: User, as_user: AsUser) -> None:
    submission = make_submission(alice, code="print(3)", args=["a b"], read_only=False)
    page = shown(as_user(alice), "/playground/", submission=str(submission.pk))
    assert "print(3)</textarea>" in page
    assert "a b</textarea>" in page


@pytest.mark.docker
def test_form_without_a_script_leads_to_the_result(alice: User, as_user: AsUser) -> None:
    fields = {"code": "import sys\r\nprint(sys.argv, input())", "stdin": "x", "args": "a\r\nb"}
    answer = as_user(alice).post("/playground/run/", {**fields, "read_only": "on"}, follow=True)
    page = answer.content.decode()
    assert answer.redirect_chain[0][0] == f"/submissions/{Submission.objects.get().pk}/"
    assert "&#x27;a&#x27;, &#x27;b&#x27;] x" in page
    assert Submission.objects.get().code == "import sys\nprint(sys.argv, input())"


@pytest.mark.docker
def test_run_again_is_a_submission_of_its_own(alice: User, as_user: AsUser) -> None:
    before = make_submission(alice, code="print(5)")
    answer = as_user(alice).post(f"/submissions/{before.pk}/again/", follow=True)
    assert "5\n" in answer.content.decode()
    assert Submission.objects.count() == 2


def test_refused_form_keeps_the_program_and_shows_the_reason(
    alice: User, as_user: AsUser, settings: Settings
) -> None:
    client = as_user(alice)
    answer = client.post("/playground/run/", {"code": "é" * 5001})
    assert answer.status_code == 400
    assert "Your program is 1 character too long (limit 5,000)." in answer.content.decode()
    assert "é" * 5001 in answer.content.decode()
    for _ in range(settings.RUN_MAX_PER_USER):
        make_submission(alice, status=Status.RUNNING)
    answer = client.post("/playground/run/", {"code": "1"})
    assert (answer.status_code, answer["Retry-After"]) == (429, "1")
    assert "under way already" in answer.content.decode()


def test_form_and_api_share_a_rate(alice: User, as_user: AsUser, settings: Settings) -> None:
    settings.RUN_RATE = "2/d"
    client = as_user(alice)
    client.run("")
    statuses = [client.post("/playground/run/", {"code": ""}).status_code for _ in range(2)]
    assert statuses == [400, 429]


@pytest.mark.parametrize(
    "address", ["/playground/run/", "/playground/", "/submissions/{pk}/again/"]
)
def test_forms_need_the_csrf_token(alice: User, as_user: AsUser, address: str) -> None:
    client = as_user(alice, enforce_csrf_checks=True)
    answer = client.post(address.format(pk=make_submission(alice).pk), {"code": "1"})
    assert answer.status_code == 403


@pytest.mark.parametrize("viewer", ["bob", "staff"])
def test_others_submissions_are_not_found_by_any_page(
    alice: User, as_user: AsUser, request: pytest.FixtureRequest, viewer: str
) -> None:
    mine = make_submission(alice, code="print('secret')")
    client = as_user(request.getfixturevalue(viewer))
    for address in (
        f"/submissions/{mine.pk}/",
        f"/playground/?submission={mine.pk}",
        f"/submissions/compare/?id={mine.pk}&id={mine.pk}",
    ):
        assert client.get(address).status_code == 404
    assert client.post(f"/submissions/{mine.pk}/again/").status_code == 404
    assert "secret" not in shown(client, "/submissions/")
    export = b"".join(stream_of(client.get("/submissions/export/")))
    assert export == b""


@pytest.mark.parametrize("pk", ["x", "00000000-0000-0000-0000-000000000000"])
def test_invalid_id_is_not_found(alice: User, as_user: AsUser, pk: str) -> None:
    client = as_user(alice)
    for address in (f"/submissions/{pk}/", f"/playground/?submission={pk}"):
        assert client.get(address).status_code == 404
    assert client.get("/submissions/compare/", {"id": [pk, pk]}).status_code == 404


def test_text_of_users_is_inert_in_every_page(alice: User, as_user: AsUser) -> None:
    values = dict.fromkeys(("code", "stdin", "stdout", "stderr", "error", "user_agent"), NASTY)
    one = make_submission(alice, args=[NASTY], **values)
    two = make_submission(alice, **{**values, "code": NASTY + "\nprint(1)"})
    client = as_user(alice)
    pages = [
        shown(client, f"/submissions/{one.pk}/"),
        shown(client, "/submissions/"),
        shown(client, "/submissions/compare/", id=[str(one.pk), str(two.pk)]),
    ]
    for page in pages:
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert not {"\x1b", "\x07", "\u202e"} & set(page)
    # The editor needs the program as it is.
    editor = shown(client, "/playground/", submission=str(one.pk))
    assert "<script>alert" not in editor
    assert "<img src=x" not in editor


def test_export_is_a_file_with_everything_of_ones_own(
    alice: User, bob: User, as_user: AsUser
) -> None:
    make_submission(alice, code=NASTY)
    make_submission(bob)
    answer = as_user(alice).get("/submissions/export/")
    assert answer["Content-Disposition"].startswith("attachment")
    lines = b"".join(stream_of(answer)).splitlines()
    assert len(lines) == 1
    assert b"\\u001b" in lines[0]


def log_in(client: Client) -> Answer:
    return client.post("/accounts/login/", {"login": "alice", "password": PASSWORD})


def log_in_and_confirm(client: Client) -> None:
    """Log in, and enter the password again for pages that require it."""
    log_in(client)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})


def test_deleting_an_account_asks_for_the_password_again(alice: User, as_user: AsUser) -> None:
    answer = as_user(alice).post("/accounts/data/delete/", {"name": "alice"})
    assert "reauthenticate" in answer["Location"]
    alice.refresh_from_db()
    assert alice.is_active


def test_deleted_account_without_a_hold_leaves_only_the_fact_of_its_runs(
    alice: User, client: Client, token_of: Callable[..., dict[str, str]], settings: Settings
) -> None:
    settings.AUDIT_HOLD_DAYS = 0
    bearer = token_of(alice)
    submission = make_submission(
        alice, code="mine", stdout="mine", args=["mine"], client_address="10.0.0.1", wall_ms=5
    )
    log_in_and_confirm(client)
    assert "That is not" in client.post("/accounts/data/delete/", {"name": "x"}).content.decode()
    answer = client.post("/accounts/data/delete/", {"name": "alice"}, follow=True)
    assert "is erased" in answer.content.decode()
    submission.refresh_from_db()
    alice.refresh_from_db()
    assert (submission.code, submission.stdout, submission.args) == ("", "", [])
    assert (submission.client_address, submission.wall_ms, submission.verdict) == (None, 5, "ok")
    assert submission.erased
    assert alice.username.startswith("deleted-")
    assert (alice.email, alice.is_active) == ("", False)
    assert not ApiToken.objects.exists()
    assert client.get("/api/", headers=bearer).status_code == 401
    assert client.get("/playground/").status_code == 302
    assert not any(s.get_decoded().get("_auth_user_id") for s in Session.objects.all())
    log_in(client)
    assert client.get("/playground/").status_code == 302


def test_account_with_a_run_under_way_is_not_deleted(alice: User, client: Client) -> None:
    make_submission(alice, status=Status.RUNNING)
    log_in_and_confirm(client)
    page = client.post("/accounts/data/delete/", {"name": "alice"}).content.decode()
    assert "under way" in page
    alice.refresh_from_db()
    assert alice.is_active


@pytest.mark.parametrize(
    "address",
    [
        "/accounts/password/change/",
        "/accounts/email/",
        "/accounts/2fa/",
        "/accounts/2fa/totp/activate/",
        "/accounts/sessions/",
        "/accounts/tokens/",
        "/accounts/data/",
        "/accounts/data/delete/",
        "/accounts/logout/",
    ],
)
def test_account_pages_are_in_our_look_and_hold_no_inline_script_or_style(
    alice: User, client: Client, address: str
) -> None:
    log_in_and_confirm(client)
    page = shown(client, address)
    assert 'aria-label="Your account"' in page
    assert "style=" not in page
    assert " onclick" not in page
