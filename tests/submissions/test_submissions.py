"""The list of a user's own submissions."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from executor import Image, offered
from submissions.lifecycle.models import Status
from submissions.lists import paging, searching
from tests.support.clients import ApiClient, AsUser
from tests.support.factories import make_submission

pytestmark = pytest.mark.django_db


def listed(client: ApiClient, **query: Any) -> Any:
    answer = client.get("/api/submissions/", query)
    assert answer.status_code == 200
    return [row["id"] for row in answer.json()["results"]]


def test_list_is_newest_first_and_without_the_heavy_fields(alice: User, as_user: AsUser) -> None:
    first, second = make_submission(alice), make_submission(alice)
    assert listed(as_user(alice)) == [str(second.pk), str(first.pk)]
    row = as_user(alice).get("/api/submissions/").json()["results"][0]
    assert not row.keys() & {"code", "output", "stderr", "stdin"}


def test_detail_holds_program_and_outcome(alice: User, as_user: AsUser) -> None:
    submission = make_submission(alice, args=["a"], wall_ms=1.5, cpu_ms=1.0, memory_peak_bytes=9)
    body = as_user(alice).get(f"/api/submissions/{submission.pk}/").json()
    assert (body["code"], body["args"], body["output"]) == ("print(1)", ["a"], "1\n")
    assert body["usage"] == {
        **{"wall_ms": 1.5, "cpu_ms": 1.0},
        **{"memory_peak_bytes": 9, "memory_peak_is_sampled": False},
    }


def test_peak_of_memory_that_was_sampled_is_called_so(alice: User, as_user: AsUser) -> None:
    run = make_submission(
        alice, wall_ms=1, memory_peak_bytes=9, evidence={"memory_peak_is_sampled": True}
    )
    client = as_user(alice)
    usage = client.get(f"/api/submissions/{run.pk}/").json()["usage"]
    assert usage["memory_peak_is_sampled"] is True
    assert "at least 9 bytes" in client.get(f"/submissions/{run.pk}/").content.decode()


def test_unmeasured_usage_is_null(alice: User, as_user: AsUser) -> None:
    submission = make_submission(
        alice, verdict="internal_error", error="The sandbox failed", wall_ms=5
    )
    client = as_user(alice)
    body = client.get(f"/api/submissions/{submission.pk}/").json()
    assert body["usage"] == {
        **{"wall_ms": 5, "cpu_ms": None},
        **{"memory_peak_bytes": None, "memory_peak_is_sampled": False},
    }
    assert (body["exit_code"], body["signal"]) == (None, None)
    page = client.get(f"/submissions/{submission.pk}/").content.decode()
    assert '<span data-said="cpu_ms">–</span>' in page
    assert '<span data-said="memory_peak_bytes">–</span>' in page
    assert "exit code" not in page


def test_schema_says_which_usage_may_be_null(client: Client) -> None:
    schema = client.get("/api/schema/", {"format": "json"}).json()["components"]["schemas"]
    usage = schema["Usage"]["properties"]
    nullable = {name for name in usage if usage[name].get("nullable", False)}
    assert nullable == {"cpu_ms", "memory_peak_bytes"}


@pytest.mark.parametrize("viewer", ["bob", "staff"])
def test_others_see_nothing_of_it(
    alice: User, as_user: AsUser, request: pytest.FixtureRequest, viewer: str
) -> None:
    submission = make_submission(alice)
    client = as_user(request.getfixturevalue(viewer))
    assert listed(client) == []
    assert client.get(f"/api/submissions/{submission.pk}/").status_code == 404
    assert listed(client, search="print") == []
    for name in ("user", "user_id"):
        assert client.get("/api/submissions/", {name: str(alice.pk)}).status_code == 400


def test_stranger_sees_nothing(client: Client, alice: User) -> None:
    submission = make_submission(alice)
    assert client.get("/api/submissions/").status_code == 401
    assert client.get(f"/api/submissions/{submission.pk}/").status_code == 401


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"language": "javascript"}, True),
        ({"language": "python"}, False),
        ({"verdict": "ok"}, True),
        ({"verdict": "runtime_error"}, False),
        ({"status": "finished"}, True),
        ({"status": "queued"}, False),
        ({"search": "CONSOLE"}, True),
        ({"search": "nowhere"}, False),
        ({"created_after": "2020-01-01T00:00:00Z"}, True),
        ({"created_before": "2020-01-01T00:00:00Z"}, False),
    ],
)
def test_filters_narrow_the_list(
    alice: User, as_user: AsUser, query: dict[str, Any], found: bool
) -> None:
    make_submission(alice, language="javascript", code="console.log(1)")
    assert bool(listed(as_user(alice), **query)) is found


def test_search_has_steps_that_next_leads_to(
    alice: User, bob: User, as_user: AsUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database would compare each program with the words for as long as both together."""
    monkeypatch.setattr(searching, "ROWS", 1)
    monkeypatch.setattr(searching, "SECONDS", 0)
    runs = [make_submission(alice, code=f"print({n})", stdout=f"Line {n}") for n in range(3)]
    make_submission(bob, code="print(0)", stdout="Line 0")
    client, found, address = as_user(alice), [], "/api/submissions/?search=LINE+print(0&page_size=2"
    for _ in range(4):
        page = client.get(address).json()
        assert (page["count"], page["previous"]) == (None, None)
        found += page["results"]
        address = page["next"]
    assert [row["id"] for row in found] == [str(runs[0].pk)]
    assert "code" not in found[0]
    assert address is None


def test_search_ends_with_the_page_and_continues_after_it(alice: User, as_user: AsUser) -> None:
    runs = [str(make_submission(alice).pk) for _ in range(3)][::-1]
    first = as_user(alice).get("/api/submissions/?search=print&page_size=2&page=1").json()
    second = as_user(alice).get(first["next"]).json()
    assert [[row["id"] for row in page["results"]] for page in (first, second)] == [
        runs[:2],
        runs[2:],
    ]
    assert second["next"] is None


def test_list_goes_on_from_a_submission_of_ones_own(
    alice: User, bob: User, as_user: AsUser
) -> None:
    old, middle, _new = (str(make_submission(alice).pk) for _ in range(3))
    client, other = as_user(alice), make_submission(bob)
    assert listed(client, older=middle) == [old]
    for unknown in (str(other.pk), "0" * 32, "x"):
        answer = client.get("/api/submissions/", {"older": unknown})
        assert (answer.status_code, list(answer.json()["fields"])) == (400, ["older"])


def test_list_counts_and_shows_a_bounded_number(
    alice: User, as_user: AsUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paging, "MOST", 3)
    newest = [str(make_submission(alice).pk) for _ in range(5)][::-1]
    client = as_user(alice)
    page = client.get("/api/submissions/", {"page_size": 2, "page": 2}).json()
    assert (page["count"], page["next"]) == (3, None)
    assert [row["id"] for row in page["results"]] == [newest[2]]
    assert client.get("/api/submissions/", {"page_size": 2, "page": 3}).status_code == 404
    assert listed(client, older=newest[3]) == [newest[4]]


@pytest.mark.parametrize(
    "query",
    [
        {"language": "x"},
        {"verdict": "x"},
        {"created_after": "x"},
        {"search": "\0"},
        {"search": "a " * 9},
    ],
)
def test_invalid_filter_is_named(alice: User, as_user: AsUser, query: dict[str, str]) -> None:
    answer = as_user(alice).get("/api/submissions/", query)
    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == list(query)


def test_search_has_no_pages(alice: User, as_user: AsUser) -> None:
    answer = as_user(alice).get("/api/submissions/", {"search": "a", "page": "2"})
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["page"])


@pytest.mark.parametrize("address", ["submissions", "batches", "deliveries"])
def test_unknown_parameter_of_a_list_is_named_with_those_that_there_are(
    alice: User, as_user: AsUser, address: str
) -> None:
    answer = as_user(alice).get(f"/api/{address}/", {"verdct": "ok", "page_size": "1"})
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["verdct"])
    [reason] = answer.json()["fields"]["verdct"]
    assert reason.startswith("Unknown parameter. Choose from ")
    for name in reason.removesuffix(".").split(" from ")[1].split(", "):
        answer = as_user(alice).get(f"/api/{address}/", {name: ""})
        assert "Unknown" not in answer.content.decode()


def test_unknown_parameter_and_invalid_filter_are_named_at_once(
    alice: User, as_user: AsUser
) -> None:
    query = {"verdict": "x", **{f"x{number}": "" for number in range(7)}}
    fields = as_user(alice).get("/api/submissions/", query).json()["fields"]
    assert list(fields) == ["x0", "x1", "x2", "x3", "x4", "more", "verdict"]


@pytest.mark.parametrize("page", ["0", "-1", "x", "99"])
def test_page_that_is_not_there_is_named(alice: User, as_user: AsUser, page: str) -> None:
    answer = as_user(alice).get("/api/submissions/", {"page": page})
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert answer.json()["detail"] == f"There is no page {page}."


def test_browsable_list_shows_its_filters(alice: User, as_user: AsUser) -> None:
    page = as_user(alice).get("/api/submissions/?format=api&language=&page=1")
    assert page.status_code == 200


def test_pages(alice: User, as_user: AsUser) -> None:
    for _ in range(3):
        make_submission(alice)
    client = as_user(alice)
    assert len(listed(client, page_size="2")) == 2
    assert len(listed(client, page_size="2", page="2")) == 1
    for page in ("9", "0", "x"):
        assert client.get("/api/submissions/", {"page": page}).status_code == 404


@pytest.mark.parametrize("pk", ["x", "0", "00000000-0000-0000-0000-000000000000", "%00", "../run"])
def test_invalid_id_is_not_found(alice: User, as_user: AsUser, pk: str) -> None:
    assert as_user(alice).get(f"/api/submissions/{pk}/").status_code == 404


@pytest.mark.parametrize("method", ["put", "patch", "delete", "post"])
def test_nothing_can_be_written(alice: User, as_user: AsUser, method: str) -> None:
    submission = make_submission(alice)
    client = as_user(alice)
    for address in ("/api/submissions/", f"/api/submissions/{submission.pk}/"):
        assert getattr(client, method)(address).status_code == 405


def test_submission_under_way_has_no_outcome_yet(alice: User, as_user: AsUser) -> None:
    submission = make_submission(alice, status=Status.RUNNING, verdict="", stdout="")
    body = as_user(alice).get(f"/api/submissions/{submission.pk}/").json()
    assert (body["status"], body["usage"], body["error"]) == ("running", None, None)


@pytest.mark.docker
def test_languages_have_runtime_and_limits(alice: User, as_user: AsUser) -> None:
    languages = {row["slug"]: row for row in as_user(alice).get("/api/languages/").json()}
    assert languages.keys() == offered().keys()
    assert languages["python"]["runtime"].startswith("Python 3")
    assert languages["javascript"]["runtime"].startswith("Node.js v")
    assert languages["python"]["limits"]["memory_bytes"] == 128 * 1024 * 1024


@pytest.mark.inline
def test_languages_are_listed_without_an_engine(
    alice: User, as_user: AsUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    from executor import EngineUnavailable

    def away(language: Any) -> None:
        raise EngineUnavailable("no answer")

    monkeypatch.setattr("submissions.dispatch.local.image_of", away)
    monkeypatch.setattr("submissions.dispatch.local.FRESH_SECONDS", -1.0)
    rows = as_user(alice).get("/api/languages/").json()
    assert [row["runtime"] for row in rows] == [None] * len(offered())


@pytest.mark.parametrize("address", ["/api/", "/api/submissions/", "/api/languages/", "/api/docs/"])
def test_browsable_pages_work(
    alice: User, as_user: AsUser, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("submissions.dispatch.local.image_of", lambda language: Image(runtime="x"))
    page = as_user(alice).get(address, headers={"Accept": "text/html"})
    assert page.status_code == 200
    assert page["Content-Type"].startswith("text/html")


def test_schema_describes_run(alice: User, as_user: AsUser) -> None:
    schema = as_user(alice).get("/api/schema/", {"format": "json"}).json()
    assert {"200", "400", "413", "429", "503"} <= schema["paths"]["/run"]["post"][
        "responses"
    ].keys()
    assert schema["components"]["schemas"]["Program"]["required"] == ["code"]
