"""Attacks, limits and the chain in the admin, and exports for other tools."""

import csv
import io
import json
import re
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.utils import timezone

from submissions.admin.exports import inert
from submissions.audit import chain, configuration
from submissions.audit.models import AuditEntry
from tests.support.factories import make_submission

pytestmark = pytest.mark.django_db

LIST = "/admin/submissions/submission/"
OVERVIEW = f"{LIST}overview/"
FORMULA = '=HYPERLINK("http://attacker.example/")'


def rows_of(answer):
    return list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))


def attack(user, slug="memory-bomb", **over):
    return make_submission(user, **{"experiment": slug, "outcome": "contained", **over})


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"outcome__exact": "breach"}, {"be-root"}),
        ({"weakened": "yes"}, {"be-root"}),
        ({"weakened": "no"}, {"memory-bomb", ""}),
        ({"experiment": "memory-bomb"}, {"memory-bomb"}),
        ({"experiment": "any"}, {"memory-bomb", "be-root"}),
        ({"layer": "memory cgroup"}, {"memory-bomb"}),
        ({"layer": "non-root user"}, {"be-root"}),
        ({"user__id__exact": "bob"}, {"be-root"}),
        ({}, {"memory-bomb", "be-root", ""}),
    ],
)
def test_export_is_narrowed_as_the_list_is(alice, bob, staff, as_user, query, expected):
    attack(alice)
    attack(bob, "be-root", outcome="breach", ablation="non-root-user")
    make_submission(alice)
    names = {"bob": str(bob.pk)}
    query = {key: names.get(value, value) for key, value in query.items()}
    client = as_user(staff)
    assert client.get(LIST, query).status_code == 200
    rows = rows_of(client.get(f"{LIST}export/csv/", query))
    assert {row["experiment"] for row in rows} == expected


def test_exports_are_safe_against_formulae(alice, staff, as_user):
    make_submission(alice, code=FORMULA, error="ok\n+1", user_agent="@SUM(A1)")
    row = rows_of(as_user(staff).get(f"{LIST}export/csv/"))[0]
    assert row["code"] == f"'{FORMULA}"
    assert row["error"] == "ok\n'+1"
    assert row["user_agent"] == "'@SUM(A1)"
    assert row["user"] == "alice"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t"])
def test_cell_that_begins_like_a_formula_gets_a_quote(start):
    assert inert(f"{start}1") == f"'{start}1"
    assert inert(-1) == -1


def test_carriage_return_cannot_hide_a_formula():
    assert inert("a\r=1") == "a\n'=1"


def test_json_export_holds_the_same_and_is_plain_ascii(alice, staff, as_user):
    made = attack(alice, code="print('\u202eö')")
    answer = as_user(staff).get(f"{LIST}export/json/")
    body = b"".join(answer.streaming_content)
    assert body.isascii()
    told = json.loads(body)[0]
    assert (told["id"], told["code"], told["outcome"]) == (str(made.pk), made.code, "contained")
    assert "attachment" in answer["Content-Disposition"]


def test_other_kinds_of_export_are_not_found(staff, as_user):
    assert as_user(staff).get(f"{LIST}export/xls/").status_code == 404


@pytest.mark.parametrize("address", [OVERVIEW, f"{LIST}export/csv/", f"{LIST}export/json/"])
def test_only_permitted_staff_open_the_audit(alice, as_user, address):
    assert as_user(alice).get(address).status_code == 302
    alice.is_staff = True
    alice.save()
    assert as_user(alice).get(address).status_code == 403


def test_overview_lists_limit_hits_outside_of_the_lab(alice, bob, staff, as_user):
    for _ in range(3):
        make_submission(alice, verdict="time_limit_exceeded")
    attack(bob, verdict="memory_limit_exceeded")
    page = as_user(staff).get(OVERVIEW).content.decode()
    link = f'user__id__exact={alice.pk}&amp;verdict__exact=time_limit_exceeded">3</a>'
    assert link in page
    assert "verdict__exact=memory_limit_exceeded" not in page


def test_overview_draws_runs_and_outcomes_without_script_or_style(alice, staff, as_user):
    attack(alice)
    attack(alice, outcome="breach")
    attack(alice, outcome="breach", ablation="seccomp")
    today = timezone.now().date().isoformat()
    page = as_user(staff).get(OVERVIEW).content.decode()
    assert f"<title>{today}: 3 ok</title>" in page
    assert f"<title>{today}: 1 contained</title>" in page
    assert f"<title>{today}: 1 breach</title>" in page  # the weakened one is no surprise
    for chart in re.findall(r"<svg.*?</svg>", page, re.DOTALL):
        assert "style" not in chart
        assert "<script" not in chart


def test_overview_leaves_out_old_runs(alice, staff, as_user):
    made = make_submission(alice, verdict="time_limit_exceeded")
    type(made).written.filter(pk=made.pk).update(created=timezone.now() - timedelta(days=99))
    assert "Nobody has run anything" in as_user(staff).get(OVERVIEW).content.decode()


def test_overview_shows_the_head_of_the_chain(alice, staff, as_user):
    make_submission(alice, finished=timezone.now())
    chain.seal()
    assert AuditEntry.objects.get().hash in as_user(staff).get(OVERVIEW).content.decode()


def test_entries_can_be_read_and_not_touched(alice, staff, as_user):
    make_submission(alice, finished=timezone.now())
    configuration.record_settings()
    chain.seal()
    client = as_user(staff)
    page = client.get("/admin/submissions/auditentry/").content.decode()
    assert "Submission finished" in page
    assert "memory_bytes" in client.get("/admin/submissions/auditentry/1/change/").content.decode()
    assert client.get("/admin/submissions/auditentry/add/").status_code == 403
    for address in ("1/delete/", "1/change/"):
        answer = client.post(f"/admin/submissions/auditentry/{address}", {"post": "yes"})
        assert answer.status_code == 403
    assert AuditEntry.objects.count() == 2


def test_changes_of_users_and_permissions_can_be_read_and_not_touched(alice, staff, as_user):
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
