"""What a user stores in a day has an end, counted in bytes, exactly, however parallel."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.utils import timezone
from pytest_django import Settings

from executor import Cancellation, Limits, RunRequest, RunResult, Verdict
from submissions.lifecycle import attempt, storage
from submissions.lifecycle.attempt import run_submission
from submissions.lifecycle.errors import MoreThanADay, StorageFull
from submissions.lifecycle.intake import (
    Origin,
    cancel_queued,
    discard_unclaimed,
    submit,
    submit_all,
)
from submissions.lifecycle.models import Status, Submission
from submissions.lifecycle.storage import ROW_BYTES
from submissions.quotas.models import Counter
from tests.support.clients import AsUser
from tests.support.factories import make_submission

pytestmark = [pytest.mark.django_db, pytest.mark.inline]

ORIGIN = Origin(via="session", client_address=None, user_agent="")
SMALL = Limits(output_bytes=1000)
RESERVED = 2 * SMALL.output_bytes


def program(code: str = "1234", **over: Any) -> RunRequest:
    return RunRequest(**{"code": code, "limits": SMALL, **over})


@pytest.fixture
def prints(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Have each run print this."""

    def printing(stdout: str = "", stderr: str = "") -> None:
        end = RunResult(verdict=Verdict.OK, stdout=stdout, stderr=stderr, limits=SMALL, sandbox="x")
        monkeypatch.setattr(attempt, "execute", lambda *args, **options: end)

    return printing


def run(user: User, request: RunRequest) -> None:
    submission = submit(user=user, run=request, origin=ORIGIN)
    run_submission(submission, on_event=lambda event: None, cancellation=Cancellation())


def test_bytes_of_input_and_output_are_counted_not_characters(
    alice: User, prints: Callable[..., None]
) -> None:
    prints(stdout="é" * 10, stderr="𝒳" * 5)
    run(alice, program("ü" * 3, stdin="𝒳" * 7, args=("ab", "ç")))
    assert storage.stored_today(alice.pk) == ROW_BYTES + 6 + 28 + 2 + 2 + 20 + 20


def test_largest_output_is_reserved_until_the_end(alice: User, prints: Callable[..., None]) -> None:
    submission = submit(user=alice, run=program(), origin=ORIGIN)
    assert storage.stored_today(alice.pk) == ROW_BYTES + 4 + RESERVED
    prints("12")
    run_submission(submission, on_event=lambda event: None, cancellation=Cancellation())
    assert storage.stored_today(alice.pk) == ROW_BYTES + 4 + 2


def test_submission_that_does_not_fit_is_refused_and_leaves_nothing(
    alice: User, prints: Callable[..., None], settings: Settings
) -> None:
    settings.STORAGE_BYTES_PER_DAY = ROW_BYTES + 4 + RESERVED
    prints("12")
    run(alice, program())
    with pytest.raises(StorageFull):
        submit(user=alice, run=program(), origin=ORIGIN)
    assert Submission.objects.count() == 1
    assert storage.stored_today(alice.pk) == ROW_BYTES + 6


def test_refusal_is_a_429_that_says_what_is_left_and_until_when(
    alice: User, as_user: AsUser, settings: Settings
) -> None:
    settings.STORAGE_BYTES_PER_DAY = 5000
    answer = as_user(alice).run("print(1)")
    assert answer.status_code == 429
    assert answer.json()["code"] == "storage_full"
    assert answer.json()["detail"].startswith(
        "This may need 132 KiB of storage. Today you have 4 KiB left of 5 KiB. Try again in "
    )
    now = datetime.now(UTC)
    midnight = datetime(now.year, now.month, now.day, tzinfo=UTC) + timedelta(days=1)
    assert abs(int(answer["Retry-After"]) - (midnight - now).total_seconds()) < 60
    assert not Submission.objects.exists()


@pytest.mark.usefixtures("running_dispatcher")
@pytest.mark.parametrize("headers", [{"Prefer": "respond-async"}, {"Accept": "text/event-stream"}])
def test_other_ways_to_run_are_refused_too(
    alice: User, as_user: AsUser, settings: Settings, headers: dict[str, Any]
) -> None:
    settings.STORAGE_BYTES_PER_DAY = 5000
    answer = as_user(alice).post(
        "/run", {"code": "1"}, content_type="application/json", headers=headers
    )
    assert (answer.status_code, answer.json()["code"]) == (429, "storage_full")


def test_batch_fits_as_a_whole_or_not_at_all(
    alice: User, as_user: AsUser, settings: Settings
) -> None:
    settings.STORAGE_BYTES_PER_DAY = 5 * 128 * 1024
    body = {"submissions": [{"code": "1"}] * 4}
    client = as_user(alice)
    storage.reserve(alice, [row_of(alice, 2**18, timezone.now())])
    answer = client.post("/api/batches/", body, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (429, "storage_full")
    assert Submission.objects.count() == 1
    assert storage.stored_today(alice.pk) == 2**18


def test_batch_that_no_day_can_store_is_a_400_that_names_the_field(
    alice: User, as_user: AsUser, settings: Settings
) -> None:
    settings.STORAGE_BYTES_PER_DAY = 3 * 128 * 1024
    body = {"submissions": [{"code": "1"}] * 4}
    answer = as_user(alice).post("/api/batches/", body, content_type="application/json")
    assert answer.status_code == 400
    assert "Send it as smaller batches" in answer.json()["fields"]["submissions"][0]
    assert "Retry-After" not in answer
    assert not Submission.objects.exists()
    assert storage.stored_today(alice.pk) == 0


NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


def row_of(user: User, size: int, created: datetime = NOON) -> Submission:
    code = "x" * (size - ROW_BYTES)
    return make_submission(user, code=code, limits={"output_bytes": 0}, created=created)


def test_refusal_names_what_is_left_and_a_whole_day_fits(alice: User, settings: Settings) -> None:
    settings.STORAGE_BYTES_PER_DAY = 10 * ROW_BYTES
    storage.reserve(alice, [row_of(alice, 4 * ROW_BYTES)])
    with pytest.raises(StorageFull, match="18 KiB left of 30 KiB"), transaction.atomic():
        storage.reserve(alice, [row_of(alice, 10 * ROW_BYTES)])
    storage.reserve(alice, [row_of(alice, 6 * ROW_BYTES)])
    with pytest.raises(StorageFull, match="0 bytes left of 30 KiB"), transaction.atomic():
        storage.reserve(alice, [row_of(alice, ROW_BYTES)])
    with pytest.raises(MoreThanADay), transaction.atomic():
        storage.reserve(alice, [row_of(alice, 10 * ROW_BYTES + 1)])


def test_refusal_in_the_last_second_of_a_day_ends_with_it(alice: User, settings: Settings) -> None:
    settings.STORAGE_BYTES_PER_DAY = ROW_BYTES
    late = NOON.replace(hour=23, minute=59, second=59, microsecond=900_000)
    storage.reserve(alice, [row_of(alice, ROW_BYTES, late)])
    with pytest.raises(StorageFull) as refusal:
        storage.reserve(alice, [row_of(alice, ROW_BYTES, late)])
    assert refusal.value.retry_after == 1


def test_count_of_a_day_is_kept_until_the_runs_of_that_day_have_ended(alice: User) -> None:
    storage.reserve(alice, [row_of(alice, ROW_BYTES)])
    assert Counter.objects.get().expires == datetime(2026, 1, 4, tzinfo=UTC).timestamp()


def test_another_user_is_not_affected(
    alice: User, bob: User, prints: Callable[..., None], settings: Settings
) -> None:
    settings.STORAGE_BYTES_PER_DAY = ROW_BYTES + 4 + RESERVED
    submit(user=alice, run=program(), origin=ORIGIN)
    submit(user=bob, run=program(), origin=ORIGIN)


def test_next_day_begins_at_nothing(
    alice: User, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    settings.STORAGE_BYTES_PER_DAY = ROW_BYTES + 4 + RESERVED
    submit(user=alice, run=program(), origin=ORIGIN)
    tomorrow = timezone.now() + timedelta(days=1)
    monkeypatch.setattr(timezone, "now", lambda: tomorrow)
    assert storage.stored_today(alice.pk) == 0


def test_run_that_ends_after_midnight_is_settled_on_its_own_day(
    alice: User, prints: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    submission = submit(user=alice, run=program(), origin=ORIGIN)
    real = timezone.now
    monkeypatch.setattr(timezone, "now", lambda: real() + timedelta(days=1))
    prints("12")
    run_submission(submission, on_event=lambda event: None, cancellation=Cancellation())
    assert storage.stored_today(alice.pk) == 0
    assert Counter.objects.get(key__startswith="stored:").value == ROW_BYTES + 6


@pytest.mark.parametrize(("end", "left"), [(cancel_queued, ROW_BYTES + 4), (discard_unclaimed, 0)])
def test_reservation_of_a_run_that_never_starts_is_released(
    alice: User, end: Callable[..., Any], left: int
) -> None:
    (submission,) = submit_all(user=alice, runs=[program()], origin=ORIGIN)
    assert end(submission)
    assert storage.stored_today(alice.pk) == left


def test_words_on_an_error_count_too(alice: User) -> None:
    details = {"type": "é", "message": "ab", "line": 1, "column": None, "hint": "c"}
    storage.reserve(alice, [make_submission(alice, code="1", limits={})])
    row = make_submission(alice, limits={}, stdout="o", error="four", error_details=details)
    storage.settle(row)
    words = len("o") + len("four") + 2 + 2 + 1
    assert storage.stored_today(alice.pk) == ROW_BYTES + 1 + words


def test_notes_on_a_session_count_as_they_are_stored(alice: User) -> None:
    """The program may write them itself, so they would be storage that nobody counts."""
    notes = {"kept": True, "not_kept": [{"name": "𝒳" * 80, "reason": "𝒳" * 200}] * 12}
    row = make_submission(alice, code="", stdout="", limits={})
    storage.reserve(alice, [row])
    row.session_end = notes
    storage.settle(row)
    assert storage.stored_today(alice.pk) == ROW_BYTES + len(json.dumps(notes))
    assert storage.stored_today(alice.pk) > 12 * 280 * len(r"\ud835\udcb3")


def test_count_does_not_go_below_nothing(alice: User) -> None:
    """A run from before there was a count gives back what was not reserved."""
    storage.reserve(alice, [make_submission(alice, code="1", limits={"output_bytes": 1})])
    storage.settle(make_submission(alice, limits={"output_bytes": 100_000}, status=Status.FINISHED))
    assert storage.stored_today(alice.pk) == 0


@pytest.mark.django_db(transaction=True)
def test_parallel_submissions_do_not_pass_the_limit_together(
    alice: User, settings: Settings
) -> None:
    settings.STORAGE_BYTES_PER_DAY = 5 * (ROW_BYTES + 4 + RESERVED)
    settings.RUN_MAX_PER_USER = 100

    def one(_: Any) -> bool:
        try:
            submit(user=alice, run=program(), origin=ORIGIN)
        except StorageFull:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(one, range(20))) == 5
    assert storage.stored_today(alice.pk) == settings.STORAGE_BYTES_PER_DAY


@pytest.mark.parametrize(("stdin", "status"), [("𝒳" * 16_385, 400), ("a" * 65_537, 400)])
def test_stdin_is_limited_in_bytes(alice: User, as_user: AsUser, stdin: str, status: int) -> None:
    answer = as_user(alice).run("1", stdin=stdin)
    assert answer.status_code == status
    assert "stdin" in answer.json()["fields"]
    assert len(answer.content) < 1000


@pytest.mark.docker
def test_stdin_of_the_largest_size_is_read(alice: User, as_user: AsUser) -> None:
    answer = as_user(alice).run("print(len(input()))", stdin="𝒳" * 16_384, stdin_verbatim=True)
    assert answer.json()["output"] == "16384\n"


@pytest.mark.parametrize("address", ["/submissions/", "/accounts/data/"])
def test_pages_show_what_is_stored_and_how_long_it_is_kept(
    alice: User, as_user: AsUser, settings: Settings, address: str
) -> None:
    storage.reserve(alice, [row_of(alice, 4096, timezone.now())])
    page = as_user(alice).get(address).content.decode().replace("\xa0", " ")
    assert "You have stored 4 KiB of 200 MiB today. Runs are kept for 90 days." in page
