"""The examples in docs/ work."""

import json
import os
import re
import runpy
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests as client
from django.contrib.auth.models import User
from django.utils import timezone

from submissions.webhooks import signing
from submissions.webhooks.models import Delivery
from tests.support.documents import ROOT, text
from tests.support.factories import make_submission
from tests.support.waiting import eventually
from tools.site import Service, service

pytestmark = pytest.mark.django_db

EXAMPLES = ROOT / "docs" / "examples"


@pytest.fixture
def is_genuine() -> Any:
    return runpy.run_path(str(EXAMPLES / "receiver.py"))["is_genuine"]


@pytest.fixture
def sent(alice: User) -> tuple[str, dict[str, str], bytes]:
    """Return a secret, and the headers and body that the service sends."""
    secret = signing.make_secret(alice)
    delivery = Delivery.objects.create(user=alice, submission=make_submission(alice), url="x")
    return secret, signing.headers(delivery, b'{"a": 1}', timezone.now()), b'{"a": 1}'


def test_receiver_accepts_a_signed_request(
    is_genuine: Any, sent: tuple[str, dict[str, str], bytes]
) -> None:
    assert is_genuine(*sent)


def test_receiver_accepts_a_signature_with_the_previous_secret(
    alice: User, is_genuine: Any, sent: tuple[str, dict[str, str], bytes]
) -> None:
    secret, _, body = sent
    signing.make_secret(alice)
    headers = signing.headers(Delivery.objects.get(), body, timezone.now())
    assert is_genuine(secret, headers, body)


@pytest.mark.parametrize(
    "change",
    [
        {"webhook-id": "msg_other"},
        {"webhook-timestamp": "soon"},
        {"webhook-signature": ""},
        {"webhook-signature": "v1,AAAA v1,ä"},
    ],
)
def test_receiver_does_not_believe_other_headers(
    is_genuine: Any, sent: tuple[str, dict[str, str], bytes], change: dict[str, Any]
) -> None:
    secret, headers, body = sent
    assert not is_genuine(secret, {**headers, **change}, body)


@pytest.mark.parametrize("seconds", [120, -3600])  # the first is recent, and not when it was sent
def test_receiver_does_not_believe_another_time(
    is_genuine: Any, sent: tuple[str, dict[str, str], bytes], seconds: int
) -> None:
    secret, headers, body = sent
    changed = str(int(headers["webhook-timestamp"]) + seconds)
    assert not is_genuine(secret, {**headers, "webhook-timestamp": changed}, body)


def test_receiver_does_not_believe_another_body_or_secret(
    is_genuine: Any, sent: tuple[str, dict[str, str], bytes]
) -> None:
    secret, headers, body = sent
    assert not is_genuine(secret, headers, body + b" ")
    assert not is_genuine("whsec_AAAA", headers, body)
    assert not is_genuine("whsec_!", headers, body)


@pytest.fixture(scope="module")
def served() -> Iterator[Service]:
    with service(EXECUTOR_INSTANCE=f"examples-{os.getpid()}", EXECUTOR_POOL_SIZE="1") as running:
        yield running


@pytest.mark.docker
@pytest.mark.inline
@pytest.mark.parametrize(
    ("command", "good", "bad"),
    [
        ([sys.executable, EXAMPLES / "agent_tool.py"], "print(6 * 7)", "print(1 / 0)"),
        (["node", EXAMPLES / "agent_tool.mjs"], "console.log(6 * 7)", "throw new Error('no')"),
    ],
    ids=["python", "node"],
)
def test_tool_for_agents_returns_the_result_and_the_reason(
    served: Service, command: list[Path | str], good: str, bad: str
) -> None:
    def run(code: str) -> Any:
        environment = {**os.environ, "TOKEN": served.token}
        done = subprocess.run(
            [*command, served.address, code], env=environment, check=True, capture_output=True
        )
        return json.loads(done.stdout)

    assert run(good) == {"verdict": "ok", "output": "42\n", "stderr": "", "error": None}
    assert run(bad)["verdict"] == "runtime_error"
    assert run("")["verdict"] == "not_run"


def commands() -> Iterator[Any]:
    """Find each curl command of the documents, with its document."""
    for name in ("README.md", "docs/start.md", "docs/api.md"):
        for block in re.findall(r"```sh\n(curl .*?)```", text(name), re.DOTALL):
            yield name, block


@pytest.mark.docker
@pytest.mark.inline
@pytest.mark.parametrize(("document", "command"), list(commands()))
def test_request_of_a_document_is_accepted(
    served: Service, document: str, command: str, tmp_path: Path
) -> None:
    command = command.replace("http://127.0.0.1:5000", served.address)
    command = command.replace("Bearer TOKEN", f"Bearer {served.token}")
    command = command.replace("\ncurl", "; echo\ncurl")
    (tmp_path / "big.csv").write_text("a,b\n")
    # $ID is the id of a run that the reader has made before.
    known = a_run(served) if "/stdin/" not in command else a_run_that_asks(served)
    environment = {**os.environ, "TOKEN": served.token, "ID": known}
    done = subprocess.run(
        ["bash", "-c", command],
        env=environment,
        cwd=tmp_path,
        check=True,
        capture_output=True,
        text=True,
    )
    body = json.loads(done.stdout.splitlines()[-1])  # below the headers that -i shows
    assert "fields" not in body, body  # each error has them
    assert "id" in body or "results" in body or body["open"]


def a_run(served: Service) -> str:
    return str(served.run("print(1)", "python").json()["id"])


def a_run_that_asks(served: Service) -> str:
    """Start an interactive run; return its id when it runs."""
    headers = {"Authorization": f"Bearer {served.token}", "Prefer": "respond-async"}
    program = {"code": "input()", "interactive": True}
    run = client.post(f"{served.address}/run", json=program, headers=headers).json()
    eventually(lambda: client.get(run["url"], headers=headers).json()["status"] == "running")
    return str(run["id"])
