"""What finishes is sealed soon after its end, whatever its age and whatever the clock does."""

import io
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from pytest_django import Settings

from submissions.audit import chain
from submissions.audit.models import Action, AuditEntry
from submissions.audit.sealer import Sealer
from submissions.lifecycle import queue
from submissions.lifecycle.intake import cancel_queued
from submissions.lifecycle.models import Status, Submission
from tests.support.factories import make_submission
from tests.support.waiting import eventually

pytestmark = pytest.mark.django_db


def is_sealed(submission: Submission) -> bool:
    return AuditEntry.objects.filter(submission=submission.pk).exists()


@pytest.fixture
def sealer(settings: Settings) -> Iterator[Sealer]:
    settings.AUDIT_SEAL_SECONDS = 0.05
    made = Sealer()
    made.start()
    first_round = AuditEntry.objects.filter(action="settings")
    eventually(first_round.exists)  # its look at everything is over; the next is an hour away
    yield made
    made.stop()


def upgrade(name: str | None = None) -> None:
    """Bring the tables to a migration, or to the newest."""
    executor = MigrationExecutor(connection)
    newest = [node for node in executor.loader.graph.leaf_nodes() if node[0] == "submissions"]
    executor.migrate([("submissions", name)] if name else newest)


def old_model(name: str) -> Any:
    state = MigrationExecutor(connection).loader.project_state(("submissions", name))
    return state.apps.get_model("submissions", "Submission")


def queued(user: User, ago: timedelta) -> Submission:
    created = timezone.now() - ago
    return make_submission(user, status=Status.QUEUED, verdict="", turn=1, created=created)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "ago", [timedelta(minutes=3), timedelta(days=30), timedelta(days=-30)], ids=str
)
def test_submission_that_waited_in_the_queue_is_sealed_after_its_end(
    alice: User, sealer: Sealer, ago: timedelta
) -> None:
    submission = queued(alice, ago)
    assert cancel_queued(submission)
    eventually(lambda: is_sealed(submission))
    call_command("audit_verify", stdout=io.StringIO())


@pytest.mark.django_db(transaction=True)
def test_submission_that_was_given_up_is_sealed_after_its_end(alice: User, sealer: Sealer) -> None:
    lost = make_submission(
        alice,
        status=Status.RUNNING,
        verdict="",
        attempt=queue.MAX_ATTEMPTS,
        created=timezone.now() - timedelta(hours=2),
    )
    assert queue.recover().abandoned == 1
    eventually(lambda: is_sealed(lost))


@pytest.mark.parametrize("jump", [timedelta(hours=5), timedelta(hours=-5)], ids=str)
def test_clock_that_jumps_leaves_nothing_unsealed(
    alice: User, monkeypatch: pytest.MonkeyPatch, jump: timedelta
) -> None:
    real = timezone.now
    make_submission(alice, finished=real())
    chain.seal()
    monkeypatch.setattr(timezone, "now", lambda: real() + jump)
    submission = make_submission(alice, finished=timezone.now())
    assert chain.seal() == 1
    assert is_sealed(submission)
    call_command("audit_verify", stdout=io.StringIO())


def test_row_that_is_marked_as_sealed_and_is_not_is_found(alice: User) -> None:
    submission = make_submission(alice, finished=timezone.now(), seal_pending=False)
    assert chain.seal() == 0
    assert chain.mark_forgotten() == 1
    assert chain.seal() == 1
    assert is_sealed(submission)
    assert chain.mark_forgotten() == 0


def test_row_that_another_version_has_sealed_is_not_sealed_again(alice: User) -> None:
    submission = make_submission(alice, finished=timezone.now())
    chain.seal()
    Submission.written.update(seal_pending=True)  # as if its process did not know the mark
    assert chain.seal() == 0
    submission.refresh_from_db()
    assert not submission.seal_pending
    assert AuditEntry.objects.count() == 1


def test_row_that_an_older_version_ended_is_sealed(alice: User) -> None:
    """It writes no such column: the database's own default counts."""
    submission = make_submission(alice, finished=timezone.now())
    columns = [c.column for c in Submission._meta.concrete_fields if c.name != "seal_pending"]
    names = ", ".join(f'"{name}"' for name in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TEMPORARY TABLE copied AS SELECT {names} FROM submissions_submission"
        )
        cursor.execute("DELETE FROM submissions_submission")
        cursor.execute(f"INSERT INTO submissions_submission ({names}) SELECT {names} FROM copied")
        cursor.execute("DROP TABLE copied")
    assert chain.seal() == 1
    assert is_sealed(submission)


def test_looking_for_what_is_not_sealed_takes_its_own_index(alice: User) -> None:
    """With a million sealed rows it reads only those that are not."""
    pending = Submission.objects.seal_pending().order_by("finished", "pk").values_list("pk")[:100]
    assert "submission_seal_pending" in pending.explain()


@pytest.mark.parametrize("count", [1, 2])
def test_looking_for_other_entries_takes_their_own_index(count: int) -> None:
    """The sealer looks for some every few seconds, among a million seals."""
    wanted = AuditEntry.objects.of(*[Action.ADMIN_LOG, Action.ACCOUNT][:count])
    with connection.cursor() as cursor:  # PostgreSQL reads so small a table as a whole
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
    assert "entry_other_than_finished" in wanted.explain()


@pytest.mark.inline  # a worker would look for columns that are not there
@pytest.mark.django_db(transaction=True)
def test_submission_under_way_during_the_upgrade_is_sealed_after_its_end(alice: User) -> None:
    """What was there before the mark has none; what has yet to finish gets it."""
    upgrade("0030_batches_webhooks_and_keys")
    try:
        under_way = {status: uuid4() for status in ("queued", "running", "finished")}
        rows = old_model("0030_batches_webhooks_and_keys")
        for status, pk in under_way.items():
            values = {"language": "python", "code": "1", "limits": {}, "via": "session"}
            rows.objects.create(pk=pk, status=status, user_id=alice.pk, **values)
    finally:
        upgrade()
    marked = Submission.objects.filter(seal_pending=True).values_list("pk", flat=True)
    assert set(marked) == {under_way["queued"], under_way["running"]}


@pytest.mark.parametrize("error", [DatabaseError, RuntimeError])
@pytest.mark.parametrize(
    "broken",
    ["chain.seal", "accounts.account_notes.seal_admin_log", "accounts.account_notes.note_found"],
)
def test_step_that_fails_does_not_stop_the_others(
    alice: User, staff: User, monkeypatch: pytest.MonkeyPatch, broken: str, error: type[Exception]
) -> None:
    def fail() -> None:
        raise error

    make_submission(alice, finished=timezone.now(), seal_pending=False)
    # Here the sealer works in the test's own thread and transaction.
    monkeypatch.setattr("submissions.periodic.close_old_connections", lambda: None)
    monkeypatch.setattr(f"submissions.audit.{broken}", fail)
    Sealer().seal()
    done = set(AuditEntry.objects.values_list("action", flat=True))
    assert Action.SETTINGS in done
    assert (Action.ACCOUNT in done) == (not broken.endswith("note_found"))
    assert Submission.objects.get().seal_pending == (broken == "chain.seal")
