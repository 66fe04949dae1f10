"""One list of fields: the executor's dataclasses, the columns and the sealed fields agree."""

from dataclasses import fields

import pytest
from django.contrib.auth.models import User

from executor import ErrorDetails, File, Limits, RunRequest, RunResult, Usage, Verdict
from submissions.audit.facts import FACTS_OF, VERSION, WRITTEN_OF
from submissions.files import store
from submissions.lifecycle import columns
from submissions.lifecycle.models import Submission
from tests.support.factories import make_submission

COLUMNS = {field.attname for field in Submission._meta.concrete_fields}
UNSEALED = {
    "typing",
    "waited",
    "turn",
    "lease",
    "reply_to",
    "streamed",
    "held_until",
    "erased",
    "seal_pending",
}
"""Columns of queueing and retention, which are no evidence."""


def test_each_field_of_a_run_has_its_column() -> None:
    assert set(columns.REQUEST) <= COLUMNS
    assert set(columns.RESULT) <= COLUMNS
    described = set(columns.OF_FILES)
    assert described <= COLUMNS
    stored = {field.name for field in fields(RunRequest)} - {*columns.FILES, *columns.DERIVED}
    assert stored == set(columns.REQUEST)


def test_each_column_is_sealed_or_listed_as_not() -> None:
    sealed = {*FACTS_OF[VERSION], *WRITTEN_OF[VERSION]}
    assert COLUMNS - sealed == UNSEALED
    assert not sealed & UNSEALED


@pytest.mark.django_db
def test_request_comes_back_from_its_row_as_it_was(alice: User) -> None:
    request = RunRequest(
        code="print(1)",
        language="javascript",
        stdin="x",
        args=("a", ""),
        isolation="container",
        read_only=False,
        limits=Limits(cpu_seconds=1.5),
        ablation="seccomp",
        files=(File(name="a/ü", content=b"\0\xff"), File(name="b", content=b"")),
        escapes_bytes=True,
        outputs=True,
        session="mine",
    )
    row = make_submission(alice, via="jobe", **columns.of_request(request))
    store.add_sent([(row.pk, request.files)])
    assert columns.request_of(Submission.objects.get(pk=row.pk)) == request


@pytest.mark.django_db
def test_each_field_of_a_result_is_stored(alice: User) -> None:
    result = RunResult(
        verdict=Verdict.RUNTIME_ERROR,
        stdout="out",
        stderr="err",
        error="It failed.",
        error_details=ErrorDetails(type="ValueError", line=3),
        exit_code=3,
        signal=9,
        truncated=True,
        usage=Usage(wall_ms=1.0, cpu_ms=2.0, memory_peak_bytes=3),
        limits=Limits(),
        image="sha256:x",
        sandbox="box",
        lane="slot",
        run_number=3,
        warm=True,
    )
    make_submission(alice, **columns.of_result(result))
    stored = Submission.objects.values(*columns.RESULT).get()
    assert stored == columns.of_result(result)
    assert all(stored.values())


def test_lists_leave_out_long_fields() -> None:
    assert set(columns.LARGE) == {
        "code",
        "stdin",
        "args",
        "limits",
        "stdout",
        "stderr",
        "evidence",
        "finding",
        "files_in",
        "files_out",
        "files_left_out",
        "session_end",
    }
