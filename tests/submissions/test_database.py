"""A real PostgreSQL: killed, with 503 until it is back; dumped and restored elsewhere."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
import requests
from requests import Response

from tests.support.present import present
from tests.support.services.postgresql import Postgres, postgres, program
from tests.support.waiting import eventually
from tools.site import ROOT, Service, service

pytestmark = [
    pytest.mark.docker,
    pytest.mark.inline,
    pytest.mark.xdist_group("services"),
    pytest.mark.skipif(not program("initdb"), reason="PostgreSQL is not installed"),
]

AUDIT_KEY = "a" * 40


@pytest.fixture(scope="module")
def database() -> Iterator[Postgres]:
    with postgres() as own:
        yield own


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("outage") / "log"


@pytest.fixture(scope="module")
def served(database: Postgres, log: Path) -> Iterator[Service]:
    settings = {"LOG_LEVEL": "INFO", "EXECUTOR_POOL_SIZE": "0", "AUDIT_SEAL_SECONDS": "0.2"}
    with service(log, DATABASE_URL=database.url, AUDIT_KEY=AUDIT_KEY, **settings) as own:
        yield own


def test_dead_database_is_a_503_everywhere(served: Service, database: Postgres, log: Path) -> None:
    session = requests.Session()
    session.trust_env = False
    bearer = {"Authorization": f"Bearer {served.token}"}

    def get(path: str, **headers: Any) -> Response:
        return session.get(served.address + path, headers=headers, timeout=30)

    def run() -> Response:
        return session.post(
            f"{served.address}/run", json={"code": "print(4)"}, headers=bearer, timeout=60
        )

    assert run().json()["output"] == "4\n"
    eventually(lambda: get("/healthz").status_code == 200)
    database.kill()
    eventually(lambda: get("/healthz").status_code == 503)
    wrong = {"ok": False, "detail": "out of order"}
    eventually(lambda: get("/healthz").json()["parts"]["database"] == wrong)
    eventually(lambda: get("/healthz").json()["parts"]["engine"]["ok"])
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


APPEND = """
import django; django.setup()
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from django.db import connection, transaction
from submissions.audit.chain import append
from submissions.audit.models import Action, AuditEntry
together = Barrier(20)
def share(number):
    try:
        with transaction.atomic():
            connection.ensure_connection()
            together.wait(60)
            append(Action.SELF_CHECK, {"version": 1, "number": number})
    finally: connection.close()
before = AuditEntry.objects.count()
with ThreadPoolExecutor(20) as threads: list(threads.map(share, range(20)))
print("appended", AuditEntry.objects.count() - before)
"""


def test_many_who_append_to_the_chain_at_once_wait_for_each_other(
    served: Service, database: Postgres, tmp_path: Path
) -> None:
    """So does a class that shares its runs in one moment. Without the lock, 19 of 30 got an error."""
    done = subprocess.run(
        [sys.executable, "-c", APPEND],
        cwd=ROOT,
        env=environment_of(tmp_path) | {"DATABASE_URL": database.url},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    # The site may seal meanwhile.
    assert int(done.stdout.split()[-1]) >= 20


def environment_of(var: Path) -> dict[str, str]:
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "VAR_DIR": str(var),
        "AUDIT_KEY": AUDIT_KEY,
    }


def test_restored_dump_holds_what_was_sealed(
    served: Service, database: Postgres, tmp_path: Path
) -> None:
    """The commands are those of docs/operations.md."""

    def command(*words: Any, url: str = database.url, check: bool = True) -> CompletedProcess[str]:
        return subprocess.run(
            words,
            cwd=ROOT,
            env=environment_of(tmp_path) | {"DATABASE_URL": url},
            capture_output=True,
            text=True,
            check=check,
        )

    def verify(*options: Any, url: str, check: bool = True) -> CompletedProcess[str]:
        words = (sys.executable, "manage.py", "audit_verify", *options)
        return command(*words, url=url, check=check)

    for number in range(3):
        assert served.run(f"print({number})", "python").json()["output"] == f"{number}\n"
    told = []

    def is_sealed() -> bool:
        told.append(verify(url=database.url).stdout)
        return "not sealed" not in told[-1]

    eventually(is_sealed)
    head = present(re.search(r"note the head: (\S+)", told[-1]))[1]
    dump = tmp_path / "site.dump"
    command(program("pg_dump"), "-Fc", "-d", database.url, "-f", dump)

    command(program("createdb"), "--maintenance-db", database.url, "restored")
    restored = database.url.rpartition("/")[0] + "/restored"
    command(program("pg_restore"), "-d", restored, "--exit-on-error", dump)
    assert "entries hold" in verify("--head", head, url=restored).stdout

    change = "UPDATE submissions_submission SET stdout = 'forged' WHERE stdout = E'1\\n'"
    command(program("psql"), "-d", restored, "-c", change)
    found = verify("--head", head, url=restored, check=False)
    assert found.returncode == 1
    assert "was changed" in found.stderr
