"""A container for each run: who may ask for it, and that nobody can take it back."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from executor import Image, Probe
from submissions import orders
from submissions.accounts.isolation import is_strict, make_strict
from submissions.audit.accounts.freezing import freeze
from submissions.audit.chain import seal
from submissions.dispatch import broker, host, local, registry, worker
from submissions.dispatch.models import Worker
from submissions.dispatch.remote import RemoteDispatcher
from submissions.lifecycle.models import Submission
from tests.support.auditing import broken
from tests.support.clients import AsUser, post_async, post_batch
from tests.support.factories import make_submission

pytestmark = pytest.mark.django_db
PAGE = "/accounts/isolation/"


@pytest.fixture(autouse=True)
def _open_site(settings: Settings) -> None:
    settings.EXECUTOR_ISOLATION = "auto"


@pytest.mark.inline
@pytest.mark.parametrize("of_the_site", ["auto", "container"])
@pytest.mark.parametrize("of_the_user", ["auto", "container"])
@pytest.mark.parametrize("of_the_request", [None, "auto", "container"])
def test_run_shares_a_container_only_if_site_user_and_request_leave_it_open(
    settings: Settings,
    alice: User,
    as_user: AsUser,
    of_the_site: str,
    of_the_user: str,
    of_the_request: str | None,
) -> None:
    settings.EXECUTOR_ISOLATION = of_the_site
    if of_the_user == "container":
        make_strict(alice)
    fields: dict[str, Any] = {"isolation": of_the_request} if of_the_request else {}
    client = as_user(alice)
    assert post_async(client, **fields).status_code == 202
    assert post_batch(client, [{"code": "print(1)", **fields}]).status_code == 202
    asked = {of_the_site, of_the_user, of_the_request}
    strictest = "container" if "container" in asked else "auto"
    found = Submission.objects.values_list("isolation", flat=True)
    assert list(found) == [strictest, strictest]


def test_another_word_for_the_isolation_is_refused(alice: User, as_user: AsUser) -> None:
    answer = as_user(alice).run(isolation="none")
    assert answer.status_code == 400
    assert "Choose one of: auto, container." in answer.content.decode()


def test_user_chooses_on_a_page_and_only_for_oneself(
    alice: User, bob: User, as_user: AsUser
) -> None:
    client = as_user(alice)
    assert b"Each request decides" in client.get(PAGE).content
    assert client.post(PAGE, {"isolation": "container"}).status_code == 302
    assert b"Each of your runs gets a container of its own" in client.get(PAGE).content
    assert (is_strict(alice), is_strict(bob)) == (True, False)
    client.post(PAGE, {"isolation": "nonsense"})
    assert is_strict(alice)
    client.post(PAGE, {"isolation": "auto"})
    assert not is_strict(alice)


def test_page_of_a_strict_site_has_no_button(
    settings: Settings, alice: User, as_user: AsUser
) -> None:
    settings.EXECUTOR_ISOLATION = "container"
    page = as_user(alice).get(PAGE).content.decode()
    assert "On this site each run gets a container of its own" in page
    assert 'name="isolation"' not in page


def test_staff_see_a_strict_account_and_the_lane_of_a_run(
    alice: User, staff: User, as_user: AsUser
) -> None:
    make_strict(alice)
    run = make_submission(alice, lane="slot", run_number=7, sandbox="abcdef012345")
    desk = as_user(staff)
    assert "A container for each run" in desk.get(f"/admin/people/{alice.pk}/").content.decode()
    page = desk.get(f"/admin/submissions/submission/{run.pk}/change/").content.decode()
    assert "Run 7 of a container" in page
    assert "abcdef012345" in page


def test_owner_reads_lane_container_and_number_by_the_api_and_on_the_page(
    alice: User, as_user: AsUser
) -> None:
    run = make_submission(alice, lane="slot", run_number=7, sandbox="abcdef012345")
    client = as_user(alice)
    shown = client.get(f"/api/submissions/{run.pk}/").json()
    names = ("isolation", "lane", "sandbox", "run_number")
    assert [shown[name] for name in names] == ["auto", "slot", "abcdef012345", 7]
    page = client.get(f"/submissions/{run.pk}/").content.decode()
    assert "Run 7 of a container" in page
    assert "abcdef012345" in page


def test_run_that_has_not_begun_has_no_lane(alice: User, as_user: AsUser) -> None:
    run = make_submission(alice, status="queued", verdict="", stdout="")
    shown = as_user(alice).get(f"/api/submissions/{run.pk}/").json()
    assert [shown[name] for name in ("lane", "sandbox", "run_number")] == [None, None, None]


@pytest.mark.parametrize(
    "changed", [{"lane": "container"}, {"run_number": 2}, {"isolation": "container"}]
)
def test_changed_lane_is_noticed_in_the_audit(alice: User, changed: dict[str, Any]) -> None:
    run = make_submission(alice, lane="slot", run_number=1, finished=timezone.now())
    seal()
    assert broken() == ""
    Submission.written.filter(pk=run.pk).update(**changed)
    assert "was changed" in broken()


# --- The lane in use ---

LOST = Probe(lane="container", step="/proc", reason="Operation not permitted")


@pytest.mark.inline
def test_operators_read_the_lane_and_strangers_no_words_of_the_system(
    client: Client, staff: User, as_user: AsUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "lane_state", lambda: LOST)
    body = client.get("/healthz").json()
    assert body["lanes"] == [{"lane": "container", "step": "/proc"}]
    page = as_user(staff).get("/admin/").content.decode()
    assert "Lane container" in page
    assert "/proc: Operation not permitted" in page


@pytest.mark.inline  # a real worker would report, too
def test_lanes_of_the_workers_are_told_apart_and_an_older_worker_has_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reports: list[Any] = []
    for lane in (Probe(lane="slot"), Probe(lane="slot"), LOST):
        monkeypatch.setattr(registry, "lane_state", lambda lane=lane: lane)
        monkeypatch.setattr(registry, "this_process", lambda: f"worker {len(reports)}")
        monkeypatch.setattr(registry, "image_of", lambda language: Image())
        registry.report()
        reports.append(lane)
    assert registry.lanes() == [LOST, Probe(lane="slot")]
    Worker.objects.filter(name="worker 2").update(
        state={
            name: value
            for name, value in Worker.objects.get(name="worker 2").state.items()
            if name != "lane"
        }
    )
    assert [one.lane for one in registry.lanes()] == ["container", "slot"]


# --- Users who may run nothing any more ---


@pytest.fixture
def retired(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The users whose slots are retired in this process."""
    seen: list[Any] = []
    for module in (local, worker, host):
        monkeypatch.setattr(module, "retire_slots", seen.append)
    return seen


@pytest.mark.inline
def test_frozen_users_slots_retire_at_once(
    alice: User, staff: User, as_user: AsUser, retired: Any
) -> None:
    as_user(staff).post("/admin/people/freeze/", {"people": alice.pk, "reason": "No."})
    assert retired == [alice.pk]


def test_every_worker_is_told_of_a_closed_account_and_retires_its_slots(
    alice: User, retired: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broker, "broadcast", worker.obey)
    RemoteDispatcher().retire_slots(alice)
    assert retired == [alice.pk]


def test_account_that_was_closed_elsewhere_loses_its_slots_too(
    alice: User, bob: User, staff: User, retired: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    freeze(alice, reason="No.", by=staff)
    monkeypatch.setattr(host, "owners_of_slots", lambda: {alice.pk, bob.pk, 10**6})
    host.retire_slots_of_closed()
    assert sorted(retired) == [alice.pk, 10**6]


@pytest.mark.inline
def test_deleted_account_keeps_no_slot(alice: User, retired: Any) -> None:
    orders.close_runs(alice)
    assert retired == [alice.pk]
