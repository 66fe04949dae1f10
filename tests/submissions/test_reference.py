"""The API reference: each example runs as it stands, and names the site that shows it."""

import json
import os
import re
import runpy
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer

from submissions.api.reference import ADDRESS, CALLS, MAIN
from submissions.http.codes import Code
from submissions.lifecycle.models import Submission
from submissions.webhooks import signing
from submissions.webhooks.models import Delivery
from tests.support.factories import make_submission

RUNNERS = {"sh": "sh", "py": sys.executable, "mjs": "node"}
SHOWN = {
    "run": r"ok.*42",
    "stream": r"0.*1.*2.*ok",
    "wait": r"finished.*42|ok.*42",
    "batch": r'"done":true|ok 1\s+ok 2',
}
"""What each example prints, in whichever language."""

needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="there is no Node.js")
needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl")
marks = {"mjs": [needs_node], "sh": [needs_curl]}


@pytest.fixture
def run_example(
    live_server: LiveServer, tmp_path: Path, alice: User, token_of: Callable[..., dict[str, str]]
) -> Any:
    """Return a function that runs an example against this site and returns what it prints."""
    secret = token_of(alice)["Authorization"].removeprefix("Bearer ")

    def run(name: str) -> Any:
        source = (CALLS / name).read_text()
        assert ADDRESS in source
        script = tmp_path / name
        script.write_text(source.replace(ADDRESS, live_server.url))
        done = subprocess.run(
            [RUNNERS[name.split(".")[1]], script],
            env={**os.environ, "TOKEN": secret},
            capture_output=True,
            text=True,
        )
        assert done.stderr == ""
        return done.stdout

    return run


@pytest.mark.docker
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "ending", [pytest.param(ending, marks=marks.get(ending, [])) for ending in RUNNERS]
)
def test_example_of_each_call_works_as_it_stands(
    running_dispatcher: None, run_example: Any, ending: str
) -> None:
    for call, pattern in SHOWN.items():
        assert re.search(pattern, run_example(f"{call}.{ending}"), re.DOTALL), call


@needs_curl
@pytest.mark.django_db
def test_example_of_a_webhook_makes_a_secret_and_queues_a_run(run_example: Any) -> None:
    shown = run_example("webhook.sh")
    assert "whsec_" in shown
    assert '"status":"queued"' in shown
    assert Delivery.objects.get().submission == Submission.objects.get()


@pytest.fixture
def message(alice: User) -> tuple[str, dict[str, str], bytes]:
    """Return a secret, and the headers and body that the service sends."""
    secret = signing.make_secret(alice)
    delivery = Delivery.objects.create(user=alice, submission=make_submission(alice), url="x")
    body = b'{"type": "submission.finished"}'
    headers = signing.headers(delivery, body, timezone.now())
    return secret, {name.lower(): value for name, value in headers.items()}, body


def in_python(secret: Any, headers: Any, body: Any) -> Any:
    return runpy.run_path(str(CALLS / "webhook.py"))["is_genuine"](secret, headers, body)


def in_javascript(secret: Any, headers: Any, body: Any) -> bool:
    program = f"""
        import {{ isGenuine }} from "{(CALLS / "webhook.mjs").as_uri()}";
        const [secret, headers, body] = JSON.parse(process.argv[1]);
        console.log(isGenuine(secret, headers, Buffer.from(body)));
    """
    given = json.dumps([secret, headers, body.decode()])
    done = subprocess.run(
        ["node", "--input-type=module", "--eval", program, given],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout == "true\n"


@pytest.mark.django_db
@pytest.mark.parametrize("is_genuine", [in_python, pytest.param(in_javascript, marks=needs_node)])
def test_example_of_a_webhook_believes_only_what_was_signed_recently(
    message: tuple[str, dict[str, str], bytes], is_genuine: Callable[..., Any]
) -> None:
    secret, headers, body = message
    old = {"webhook-timestamp": str(int(time.time()) - 3600)}
    assert is_genuine(secret, headers, body)
    assert not is_genuine(secret, headers, body + b" ")
    assert not is_genuine(secret, {**headers, **old}, body)
    assert not is_genuine("whsec_AAAA", headers, body)


@pytest.mark.django_db
def test_reference_shows_its_own_site_in_each_example(client: Client) -> None:
    page = client.get("/api/docs/", headers={"Host": "localhost:8123"}).content.decode()
    assert ADDRESS not in page
    assert page.count("http://localhost:8123") > len(MAIN)


@pytest.mark.django_db
def test_reference_names_each_code_of_an_operation(client: Client) -> None:
    page = client.get("/api/docs/").content.decode()
    elsewhere = {
        "not_finished",
        "too_many_links",
        "bad_request",
        "method_not_allowed",
        "headers_too_large",
        "not_implemented",
    }
    for code in Code:
        assert (f"<code>{code.value}</code>" in page) == (code.value not in elsewhere), code
