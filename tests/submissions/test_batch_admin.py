"""Batches and deliveries in the audit are read-only."""

import re
from html import unescape
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission, User
from django.test import RequestFactory
from django.urls import reverse

from submissions.lifecycle.models import Batch, BatchEntry
from submissions.webhooks.models import Delivery
from tests.support.clients import AsUser
from tests.support.factories import make_submission
from tests.support.present import present

pytestmark = pytest.mark.django_db

BATCHES = "/admin/submissions/batch/"
DELIVERIES = "/admin/submissions/delivery/"
CELL = re.compile(r'<t[dh] class="field-(\w+)[^"]*">(.*?)</t[dh]>', re.DOTALL)


@pytest.fixture
def batch(alice: User) -> Batch:
    made = Batch.objects.create(user=alice)
    for position, verdict in enumerate(("ok", "runtime_error")):
        submission = make_submission(alice, verdict=verdict)
        BatchEntry.objects.create(batch=made, submission=submission, position=position)
    return made


@pytest.fixture
def delivery(alice: User) -> Delivery:
    hostile = "https://hooks.example/\u202etxt.exe\x1b[31m<script>alert(1)</script>"
    return Delivery.objects.create(user=alice, url=hostile, submission=make_submission(alice))


def address(one: Delivery | Batch, page: str = "change") -> str:
    return reverse(f"admin:submissions_{one._meta.model_name}_{page}", args=[one.pk])


def test_batch_page_shows_its_submissions_with_their_ends(
    batch: Batch, staff: User, as_user: AsUser
) -> None:
    page = as_user(staff).get(address(batch)).content.decode()
    for entry in batch.entries.all():
        assert str(entry.submission_id) in page
    assert "Runtime error" in page
    assert "Finished" in page


def test_batch_page_has_nothing_to_fill_in_or_to_press(
    batch: Batch, staff: User, as_user: AsUser
) -> None:
    page = as_user(staff).get(address(batch)).content.decode()
    content = page[page.index('id="content"') :]
    fields = re.findall(r"<(?:input|select|textarea|button)\b[^>]*>", content)
    assert [field for field in fields if "hidden" not in field] == []
    assert "-DELETE" not in content


@pytest.mark.parametrize("prefix", ["entries"])
def test_batchs_entries_cannot_be_changed_added_or_removed(
    batch: Batch, alice: User, staff: User, as_user: AsUser, prefix: str
) -> None:
    stranger = make_submission(alice)
    first, second = batch.entries.all()
    forms: dict[str, int | str] = {f"{prefix}-TOTAL_FORMS": 3, f"{prefix}-INITIAL_FORMS": 2}
    for number, entry in enumerate((first, second)):
        forms |= {
            f"{prefix}-{number}-submission": str(entry.pk),
            f"{prefix}-{number}-batch": str(batch.pk),
            f"{prefix}-{number}-position": 7 + number,
        }
    forms |= {f"{prefix}-1-DELETE": "on", f"{prefix}-2-submission": str(stranger.pk)}
    answer = as_user(staff).post(address(batch), forms | {f"{prefix}-2-position": 9})
    assert answer.status_code == 403
    kept = [(entry.pk, entry.position) for entry in batch.entries.all()]
    assert kept == [(first.pk, 0), (second.pk, 1)]


def test_entries_stay_read_only_for_staff_who_may_change_batches(
    batch: Batch, staff: User, as_user: AsUser, rf: RequestFactory
) -> None:
    """Even if the batch's page can be edited, its entries cannot."""
    request = rf.get("/")
    request.user = staff
    (inline,) = admin.site.get_model_admin(Batch).get_inline_instances(request, batch)
    assert not inline.has_add_permission(request, batch)
    assert not inline.has_change_permission(request, batch)
    assert not inline.has_delete_permission(request, batch)
    assert set(inline.get_readonly_fields(request, batch)) == set(present(inline.fields))


@pytest.mark.parametrize("page", ["change", "changelist"])
def test_address_of_a_delivery_is_shown_inert(
    delivery: Delivery, staff: User, as_user: AsUser, page: str
) -> None:
    where = address(delivery) if page == "change" else DELIVERIES
    content = as_user(staff).get(where).content.decode()
    assert "hooks.example" in content
    for active in ("\u202e", "\x1b", "<script>alert"):
        assert active not in content


@pytest.mark.parametrize("page", ["change", "delete"])
def test_delivery_cannot_be_changed_or_removed(
    delivery: Delivery, staff: User, as_user: AsUser, page: str
) -> None:
    answer = as_user(staff).post(
        address(delivery, page), {"post": "yes", "url": "https://x.example"}
    )
    assert answer.status_code == 403
    assert Delivery.objects.get().url == delivery.url


def test_staff_need_the_permission_to_look(batch: Batch, bob: User, as_user: AsUser) -> None:
    bob.is_staff = True
    bob.save()
    assert as_user(bob).get(address(batch)).status_code == 403
    bob.user_permissions.add(Permission.objects.get(codename="view_batch"))
    assert as_user(bob).get(address(batch)).status_code == 200


def columns(page: str) -> Any:
    """Return the text of each cell of a list's rows, by column."""
    return [
        {name: unescape(re.sub(r"<[^>]*>", "", cell)) for name, cell in CELL.findall(row)}
        for row in re.findall(r"<tr>(?:(?!</tr>).)*field-shown_created.*?</tr>", page, re.DOTALL)
    ]


def test_batch_list_shows_user_time_and_size(batch: Batch, staff: User, as_user: AsUser) -> None:
    (row,) = columns(as_user(staff).get(BATCHES).content.decode())
    assert (row["user"], row["size"]) == ("alice", "2")
    assert str(batch.created.year) in row["shown_created"]


def test_batch_list_is_ordered_by_size(
    batch: Batch, bob: User, staff: User, as_user: AsUser
) -> None:
    Batch.objects.create(user=bob)
    sizes = [
        [row["size"] for row in columns(as_user(staff).get(BATCHES, {"o": order}).content.decode())]
        for order in ("2", "-2")
    ]
    assert sizes == [["0", "2"], ["2", "0"]]


@pytest.mark.parametrize("query", ["id", "user"])
def test_batch_list_is_searched_by_id_and_user(
    batch: Batch, bob: User, staff: User, as_user: AsUser, query: str
) -> None:
    Batch.objects.create(user=bob)
    wanted = {"id": str(batch.pk), "user": "ali"}[query]
    rows = columns(as_user(staff).get(BATCHES, {"q": wanted}).content.decode())
    assert [row["user"] for row in rows] == ["alice"]


def test_delivery_list_shows_how_each_went(
    delivery: Delivery, staff: User, as_user: AsUser
) -> None:
    Delivery.objects.update(state="failed", attempts=8, status_code=500, problem="it answered <b>")
    (row,) = columns(as_user(staff).get(DELIVERIES).content.decode())
    shown = [row[name] for name in ("user", "state", "attempts", "status_code", "problem")]
    assert shown == ["alice", "Failed", "8", "500", "it answered <b>"]
    assert row["shown_url"].startswith("https://hooks.example/")


@pytest.mark.parametrize("one", ["batch", "delivery"])
def test_record_cannot_be_added_or_deleted_from_its_list(
    one: str, staff: User, as_user: AsUser, request: pytest.FixtureRequest
) -> None:
    record = request.getfixturevalue(one)
    client, where = as_user(staff), f"/admin/submissions/{one}/"
    assert client.get(f"{where}add/").status_code == 403
    client.post(where, {"action": "delete_selected", "_selected_action": record.pk, "post": "yes"})
    assert type(record).objects.filter(pk=record.pk).exists()
