"""The admin's log: each entry is sealed in the chain, and once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.db import connection

from submissions.audit import chain
from submissions.audit.accounts import account_notes
from submissions.audit.models import Action, AuditEntry
from tests.support.auditing import broken

pytestmark = pytest.mark.django_db


def test_long_log_is_sealed_to_its_end_and_once(
    alice: User, staff: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account_notes, "LOOK_BACK", 4)
    monkeypatch.setattr(account_notes, "BATCH", 3)
    for _ in range(10):
        LogEntry.objects.create(user=staff, action_flag=2, object_repr="x", change_message="[]")
    assert [account_notes.seal_admin_log() for _ in range(5)] == [3, 3, 3, 1, 0]
    logs = AuditEntry.objects.filter(action=Action.ADMIN_LOG).values_list("data__log", flat=True)
    assert sorted(logs) == sorted(LogEntry.objects.values_list("pk", flat=True))
    assert broken() == ""


def logged(staff: User, count: int) -> None:
    for _ in range(count):
        LogEntry.objects.create(user=staff, action_flag=2, object_repr="x", change_message="[]")


def sealed_logs() -> Any:
    seals = AuditEntry.objects.filter(action=Action.ADMIN_LOG)
    return sorted(seals.values_list("data__log", flat=True))


def test_log_is_sealed_once_though_one_of_the_last_seals_is_there_twice(
    staff: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account_notes, "LOOK_BACK", 4)
    logged(staff, 10)
    assert account_notes.seal_admin_log() == 10
    twice = AuditEntry.objects.filter(action=Action.ADMIN_LOG)[0].data
    chain.append(Action.ADMIN_LOG, twice)
    assert account_notes.seal_admin_log() == 0
    logged(staff, 1)
    assert [account_notes.seal_admin_log() for _ in range(2)] == [1, 0]


def test_log_is_sealed_once_though_old_entries_were_sealed_twice(
    staff: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last seals then belong to the first entries, and all entries after them look new."""
    monkeypatch.setattr(account_notes, "LOOK_BACK", 4)
    logged(staff, 10)
    account_notes.seal_admin_log()
    for entry in AuditEntry.objects.filter(action=Action.ADMIN_LOG).order_by("sequence")[:4]:
        chain.append(Action.ADMIN_LOG, entry.data)
    assert account_notes.seal_admin_log() == 0


def test_log_that_two_processes_seal_at_the_same_time_is_sealed_once(
    staff: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    logged(staff, 3)
    real = account_notes._digest
    others: list[str] = []

    def digest(entry: Any) -> str:
        if not others:
            others.append("has begun")
            account_notes.seal_admin_log()
        return real(entry)

    # Private: the moment between reading the log and sealing it.
    monkeypatch.setattr(account_notes, "_digest", digest)
    account_notes.seal_admin_log()
    assert sealed_logs() == sorted(LogEntry.objects.values_list("pk", flat=True))
    assert broken() == ""


@pytest.mark.django_db(transaction=True)
def test_log_is_sealed_once_by_two_threads(staff: User) -> None:
    logged(staff, 30)
    both = threading.Barrier(2)

    def seal(_: Any) -> int:
        try:
            both.wait()
            return sum(account_notes.seal_admin_log() for _ in range(3))
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(seal, range(2))) == 30
    assert sealed_logs() == sorted(LogEntry.objects.values_list("pk", flat=True))
