"""Every door to a run keeps the same rules: who may run, how often, how much, and what is kept of it."""

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import Settings

from executor import STDIN_BYTES, default_limits
from submissions.audit import chain
from submissions.audit.models import AuditEntry
from submissions.lifecycle.models import Submission, Via
from submissions.serializers.runs import ARGUMENTS
from tests.support.clients import Answer, AsUser
from tests.support.doors import DOORS, Door

pytestmark = [pytest.mark.django_db, pytest.mark.inline]


@pytest.fixture(params=DOORS)
def door(request: pytest.FixtureRequest) -> Door:
    return DOORS[request.param]


@pytest.fixture
def run(
    door: Door, alice: User, as_user: AsUser, token_of: Callable[..., dict[str, str]]
) -> Callable[..., Answer]:
    """Return a function that sends alice's program through the door."""
    client = Client(enforce_csrf_checks=True) if door.by_token else as_user(alice)
    headers = token_of(alice) if door.by_token else {}

    def send(**program: Any) -> Answer:
        return door.send(client, headers, **program)

    return send


def test_every_door_is_tried_here() -> None:
    """Via has its name. HTTP Basic is another way through the API's."""
    assert {one.via for one in DOORS.values()} == set(Via.values) - {"basic"}


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer sce_wrong"}])
def test_program_of_a_stranger_is_refused(
    door: Door, client: Client, headers: dict[str, str]
) -> None:
    answer = door.send(client, headers, code="print(1)")
    assert answer.status_code == door.refused_status
    if door.by_token:
        assert answer["WWW-Authenticate"] == "Bearer"
    assert not Submission.objects.exists()


def test_session_alone_opens_no_door_without_csrf_token(
    door: Door, alice: User, as_user: AsUser
) -> None:
    """A cookie comes along with a request that another site's page has made."""
    answer = door.send(as_user(alice, enforce_csrf_checks=True), {}, code="print(1)")
    assert answer.status_code in {401, 403}
    assert not Submission.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("running_dispatcher")
@pytest.mark.docker
def test_run_is_in_history_and_audit_with_its_door_and_the_limits_of_the_site(
    door: Door, run: Callable[..., Answer], alice: User, as_user: AsUser
) -> None:
    assert run(code="print(6 * 7)").status_code in {200, 201, 302}
    stored = Submission.objects.get()
    assert (stored.user, stored.verdict, stored.stdout) == (alice, "ok", "42\n")
    assert (stored.via, bool(stored.token_key)) == (door.via, door.by_token)
    assert stored.limits == asdict(default_limits())
    assert f"/submissions/{stored.pk}/" in as_user(alice).get("/submissions/").content.decode()
    chain.seal()
    assert AuditEntry.objects.filter(submission=stored.pk).exists()


def test_request_beyond_the_rate_is_told_how_long_to_wait(
    door: Door, run: Callable[..., Answer], settings: Settings
) -> None:
    settings.RUN_RATE = "1/d"
    run(code="")  # counts, although there is nothing to run
    told = door.sentence(run(code="print(1)"))
    assert "You've used your 1 run" in told
    assert "Try again in" in told
    assert not Submission.objects.exists()


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ({"code": "1" * 5001}, "Your program is 1 character too long"),
        ({"code": "1", "stdin": "x" * (STDIN_BYTES + 1)}, "At most 64 KiB"),
        ({"code": "1", "args": ["x"] * (ARGUMENTS + 1)}, f"At most {ARGUMENTS} items"),
    ],
)
def test_program_beyond_a_bound_is_refused_with_the_reason(
    door: Door, run: Callable[..., Answer], program: dict[str, Any], reason: str
) -> None:
    if door.lacks & program.keys():
        pytest.skip("its requests have no such part")
    assert reason in door.sentence(run(**program))
    assert not Submission.objects.exists()


def test_language_that_is_not_offered_is_refused(door: Door, run: Callable[..., Answer]) -> None:
    assert door.unknown_language in door.sentence(run(code="1", language="cobol"))
    assert not Submission.objects.exists()


@pytest.mark.parametrize("limits", [{"wall_seconds": 11}, {"memory_bytes": 2**40}])
def test_no_door_raises_a_limit(
    door: Door, run: Callable[..., Answer], limits: dict[str, int]
) -> None:
    """MCP takes no limits at all."""
    if "limits" in door.lacks:
        pytest.skip("its requests have no limits")
    asked = limits if door.by_token else json.dumps(limits)
    told = door.sentence(run(code="print(1)", limits=asked))
    assert door.too_high in told
    assert not Submission.objects.exists()
