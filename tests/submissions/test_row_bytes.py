"""What a run takes in the database besides its texts counts as storage, so it is measured."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from executor import Limits, RunRequest, RunResult, Usage, Verdict
from submissions.audit import chain
from submissions.lifecycle import columns, statements
from submissions.lifecycle.intake import Origin, submit
from submissions.lifecycle.models import Status, Submission
from submissions.lifecycle.storage import ROW_BYTES

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.inline,
    pytest.mark.skipif(connection.vendor != "sqlite", reason="counts the pages of SQLite"),
]
ROWS = 500
ADDRESS = "2001:db8:1234:5678:1234:5678:1234:5678"


def used() -> int:
    """Return the bytes of the pages that hold something."""
    numbers = []
    with connection.cursor() as cursor:
        for name in ("page_count", "freelist_count", "page_size"):
            cursor.execute(f"PRAGMA {name}")
            numbers.append(cursor.fetchone()[0])
    pages, free, size = numbers
    return int((pages - free) * size)


def store(user: User, count: int) -> None:
    """Store runs with nothing in them, and the most around them, and seal them."""
    agent, session = "x" * 300, "s" * 64
    origin = Origin(via="token", client_address=ADDRESS, user_agent=agent, token_key="k" * 15)
    for _ in range(count):
        request = RunRequest(code="", session=session, limits=Limits())
        submission = submit(user=user, run=request, origin=origin)
        assert statements.finish(submission, end())
    chain.seal()


def end() -> dict[str, Any]:
    usage = Usage(wall_ms=1234.567, cpu_ms=1234.567, memory_peak_bytes=123456789)
    result = RunResult(
        verdict=Verdict.OK,
        usage=usage,
        limits=Limits(),
        exit_code=0,
        image=f"sha256:{'a' * 64}",
        sandbox="a" * 12,
    )
    over = {"status": Status.FINISHED, "finished": timezone.now()}
    return {**over, **columns.of_result(result)}


def test_empty_run_takes_no_more_than_is_counted_and_not_much_less(
    alice: User, settings: Settings
) -> None:
    settings.STORAGE_BYTES_PER_DAY = 10**12
    store(alice, 100)  # the first pages of each table and index
    before = used()
    store(alice, ROWS)
    assert Submission.objects.count() == 100 + ROWS
    assert 0.8 * ROW_BYTES < (used() - before) / ROWS <= ROW_BYTES
