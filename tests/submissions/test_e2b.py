"""E2B's API: what its clients send (as e2b-code-interpreter 2.11.5 with e2b 2.63.0 does), and get."""

import json
from base64 import b64decode
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from executor import RunRequest, default_limits
from submissions.dialects.e2b.results import lines_of
from submissions.files import labels
from submissions.files.models import RunSession
from submissions.http import connections
from submissions.lifecycle.errors import MoreThanADay, TooManySessions, TooManyStreams
from submissions.lifecycle.intake import Mode, Origin, submit
from submissions.lifecycle.models import Status, Submission, Verdict, Via
from tests.support.clients import Answer
from tests.support.factories import make_submission, run_with
from tests.support.streams import stream_of
from tests.support.waiting import eventually

pytestmark = pytest.mark.django_db

NEW = {"templateID": "code-interpreter-v1", "timeout": 300, "metadata": {}, "envVars": {}}
PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)
CODE = f"""
import sys
print("hello")
print("careful", file=sys.stderr)
open("figure.png", "wb").write({PNG!r})
open("notes.txt", "w").write("kept, but no picture")
raise ValueError("no such thing")
"""


@pytest.fixture
def secret(alice: User, token_of: Callable[..., dict[str, str]]) -> str:
    return token_of(alice)["Authorization"].removeprefix("Bearer ")


def created(client: Client, secret: str, **wishes: Any) -> Answer:
    return client.post(
        "/e2b/v2/sandboxes",
        {**NEW, **wishes},
        content_type="application/json",
        headers={"X-API-KEY": secret, "User-Agent": "e2b-python-sdk/2.63.0"},
    )


@pytest.fixture
def headers(client: Client, secret: str) -> dict[str, str]:
    """Return what a client sends to the sandbox that it has created."""
    sandbox = created(client, secret).json()
    return {
        "E2b-Sandbox-Id": sandbox["sandboxID"],
        "E2b-Sandbox-Port": "49999",
        "X-Access-Token": sandbox["envdAccessToken"],
    }


def executed(client: Client, headers: dict[str, str], code: str, /, **more: Any) -> Answer:
    body = {"code": code, "context_id": None, "language": None, "env_vars": None, **more}
    return client.post("/e2b/execute", body, content_type="application/json", headers=headers)


def lines_in(stream: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.splitlines()]


def test_sandbox_is_made_without_a_container(client: Client, secret: str) -> None:
    answer = created(client, secret)
    assert answer.status_code == 201
    sandbox = answer.json()
    assert sandbox["templateID"] == "code-interpreter-v1"
    assert sandbox["sandboxID"].isalnum()
    assert len(f"49999-{sandbox['sandboxID']}") <= 63  # a part of a host name
    assert {"clientID", "envdVersion"} <= sandbox.keys()
    assert not Submission.objects.exists()


@pytest.mark.parametrize(
    ("given", "told"), [("\u00e9" * 100_000, "\u00e9" * 200), (["\x7f"] * 9, "")]
)
def test_template_of_any_size_is_told_in_short(
    client: Client, secret: str, given: Any, told: str
) -> None:
    answer = created(client, secret, templateID=given)
    assert (answer.status_code, answer.json()["templateID"]) == (201, told)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("running_dispatcher")
@pytest.mark.docker
def test_run_streams_its_output_its_pictures_and_its_error(
    client: Client, headers: dict[str, str]
) -> None:
    answer = executed(client, headers, CODE)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/x-ndjson")
    lines = [line for line in lines_in(answer.getvalue()) if line["type"] != "keepalive"]
    assert lines[0] == {"type": "number_of_executions", "execution_count": 1}
    assert lines[-1] == {"type": "end_of_execution"}
    printed = {
        name: "".join(line["text"] for line in lines if line["type"] == name)
        for name in ("stdout", "stderr")
    }
    assert printed["stdout"] == "hello\n"
    assert printed["stderr"].startswith("careful\n")
    [picture] = [line for line in lines if line["type"] == "result"]
    assert (picture["text"], b64decode(picture["png"])) == ("figure.png", PNG)
    error = lines[-2]
    assert (error["type"], error["name"], error["value"]) == (
        "error",
        "ValueError",
        "no such thing",
    )
    assert "Traceback" in error["traceback"]
    stored = Submission.objects.get()
    assert (stored.via, stored.isolation) == ("e2b", "container")
    assert len(stored.files_out or ()) == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("running_dispatcher", "long_runs")
@pytest.mark.docker
def test_run_ends_when_its_client_has_gone(client: Client, headers: dict[str, str]) -> None:
    answer = executed(client, headers, "print('begun', flush=True)\nwhile True: pass")
    pieces = stream_of(answer)
    while b"begun" not in next(pieces):
        pass
    answer.close()
    eventually(lambda: Submission.objects.get().status == Status.FINISHED)
    assert Submission.objects.get().verdict == Verdict.CANCELLED


@pytest.mark.parametrize(
    ("verdict", "name"),
    [
        (Verdict.TIME_LIMIT_EXCEEDED, "TimeLimitExceeded"),
        (Verdict.MEMORY_LIMIT_EXCEEDED, "MemoryLimitExceeded"),
        (Verdict.INTERNAL_ERROR, "InternalError"),
        (Verdict.RUNTIME_ERROR, "RuntimeError"),
    ],
)
def test_end_by_a_limit_is_an_error_with_the_sentence(
    alice: User, verdict: Verdict, name: str
) -> None:
    run = make_submission(alice, verdict=verdict, error="It took too much.", stdout="", stderr="")
    *_, error, _ = lines_in(b"".join(lines_of(run)))
    told = {"name": name, "value": "It took too much.", "traceback": "It took too much."}
    assert error == {"type": "error", **told}


def test_pictures_take_a_place_for_streams_or_stay_away(alice: User, settings: Settings) -> None:
    settings.STREAM_MAX_PER_USER = 1
    run = run_with(alice, ("a.png", PNG))
    lines = lines_of(run)
    sent = [next(lines) for _ in range(3)]
    assert b64decode(lines_in(sent[-1])[0]["png"]) == PNG
    with pytest.raises(TooManyStreams), connections.place(alice.pk):
        pass
    *_, told, _ = lines_in(b"".join(lines_of(run)))
    assert told["text"].startswith("The pictures that the program made are not sent. ")
    lines.close()  # as the server does when the client has gone
    with connections.place(alice.pk):
        pass


def test_streams_that_are_not_read_are_capped(
    client: Client, headers: dict[str, str], alice: User, settings: Settings
) -> None:
    settings.RUN_MAX_PER_USER = 1
    with connections.place_of_a_run(alice.pk), connections.place_of_a_run(alice.pk):
        assert executed(client, headers, "1").status_code == 429
    assert not Submission.objects.exists()


def test_sandbox_of_another_user_is_not_there(
    client: Client, bob: User, token_of: Callable[..., dict[str, str]], headers: dict[str, str]
) -> None:
    others = {**headers, "X-Access-Token": token_of(bob)["Authorization"].split()[1]}
    answer = executed(client, others, "print(1)")
    assert (answer.status_code, answer.json()["code"]) == (404, 404)
    label = headers["E2b-Sandbox-Id"]
    assert client.delete(f"/e2b/sandboxes/{label}", headers=others).status_code == 404
    assert client.delete(f"/e2b/sandboxes/{label}", headers=headers).status_code == 204
    for wrong in ("", "i", "ü", label[:-1], f"{label}0"):
        assert executed(client, {**headers, "E2b-Sandbox-Id": wrong}, "1").status_code == 404
    assert not Submission.objects.exists()


def test_what_keeps_a_sandbox_alive_is_accepted(client: Client, headers: dict[str, str]) -> None:
    address = f"/e2b/sandboxes/{headers['E2b-Sandbox-Id']}/timeout"
    kept = client.post(address, {"timeout": 60}, content_type="application/json", headers=headers)
    assert kept.status_code == 204
    assert client.get("/e2b/health", headers=headers).status_code == 204
    assert client.get("/e2b/v2/sandboxes", headers=headers).json() == []


@pytest.mark.parametrize(
    ("wish", "reason"),
    [
        ({"envVars": {"A": "1"}}, "This site has no environment variables."),
        ({"volumeMounts": [{"name": "v", "path": "/v"}]}, "This site has no volumes."),
        ({"mcp": {"x": {}}}, "This site has no MCP servers in a sandbox."),
        ({"iam": {"tokens": {"a": {}}}}, "This site has no identities of a sandbox."),
    ],
)
def test_sandbox_that_would_need_more_is_refused(
    client: Client, secret: str, wish: dict[str, Any], reason: str
) -> None:
    answer = created(client, secret, **wish)
    assert (answer.status_code, answer.json()) == (400, {"code": 400, "message": reason})


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"context_id": "c"}, 501),
        ({"env_vars": {"A": "1"}}, 400),
        ({"language": "cobol"}, 400),
        ({"language": 1}, 400),
        ({"code": None}, 400),
    ],
)
def test_run_that_would_need_more_is_refused(
    client: Client, headers: dict[str, str], more: dict[str, Any], status: int
) -> None:
    answer = executed(client, headers, "print(1)", **more)
    assert (answer.status_code, answer.json()["code"]) == (status, status)
    assert not Submission.objects.exists()


@pytest.mark.parametrize("body", ["", "[]", "{", "null"])
def test_body_that_is_no_object_is_refused(
    client: Client, headers: dict[str, str], body: str
) -> None:
    answer = client.post("/e2b/execute", body, content_type="application/json", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, 400)


@pytest.mark.parametrize(
    ("method", "address"),
    [
        ("GET", "/e2b/sandboxes/{label}"),
        ("POST", "/e2b/sandboxes/{label}/pause"),
        ("POST", "/e2b/contexts"),
        ("GET", "/e2b/contexts"),
        ("POST", "/e2b/files?path=a"),
        ("GET", "/e2b/files?path=a"),
        ("POST", "/e2b/process.Process/List"),
    ],
)
def test_what_needs_a_machine_that_lives_on_is_refused(
    client: Client, headers: dict[str, str], method: str, address: str
) -> None:
    path = address.format(label=headers["E2b-Sandbox-Id"])
    answer = client.generic(method, path, "{}", "application/json", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (501, 501)
    assert "only a label" in answer.json()["message"]


def test_command_is_refused_in_the_form_of_its_stream(
    client: Client, headers: dict[str, str]
) -> None:
    answer = client.generic(
        "POST",
        "/e2b/process.Process/Start",
        b"\0\0\0\0\x02{}",
        "application/connect+json",
        headers=headers,
    )
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/connect+json")
    flags, size, message = answer.content[0], answer.content[1:5], answer.content[5:]
    assert (flags, int.from_bytes(size, "big")) == (2, len(message))
    assert json.loads(message)["error"]["code"] == "unimplemented"


def printed(client: Client, headers: dict[str, str], code: str) -> str:
    lines = lines_in(executed(client, headers, code).getvalue())
    return "".join(line["text"] for line in lines if line["type"] == "stdout")


@pytest.mark.docker
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("running_dispatcher")
def test_variables_are_kept_until_the_sandbox_is_killed(
    client: Client, secret: str, headers: dict[str, str], settings: Settings
) -> None:
    settings.SESSION_MAX_PER_USER = 2
    printed(client, headers, "x = 1\ndef f(): return x")
    assert printed(client, headers, "x += 1\nprint(f())") == "2\n"
    other = {**headers, "E2b-Sandbox-Id": created(client, secret).json()["sandboxID"]}
    assert printed(client, other, "print('x' in globals())") == "False\n"
    third = {**headers, "E2b-Sandbox-Id": created(client, secret).json()["sandboxID"]}
    printed(client, third, "y = 1")  # the first one makes room
    assert printed(client, headers, "print('x' in globals())") == "False\n"
    assert printed(client, third, "print(y)") == "1\n"
    address = f"/e2b/sandboxes/{third['E2b-Sandbox-Id']}"
    assert client.delete(address, headers={"X-API-KEY": secret}).status_code == 204
    assert printed(client, third, "print('y' in globals())") == "False\n"


def start_in(user: User, label: str) -> Submission:
    run = RunRequest(code="1", session=label, limits=default_limits())
    origin = Origin(via=Via.E2B, client_address=None, user_agent="")
    return submit(user=user, run=run, origin=origin, mode=Mode.STREAMED)


@pytest.fixture
def three(alice: User, settings: Settings) -> list[str]:
    """Three sandboxes with variables, in the order of their last use; a user may have no more."""
    settings.SESSION_MAX_PER_USER, settings.RUN_MAX_PER_USER = 3, 0
    found = [labels.new_label(alice) for _ in range(3)]
    now = timezone.now()
    for number, name in enumerate(found):
        RunSession.objects.create(
            user=alice,
            name=name,
            language="python",
            content=b"",
            size=0,
            created=now,
            used=now - timedelta(minutes=10 - number),
            expires=now + timedelta(hours=1),
        )
    return found


def kept() -> set[str]:
    return set(RunSession.objects.values_list("name", flat=True))


def test_new_sandbox_takes_the_place_of_one_without_a_run(alice: User, three: list[str]) -> None:
    start_in(alice, three[0])  # the one that was used least recently, and is at work
    start_in(alice, labels.new_label(alice))
    assert kept() == {three[0], three[2]}
    start_in(alice, labels.new_label(alice))
    assert kept() == {three[0]}
    with pytest.raises(TooManySessions):
        start_in(alice, labels.new_label(alice))
    assert kept() == {three[0]}


def test_sandbox_makes_no_room_for_a_run_that_is_refused(
    alice: User, three: list[str], settings: Settings
) -> None:
    settings.STORAGE_BYTES_PER_DAY = 1
    with pytest.raises(MoreThanADay):
        start_in(alice, labels.new_label(alice))
    assert kept() == set(three)
