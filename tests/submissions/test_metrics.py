"""/metrics: what is counted, what is read when it is asked for, and who may read it."""

import os
import re
import subprocess
import sys
import urllib.request
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import DjangoAssertNumQueries, Settings

from executor.admission import gate
from executor.admission.gate import Gate
from submissions.audit import chain
from submissions.lifecycle.models import Status, Submission
from tests.support.clients import AsUser
from tests.support.documents import ROOT
from tests.support.factories import make_submission
from tests.support.present import present
from tests.support.waiting import eventually
from tools.site import free_port

pytestmark = pytest.mark.django_db


def parsed(text: str) -> dict[Any, float]:
    """The value of each sample, by name and labels."""
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.fixture
def scrape(client: Client) -> Any:
    def values() -> Any:
        answer = client.get("/metrics")
        assert answer.status_code == 200
        assert answer["Content-Type"].startswith("text/plain")
        return parsed(answer.content.decode())

    return values


def sample(values: Any, name: str, **labels: Any) -> Any:
    return values.get((name, *sorted(labels.items())), 0)


@pytest.mark.docker
def test_run_is_counted_by_language_and_verdict(scrape: Any, alice: User, as_user: AsUser) -> None:
    before = scrape()
    as_user(alice).run("print(1)")
    as_user(alice).run("1/0")
    as_user(alice).run("console.log(1)", language="javascript")
    after = scrape()

    def more(name: str, **labels: Any) -> Any:
        return sample(after, name, **labels) - sample(before, name, **labels)

    assert more("sce_runs_total", language="python", verdict="ok") == 1
    assert more("sce_runs_total", language="python", verdict="runtime_error") == 1
    assert more("sce_runs_total", language="javascript", verdict="ok") == 1
    for name in ("sce_run_wall_seconds", "sce_run_wait_seconds"):
        assert more(f"{name}_count", language="python") == 2
        assert more(f"{name}_sum", language="python") > 0
    assert more("sce_http_request_seconds_count", route="run", status="2xx") == 3
    if settings.EXECUTOR_DISPATCH == "inline":  # else the pool's are its worker's
        served = sum(more("sce_pool_served_total", kind=kind) for kind in ("warm", "cold"))
        assert served == 3


@pytest.mark.inline
def test_refusals_are_counted_by_code(
    scrape: Any, alice: User, as_user: AsUser, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("executor.admission.admission.gate", lambda: Gate(starts_closed=True))
    monkeypatch.setattr(gate, "PATIENCE_SECONDS", 0.01)
    settings.RUN_RATE = "1/d"
    before = scrape()
    assert as_user(alice).run().json()["code"] == "closed"
    assert as_user(alice).run().json()["code"] == "throttled"
    after = scrape()
    for code in ("closed", "throttled"):
        name = "sce_refusals_total"
        assert sample(after, name, code=code) == sample(before, name, code=code) + 1


def test_queue_is_read_from_the_rows(scrape: Any, alice: User) -> None:
    row = make_submission(alice, status=Status.QUEUED, verdict="", turn=1)
    make_submission(alice, status=Status.QUEUED, verdict="", turn=2)
    hour = timezone.now() - timedelta(hours=1)
    Submission.written.filter(pk=row.pk).update(created=hour)
    found = scrape()
    assert sample(found, "sce_queue_length", language="python") == 2
    assert 3600 <= sample(found, "sce_queue_oldest_seconds", language="python") < 4200
    assert sample(found, "sce_queue_length", language="javascript") == 0
    assert sample(found, "sce_database_up") == 1


def test_unsealed_rows_are_a_metric_until_they_are_sealed(scrape: Any, alice: User) -> None:
    make_submission(alice, finished=timezone.now())
    assert sample(scrape(), "sce_audit_unsealed") == 1
    chain.seal()
    assert sample(scrape(), "sce_audit_unsealed") == 0


@pytest.mark.inline
def test_gate_is_a_metric(scrape: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    made = Gate(starts_closed=True)
    monkeypatch.setattr(gate, "gate", lambda: made)
    assert sample(scrape(), "sce_gate_open") == 0
    assert sample(scrape(), "sce_self_check", check="pending") == 1
    made.open()
    passed = sample(scrape(), "sce_self_check_passed_timestamp_seconds")
    assert abs(passed - timezone.now().timestamp()) < 600
    made.close("be-root: breach")
    found = scrape()
    assert sample(found, "sce_gate_open") == 0
    assert sample(found, "sce_self_check", check="failed") == 1
    assert sample(found, "sce_self_check_passed_timestamp_seconds") == passed


def test_build_is_a_metric(scrape: Any) -> None:
    (build,) = [key for key in scrape() if key[0] == "sce_build_info"]
    assert dict(build[1:]).keys() == {"version", "django", "python"}


def test_clients_make_no_new_series(
    client: Client, scrape: Any, alice: User, as_user: AsUser
) -> None:
    as_user(alice).run(language="none")
    client.get("/nowhere/0")
    scrape()
    before = scrape().keys()
    for number in range(20):
        client.get(f"/nowhere/{number}?{number}")
        client.generic(f"VERB{number}", "/")
        client.get(f"/api/submissions/{number}/")
        as_user(alice).run(language=f"language-{number}")
    new = {dict(key[1:]).get("route") for key in scrape().keys() - before}
    assert new <= {"home", "submission-detail", "none"}


def test_counting_a_request_asks_the_database_nothing(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        client.get("/")


@pytest.mark.inline
def test_document_names_every_metric(client: Client) -> None:
    """docs/operations.md, its examples of alerts included."""
    text = (ROOT / "docs/operations.md").read_text()
    families = text_string_to_metric_families(client.get("/metrics").content.decode())
    there = {family.name for family in families if family.name.startswith("sce_")}
    named = {re.sub("_(total|count)$", "", name) for name in re.findall(r"\bsce_[a-z_]+", text)}
    assert named == there | {"sce_workers"}  # which only the distributed mode has


# Who may read it.


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "Via", "X-Real-IP"])
def test_without_a_token_it_is_for_this_machine_only(client: Client, header: str) -> None:
    assert client.get("/metrics", REMOTE_ADDR="192.0.2.1").status_code == 404
    assert client.get("/metrics", headers={header: "for=127.0.0.1"}).status_code == 404
    assert client.get("/metrics", REMOTE_ADDR="::1").status_code == 200


def test_behind_a_proxy_it_needs_a_token(client: Client, settings: Settings) -> None:
    settings.TRUSTED_PROXIES = 1
    assert client.get("/metrics").status_code == 404


def test_metrics_open_with_the_token_only(
    client: Client, settings: Settings, staff: User, as_user: AsUser
) -> None:
    settings.METRICS_TOKEN = "a-long-secret"
    far: dict[str, Any] = {"REMOTE_ADDR": "192.0.2.1"}

    def status(value: str) -> int:
        return client.get("/metrics", headers={"Authorization": value}, **far).status_code

    assert status("Bearer a-long-secret") == 200
    for wrong in ("Bearer a-long-secre", "Bearer ", "a-long-secret", "Bearer é"):
        assert status(wrong) == 404
    assert client.get("/metrics").status_code == 404
    assert as_user(staff).get("/metrics").status_code == 404


def test_process_without_pages_serves_its_own() -> None:
    port = free_port()
    program = (
        "import django, sys; django.setup()\n"
        "from submissions.ops import metrics\n"
        "metrics.serve('')\n"
        f"metrics.serve('127.0.0.1:{port}')\n"
        "sys.stdin.read()"
    )
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings"}
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, stdin=subprocess.PIPE, env=environment) as process:
        try:
            eventually(lambda: _read(port))
            found = parsed(_read(port))
        finally:
            present(process.stdin).close()
    assert sample(found, "sce_pool_busy") == 0
    assert ("sce_gate_open",) in found
    assert ("sce_database_up",) not in found


def _read(port: int) -> Any:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
            return answer.read().decode()
    except OSError:
        return ""
