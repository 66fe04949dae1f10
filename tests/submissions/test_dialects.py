"""What all dialects share: the setting, the ways to send a token, and no other way in."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import Settings

from executor import Image
from submissions.accounts.models import Freeze
from submissions.dialects.dialect import has_compile_stage, runtime_of
from submissions.dialects.jobe.spec import FILE_NAME
from submissions.dispatch.local import LocalDispatcher
from submissions.http import answers
from submissions.lifecycle.models import Submission, Verdict, Via
from tests.support.clients import AsUser
from tests.support.factories import make_submission
from tests.support.timing import quick

pytestmark = pytest.mark.django_db

CPU_SECONDS = 0.5
"""Fifty times what the longest name takes."""

ADDRESSES = {
    "e2b": "/e2b/v2/sandboxes",
    "jobe": "/jobe/index.php/restapi/languages",
    "judge0": "/judge0/languages",
    "librechat": f"/librechat/files/{'0' * 21}",
    "piston": "/piston/api/v2/runtimes",
}
"""An address of each dialect that costs no run."""

REFUSED = {"jobe": 403}
"""The status without a key, where it is not 401: CodeRunner takes that for something else."""

each_dialect = pytest.mark.parametrize("name", ADDRESSES)


@pytest.fixture
def secret(alice: User, token_of: Callable[..., dict[str, str]]) -> str:
    return token_of(alice)["Authorization"].removeprefix("Bearer ")


def test_every_dialect_is_tried_here(settings: Settings) -> None:
    assert list(ADDRESSES) == settings.EXECUTOR_DIALECTS
    assert set(ADDRESSES) <= set(Via.values)
    assert all(address.startswith(answers.DIALECTS) for address in ADDRESSES.values())


@each_dialect
def test_admin_lists_the_runs_of_a_dialect(
    name: str, alice: User, staff: User, as_user: AsUser
) -> None:
    run, other = make_submission(alice, via=name), make_submission(alice)
    page = as_user(staff).get("/admin/submissions/submission/", {"via__exact": name})
    shown = page.content.decode()
    assert f"/{run.pk}/" in shown
    assert f"/{other.pk}/" not in shown
    assert f"?via__exact={name}" in shown


@each_dialect
def test_dialect_that_is_switched_off_answers_nobody(
    name: str, client: Client, secret: str, settings: Settings
) -> None:
    settings.EXECUTOR_DIALECTS = [one for one in ADDRESSES if one != name]
    answer = client.get(ADDRESSES[name], headers={"Authorization": f"Bearer {secret}"})
    assert answer.status_code == 404
    assert "This site does not speak" in answer.content.decode()


@each_dialect
@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize(
    ("header", "keyword"),
    [
        ("Authorization", "Bearer "),
        ("Authorization", "Token "),
        ("Authorization", ""),
        ("X-Auth-Token", ""),
        ("X-API-KEY", ""),
        ("X-Access-Token", ""),
        ("E2B-Traffic-Access-Token", ""),
    ],
)
def test_token_comes_in_the_header_that_a_client_has(
    name: str, client: Client, secret: str, header: str, keyword: str, slash: str
) -> None:
    answer = client.get(ADDRESSES[name] + slash, headers={header: f"{keyword}{secret}"})
    assert answer.status_code == 200


@each_dialect
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer sce_x"},
        {"Authorization": "\xe9"},
        {"X-Auth-Token": "\xe9"},
        {"Authorization": "Basic YWxpY2U6eA=="},
    ],
)
def test_session_is_no_token(
    name: str, alice: User, as_user: AsUser, headers: dict[str, str]
) -> None:
    answer = as_user(alice).get(ADDRESSES[name], headers=headers)
    assert (answer.status_code, answer["WWW-Authenticate"]) == (REFUSED.get(name, 401), "Bearer")


@pytest.mark.parametrize(
    ("language", "is_stage"),
    [
        ("python", False),
        ("python-data", False),
        ("javascript-packages", False),
        ("typescript", True),
        ("c", True),
        ("of a version that is gone", True),
    ],
)
def test_compile_error_is_one_of_a_stage_where_there_is_a_compiler(
    language: str, *, is_stage: bool
) -> None:
    run = Submission(language=language, verdict=Verdict.COMPILE_ERROR)
    assert has_compile_stage(run) is is_stage
    assert not has_compile_stage(Submission(language=language, verdict=Verdict.OK))


def test_engine_is_not_asked_for_each_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    told = iter([Image(), Image(is_built=True, runtime="Python 3.13.5")])
    monkeypatch.setattr(LocalDispatcher, "images", lambda _: {"python": next(told)})
    monkeypatch.setattr("submissions.dialects.dialect.dispatcher", LocalDispatcher)
    assert [runtime_of("python") for _ in range(3)] == ["", "Python 3.13.5", "Python 3.13.5"]


@each_dialect
def test_page_of_another_site_is_refused(name: str, client: Client, secret: str) -> None:
    headers = {"Authorization": f"Bearer {secret}", "Origin": "https://evil.example"}
    assert client.get(ADDRESSES[name], headers=headers).status_code == 403


@each_dialect
def test_frozen_user_reads_the_reason(
    name: str, client: Client, alice: User, staff: User, secret: str
) -> None:
    alice.is_active = False
    alice.save()
    Freeze.objects.create(user=alice, by=staff, reason="Cheating")
    answer = client.get(ADDRESSES[name], headers={"Authorization": f"Bearer {secret}"})
    assert answer.status_code == 403
    assert "Your account is frozen: Cheating." in answer.content.decode()


@each_dialect
def test_other_method_is_refused_with_those_that_there_are(
    name: str, client: Client, secret: str
) -> None:
    answer = client.delete(ADDRESSES[name], headers={"Authorization": f"Bearer {secret}"})
    allowed = "GET, POST" if name == "e2b" else "GET"
    assert (answer.status_code, answer["Allow"]) == (405, allowed)
    assert f"Use {allowed} here." in answer.content.decode()


def test_name_of_a_jobe_file_is_read_in_proportion_to_its_size() -> None:
    """A request may have a megabyte of it."""
    names = ["a" * 100_000 + "!", "." * 100_000, "." * 100_000 + "a" * 100_000]
    found = [quick(lambda: FILE_NAME.fullmatch(name), CPU_SECONDS) for name in names]  # noqa: B023
    assert [bool(one) for one in found] == [False, False, True]
