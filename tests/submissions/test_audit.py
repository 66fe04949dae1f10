"""The audit's chain: every later change, removal or insertion is found and named."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, connection
from django.utils import timezone
from pytest_django import Settings

from submissions.audit.accounts.erasure import delete_account
from submissions.audit.chain import Draft, append, append_found, hash_of, seal
from submissions.audit.configuration import record_settings
from submissions.audit.facts import FACTS_OF, VERSION, WRITTEN, WRITTEN_OF, digest_of
from submissions.audit.models import Action, AuditEntry
from submissions.audit.sealer import Sealer
from submissions.lifecycle.models import Status, Submission
from tests.support.auditing import finished, verify
from tests.support.clients import AsUser
from tests.support.factories import make_submission
from tests.support.present import present
from tests.support.waiting import eventually

pytestmark = pytest.mark.django_db


@pytest.fixture
def chain(alice: User) -> list[Submission]:
    """Seal three submissions in the order in which they finished."""
    now = timezone.now()
    made = [finished(alice, code=str(n), finished=now - timedelta(minutes=9 - n)) for n in range(3)]
    assert seal() == 3
    return made


def sql(statement: str, *parameters: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


def test_untouched_chain_holds(chain: list[Submission]) -> None:
    out, error = verify()
    assert error == ""
    assert "3 entries hold" in out


def test_submissions_are_sealed_once_in_the_order_of_their_ends(chain: list[Submission]) -> None:
    assert seal() == 0
    entries = AuditEntry.objects.order_by("sequence")
    assert [entry.submission for entry in entries] == [submission.pk for submission in chain]
    assert [entry.sequence for entry in entries] == [1, 2, 3]


def test_facts_and_what_was_written_are_sealed_apart_and_nothing_twice(
    chain: list[Submission],
) -> None:
    assert not set(FACTS_OF[VERSION]) & set(WRITTEN)
    submission = Submission.objects.get(pk=chain[0].pk)
    entry = AuditEntry.objects.get(submission=submission.pk)
    submission.code = "erased"
    assert digest_of(submission, FACTS_OF[VERSION]) == entry.digest
    assert digest_of(submission, WRITTEN) != entry.data["written"]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("code", "changed"),
        ("stdout", "changed"),
        ("verdict", "runtime_error"),
        ("user_agent", "changed"),
        ("wall_ms", 1.5),
        ("evidence", '{"oom_kills": 1}'),
        ("ablation", "seccomp"),
        ("outcome", "contained"),
        ("files_in", '[{"name": "a"}]'),
        ("files_out", "[]"),
        ("files_left_out", "{}"),
        ("outputs", True),
    ],
)
def test_submission_changed_by_hand_is_named(
    chain: list[Submission], column: str, value: float | str
) -> None:
    changed = chain[1]
    sql(f"UPDATE submissions_submission SET {column} = %s WHERE code = '1'", value)
    _, error = verify()
    assert error == f"broken at entry 2: submission {changed.pk} was changed"


def test_submission_given_to_another_user_is_named(chain: list[Submission], bob: User) -> None:
    sql("UPDATE submissions_submission SET user_id = %s WHERE code = '2'", bob.pk)
    assert "entry 3" in verify()[1]


def test_content_emptied_without_an_erasure_is_named(chain: list[Submission]) -> None:
    Submission.written.filter(pk=chain[1].pk).update(**WRITTEN, erased=timezone.now())
    assert "entry 2" in verify()[1]


def test_content_written_into_an_erased_submission_is_named(
    chain: list[Submission], alice: User, settings: Settings
) -> None:
    settings.AUDIT_HOLD_DAYS = 0
    delete_account(alice)
    Submission.written.filter(pk=chain[1].pk).update(code="slander")
    assert "entry 2" in verify()[1]


def test_first_of_several_broken_links_is_named(chain: list[Submission]) -> None:
    sql("UPDATE submissions_submission SET code = 'x' WHERE code <> '0'")
    assert "broken at entry 2" in verify()[1]


def test_submission_removed_by_hand_is_named(chain: list[Submission]) -> None:
    removed = chain[0].pk
    Submission.written.filter(pk=removed).delete()
    assert verify()[1] == f"broken at entry 1: submission {removed} was removed"


@pytest.mark.parametrize("column", ["action", "digest", "data", "previous", "hash"])
def test_entry_changed_by_hand_is_named(chain: list[Submission], column: str) -> None:
    data = '{"finished": "2020-01-01T00:00:00+00:00", "written": ""}'
    value = data if column == "data" else "changed"
    sql(f"UPDATE submissions_auditentry SET {column} = %s WHERE sequence = 2", value)
    assert "broken at entry 2" in verify()[1]


def test_entry_removed_by_hand_is_named(chain: list[Submission]) -> None:
    AuditEntry.written.filter(sequence=2).delete()
    assert verify()[1] == "broken at entry 3: entries before it were removed"


def test_entry_forged_without_the_key_is_named(chain: list[Submission], settings: Settings) -> None:
    changed = AuditEntry.objects.get(sequence=3)
    Submission.written.filter(pk=chain[2].pk).update(code="x")
    settings.AUDIT_KEY = "guessed"
    submission = Submission.objects.get(pk=chain[2].pk)
    changed.data["written"] = digest_of(submission, WRITTEN)
    changed.hash = hash_of(changed)
    AuditEntry.written.filter(pk=changed.pk).update(data=changed.data, hash=changed.hash)
    settings.AUDIT_KEY = settings.SECRET_KEY
    assert "broken at entry 3" in verify()[1]


def test_cut_end_of_the_chain_is_found_with_a_noted_head(chain: list[Submission]) -> None:
    out, _ = verify()
    head = out.split()[-1]
    AuditEntry.written.filter(sequence=3).delete()
    Submission.written.filter(pk=chain[2].pk).delete()
    assert verify()[1] == ""
    assert "is not in the chain" in verify("--head", head)[1]


def test_record_that_was_slipped_in_later_is_found(chain: list[Submission], alice: User) -> None:
    made = finished(alice)
    assert str(made.pk) in verify()[1]


def test_submission_that_has_just_finished_may_be_unsealed(
    chain: list[Submission], alice: User
) -> None:
    make_submission(alice, finished=timezone.now())
    out, error = verify()
    assert error == ""
    assert "1 finished submission is not sealed yet" in out


def test_row_without_an_end_does_not_delay_other_seals(
    chain: list[Submission], alice: User
) -> None:
    make_submission(alice, finished=None)
    finished(alice)
    assert seal() == 2
    assert verify()[1] == ""


def test_submission_under_way_is_not_sealed(alice: User) -> None:
    make_submission(alice, status=Status.RUNNING, verdict="")
    assert seal() == 0


def test_settings_are_noted_when_they_change(settings: Settings) -> None:
    assert record_settings() is True
    assert record_settings() is False
    settings.RUN_RATE = "1/d"
    assert record_settings() is True
    noted = AuditEntry.objects.all()[0]
    assert (noted.action, noted.data["RUN_RATE"]) == (Action.SETTINGS, "1/d")
    assert noted.data["limits"]["memory_bytes"] > 0
    assert settings.SECRET_KEY not in str(noted.data)
    assert verify()[1] == ""


def test_account_with_submissions_cannot_be_deleted(
    chain: list[Submission], alice: User, staff: User, as_user: AsUser
) -> None:
    address = f"/admin/auth/user/{alice.pk}/delete/"
    as_user(staff).post(address, {"post": "yes"})
    assert Submission.objects.filter(user__username="alice").count() == 3


@pytest.mark.django_db(transaction=True)
def test_writers_at_the_same_time_make_one_chain_and_seal_nothing_twice(alice: User) -> None:
    made = [finished(alice) for _ in range(20)]
    together = threading.Barrier(4)

    def write() -> None:
        together.wait()
        seal()
        append(Action.SELF_CHECK, {"check": "passed", "reason": ""})
        connection.close()

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert AuditEntry.objects.count() == len(made) + 4
    assert verify()[1] == ""


def outrun(times: int) -> tuple[list[int], Callable[[], list[Draft]]]:
    """Return what finds an entry, while another writer takes its number the first `times` times; and the
    list of its calls."""
    calls: list[int] = []
    data = {"check": "passed", "reason": ""}

    def find() -> list[Draft]:
        calls.append(len(calls))
        if len(calls) <= times:
            append(Action.SELF_CHECK, data)
        return [Draft(action=Action.SELF_CHECK, data=data)]

    return calls, find


def test_writer_that_is_outrun_four_times_looks_again_and_appends_once() -> None:
    calls, find = outrun(4)
    assert append_found(find) == 1
    assert len(calls) == 5
    assert verify()[1] == ""


def test_writer_that_is_outrun_five_times_gives_up() -> None:
    calls, find = outrun(5)
    with pytest.raises(IntegrityError):
        append_found(find)
    assert len(calls) == 5


@pytest.mark.django_db(transaction=True)
def test_finished_submission_is_sealed_behind_the_response(alice: User, settings: Settings) -> None:
    settings.AUDIT_SEAL_SECONDS = 0.05
    sealer = Sealer()
    sealer.start()
    first = finished(alice, finished=timezone.now())
    eventually(lambda: AuditEntry.objects.filter(submission=first.pk).exists())
    second = finished(alice, finished=timezone.now())
    sealer.stop()  # and whatever is left is sealed then
    assert AuditEntry.objects.filter(submission=second.pk).exists()
    assert AuditEntry.objects.filter(action=Action.SETTINGS).count() == 1


def test_older_entry_that_is_spliced_in_again_is_named() -> None:
    """Its own hash is valid; only its link to the previous entry is wrong."""
    append(Action.SELF_CHECK, {"check": "failed", "reason": "a breach"})
    append(Action.SELF_CHECK, {"check": "passed", "reason": ""})
    copied = AuditEntry.objects.get(sequence=2)
    AuditEntry.written.all().delete()
    append(Action.SELF_CHECK, {"check": "passed", "reason": ""})
    AuditEntry.written.bulk_create([copied])
    assert verify()[1] == "broken at entry 2: it does not follow from the one before it"


def test_head_that_was_noted_holds_and_another_at_its_place_does_not(
    chain: list[Submission],
) -> None:
    head = AuditEntry.objects.get(sequence=2)
    assert verify("--head", f"2:{head.hash}")[1] == ""
    other = AuditEntry.objects.get(sequence=3)
    assert "is not in the chain" in verify("--head", f"2:{other.hash}")[1]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("created", timezone.now() - timedelta(days=400)),
        ("started", timezone.now()),
        ("worker", "another"),
        ("via", "basic"),
        ("token_key", "another"),
        ("username", "another"),
    ],
)
def test_when_how_and_by_whom_it_was_sent_cannot_be_changed(
    chain: list[Submission], column: str, value: datetime | str
) -> None:
    Submission.written.filter(pk=chain[1].pk).update(**{column: value})
    assert f"submission {chain[1].pk} was changed" in verify()[1]


@pytest.mark.parametrize("version", [1, 2, 3, 4])
def test_entries_of_an_older_version_still_verify(chain: list[Submission], version: int) -> None:
    """Their seals lack what was added later: name, error parts, lane, files. The first has no version."""
    AuditEntry.written.all().delete()
    later: dict[str, Any] = {"files_out": [{"name": "a"}], "outputs": True}
    later |= {"lane": "slot"} if version < 4 else {}
    later |= {"error_details": {"type": "ValueError"}} if version < 3 else {}
    Submission.written.filter(pk=chain[0].pk).update(**later)
    submission = Submission.objects.get(pk=chain[0].pk)
    entry = AuditEntry(
        sequence=1,
        created=timezone.now(),
        action=Action.FINISHED,
        submission=submission.pk,
        digest=digest_of(submission, FACTS_OF[version]),
        data={
            **({"version": version} if version > 1 else {}),
            "finished": present(submission.finished).isoformat(),
            "written": digest_of(submission, WRITTEN_OF[version]),
        },
    )
    entry.hash = hash_of(entry)
    AuditEntry.written.bulk_create([entry])
    Submission.written.exclude(pk=submission.pk).delete()
    assert verify()[1] == ""
    Submission.written.update(code="changed")
    assert "was changed" in verify()[1]


def test_changed_parts_of_an_error_are_noticed(chain: list[Submission]) -> None:
    Submission.written.filter(pk=chain[0].pk).update(error_details={"type": "ValueError"})
    assert "was changed" in verify()[1]
