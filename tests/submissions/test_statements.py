"""The statements of every run store what Django's own would store."""

from dataclasses import asdict
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone

from executor import Limits, RunRequest, this_process
from submissions.lifecycle import columns, queue, statements
from submissions.lifecycle.models import Status, Submission, Verdict, Via

pytestmark = pytest.mark.django_db

REQUESTS: dict[str, dict[str, Any]] = {
    "plain": {},
    "text": {"code": "print('é𝒳')  # 100 %s \"'", "stdin": "1\r\n\t2\n", "args": ["", "a b", "%"]},
    "lower": {"limits": asdict(Limits(wall_seconds=0.5)), "read_only": False},
    "isolated": {"isolation": "container", "language": "typescript"},
    "experiment": {"experiment": "fork-bomb", "ablation": "seccomp"},
    "later": {"waited": False, "turn": 2**40, "attempt": 2, "reply_to": "web.1", "streamed": True},
    "token": {"via": Via.TOKEN, "token_key": "sce_1234", "user_agent": "curl/8"},
    "ipv4": {"client_address": "192.0.2.7"},
    "ipv6": {"client_address": "2001:db8::7"},
}
ENDS: dict[str, dict[str, Any]] = {
    **{verdict.value: {"verdict": verdict, "error": f"As {verdict}."} for verdict in Verdict},
    "output": {"stdout": "é𝒳 %s\n", "stderr": "\x85'\"", "truncated": True, "exit_code": 255},
    "signal": {"signal": 9, "exit_code": None, "run_number": 1000, "lane": "slot", "warm": True},
    "usage": {"wall_ms": 12.25, "cpu_ms": 0.1 + 0.2, "memory_peak_bytes": 2**40},
    "evidence": {"evidence": {"exit_code": 1, "oom_kills": 0, "cancelled": False, "none": None}},
    "details": {"error_details": {"type": "ValueError", "line": 3, "hint": None}},
    "no-details": {"error_details": None, "evidence": None, "wall_ms": None},
    "finding": {"outcome": "contained", "finding": {"facts": [["a", "b"]], "report": "é"}},
}


def running(user: User, **over: Any) -> Submission:
    request = RunRequest(code="print(1)", language="python", limits=Limits())
    values = {
        "username": user.get_username(),
        **columns.of_request(request),
        "status": Status.RUNNING,
        "attempt": 1,
        "started": timezone.now(),
        "lease": queue.lease_expiry(),
        "worker": this_process(),
        "via": Via.SESSION,
    }
    return Submission(user=user, **{**values, **over})


def as_stored(row: Submission) -> dict[str, Any]:
    """Return all columns except the id as the database has them, not as Django shows them."""
    with connection.cursor() as cursor:
        key = Submission._meta.pk.get_db_prep_save(row.pk, connection)
        cursor.execute(f"SELECT * FROM {statements.TABLE} WHERE id = %s", [key])
        names = [column[0] for column in cursor.description]
        [values] = cursor.fetchall()
    return {name: value for name, value in zip(names, values, strict=True) if name != "id"}


@pytest.mark.parametrize("values", REQUESTS.values(), ids=REQUESTS)
def test_row_is_inserted_as_bulk_create_inserts_it(alice: User, values: dict[str, Any]) -> None:
    values = {"started": timezone.now(), "created": timezone.now(), **values}
    values["lease"] = values["started"]
    row, twin = running(alice, **values), running(alice, **values)
    statements.insert(row)
    Submission.written.bulk_create([twin])
    assert as_stored(row) == as_stored(twin)
    assert (row._state.adding, row._state.db) == (twin._state.adding, twin._state.db)


@pytest.mark.parametrize("values", ENDS.values(), ids=ENDS)
def test_end_is_stored_as_a_query_set_stores_it(alice: User, values: dict[str, Any]) -> None:
    now = timezone.now()
    values = {"status": Status.FINISHED, "finished": now, "lease": None, **values}
    row, twin = running(alice, started=now, created=now), running(alice, started=now, created=now)
    Submission.written.bulk_create([row, twin])
    assert statements.finish(row, values)
    assert Submission.written.running().filter(pk=twin.pk, attempt=1).update(**values) == 1
    assert as_stored(row) == as_stored(twin)


@pytest.mark.parametrize("change", [{"status": Status.FINISHED}, {"attempt": 2}])
def test_end_of_an_attempt_that_is_not_the_current_one_is_not_stored(
    alice: User, change: dict[str, Any]
) -> None:
    row, neighbour = running(alice), running(alice)
    Submission.written.bulk_create([row, neighbour])
    Submission.written.filter(pk=row.pk).update(**change)
    before = as_stored(row), as_stored(neighbour)
    assert not statements.finish(row, {"status": Status.FINISHED, "stdout": "late"})
    assert (as_stored(row), as_stored(neighbour)) == before


def test_value_that_no_column_holds_changes_nothing(alice: User) -> None:
    row = running(alice)
    statements.insert(row)
    before = as_stored(row)
    with pytest.raises(ValueError):
        statements.finish(row, {"status": Status.FINISHED, "memory_peak_bytes": "many"})
    assert as_stored(row) == before
