"""Long work leaves room for others: they write in between, and a slow reader holds nothing open."""

import sqlite3
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from time import monotonic, sleep
from types import ModuleType
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from submissions.audit import chain, retention
from submissions.audit.accounts import belongings, erasure
from submissions.files import sessions, uploads
from submissions.files.models import RunFile, RunSession, Upload
from submissions.http import connections
from submissions.lifecycle.idempotency import IdempotencyKey
from submissions.lifecycle.models import Submission
from submissions.pages.runs import history
from submissions.periodic import let_others_write
from submissions.webhooks.models import Delivery
from tests.support.clients import AsUser
from tests.support.factories import make_submission
from tests.support.streams import stream_of
from tests.support.waiting import PATIENCE_SECONDS, eventually

OLD = timedelta(days=100)


def make_upload(user: User, **over: Any) -> Upload:
    return Upload.objects.create(user=user, name="a", size=1, content=b"1", **over)


def make_session(user: User, number: int, **over: Any) -> RunSession:
    values = {"size": 1, "content": b"1", "expires": timezone.now() + timedelta(hours=1), **over}
    return RunSession.objects.create(user=user, name=str(number), language="python", **values)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="others wait in a queue there")
def test_another_writer_gets_its_turn(tmp_path: Path) -> None:
    """SQLite hands its lock to nobody: without a pause another one waits for seconds, or for nothing."""
    file, done, transactions = tmp_path / "db", threading.Event(), 0

    def write(one: sqlite3.Connection, seconds: float = 0) -> None:
        one.execute("BEGIN IMMEDIATE")
        one.execute("INSERT INTO t VALUES (1)")
        sleep(seconds)
        one.execute("COMMIT")

    def long_work() -> None:
        nonlocal transactions
        own = sqlite3.connect(file, isolation_level=None)
        while not done.is_set():
            began = monotonic()
            write(own, seconds=0.02)  # the others look for a moment at which the lock is free
            transactions += 1
            let_others_write(began)
        own.close()

    other = sqlite3.connect(file, isolation_level=None, timeout=PATIENCE_SECONDS)
    other.execute("PRAGMA journal_mode=WAL")
    other.execute("CREATE TABLE t (n)")
    worker = threading.Thread(target=long_work)
    worker.start()
    try:
        eventually(lambda: transactions)
        turns = []
        for _ in range(5):
            before = transactions
            write(other)
            turns.append(transactions - before)
    finally:
        done.set()
        worker.join()
        other.close()
    assert max(turns) < 10


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return where long work has paused."""
    found: list[str] = []

    def pausing(module: ModuleType) -> Any:
        def pause(began: float) -> float:
            found.append(module.__name__.rpartition(".")[2])
            return began

        return pause

    for module in (chain, retention, erasure, uploads, sessions, belongings):
        monkeypatch.setattr(module, "let_others_write", pausing(module))
    for module in (chain, retention, erasure, uploads, sessions):
        monkeypatch.setattr(module, "BATCH", 2)
    monkeypatch.setattr(erasure, "FILES_BATCH", 1)
    monkeypatch.setattr(belongings, "IN_STEPS", dict.fromkeys(belongings.IN_STEPS, 2))
    return found


@pytest.mark.django_db
def test_sealing_retention_and_erasure_pause_between_their_transactions(
    alice: User, bob: User, pauses: list[str]
) -> None:
    for _ in range(5):
        make_submission(alice, finished=timezone.now() - OLD)
        make_submission(bob, finished=timezone.now(), held_until=timezone.now() - OLD)
    chain.seal()
    assert pauses == ["chain"] * 5
    pauses.clear()
    assert erasure.erase_due() == 5
    assert pauses == ["erasure"] * 3
    pauses.clear()
    assert retention.prune(timezone.now() - timedelta(days=90)) == 5
    assert pauses == ["retention"] * 3


@pytest.mark.django_db
def test_request_to_delete_an_account_leaves_the_rest_to_housekeeping(
    alice: User, settings: Settings, monkeypatch: pytest.MonkeyPatch, pauses: list[str]
) -> None:
    settings.AUDIT_HOLD_DAYS = settings.AUDIT_HOLD_INCIDENT_DAYS = 0
    monkeypatch.setattr(erasure, "AT_ONCE_SECONDS", -1)
    rows = [make_submission(alice, finished=timezone.now()) for _ in range(3)]
    uploaded = [make_upload(alice) for _ in range(3)]
    erasure.delete_account(alice)
    assert Submission.objects.filter(erased=None).count() == len(rows)
    assert Upload.objects.count() == len(uploaded)
    assert not {"erasure", "belongings"} & {*pauses}
    retention.keep_house()
    assert not Submission.objects.filter(erased=None).exists()
    assert not Upload.objects.exists()


@pytest.mark.django_db
def test_belongings_of_a_deleted_account_are_removed_in_steps(
    alice: User, bob: User, pauses: list[str]
) -> None:
    """An account may have a million deliveries, and uploads of a gigabyte."""
    for user in (alice, bob):
        for number in range(5):
            run = make_submission(user)
            IdempotencyKey.objects.create(user=user, key=str(number), digest="0", submission=run)
            Delivery.objects.create(user=user, submission=run, url="https://example.org/")
            make_upload(user)
            make_session(user, number)
    erasure.delete_account(alice)
    for table in (IdempotencyKey, Delivery, Upload, RunSession):
        assert [row.user for row in table.objects.all()] == [bob] * 5, table
    assert pauses == ["belongings"] * 8


@pytest.mark.django_db
def test_expired_uploads_and_sessions_are_removed_in_steps(alice: User, pauses: list[str]) -> None:
    old = timezone.now() - OLD
    for number in range(5):
        make_upload(alice, expires=old)
        make_session(alice, number, expires=old)
    kept, used = make_upload(alice), make_session(alice, 5)
    uploads.remove_unused()
    sessions.remove_expired(timezone.now())
    assert Upload.objects.get() == kept
    assert RunSession.objects.get() == used
    assert pauses == [*["uploads"] * 2, *["sessions"] * 3]


@pytest.mark.django_db
def test_files_of_what_is_erased_are_removed_in_steps(alice: User, pauses: list[str]) -> None:
    over = {"finished": timezone.now(), "held_until": timezone.now() - OLD}
    for _ in range(2):
        row = make_submission(alice, **over)
        RunFile.objects.create(submission=row, attempt=1, position=0, content=b"1")
        make_submission(alice, **over)
    chain.seal()
    pauses.clear()
    assert erasure.erase_due() == 4
    assert not RunFile.objects.exists()
    assert pauses == ["erasure"] * 4  # two for files, two for rows


@pytest.mark.django_db
def test_housekeeping_goes_on_after_a_step_that_fails(
    alice: User, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> int:
        raise ZeroDivisionError

    monkeypatch.setattr(erasure, "erase_due", fail)
    make_submission(alice, finished=timezone.now() - OLD)
    retention.keep_house()
    assert not Submission.objects.exists()
    assert "ZeroDivisionError" in caplog.text


@pytest.fixture
def _fresh() -> Iterator[None]:
    yield
    connections.streams.cache_clear()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_fresh")
@pytest.mark.parametrize(
    "address", ["/submissions/export/", "/admin/submissions/submission/export/json/"]
)
def test_export_holds_no_query_open_for_its_reader(
    staff: User, as_user: AsUser, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    """SQLite could not reuse its log meanwhile. So slow readers see what is there when they get to it."""
    monkeypatch.setattr(history, "EXPORTED_AT_ONCE", 2)
    monkeypatch.setattr("submissions.admin.exports.AT_ONCE", 2)
    rows = [make_submission(staff, code=f"print('run {n}')") for n in range(5)]
    answer = as_user(staff).get(address)
    pieces = stream_of(answer)
    begun = next(pieces) + next(pieces)
    Submission.written.filter(pk=rows[0].pk).delete()
    text = (begun + b"".join(pieces)).decode()
    assert [f"run {n}" in text for n in range(5)] == [False, True, True, True, True]
