"""Every door to a run keeps the same rules: who may run, how often, how much, and what is kept of it."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from html import unescape
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

pytestmark = [pytest.mark.django_db, pytest.mark.inline]

Send = Callable[..., Answer]
"""Sends a program with a client, to which the user's credentials belong already."""


def to_api(client: Client, headers: dict[str, str], **program: Any) -> Answer:
    return client.post("/run", program, content_type="application/json", headers=headers)


def to_playground(client: Client, headers: dict[str, str], **program: Any) -> Answer:
    args = "\n".join(program.pop("args", []))
    return client.post("/playground/run/", {**program, "args": args}, headers=headers)


def to_mcp(client: Client, headers: dict[str, str], **program: Any) -> Answer:
    params = {"name": "run_code", "arguments": program}
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    return client.post("/mcp", body, content_type="application/json", headers=headers)


def to_piston(client: Client, headers: dict[str, str], **program: Any) -> Answer:
    limits = program.pop("limits", {})
    body = {
        "language": program.pop("language", "python"),
        "version": "*",
        "files": [{"content": program.pop("code")}],
        **program,
        **{PISTONS[name]: 1000 * value for name, value in limits.items()},
    }
    return client.post(
        "/piston/api/v2/execute", body, content_type="application/json", headers=headers
    )


def to_e2b(client: Client, headers: dict[str, str], **program: Any) -> Answer:
    wish = {"templateID": "x"}
    created = client.post(
        "/e2b/v2/sandboxes", wish, content_type="application/json", headers=headers
    )
    if created.status_code != 201:
        return created
    headers = {**headers, "E2b-Sandbox-Id": created.json()["sandboxID"]}
    answer = client.post("/e2b/execute", program, content_type="application/json", headers=headers)
    if answer.streaming:
        assert b"end_of_execution" in answer.getvalue()
    return answer


def to_jobe(client: Client, headers: dict[str, str], **program: Any) -> Answer:
    language = program.get("language", "python3")
    spec = {
        "language_id": language,
        "sourcecode": program["code"],
        "input": program.get("stdin", ""),
        "parameters": {"cputime": 10, "runargs": program.get("args", [])},
    }
    return client.post(
        "/jobe/index.php/restapi/runs",
        {"run_spec": spec},
        content_type="application/json",
        headers=headers,
    )


def to_librechat(client: Client, headers: dict[str, str], **program: Any) -> Answer:
    body = {"lang": program.pop("language", "py"), **program}
    return client.post("/librechat/exec", body, content_type="application/json", headers=headers)


PISTONS = {"wall_seconds": "run_timeout", "memory_bytes": "run_memory_limit"}


def to_judge0(client: Client, headers: dict[str, str], **program: Any) -> Answer:
    limits = program.pop("limits", {})
    body = {
        "language_id": {"python": 71, "cobol": 77}[program.pop("language", "python")],
        "source_code": program.pop("code"),
        "command_line_arguments": " ".join(program.pop("args", [])),
        **program,
        **{JUDGE0S[name]: value for name, value in limits.items()},
    }
    return client.post(
        "/judge0/submissions?wait=true", body, content_type="application/json", headers=headers
    )


JUDGE0S = {"wall_seconds": "wall_time_limit", "memory_bytes": "memory_limit"}


def judge0_text(answer: Answer) -> str:
    """Return the sentence of a refusal, or the reasons of what is wrong with a submission."""
    content = answer.json()
    return str(content.get("error") or [reason for one in content.values() for reason in one])


def mcp_text(answer: Answer) -> str:
    result = answer.json()["result"]
    assert result["isError"] is True
    return str(result["content"][0]["text"])


@dataclass(frozen=True, kw_only=True)
class Door:
    send: Send
    via: str
    refused_status: int
    """The status of a request without credentials."""
    by_token: bool
    sentence: Callable[[Answer], str]
    """Returns what a refused request is told."""
    unknown_language: str = "Choose one of"
    too_high: str = "At most"
    """A part of what a request with too high a limit is told."""
    lacks: frozenset[str] = frozenset()
    """What of a program its requests do not have."""


DOORS = {
    "API": Door(
        send=to_api,
        via="token",
        refused_status=401,
        by_token=True,
        sentence=lambda answer: str(answer.json()["detail"]),
    ),
    "playground": Door(
        send=to_playground,
        via="session",
        refused_status=302,
        by_token=False,
        sentence=lambda answer: unescape(answer.content.decode()),
    ),
    "Piston": Door(
        send=to_piston,
        via="piston",
        refused_status=401,
        by_token=True,
        sentence=lambda answer: str(answer.json()["message"]),
        unknown_language="cobol-* runtime is unknown",
        too_high="cannot exceed the configured limit of",
    ),
    "E2B": Door(
        send=to_e2b,
        via="e2b",
        refused_status=401,
        by_token=True,
        sentence=lambda answer: str(answer.json()["message"]),
        lacks=frozenset({"stdin", "args", "limits"}),
    ),
    "Jobe": Door(
        send=to_jobe,
        via="jobe",
        refused_status=403,
        by_token=True,
        sentence=lambda answer: str(answer.json()),
        unknown_language="Language 'cobol' is not known",
        lacks=frozenset({"limits"}),  # what is too high, is lowered: test_jobe.py
    ),
    "LibreChat": Door(
        send=to_librechat,
        via="librechat",
        refused_status=401,
        by_token=True,
        sentence=lambda answer: str(answer.json()),
        lacks=frozenset({"stdin", "limits"}),
    ),
    "Judge0": Door(
        send=to_judge0,
        via="judge0",
        refused_status=401,
        by_token=True,
        sentence=judge0_text,
        unknown_language="language with id 77 doesn't exist",
        too_high="must be less than or equal to",
    ),
    "MCP": Door(
        send=to_mcp,
        via="mcp",
        refused_status=401,
        by_token=True,
        sentence=mcp_text,
        too_high="Unknown argument",
    ),
}


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
