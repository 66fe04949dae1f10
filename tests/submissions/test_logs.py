"""The log: the fields of each line, and the data that no line contains."""

import io
import json
import logging
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from pytest_django import Settings
from requests import Response

from executor.sandbox import engine
from submissions.accounts.models import ApiToken
from submissions.api import runs
from submissions.dispatch import worker
from submissions.lifecycle import queue
from submissions.telemetry import logs
from tests.support.clients import AsUser
from tests.support.streams import stream_of
from tests.support.waiting import eventually
from tools.site import service

CANARY = "c4n4ry82869aa7a640aaaa2304f0e770f881"
STREAM = {"Accept": "text/event-stream"}


class Log(io.StringIO):
    def lines(self) -> Any:
        return [json.loads(line) for line in self.getvalue().splitlines()]

    def access(self) -> Any:
        return [line for line in self.lines() if line["logger"] == "access"]


@pytest.fixture
def log() -> Iterator[Log]:
    """Capture everything that this process logs, as in production."""
    yield from _listening("json")


@pytest.fixture
def log_for_people() -> Iterator[Log]:
    yield from _listening("line")


def _listening(kind: str) -> Iterator[Log]:
    written = Log()
    handler = logging.StreamHandler(written)
    handler.addFilter(logs.Discreet())
    handler.setFormatter(logs.formatter(kind))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield written
    root.setLevel(level)
    root.removeHandler(handler)


@pytest.fixture
def no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent/docker.sock")
    monkeypatch.setattr(engine, "_local", threading.local())


@pytest.mark.django_db
def test_request_has_one_line(client: Client, log: Log) -> None:
    answer = client.get("/accounts/login/?next=/admin/")
    (line,) = log.access()
    assert (line["method"], line["path"], line["status"]) == ("GET", "/accounts/login/", 200)
    assert line["client"] == "127.0.0.1"
    assert line["ms"] > 0
    assert line["request"] == answer["X-Request-ID"]
    assert line["level"] == "info"
    assert "user" not in line


@pytest.mark.django_db
def test_line_names_the_user_by_session_and_by_token(
    alice: User, client: Client, as_user: AsUser, token_of: Callable[..., dict[str, str]], log: Log
) -> None:
    as_user(alice).get("/submissions/")
    client.get("/api/submissions/", headers=token_of(alice))
    assert [line["user"] for line in log.access()] == [alice.pk, alice.pk]


@pytest.mark.docker
@pytest.mark.django_db
def test_line_of_a_run_names_its_submission(alice: User, as_user: AsUser, log: Log) -> None:
    pk = as_user(alice).run().json()["id"]
    assert log.access()[0]["submission"] == pk


@pytest.mark.inline
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("running_dispatcher")
def test_thread_that_runs_a_stream_carries_the_request_and_the_submission(
    alice: User, as_user: AsUser, no_engine: None, log: Log
) -> None:
    answer = as_user(alice).post(
        "/run", {"code": "1"}, content_type="application/json", headers=STREAM
    )
    b"".join(stream_of(answer))
    answer.close()
    (warning,) = [line for line in log.lines() if "got no sandbox" in line["event"]]
    (access,) = log.access()
    assert warning["request"] == access["request"] == answer["X-Request-ID"]
    assert warning["user"] == access["user"] == alice.pk
    assert answer["Content-Location"].endswith(f"{warning['submission']}/")
    assert warning["submission"] == access["submission"]


@pytest.mark.django_db
def test_request_leaves_no_context_for_the_next(
    alice: User, as_user: AsUser, no_engine: None, log: Log
) -> None:
    as_user(alice).run()
    as_user(alice).get("/healthz/live")
    assert "submission" not in log.access()[1]
    assert log.access()[0]["request"] != log.access()[1]["request"]


@pytest.mark.django_db
def test_a_trusted_proxys_id_and_address_are_taken(
    client: Client, settings: Settings, log: Log
) -> None:
    settings.TRUSTED_PROXIES = settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    sent = {"X-Request-ID": "0123-abcd.EF", "X-Forwarded-For": "203.0.113.7"}
    assert client.get("/", headers=sent)["X-Request-ID"] == "0123-abcd.EF"
    assert log.access()[0]["request"] == "0123-abcd.EF"
    assert log.access()[0]["client"] == "203.0.113.7"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "given", ["short", "x" * 200, "with space in it", 'quo"ted-id', "a\nb-forged"]
)
def test_invalid_request_id_is_replaced(client: Client, settings: Settings, given: str) -> None:
    settings.TRUSTED_PROXIES = 1
    assert client.get("/healthz/live", headers={"X-Request-ID": given})["X-Request-ID"] != given


@pytest.mark.django_db
def test_strangers_id_is_not_taken(client: Client) -> None:
    sent = {"X-Request-ID": "0123-abcd.EF"}
    assert client.get("/healthz/live", headers=sent)["X-Request-ID"] != "0123-abcd.EF"


@pytest.mark.django_db
def test_line_for_people_stays_one_line(client: Client, log_for_people: Log) -> None:
    client.get("/%0a2026-01-01 INFO forged")
    (line,) = log_for_people.getvalue().splitlines()
    assert r"/\n2026-01-01 INFO forged" in line
    assert " INFO access: GET " in line


# What no line tells.


@pytest.mark.django_db
@pytest.mark.parametrize("kind", [ValueError, KeyError, UnicodeError, ConnectionAbortedError])
def test_traceback_quotes_nothing_of_a_users(
    alice: User, as_user: AsUser, log: Log, monkeypatch: pytest.MonkeyPatch, kind: type[Exception]
) -> None:
    # An exception class that the system does not define.
    Quotes: type[Exception] = type("Quotes", (kind,), {})

    def broken(checked: Any) -> None:
        code = checked["code"]
        try:
            raise Quotes(f"invalid text: {code}")
        except Quotes as error:
            raise RuntimeError(code, {"code": code}) from error

    monkeypatch.setattr(runs, "run_request_of", broken)
    client = as_user(alice, raise_request_exception=False)
    answer = client.run(f"print('{CANARY}')", stdin=CANARY, args=[CANARY])
    assert (answer.status_code, answer.json()["code"]) == (500, "error")
    (error,) = [line for line in log.lines() if line["logger"] == "django.request"]
    assert "in broken" in error["exception"]
    assert "Quotes" in error["exception"]
    assert "RuntimeError" in error["exception"]
    assert error["request"] == answer["X-Request-ID"]
    assert CANARY not in log.getvalue()


@pytest.mark.django_db
def test_task_that_fails_quotes_nothing_of_a_users(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(language: Any) -> None:
        raise ValueError(CANARY)

    monkeypatch.setattr(queue, "users_waiting", broken)
    assert worker.run_next.apply(args=["python"]).failed()
    (error,) = [line for line in log.lines() if line["logger"] == "celery.app.trace"]
    assert error["event"] == "a task failed"
    assert "in broken" in error["exception"]
    assert CANARY not in log.getvalue()


@pytest.mark.inline
@pytest.mark.django_db
def test_failing_engine_quotes_nothing_of_a_users(
    alice: User, as_user: AsUser, no_engine: None, log: Log
) -> None:
    assert as_user(alice).run(CANARY, stdin=CANARY, args=[CANARY]).status_code == 503
    assert "got no sandbox: the Docker engine does not answer" in log.getvalue()
    assert CANARY not in log.getvalue()


@pytest.mark.django_db
def test_token_is_never_logged(alice: User, client: Client, log: Log) -> None:
    token, secret = ApiToken.objects.create(user=alice, name="x", expiry=timedelta(days=1))
    client.get("/api/", headers={"Authorization": f"Bearer {secret}"})
    client.get("/api/", headers={"Authorization": f"Bearer {CANARY}"})
    client.force_login(alice)
    client.post(reverse("revoke_token", args=[token.token_key]))
    assert [line["status"] for line in log.access()] == [200, 401, 302]
    assert log.access()[2]["path"] == "/accounts/tokens/…/revoke/"
    assert CANARY not in log.getvalue()
    assert token.token_key not in log.getvalue()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address",
    [
        f"/accounts/password/reset/key/3-{CANARY}/",
        f"/accounts/password/reset/key/3-{CANARY}",  # leads nowhere but to a redirect
        f"/accounts/confirm-email/{CANARY}/",
        f"/somewhere/{CANARY}",
        f"/submissions/?search={CANARY}",
        f"/api/submissions/?search={CANARY}",
    ],
)
def test_address_is_logged_without_secrets(
    alice: User, as_user: AsUser, log: Log, address: str
) -> None:
    as_user(alice, raise_request_exception=False).get(address)
    assert log.access()
    assert CANARY not in log.getvalue()


@pytest.mark.docker
@pytest.mark.inline
@pytest.mark.xdist_group("served")
def test_log_of_a_server_holds_nothing_that_users_send(tmp_path: Path) -> None:
    """A real server: everything that it writes, for good programs, failing ones and nonsense."""
    path = tmp_path / "log"
    with service(path, LOG_LEVEL="DEBUG", EXECUTOR_POOL_SIZE="0") as served:
        bearer = {"Authorization": f"Bearer {served.token}"}
        typed = bearer | {"Content-Type": "application/json"}

        def post(where: str = "/run", headers: dict[str, str] = bearer, **kwargs: Any) -> Response:
            return requests.post(served.address + where, headers=headers, timeout=60, **kwargs)

        program = {"code": f"print('{CANARY}'); raise ValueError('{CANARY}')"}
        secret_input = {"stdin": CANARY, "args": [CANARY]}
        ran = post(json=program | secret_input)
        assert CANARY in ran.json()["output"]
        assert CANARY in post(json=program, headers=bearer | STREAM).text
        statuses = [
            post(json={"code": "1", CANARY: CANARY}).status_code,
            post(json={"code": f"\0{CANARY}"}).status_code,
            post(data=f'{{"code": {CANARY}', headers=typed).status_code,
            post(data=CANARY.encode("utf-16"), headers=typed).status_code,
            post(data=CANARY).status_code,
            post(json=program, headers={"Authorization": f"Bearer {CANARY}"}).status_code,
            post(json=program, headers={"Cookie": f"sessionid={CANARY}"}).status_code,
            post("/accounts/login/", data={"login": CANARY, "password": CANARY}).status_code,
            post(f"/accounts/password/reset/key/1-{CANARY}/").status_code,
            post("/run?code=" + CANARY, data=b"x" * 2_000_000, headers=typed).status_code,
        ]
        assert statuses == [400, 400, 400, 400, 415, 401, 401, 403, 403, 413]
        eventually(lambda: path.read_text().count('"logger": "access"') >= 12)
    written = path.read_text()
    assert ran.json()["id"] in written
    assert CANARY not in written
    assert served.token not in written
