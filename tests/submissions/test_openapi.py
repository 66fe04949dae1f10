"""The API's description: complete, valid, and equal to the committed one."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import checks
from django.core.management import call_command
from django.test import Client
from django.utils.translation import trans_real

from submissions.lifecycle.models import Verdict
from tests.support.clients import AsUser
from tests.support.documents import text

OPERATIONS = {
    "run": ("post", "/run", "Runs"),
    "listSubmissions": ("get", "/api/submissions/", "Submissions"),
    "getSubmission": ("get", "/api/submissions/{id}/", "Submissions"),
    "followSubmission": ("get", "/api/submissions/{id}/events/", "Submissions"),
    "listFiles": ("get", "/api/submissions/{id}/files/", "Submissions"),
    "getFile": ("get", "/api/submissions/{id}/files/{number}/", "Submissions"),
    "addInput": ("post", "/api/submissions/{id}/stdin/", "Submissions"),
    "cancelSubmission": ("post", "/api/submissions/{id}/cancel/", "Submissions"),
    "listUploads": ("get", "/api/files/", "Files"),
    "createUpload": ("post", "/api/files/", "Files"),
    "getUpload": ("get", "/api/files/{id}/", "Files"),
    "deleteUpload": ("delete", "/api/files/{id}/", "Files"),
    "downloadUpload": ("get", "/api/files/{id}/content/", "Files"),
    "listSessions": ("get", "/api/sessions/", "Sessions"),
    "getSession": ("get", "/api/sessions/{id}/", "Sessions"),
    "deleteSession": ("delete", "/api/sessions/{id}/", "Sessions"),
    "createBatch": ("post", "/api/batches/", "Batches"),
    "listBatches": ("get", "/api/batches/", "Batches"),
    "getBatch": ("get", "/api/batches/{id}/", "Batches"),
    "cancelBatch": ("post", "/api/batches/{id}/cancel/", "Batches"),
    "listDeliveries": ("get", "/api/deliveries/", "Webhooks"),
    "getDelivery": ("get", "/api/deliveries/{id}/", "Webhooks"),
    "getWebhookSecret": ("get", "/api/webhook-secret/", "Webhooks"),
    "createWebhookSecret": ("post", "/api/webhook-secret/", "Webhooks"),
    "listLanguages": ("get", "/api/languages/", "Service"),
    "getPool": ("get", "/api/pool/", "Service"),
}
"""Generated clients have a method for each: a change here breaks them."""
ALWAYS = {"401", "403", "406", "429", "500", "503"}


@pytest.fixture
def document(client: Client) -> Any:
    return client.get("/api/schema/", {"format": "json"}).json()


def operations_of(document: Any) -> Iterator[Any]:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            yield method, path, operation


def resolved(document: Any, described: Any) -> Any:
    """Follow a reference, if it is one."""
    while "$ref" in described:
        parts = described["$ref"].removeprefix("#/").split("/")
        described = document
        for part in parts:
            described = described[part]
    return described


def requests_in(document: Any) -> Iterator[Any]:
    """Yield (path, value) of each example of a request."""
    for _, path, operation in operations_of(document):
        for content in operation.get("requestBody", {}).get("content", {}).values():
            for example in content.get("examples", {}).values():
                yield path, example["value"]


def test_committed_description_is_that_of_the_code(tmp_path: Path) -> None:
    made = tmp_path / "openapi.yaml"
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(made))
    committed = text("docs/openapi.yaml")
    assert made.read_text() == committed, "the API has changed: look at what `make openapi` changes"


def test_description_names_each_way_to_authenticate(document: Any) -> None:
    ways = document["components"]["securitySchemes"]
    assert {name: (way["type"], way.get("scheme")) for name, way in ways.items()} == {
        "apiToken": ("http", "bearer"),
        "basicAuth": ("http", "basic"),
        "session": ("apiKey", None),
    }
    for _, path, operation in operations_of(document):
        assert operation["security"] == [{name: []} for name in ways], path


def test_deployment_check_has_nothing_to_say_of_the_description() -> None:
    found = checks.run_checks(include_deployment_checks=True)
    assert [str(message) for message in found if "spectacular" in str(message.id)] == []


def test_operations_keep_their_ids_and_tags(document: Any) -> None:
    found = {
        operation["operationId"]: (method, path, *operation["tags"])
        for method, path, operation in operations_of(document)
    }
    assert found == OPERATIONS
    assert [tag["name"] for tag in document["tags"]] == list(
        dict.fromkeys(tag for _, _, tag in OPERATIONS.values())
    )


def test_each_operation_is_summed_up_and_explained(document: Any) -> None:
    for _, path, operation in operations_of(document):
        assert 1 <= len(operation["summary"]) <= 60, path
        assert not operation["summary"].endswith("."), path
        assert operation["description"].endswith((".", "`")), path
        for status, answer in operation["responses"].items():
            assert resolved(document, answer)["description"], (path, status)


def test_each_error_is_described_with_its_body_and_an_example(document: Any) -> None:
    for method, path, operation in operations_of(document):
        errors = {status for status in operation["responses"] if int(status) >= 400}
        assert errors >= ALWAYS, path
        assert "404" in errors or "{id}" not in path, path
        assert ("requestBody" in operation) == ("415" in errors), (method, path)
        for status in errors:
            answer = resolved(document, operation["responses"][status])
            (content,) = answer["content"].values()
            assert list(answer["content"]) == ["application/json"]
            assert content["schema"] == {"$ref": "#/components/schemas/Error"}
            for example in content["examples"].values():
                assert set(example["value"]) == {"code", "detail", "fields"}
            assert ("Retry-After" in answer.get("headers", {})) == (status in {"408", "429", "503"})


def test_examples_of_errors_are_those_of_the_document(document: Any) -> None:
    """docs/api.md has each body; another test provokes each of them."""
    documented = text("docs/api.md")
    for method, path, operation in operations_of(document):
        for status in operation["responses"]:
            if int(status) < 400:
                continue
            (content,) = resolved(document, operation["responses"][status])["content"].values()
            codes = {example["value"]["code"] for example in content["examples"].values()}
            assert codes, (method, path, status)
            for example in content["examples"].values():
                row = f"| {status} |"
                body = json.dumps(example["value"], ensure_ascii=False)
                assert any(
                    line.startswith(row) and f"`{body}`" in line for line in documented.splitlines()
                ), body


def test_verdicts_are_a_named_type(document: Any) -> None:
    schemas = document["components"]["schemas"]
    assert schemas["Verdict"]["enum"] == Verdict.values
    for name in ("RunResult", "Submission", "SubmissionSummary"):
        assert "#/components/schemas/Verdict" in json.dumps(schemas[name]["properties"]["verdict"])


@pytest.mark.parametrize("operation_id", ["run", "followSubmission"])
def test_event_stream_is_described_with_the_data_of_its_events(
    document: Any, operation_id: str
) -> None:
    method, path, _ = OPERATIONS[operation_id]
    content = document["paths"][path][method]["responses"]["200"]["content"]
    events = content["text/event-stream"]["schema"]["x-events"]
    assert {"stdout", "stderr", "restart", "queued", "result"} == set(events)
    assert resolved(document, events["result"])["properties"]["verdict"]


def test_description_leaves_out_what_is_for_people(document: Any) -> None:
    types = {
        media_type
        for _, _, operation in operations_of(document)
        for answer in operation["responses"].values()
        for media_type in resolved(document, answer).get("content", {})
    }
    assert types == {"application/json", "text/event-stream", "application/octet-stream"}
    assert {path for _, path, _ in OPERATIONS.values()} == set(document["paths"])
    parameters = {p["name"] for _, _, o in operations_of(document) for p in o.get("parameters", ())}
    assert "format" not in parameters


def test_served_description_names_the_site_that_serves_it(client: Client) -> None:
    site: dict[str, Any] = {"HTTP_HOST": "localhost:8123"}
    served = client.get("/api/schema/", {"format": "json"}, **site).json()
    assert [server["url"] for server in served["servers"]] == ["http://localhost:8123"]


@pytest.mark.docker
@pytest.mark.django_db
def test_examples_of_requests_succeed_as_they_stand(
    document: Any, alice: User, as_user: AsUser
) -> None:
    client = as_user(alice)
    found = list(requests_in(document))
    assert {path for path, _ in found} == {"/run", "/api/batches/"}
    for path, body in found:
        answer = client.post(path, body, content_type="application/json")
        assert answer.status_code == (200 if path == "/run" else 202), answer.content
        assert answer.json().get("verdict", "ok") == "ok"


@pytest.mark.docker
@pytest.mark.django_db
def test_example_of_a_result_has_the_fields_of_a_result(
    document: Any, alice: User, as_user: AsUser
) -> None:
    content = document["paths"]["/run"]["post"]["responses"]["200"]["content"]
    examples = content["application/json"]["examples"]
    result = as_user(alice).run().json()
    for example in examples.values():
        assert list(example["value"]) == list(result)
        assert set(example["value"]["limits"]) == set(result["limits"])
        assert set(example["value"]["usage"]) == set(result["usage"])


def test_languages_that_nobody_has_are_not_remembered(client: Client) -> None:
    """Django keeps a catalogue for each text that it is asked to translate to."""
    assert client.get("/api/schema/?format=json").status_code == 200
    remembered: dict[str, Any] = vars(trans_real)["_translations"]
    before = len(remembered)
    for number in range(5):
        answer = client.get(f"/api/schema/?format=json&lang=de-q{number}")
        assert answer.status_code == 200
    assert len(remembered) == before
