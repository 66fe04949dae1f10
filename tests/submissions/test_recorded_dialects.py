"""What the real clients of other runners sent to this site: `tests/support/recorded_dialects.json`.

TOKEN stands for the user's token, RUN0 for the first run that an answer has named.
"""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from submissions.dispatch.dispatcher import dispatcher
from submissions.lifecycle.models import Submission
from tests.support.clients import Answer
from tests.support.documents import text
from tests.support.waiting import eventually

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("running_dispatcher"),
    pytest.mark.docker,
]

CONVERSATIONS = json.loads(text("tests/support/recorded_dialects.json"))
RUN = re.compile(r'"token": "([^"]+)"')


@pytest.mark.parametrize("conversation", CONVERSATIONS, ids=lambda one: one["client"])
def test_recorded_client_gets_what_it_got(
    client: Client,
    alice: User,
    token_of: Callable[..., dict[str, str]],
    conversation: dict[str, Any],
) -> None:
    secret = token_of(alice)["Authorization"].removeprefix("Bearer ")
    runs: list[str] = []
    for one in conversation["requests"]:
        if "RUN" in one["path"]:  # a client that looks again until the runs have ended
            eventually(lambda: not Submission.objects.in_flight().exists())
        answer = repeated(client, one, runs, secret)
        assert answer.status_code == one["status"], answer.content
        if one["http"] == "POST":
            runs += RUN.findall(answer.content.decode())
    stored = Submission.objects.order_by("created")
    agent = conversation["requests"][0]["headers"]["user-agent"]
    assert {(run.verdict, run.user_agent) for run in stored} == {("ok", agent)}
    assert "42" in stored[0].stdout
    # In the distributed mode a client that is answered gives its place back.
    assert not getattr(dispatcher(), "_unread", None)


def repeated(client: Client, one: dict[str, Any], runs: list[str], secret: str) -> Answer:
    path = re.sub(r"RUN(\d)", lambda found: runs[int(found[1])], one["path"])
    body = "" if one["body"] is None else json.dumps(one["body"])
    headers = {name: text.replace("TOKEN", secret) for name, text in one["headers"].items()}
    kind = headers.pop("content-type", "")
    return client.generic(one["http"], path, body, content_type=kind, headers=headers)
