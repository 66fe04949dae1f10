"""Attacks, limits and the chain in the admin, and exports for other tools."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.utils import timezone

from submissions.admin.exports import inert
from submissions.audit import chain, configuration
from submissions.audit.models import AuditEntry
from submissions.lifecycle.models import Submission
from tests.support.clients import Answer, AsUser
from tests.support.factories import make_submission
from tests.support.streams import stream_of

pytestmark = pytest.mark.django_db

LIST = "/admin/submissions/submission/"
OVERVIEW = "/admin/"
PEOPLE = f"{LIST}people/"
FORMULA = '=HYPERLINK("http://attacker.example/")'


def rows_of(answer: Answer) -> Any:
    return list(csv.DictReader(io.StringIO(b"".join(stream_of(answer)).decode())))


def attack(user: User, slug: str = "memory-bomb", **over: Any) -> Submission:
    return make_submission(user, **{"experiment": slug, "outcome": "contained", **over})


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"outcome__exact": "breach"}, {"be-root"}),
        ({"weakened": "yes"}, {"be-root"}),
        ({"weakened": "no"}, {"memory-bomb", "", "old"}),
        ({"experiment": "memory-bomb"}, {"memory-bomb"}),
        ({"experiment": "any"}, {"memory-bomb", "be-root", "old"}),
        ({"layer": "memory cgroup"}, {"memory-bomb"}),
        ({"layer": "non-root user"}, {"be-root"}),
        ({"experiment": "none"}, {""}),
        ({"user__id__exact": "bob"}, {"be-root"}),
        ({"user": "Bob"}, {"be-root"}),
        ({"user": "nobody"}, set()),
        ({"from": "2026-11-01", "to": "2026-11-01"}, {"old"}),
        ({"to": "2026-10-31"}, set()),
        ({"from": "2026-11-02"}, {"memory-bomb", "be-root", ""}),
        ({"when": "7"}, {"memory-bomb", "be-root", ""}),
        ({"from": "no day"}, set()),
        ({}, {"memory-bomb", "be-root", "", "old"}),
    ],
)
def test_export_is_narrowed_as_the_list_is(
    alice: User, bob: User, staff: User, as_user: AsUser, query: dict[str, Any], expected: set[str]
) -> None:
    attack(alice)
    attack(bob, "be-root", outcome="breach", ablation="non-root-user")
    make_submission(alice)
    attack(alice, "old", created=datetime(2026, 11, 1, 23, 59, 59, tzinfo=UTC))
    names = {"bob": str(bob.pk)}
    query = {key: names.get(value, value) for key, value in query.items()}
    client = as_user(staff)
    assert client.get(LIST, query).status_code == 200
    rows = rows_of(client.get(f"{LIST}export/csv/", query))
    assert {row["experiment"] for row in rows} == expected


def test_exports_are_safe_against_formulae(alice: User, staff: User, as_user: AsUser) -> None:
    make_submission(alice, code=FORMULA, error="ok\n+1", user_agent="@SUM(A1)")
    row = rows_of(as_user(staff).get(f"{LIST}export/csv/"))[0]
    assert row["code"] == f"'{FORMULA}"
    assert row["error"] == "ok\n'+1"
    assert row["user_agent"] == "'@SUM(A1)"
    assert row["user"] == "alice"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t"])
def test_cell_that_begins_like_a_formula_gets_a_quote(start: str) -> None:
    assert inert(f"{start}1") == f"'{start}1"
    assert inert(-1) == -1


def test_carriage_return_cannot_hide_a_formula() -> None:
    assert inert("a\r=1") == "a\n'=1"


def test_json_export_holds_the_same_and_is_plain_ascii(
    alice: User, staff: User, as_user: AsUser
) -> None:
    made = attack(alice, code="print('\u202eö')")
    answer = as_user(staff).get(f"{LIST}export/json/")
    body = b"".join(stream_of(answer))
    assert body.isascii()
    told = json.loads(body)[0]
    assert (told["id"], told["code"], told["outcome"]) == (str(made.pk), made.code, "contained")
    assert "attachment" in answer["Content-Disposition"]


def test_other_kinds_of_export_are_not_found(staff: User, as_user: AsUser) -> None:
    assert as_user(staff).get(f"{LIST}export/xls/").status_code == 404


def test_export_has_outputs_on_request_only(alice: User, staff: User, as_user: AsUser) -> None:
    make_submission(alice, stdout=FORMULA, stderr="ok\n=1", stdin="@1", args=["-1"])
    client = as_user(staff)
    assert "stdout" not in rows_of(client.get(f"{LIST}export/csv/"))[0]
    row = rows_of(client.get(f"{LIST}export/csv/", {"output": "yes", "user": "alice"}))[0]
    assert [row[name] for name in ("stdout", "stderr", "stdin", "args")] == [
        *(f"'{FORMULA}", "ok\n'=1", "'@1", '["-1"]')
    ]
    answer = client.get(f"{LIST}export/json/", {"output": "yes"})
    assert json.loads(b"".join(stream_of(answer)))[0]["stdout"] == FORMULA


def test_export_with_outputs_holds_back_those_of_a_deleted_account(
    alice: User, staff: User, as_user: AsUser
) -> None:
    until = timezone.now() + timedelta(days=9)
    make_submission(alice, stdout="secret", stdin="secret", args=["secret"], held_until=until)
    answer = as_user(staff).get(f"{LIST}export/csv/", {"output": "yes"})
    assert b"secret" not in b"".join(stream_of(answer))


def test_times_of_an_export_are_in_iso_format(alice: User, staff: User, as_user: AsUser) -> None:
    made = make_submission(alice)
    row = rows_of(as_user(staff).get(f"{LIST}export/csv/"))[0]
    assert datetime.fromisoformat(row["created"]) == made.created


@pytest.mark.parametrize(
    "address",
    [PEOPLE, f"{LIST}export/csv/", f"{LIST}export/json/", "/admin/lab/", "/admin/people/1/"],
)
def test_only_permitted_staff_open_the_audit(alice: User, as_user: AsUser, address: str) -> None:
    assert as_user(alice).get(address).status_code == 302
    alice.is_staff = True
    alice.save()
    assert as_user(alice).get(address).status_code == 403


def test_entries_can_be_read_and_not_touched(alice: User, staff: User, as_user: AsUser) -> None:
    make_submission(alice, finished=timezone.now())
    configuration.record_settings()
    chain.seal()
    client = as_user(staff)
    page = client.get("/admin/submissions/auditentry/").content.decode()
    assert "Run finished" in page
    assert "memory_bytes" in client.get("/admin/submissions/auditentry/1/change/").content.decode()
    assert client.get("/admin/submissions/auditentry/add/").status_code == 403
    for address in ("1/delete/", "1/change/"):
        answer = client.post(f"/admin/submissions/auditentry/{address}", {"post": "yes"})
        assert answer.status_code == 403
    assert AuditEntry.objects.count() == 2


def test_changes_of_users_and_permissions_can_be_read_and_not_touched(
    alice: User, staff: User, as_user: AsUser
) -> None:
    client = as_user(staff)
    data = {"username": "alice", "is_staff": "on", "date_joined_0": "2026-01-01"}
    client.post(f"/admin/auth/user/{alice.pk}/change/", {**data, "date_joined_1": "00:00:00"})
    assert User.objects.get(pk=alice.pk).is_staff
    entry = LogEntry.objects.get()
    page = client.get("/admin/admin/logentry/").content.decode()
    assert "Change: Changed" in page
    assert "Staff status" in page
    assert (
        client.post(f"/admin/admin/logentry/{entry.pk}/delete/", {"post": "yes"}).status_code == 403
    )
