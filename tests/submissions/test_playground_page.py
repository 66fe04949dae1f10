"""What the server gives the playground's script."""

import json
import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.urls import resolve
from pytest_django import Settings

from executor import Verdict, offered
from submissions.pages.examples import examples
from tests.support.clients import Answer, AsUser
from tests.support.factories import make_submission
from tests.support.present import present

pytestmark = pytest.mark.django_db


def data_of(answer: Answer) -> Any:
    found = present(
        re.search(r'<script id="page"[^>]*>(.*?)</script>', answer.content.decode(), re.DOTALL)
    )
    return json.loads(found[1])


def test_script_knows_templates_examples_and_verdicts(alice: User, as_user: AsUser) -> None:
    page = data_of(as_user(alice).get("/playground/"))
    assert page["templates"] == {slug: language.hello for slug, language in offered().items()}
    assert page["examples"].keys() == examples().keys()
    assert page["verdicts"].keys() == set(Verdict)
    assert page["user"] == alice.pk


def test_every_limit_leads_to_the_page_of_a_layer(alice: User, as_user: AsUser) -> None:
    client = as_user(alice)
    why = data_of(client.get("/playground/"))["why"]
    limits = {verdict for verdict in Verdict if verdict.endswith("_limit_exceeded")}
    assert why.keys() == limits | {"cpu_time"}
    for address in why.values():
        assert resolve(address).url_name == "layer"
        assert client.get(address).status_code == 200


def test_script_knows_whether_the_user_asked_for_the_program(alice: User, as_user: AsUser) -> None:
    client = as_user(alice)
    submission = make_submission(alice)
    asked = [
        client.get("/playground/"),
        client.get("/playground/?example=nothing-like-that"),
        client.get("/playground/?example=error"),
        client.get(f"/playground/?submission={submission.pk}"),
        client.post("/playground/", {"code": "1"}),
        client.post("/playground/run/", {"code": ""}),
    ]
    given = [data_of(answer)["given"] for answer in asked]
    assert given == ["", "", "example", "program", "program", "program"]


def test_site_without_sharing_has_no_share_button(
    alice: User, as_user: AsUser, settings: Settings
) -> None:
    client = as_user(alice)
    assert 'id="share"' in client.get("/playground/").content.decode()
    settings.SHARE_DAYS = 0
    page = client.get("/playground/").content.decode()
    assert 'id="share"' not in page
    assert "<dialog" not in page


def test_limits_of_any_depth_are_refused(alice: User, as_user: AsUser, settings: Settings) -> None:
    """Some texts can be read and not be written again: their nesting is just too deep."""
    settings.RUN_RATE = "1/d"
    client = as_user(alice)
    client.raise_request_exception = False
    for depth in (100, *range(800, 960)):  # some two of them, by the depth of the view itself
        program = {"code": "1", "language": "python", "limits": "[" * depth + "]" * depth}
        answer = client.post("/playground/run/", program)
        assert answer.status_code in {400, 429}
