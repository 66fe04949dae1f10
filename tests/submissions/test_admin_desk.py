"""The lists and pages of a teacher: runs, runs by person, people, one person, progress in the lab."""

import csv
import io
import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from executor.experiments import CATALOGUE, offered_attacks
from submissions.accounts.models import ApiToken
from submissions.admin.submissions import LINE_CHARACTERS, SubmissionAdmin, first_line
from submissions.audit import chain
from submissions.audit.models import AuditEntry
from submissions.lifecycle.models import Status
from submissions.lists import paging
from tests.support.clients import PASSWORD, ApiClient, AsUser, log_in
from tests.support.factories import make_submission
from tests.support.present import present
from tests.support.streams import stream_of

pytestmark = pytest.mark.django_db

RUNS, PEOPLE, AUDIT = (
    "/admin/submissions/submission/",
    "/admin/auth/user/",
    "/admin/submissions/auditentry/",
)
BY_PERSON, LAB = f"{RUNS}people/", "/admin/lab/"
CELL = re.compile(r'<t[dh] class="field-(\w+)[^"]*">(.*?)</t[dh]>', re.DOTALL)
NASTY = "<script>alert(1)</script>\x1b[31m\u202e'\"><img src=x onerror=alert(1)>"


@pytest.fixture
def admin(staff: User, as_user: AsUser) -> ApiClient:
    return as_user(staff)


def rows_of(page: str) -> Any:
    """Return the text of each cell of a list's rows, by column."""
    rows = re.findall(r"<tr>(?:(?!</tr>).)*class=\"field-.*?</tr>", page, re.DOTALL)
    return [
        {name: unescape(re.sub(r"<[^>]*>", "", cell)).strip() for name, cell in CELL.findall(row)}
        for row in rows
    ]


def listed(client: ApiClient, address: str, **query: Any) -> Any:
    answer = client.get(address, query, follow=True)
    assert answer.status_code == 200
    return rows_of(answer.content.decode())


def table_of(page: str) -> list[list[str]]:
    """Return the texts of each row of the first table, without its head."""
    body = present(re.search(r"<tbody>(.*?)</tbody>", page, re.DOTALL))[1]
    return [
        [
            unescape(re.sub(r"<[^>]*>", "", cell)).strip()
            for cell in re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row, re.DOTALL)
        ]
        for row in re.findall(r"<tr>(.*?)</tr>", body, re.DOTALL)
    ]


def test_row_of_a_run_has_program_verdict_seconds_and_utc(alice: User, admin: ApiClient) -> None:
    made = make_submission(
        alice,
        code="\n\nimport os\nprint(1)\n",
        verdict="memory_limit_exceeded",
        wall_ms=1234.5,
        experiment="memory-bomb",
        outcome="contained",
        ablation="memory-cgroup",
    )
    [row] = listed(admin, RUNS)
    assert row == {
        "shown_created": f"{made.created:%Y-%m-%d %H:%M:%S}",
        "shown_user": "alice",
        "shown_language": "Python",
        "shown_program": "print(1)",
        "shown_result": "Memory limit exceeded",
        "shown_lab": "memory-bomb Contained Weakened",
        "shown_seconds": "1.23 s",
    }


def test_run_under_way_is_listed_with_where_it_stands(alice: User, admin: ApiClient) -> None:
    make_submission(alice, status=Status.RUNNING, verdict="", wall_ms=None)
    [row] = listed(admin, RUNS)
    assert (row["shown_result"], row["shown_seconds"]) == ("Running", "–")


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("", ""),
        ("\n\n", ""),
        ("x = 1\ny = 2", "x = 1"),
        ("# Guess\nimport random\nn = 1", "n = 1"),
        ("// hi\nconst a = 1", "const a = 1"),
        ("# only a comment", "# only a comment"),
        ("x" * 999, "x" * LINE_CHARACTERS + "…"),
        ("\x1b[31mred\u202e", "red\\u{202e}"),
    ],
)
def test_first_line_of_a_program_is_short_inert_and_telling(code: str, shown: str) -> None:
    assert first_line(code) == shown


def test_list_of_runs_reads_no_whole_program_and_no_output(alice: User, admin: ApiClient) -> None:
    make_submission(alice, code="x" * 5000, stdout="y" * 5000)
    with CaptureQueriesContext(connection) as captured:
        page = admin.get(RUNS).content.decode()
    assert "x" * 400 not in page
    assert not [one for one in captured if '"stdout"' in one["sql"]]


def test_list_of_runs_counts_and_asks_the_same_for_many(
    alice: User, bob: User, admin: ApiClient
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            admin.get(RUNS)
        return len(captured)

    make_submission(alice)
    few = queries()
    for user in (alice, bob):
        for _ in range(20):
            make_submission(user)
    assert queries() == few < 20


def test_long_list_is_counted_to_a_bound(
    alice: User, admin: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paging, "MOST", 3)
    monkeypatch.setattr(SubmissionAdmin, "list_per_page", 2)
    for _ in range(5):
        make_submission(alice)
    assert [len(listed(admin, RUNS, p=page)) for page in (1, 2)] == [2, 1]


def test_empty_fields_of_the_form_are_no_filters(alice: User, admin: ApiClient) -> None:
    make_submission(alice)
    answer = admin.get(RUNS, {"q": "", "user": "alice", "experiment": "", "verdict__exact": ""})
    assert answer.status_code == 302
    assert answer["Location"] == f"{RUNS}?user=alice"


def test_form_keeps_the_filters_of_the_menus(alice: User, admin: ApiClient) -> None:
    page = admin.get(RUNS, {"verdict__exact": "ok", "user": "alice"}).content.decode()
    assert '<input type="hidden" name="verdict__exact" value="ok">' in page
    assert page.count('name="user"') == 1


def test_day_that_is_none_is_named(alice: User, admin: ApiClient) -> None:
    make_submission(alice)
    page = admin.get(RUNS, {"from": "yesterday"}).content.decode()
    assert "Write a day as 2026-11-25." in page
    assert rows_of(page) == []


def test_outputs_are_searched_within_a_time_or_of_a_person_only(
    alice: User, admin: ApiClient
) -> None:
    make_submission(alice, stderr="Traceback: ZeroDivisionError", error="Divided by zero")
    assert listed(admin, RUNS, q="ZeroDivisionError") == []
    assert len(listed(admin, RUNS, q="Divided")) == 1
    for bound in ({"when": "1"}, {"user": "alice"}, {"from": "2020-01-01"}):
        assert len(listed(admin, RUNS, q="ZeroDivisionError", **bound)) == 1
    assert "and the output." in admin.get(RUNS, {"when": "1"}).content.decode()


def test_run_is_found_by_its_id(alice: User, admin: ApiClient) -> None:
    made = make_submission(alice)
    make_submission(alice)
    for text in (str(made.pk), made.pk.hex):
        assert len(listed(admin, RUNS, q=text)) == 1


def test_those_who_hit_the_memory_limit_this_week_are_listed_by_person(
    alice: User, bob: User, admin: ApiClient
) -> None:
    old = timezone.now() - timedelta(days=9)
    for _ in range(2):
        make_submission(bob, verdict="memory_limit_exceeded")
    make_submission(alice, verdict="memory_limit_exceeded", experiment="memory-bomb")
    make_submission(alice, verdict="memory_limit_exceeded", created=old)
    make_submission(alice, verdict="ok")
    asked = {"when": "7", "verdict__exact": "memory_limit_exceeded", "experiment": "none"}
    page = admin.get(BY_PERSON, asked).content.decode()
    assert [row[:4] for row in table_of(page)] == [["bob", "2", "0", "2"]]


def test_views_of_the_runs_keep_the_filters(alice: User, admin: ApiClient) -> None:
    make_submission(alice)
    for address in (RUNS, BY_PERSON):
        page = unescape(admin.get(address, {"user": "alice", "p": "1"}).content.decode())
        for view in (RUNS, BY_PERSON, f"{RUNS}export/csv/"):
            assert f'href="{view}?user=alice' in page


def test_people_are_listed_with_state_role_and_runs(
    alice: User, bob: User, admin: ApiClient
) -> None:
    bob.groups.add(Group.objects.create(name="class 4b"))
    alice.is_active = False
    alice.save()
    make_submission(bob)
    rows = {row["shown_name"]: row for row in listed(admin, PEOPLE)}
    assert [rows[name]["shown_state"] for name in ("alice", "bob")] == ["Inactive", "Active"]
    assert [rows[name]["shown_role"] for name in ("alice", "bob", "staff")] == [
        *("–", "class 4b", "Superuser")
    ]
    assert rows["bob"]["shown_runs"] == "1"


@pytest.mark.parametrize(
    ("state", "names"), [("active", {"bob", "staff"}), ("inactive", {"alice"})]
)
def test_people_are_filtered_by_state(
    alice: User, bob: User, admin: ApiClient, state: str, names: set[str]
) -> None:
    alice.is_active = False
    alice.save()
    assert {row["shown_name"] for row in listed(admin, PEOPLE, state=state)} == names


@pytest.mark.parametrize("address", [PEOPLE, RUNS])
def test_no_list_has_an_action_that_deletes(alice: User, admin: ApiClient, address: str) -> None:
    make_submission(alice)
    assert "delete_selected" not in admin.get(address).content.decode()


def test_page_of_a_person_has_runs_lab_tokens_and_sessions(alice: User, admin: ApiClient) -> None:
    make_submission(alice, verdict="disk_limit_exceeded", code="print('mine')")
    make_submission(alice, experiment="fork-bomb", outcome="contained")
    ApiToken.objects.create(user=alice, name="laptop")
    log_in(
        Client(headers={"User-Agent": "Mozilla/5.0 (X11; Linux) Firefox/140.0"}), "alice", PASSWORD
    )
    page = unescape(admin.get(f"/admin/people/{alice.pk}/").content.decode())
    for shown in ("print('mine')", "Disk limit exceeded", "laptop", "Firefox on Linux"):
        assert shown in page
    assert f"1 of {len(offered_attacks())} attacks tried" in page


def test_text_of_a_person_is_inert(alice: User, admin: ApiClient) -> None:
    make_submission(alice, code=NASTY, error=NASTY)
    ApiToken.objects.create(user=alice, name=NASTY[:60])
    session = {"session_key": "k", "ip": "192.0.2.1", "user_agent": NASTY}
    UserSession.objects.create(user=alice, last_seen_at=timezone.now(), **session)
    for address in (f"/admin/people/{alice.pk}/", RUNS, "/admin/submissions/apitoken/"):
        page = admin.get(address).content.decode()
        for active in ("<script>alert", "<img src=x", "\x1b", "\u202e"):
            assert active not in page, (address, active)


def test_page_of_a_person_needs_as_many_queries_for_many_rows(
    alice: User, admin: ApiClient
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            admin.get(f"/admin/people/{alice.pk}/")
        return len(captured)

    make_submission(alice, experiment="fork-bomb", outcome="contained")
    few = queries()
    for slug in list(CATALOGUE)[:20]:
        make_submission(alice, experiment=slug, outcome="contained")
    assert queries() == few < 40


@pytest.mark.parametrize("pk", ["0", "9" * 30])
def test_person_who_does_not_exist_is_not_found(admin: ApiClient, pk: str) -> None:
    assert admin.get(f"/admin/people/{pk}/").status_code in {400, 404}


def grid(client: ApiClient, **query: Any) -> Any:
    """Return the row of each person: the outcome of each attack by family."""
    page = client.get(LAB, query).content.decode()
    if "<tbody>" not in page:
        return {}
    families = list(offered_attacks())
    return {row[0]: dict(zip(families, row[2:], strict=True)) for row in table_of(page)}


def test_grid_has_a_persons_outcome_of_each_attack_in_any_language(
    alice: User, bob: User, admin: ApiClient
) -> None:
    make_submission(alice, experiment="fork-bomb-js", outcome="contained")
    make_submission(alice, experiment="memory-bomb", outcome="breach")
    make_submission(bob, experiment="memory-bomb", outcome="contained", ablation="memory-cgroup")
    found = grid(admin)
    assert found["alice"]["fork-bomb"] == "CContained"  # a letter for the eye, a word for the ear
    assert found["alice"]["memory-bomb"] == "BBreach"
    assert set(found["bob"].values()) == {"·"}
    assert "staff" not in found


def test_grid_is_narrowed_to_those_who_have_not_tried_an_attack(
    alice: User, bob: User, admin: ApiClient
) -> None:
    make_submission(alice, experiment="fork-bomb-js", outcome="contained")
    assert set(grid(admin, missing="fork-bomb")) == {"bob"}
    assert set(grid(admin, missing="memory-bomb")) == {"alice", "bob"}


def test_grid_is_narrowed_to_a_group_and_a_name(alice: User, bob: User, admin: ApiClient) -> None:
    bob.groups.add(Group.objects.create(name="class 4b"))
    assert set(grid(admin, group="class 4b")) == {"bob"}
    assert set(grid(admin, q="LIC")) == {"alice"}
    assert grid(admin, q="nobody") == {}


def test_grid_as_csv_has_the_same(alice: User, bob: User, admin: ApiClient) -> None:
    make_submission(alice, experiment="fork-bomb", outcome="contained")
    answer = admin.get(f"{LAB}csv/", {"q": "alice"})
    [row] = csv.DictReader(io.StringIO(b"".join(stream_of(answer)).decode()))
    shown = [row[name] for name in ("user", "tried", "fork-bomb", "memory-bomb")]
    assert shown == ["alice", "1", "contained", ""]


def test_grid_needs_as_many_queries_for_many_people(
    alice: User, admin: ApiClient, django_user_model: type[User]
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            admin.get(LAB)
        return len(captured)

    few = queries()
    for number in range(20):
        user = django_user_model.objects.create_user(f"u{number}")
        make_submission(user, experiment="fork-bomb", outcome="contained")
    assert queries() == few < 20


def test_entry_of_a_run_is_listed_with_its_run_person_and_verdict(
    alice: User, admin: ApiClient
) -> None:
    made = make_submission(alice, finished=timezone.now(), verdict="cancelled")
    chain.seal()
    page = admin.get(AUDIT).content.decode()
    [row] = rows_of(page)
    assert row["shown_about"] == f"{str(made.pk)[:8]} of alice"
    assert row["shown_verdict"] == "Cancelled"
    assert f"{RUNS}{made.pk}/change/" in page
    assert f'value="{AuditEntry.objects.get().hash}"' in page  # for the button that copies


def test_entries_of_a_page_need_as_many_queries_for_many(alice: User, admin: ApiClient) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            admin.get(AUDIT)
        return len(captured)

    make_submission(alice, finished=timezone.now())
    chain.seal()
    few = queries()
    for _ in range(20):
        make_submission(alice, finished=timezone.now())
    chain.seal()
    assert queries() == few < 20


def test_run_names_its_audit_entry(alice: User, admin: ApiClient) -> None:
    made = make_submission(alice, finished=timezone.now())
    address = f"{RUNS}{made.pk}/change/"
    assert "Not sealed yet" in admin.get(address).content.decode()
    chain.seal()
    assert "Audit entry 1" in admin.get(address).content.decode()


def test_entry_has_no_history_button(alice: User, admin: ApiClient) -> None:
    make_submission(alice, finished=timezone.now())
    chain.seal()
    page = admin.get(f"{AUDIT}1/change/").content.decode()
    assert "/history/" not in page
    assert "/history/" in admin.get(f"{PEOPLE}{alice.pk}/change/").content.decode()
