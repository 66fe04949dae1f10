"""EXECUTOR_LANGUAGES: what a site offers, and what stays of a language that it offers no more."""

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from django.test import Client

from executor import LANGUAGES, Cancellation, RunRequest, default_limits
from executor.execute import ignore
from executor.limits import MiB
from submissions.dispatch.dispatcher import dispatcher
from submissions.lifecycle import queue
from submissions.lifecycle.attempt import run_submission
from submissions.lifecycle.errors import CannotRunHere
from submissions.lifecycle.intake import Origin
from submissions.lifecycle.models import Submission, Via
from submissions.mcp import schemas
from submissions.ops import health
from tests.support.clients import ApiClient, AsUser, post_async, post_batch
from tests.support.factories import make_submission
from tests.support.lab import run as run_experiment
from tests.support.offer import changed, offering
from tests.support.waiting import eventually

pytestmark = [pytest.mark.django_db, pytest.mark.inline]

ORIGIN = Origin(via=Via.SESSION, client_address="127.0.0.1", user_agent="")
NO_JAVASCRIPT = "JavaScript is not offered on this site. Choose one of: python, typescript."


@pytest.fixture
def client(alice: User, as_user: AsUser) -> ApiClient:
    return as_user(alice)


@pytest.fixture
def _without_javascript() -> Iterator[None]:
    with offering("python", "typescript"):
        yield


@pytest.fixture
def _unbuilt_typescript() -> Iterator[None]:
    with changed("typescript", runtime_of="nothing"):
        yield


@pytest.mark.usefixtures("_without_javascript")
def test_request_in_a_language_that_is_not_offered_is_refused_with_those_that_are(
    client: ApiClient,
) -> None:
    answer = client.run("1", language="javascript")
    assert (answer.status_code, answer.json()["fields"]) == (400, {"language": [NO_JAVASCRIPT]})
    answer = post_async(client, "1", language="javascript")
    assert (answer.status_code, answer.json()["fields"]) == (400, {"language": [NO_JAVASCRIPT]})
    answer = post_batch(client, [{"code": "1", "language": "javascript"}])
    assert answer.json()["fields"] == {"submissions.0.language": [NO_JAVASCRIPT]}
    answer = client.run("1", language="cobol")
    assert answer.json()["fields"] == {"language": ["Choose one of: python, typescript."]}
    assert not Submission.objects.exists()


@pytest.mark.usefixtures("_without_javascript")
def test_language_that_is_not_offered_is_in_no_list(client: ApiClient) -> None:
    make_submission(User.objects.get())
    offered = ["python", "typescript"]
    assert [row["slug"] for row in client.get("/api/languages/").json()] == offered
    assert schemas.run_code()["inputSchema"]["properties"]["language"]["enum"] == offered
    for address in ("/", "/submissions/"):
        assert "JavaScript programs" not in client.get(address).content.decode()
    assert "language=javascript" not in client.get("/submissions/").content.decode()
    page = client.get("/playground/").content.decode()
    assert 'value="typescript"' in page
    assert 'value="javascript"' not in page
    assert "Prime numbers" not in page  # an example in JavaScript


@pytest.mark.usefixtures("_without_javascript")
def test_run_in_a_language_that_is_offered_no_more_stays_readable(
    client: ApiClient, alice: User
) -> None:
    row = make_submission(alice, language="javascript", code="console.log(1)")
    assert "JavaScript" in client.get(f"/submissions/{row.pk}/").content.decode()
    assert client.get(f"/api/submissions/{row.pk}/").json()["language"] == "javascript"
    listed = client.get("/submissions/", {"language": "javascript"}).content.decode()
    assert str(row.pk) in listed
    opened = client.get("/playground/", {"submission": str(row.pk)}).content.decode()
    assert "This site does not offer JavaScript. Choose a language." in opened
    again = client.post(f"/submissions/{row.pk}/again/")
    assert again.status_code == 400
    assert NO_JAVASCRIPT in again.content.decode()


@pytest.mark.usefixtures("_without_javascript")
def test_experiment_in_a_language_that_is_not_offered_is_refused(client: ApiClient) -> None:
    page = client.get("/lab/memory-bomb-js/").content.decode()
    assert "This site does not offer JavaScript." in page
    assert "Run the attack" not in page
    assert "Edit in the playground" not in page
    assert "JavaScript</a>" not in client.get("/lab/memory-bomb/").content.decode()
    answer = run_experiment(client, "memory-bomb-js")
    assert answer.status_code == 400
    assert "JavaScript is not offered on this site." in answer.content.decode()


def test_queued_run_ends_in_words_when_its_language_is_withdrawn(alice: User) -> None:
    run = RunRequest(code="1", language="javascript", limits=default_limits())
    dispatcher().submit_later(user=alice, runs=[run], origin=ORIGIN)
    claimed = queue.claim_next()
    assert claimed is not None
    with offering("python"), pytest.raises(CannotRunHere):
        run_submission(claimed, on_event=ignore, cancellation=Cancellation())
    row = Submission.objects.get()
    assert (row.status, row.verdict) == ("finished", "internal_error")
    assert row.error == "JavaScript is not offered on this site any more"


@pytest.mark.docker
@pytest.mark.container  # a slot that was ready before needs no image
@pytest.mark.usefixtures("_unbuilt_typescript")
def test_language_without_an_image_says_so_and_the_others_run(client: ApiClient) -> None:
    built = {row["slug"]: row["built"] for row in client.get("/api/languages/").json()}
    assert built == {"python": True, "javascript": True, "typescript": False}
    answer = client.run("1", language="typescript")
    assert answer.status_code == 503
    reason = "TypeScript is not built on this site yet; its administrator can do that"
    assert answer.json()["detail"].startswith(reason)
    assert Submission.objects.get().error == reason
    assert client.run("print(1)").json()["output"] == "1\n"


@pytest.mark.docker
@pytest.mark.usefixtures("_unbuilt_typescript")
def test_health_names_a_language_without_an_image_and_stays_well(client: Client) -> None:
    health.parts.cache_clear()
    unbuilt = {"ok": True, "detail": "not built: typescript"}
    eventually(lambda: client.get("/healthz").json()["parts"]["languages"] == unbuilt)
    eventually(lambda: client.get("/healthz").status_code == 200)
    health.parts.cache_clear()


@pytest.mark.docker
def test_run_has_the_limits_that_its_language_needs_and_may_lower_them(
    client: ApiClient,
) -> None:
    with changed("javascript", memory_bytes=160 * MiB, wall_seconds=12.0):
        rows = {row["slug"]: row["limits"] for row in client.get("/api/languages/").json()}
        most = {slug: (row["memory_bytes"], row["wall_seconds"]) for slug, row in rows.items()}
        assert most["javascript"] == (160 * MiB, 12)
        assert most["python"] == most["typescript"] == (128 * MiB, 10)
        limits = client.run("1", language="javascript").json()["limits"]
        assert (limits["memory_bytes"], limits["wall_seconds"]) == (160 * MiB, 12)
        chosen = {"memory_bytes": 150 * MiB}
        lower = client.run("1", language="javascript", limits=chosen).json()["limits"]
        assert (lower["memory_bytes"], lower["wall_seconds"]) == (150 * MiB, 12)
        refused = client.run("1", limits=chosen)
        assert refused.json()["fields"] == {
            "limits.memory_bytes": ["At most 134217728 (128 MiB) here."]
        }
        assert "160 MiB of memory" in client.get("/playground/").content.decode()


def test_limits_of_a_deployment_count_where_they_are_higher_than_a_language_needs() -> None:
    with changed("javascript", memory_bytes=64 * MiB, wall_seconds=2.0):
        assert LANGUAGES["javascript"].limits(default_limits()) == default_limits()
