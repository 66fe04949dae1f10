"""A database that is away: 503 everywhere, and all is well again when it is back. With a real PostgreSQL,
killed."""

import json

import pytest
import requests

from executor.benchmark.service import service

from ..executor.sandboxes import eventually
from ..services.postgresql import postgres

pytestmark = [pytest.mark.docker, pytest.mark.xdist_group("services")]

TYPED = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def database():
    with postgres() as own:
        yield own


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    return tmp_path_factory.mktemp("outage") / "log"


@pytest.fixture(scope="module")
def served(database, log):
    with service(log, DATABASE_URL=database.url, LOG_LEVEL="INFO", EXECUTOR_POOL_SIZE="0") as own:
        yield own


def test_dead_database_is_a_503_everywhere(served, database, log):
    session = requests.Session()
    session.trust_env = False
    bearer = {"Authorization": f"Bearer {served.token}"}

    def get(path, **headers):
        return session.get(served.address + path, headers=headers, timeout=30)

    def run():
        return session.post(
            f"{served.address}/run", json={"code": "print(4)"}, headers=bearer, timeout=60
        )

    assert run().json()["output"] == "4\n"
    assert get("/healthz").status_code == 200
    database.kill()
    eventually(lambda: get("/healthz").status_code == 503)
    health = get("/healthz").json()
    assert health["parts"]["database"] == {"ok": False, "detail": "out of order"}
    assert health["parts"]["engine"]["ok"] is True
    assert get("/healthz/live").status_code == 200

    for answer in (run(), get("/api/submissions/", **bearer), get("/api/languages/", **bearer)):
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        assert answer.json()["code"] == "database_away"
        assert answer.headers["Content-Type"] == "application/json"
    cookie = {"Cookie": "sessionid=" + "a" * 32}
    for path in ("/playground/", "/submissions/", "/accounts/tokens/", "/admin/", "/"):
        answer = get(path, **cookie)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5"), path
        assert "Back in a moment" in answer.text
        assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    login = session.post(f"{served.address}/accounts/login/", data={"login": "x"}, timeout=30)
    assert login.status_code == 403  # the CSRF token is asked for before the database

    database.start()
    eventually(lambda: get("/healthz").status_code == 200)
    assert run().json()["output"] == "4\n"
    written = log.read_text()
    statuses = {line.get("status") for line in map(json.loads, written.splitlines())}
    assert {200, 503} <= statuses
    assert 500 not in statuses
    assert database.password not in written
    assert "the database does not answer" in written
