"""Health of each part: what an anonymous client and staff see, in bounded time."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.conf import settings
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from executor.sandbox import engine
from submissions.dispatch.models import Worker
from submissions.ops import health
from tests.support.waiting import eventually

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    """Threads, and what they know, of this test's own."""
    parts = health.parts
    parts.cache_clear()
    yield
    parts.cache_clear()


@pytest.mark.docker
@pytest.mark.inline
@pytest.mark.parametrize("address", ["/healthz", "/healthz/ready"])
def test_every_part_is_reported(client: Client, address: str) -> None:
    eventually(lambda: client.get(address).status_code == 200)  # a crowded machine may take longer
    body = client.get(address).json()
    assert body["live"] is True
    assert set(body["parts"]) == {
        "database",
        "counters",
        "engine",
        "pool",
        "self_check",
        "languages",
    }


@pytest.mark.inline
def test_engine_that_is_away_is_named_and_its_address_is_not(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent/docker.sock")
    monkeypatch.setattr(engine, "_local", threading.local())
    wrong = {"ok": False, "detail": "out of order"}
    eventually(lambda: client.get("/healthz").json()["parts"]["engine"] == wrong)
    eventually(lambda: client.get("/healthz").json()["parts"]["database"]["ok"])
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert "nonexistent" not in answer.content.decode()


@pytest.mark.inline
def test_process_lives_whatever_its_parts_do(
    client: Client,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    def broken() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(health, "parts", lambda: {"x": health.Part("x", broken)})
    with django_assert_num_queries(0):
        answer = client.get("/healthz/live")
    assert (answer.status_code, answer.json()) == (200, {"live": True})
    assert client.get("/healthz").status_code == 503


@pytest.mark.inline
def test_part_that_hangs_does_not_hold_up_the_answer(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    released = threading.Event()

    def hang() -> None:
        released.wait()

    parts = {"stuck": health.Part("stuck", hang)}
    monkeypatch.setattr(health, "parts", lambda: parts)
    monkeypatch.setattr(health, "PATIENCE_SECONDS", 0.05)
    for _ in range(3):
        answer = client.get("/healthz")
        assert answer.status_code == 503
        assert answer.json()["parts"]["stuck"] == {"ok": False, "detail": "no answer in time"}
    names = [thread.name for thread in threading.enumerate()]
    assert names.count("health-stuck") == 1
    released.set()


@pytest.mark.skipif(settings.EXECUTOR_DISPATCH == "inline", reason="of the distributed mode")
def test_web_process_reports_broker_and_workers(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "FRESH_SECONDS", 0)
    eventually(lambda: client.get("/healthz").status_code == 200)
    parts = client.get("/healthz").json()["parts"]
    assert set(parts) == {"database", "counters", "broker", "workers", "languages"}
    Worker.objects.all().delete()
    none = {"ok": False, "detail": "there is no worker"}
    eventually(lambda: client.get("/healthz").json()["parts"]["workers"] == none)
    assert client.get("/healthz").status_code == 503


def test_many_health_requests_cost_one_check(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "FRESH_SECONDS", 3600)
    monkeypatch.setattr(health, "PATIENCE_SECONDS", 60)
    looks = []
    ready = threading.Event()

    def look() -> None:
        looks.append(1)
        ready.wait()

    parts = {"asked": health.Part("asked", look)}
    with ThreadPoolExecutor(20) as crowd:
        answers = [crowd.submit(health.check_all, parts) for _ in range(20)]
        ready.set()
        assert all(health.found(answer.result()["asked"]).ok for answer in answers)
    assert len(looks) == 1


def test_part_is_asked_again_after_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "FRESH_SECONDS", 0)
    monkeypatch.setattr(health, "PATIENCE_SECONDS", 60)
    looks = []
    part = health.Part("asked", lambda: looks.append(1))
    for _ in range(3):
        health.check_all({"asked": part})
    assert len(looks) == 3


def test_probe_may_come_by_address(client: Client, settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["example.org"]
    assert client.get("/healthz/live", headers={"Host": "10.1.2.3:5000"}).status_code == 200
    assert client.get("/", headers={"Host": "10.1.2.3:5000"}).status_code == 400
