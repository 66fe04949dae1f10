"""Pages and admin of asynchronous runs: contents and permissions."""

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from submissions.api import events
from submissions.lifecycle.models import Batch, BatchEntry, Status, Submission
from submissions.webhooks.models import Delivery, WebhookSecret
from tests.support.clients import AsUser
from tests.support.factories import make_submission
from tests.support.streams import events_in, join, stream_of

# No worker is to take what is put into the queue here.
pytestmark = [pytest.mark.django_db, pytest.mark.inline]

NASTY = "https://hooks.example/<script>alert(1)</script>\x1b[31m\u202e"


@pytest.fixture
def pieces(alice: User) -> tuple[Submission, Batch, Delivery, Delivery]:
    """Make a batch with one submission, and a delivery of each."""
    submission = make_submission(alice)
    batch = Batch.objects.create(user=alice)
    BatchEntry.objects.create(batch=batch, submission=submission, position=0)
    one = Delivery.objects.create(user=alice, submission=submission, url=NASTY)
    two = Delivery.objects.create(user=alice, batch=batch, url=NASTY, status_code=503)
    return submission, batch, one, two


@pytest.mark.parametrize("status", [Status.QUEUED, Status.RUNNING])
def test_page_of_what_is_under_way_can_be_watched_and_stopped(
    alice: User, as_user: AsUser, status: Status
) -> None:
    submission = make_submission(alice, status=status, verdict="", stdout="")
    page = as_user(alice).get(f"/submissions/{submission.pk}/").content.decode()
    assert f'data-address="/api/submissions/{submission.pk}/"' in page
    assert "submissions/watch.js" in page
    assert f'action="/submissions/{submission.pk}/cancel/"' in page
    assert "Run again" not in page


def test_page_of_a_finished_submission_is_static(alice: User, as_user: AsUser) -> None:
    page = as_user(alice).get(f"/submissions/{make_submission(alice).pk}/").content.decode()
    assert "watch.js" not in page
    assert "/cancel/" not in page


def test_history_marks_unfinished_submissions(alice: User, as_user: AsUser) -> None:
    make_submission(alice)
    assert "data-under-way" not in as_user(alice).get("/submissions/").content.decode()
    running = make_submission(alice, status=Status.RUNNING, verdict="")
    page = as_user(alice).get("/submissions/").content.decode()
    assert f'<tr id="run-{running.pk}" data-under-way>' in page


def test_queued_run_is_stopped_by_its_page(alice: User, as_user: AsUser) -> None:
    submission = make_submission(alice, status=Status.QUEUED, verdict="")
    answer = as_user(alice).post(f"/submissions/{submission.pk}/cancel/")
    assert (answer.status_code, answer["Location"]) == (302, f"/submissions/{submission.pk}/")
    assert Submission.objects.get().verdict == "cancelled"


def test_stopping_a_finished_run_shows_its_end(alice: User, as_user: AsUser) -> None:
    submission = make_submission(alice)
    assert as_user(alice).post(f"/submissions/{submission.pk}/cancel/").status_code == 302
    assert Submission.objects.get().verdict == "ok"


@pytest.mark.parametrize("viewer", ["bob", "staff"])
def test_others_cannot_stop_it(
    alice: User, as_user: AsUser, request: pytest.FixtureRequest, viewer: str
) -> None:
    submission = make_submission(alice, status=Status.QUEUED, verdict="")
    client = as_user(request.getfixturevalue(viewer))
    assert client.post(f"/submissions/{submission.pk}/cancel/").status_code == 404
    assert client.get(f"/submissions/{submission.pk}/cancel/").status_code == 405
    assert Submission.objects.get().status == Status.QUEUED


def test_stopping_needs_the_csrf_token(alice: User, as_user: AsUser) -> None:
    submission = make_submission(alice, status=Status.QUEUED, verdict="")
    client = as_user(alice, enforce_csrf_checks=True)
    assert client.post(f"/submissions/{submission.pk}/cancel/").status_code == 403


def test_stream_of_a_queued_submission_ends_with_a_time_to_retry(
    alice: User, as_user: AsUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A follower holds a thread of the server, and a queue may be long."""
    monkeypatch.setattr(events, "JOINED_SECONDS", 0.0)
    submission = make_submission(alice, status=Status.QUEUED, verdict="")
    answer = join(as_user(alice), submission.pk)
    chunks = list(stream_of(answer))
    assert list(events_in(chunks)) == [("queued", {})]
    assert b"retry: 1000\n" in b"".join(chunks)
    answer.close()


def test_webhook_page_makes_a_secret_and_shows_it_once(alice: User, as_user: AsUser) -> None:
    client = as_user(alice)
    assert "You have no secret yet" in client.get("/accounts/webhooks/").content.decode()
    assert not WebhookSecret.objects.exists()
    page = client.post("/accounts/webhooks/").content.decode()
    assert "whsec_" in page
    assert 'aria-label="Your account"' in page
    assert "style=" not in page
    page = client.get("/accounts/webhooks/").content.decode()
    assert "whsec_" not in page
    assert "Created" in page
    assert "valid" in client.post("/accounts/webhooks/").content.decode()


def test_webhook_page_shows_ones_own_deliveries_inert(
    alice: User, bob: User, as_user: AsUser, pieces: tuple[Submission, Batch, Delivery, Delivery]
) -> None:
    page = as_user(alice).get("/accounts/webhooks/").content.decode()
    assert "503" in page
    assert "Pending" in page
    assert "<script>alert" not in page
    assert "\x1b" not in page
    assert "hooks.example" not in as_user(bob).get("/accounts/webhooks/").content.decode()


@pytest.mark.parametrize("kind", ["batch", "delivery"])
def test_staff_see_batches_and_deliveries_and_change_nothing(
    alice: User,
    staff: User,
    as_user: AsUser,
    pieces: tuple[Submission, Batch, Delivery, Delivery],
    kind: str,
) -> None:
    client, one = as_user(staff), pieces[1] if kind == "batch" else pieces[3]
    changelist = reverse(f"admin:submissions_{kind}_changelist")
    change = reverse(f"admin:submissions_{kind}_change", args=[one.pk])
    for address in (changelist, change, f"{changelist}?q=alice"):
        page = client.get(address)
        assert page.status_code == 200
        assert "alice" in page.content.decode()
        assert "<script>alert" not in page.content.decode()
        assert "\x1b" not in page.content.decode()
    for address in (f"{changelist}add/", f"{change[:-7]}delete/"):
        assert client.get(address).status_code == 403
        assert client.post(address, {"post": "yes"}).status_code == 403
    assert client.post(change, {"url": "https://x.example/"}).status_code == 403
    delete = {"action": "delete_selected", "_selected_action": [str(one.pk)], "post": "yes"}
    client.post(changelist, delete)
    assert type(one).objects.filter(pk=one.pk).exists()


def test_salts_are_not_in_the_admin(staff: User, as_user: AsUser) -> None:
    assert as_user(staff).get("/admin/submissions/webhooksecret/").status_code == 404


@pytest.mark.parametrize(
    "address", ["/run", "/api/batches/", "/api/deliveries/", "/api/webhook-secret/"]
)
def test_browsable_pages_work(
    alice: User, as_user: AsUser, pieces: tuple[Submission, Batch, Delivery, Delivery], address: str
) -> None:
    as_user(alice).post("/api/webhook-secret/")
    page = as_user(alice).get(address, headers={"Accept": "text/html"})
    assert page.status_code == 200
    assert page["Content-Type"].startswith("text/html")
    assert "<script>alert" not in page.content.decode()


def test_batch_can_be_browsed(
    alice: User, as_user: AsUser, pieces: tuple[Submission, Batch, Delivery, Delivery]
) -> None:
    address = f"/api/batches/{pieces[1].pk}/"
    page = as_user(alice).get(address, headers={"Accept": "text/html"})
    assert page.status_code == 200
    assert "<script>alert" not in page.content.decode()
