"""What was sealed years ago: its digests and hashes stay the same."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from pytest_django import Settings

from submissions.audit.chain import hash_of
from submissions.audit.facts import FACTS, FACTS_OF, WRITTEN_OF, digest_of
from submissions.audit.models import AuditEntry
from submissions.lifecycle.models import Submission


def fixed_submission() -> Submission:
    """Make a row with every sealed field set to a fixed value."""
    moment = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
    return Submission(
        id=UUID(int=7),
        user_id=11,
        username="alice",
        language="python",
        code="print('ü')",
        stdin="in",
        args=["a", "𝒳"],
        read_only=False,
        limits={"memory_bytes": 1, "wall_seconds": 1.5},
        status="finished",
        verdict="runtime_error",
        stdout="out",
        stderr="err",
        error="It failed.",
        error_details={"type": "ValueError", "message": "ü", "line": 3, "column": None},
        exit_code=3,
        signal=None,
        truncated=True,
        evidence={"oom_kills": 2},
        wall_ms=1.25,
        cpu_ms=0.5,
        memory_peak_bytes=4096,
        experiment="fork-bomb",
        ablation="seccomp",
        outcome="contained",
        finding={"reason": "r"},
        image="sha256:0",
        sandbox="abc",
        warm=True,
        worker="w",
        attempt=2,
        created=moment,
        started=moment + timedelta(seconds=1),
        finished=moment + timedelta(seconds=2),
        client_address="10.0.0.1",
        user_agent="curl",
        via="token",
        token_key="sce_1",
        outputs=True,
        files_in=[{"name": "ü", "size": 1, "type": "application/octet-stream", "sha256": "0"}],
        files_out=[{"name": "a.png", "size": 2, "type": "image/png", "sha256": "1"}],
        files_left_out={"too_many": 3},
        session="mine",
        session_end={"kept": True, "sha256": "2", "not_kept": [{"name": "ü", "reason": "r"}]},
    )


@pytest.mark.parametrize(
    ("names", "digest"),
    [
        (FACTS, "08653880e00911aead007086634ba5f142d3c7cf255886a16c0a5215d6bca163"),
        (FACTS_OF[4], "99578a52b2f95f44bda551dd68704ca259829ce9d791ad2f2f23f8c767d7487b"),
        (FACTS_OF[5], "f4529a1ce3eda6ffbb9aa74e9520223369f2623e60ad458397faee56d2ffe49c"),
        (FACTS_OF[7], "6f06295df50940f6f423a00f23597dafe42009b57a450abde292464427d8870a"),
        (WRITTEN_OF[1], "5d5b704463a39ec46cb5a74d176b7acf265cbb7e4ccdef8803b207624a8048b4"),
        (WRITTEN_OF[2], "619773069c6bb97689316842ddad2c67bd9a49f78904223e91685175ef5b1734"),
        (WRITTEN_OF[3], "c8aa15e7070f450090a3ac4c69b6a7fff4479a910d3ef79c37468fe603c4eb20"),
        (WRITTEN_OF[4], "c8aa15e7070f450090a3ac4c69b6a7fff4479a910d3ef79c37468fe603c4eb20"),
        (WRITTEN_OF[5], "2e4ed4c44f0cff6fe36d5d14fd2d20e2b5a49df1b4b32bd417e5a3db45f7c5b4"),
        (WRITTEN_OF[6], "5b3812f91b9e6baeb69e5c687d23fc8f3f0ba2d72016144f3395b915a2484de0"),
    ],
    ids=[
        "facts-1",
        "facts-4",
        "facts-5",
        "facts-7",
        *(f"written-{version}" for version in range(1, 7)),
    ],
)
def test_digests_of_what_was_sealed_years_ago_stay_the_same(
    settings: Settings, names: dict[str, Any] | tuple[str, ...], digest: str
) -> None:
    """If this fails, existing chains break: add a version, and change none."""
    settings.AUDIT_KEY = "golden"
    assert digest_of(fixed_submission(), names) == digest


def test_hash_of_an_entry_written_years_ago_stays_the_same(settings: Settings) -> None:
    settings.AUDIT_KEY = "golden"
    entry = AuditEntry(
        sequence=9,
        created=datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC),
        action="finished",
        submission=UUID(int=7),
        digest="d" * 64,
        data={"finished": "2026-01-02T03:04:07.678901+00:00", "written": "w" * 64},
        previous="p" * 64,
    )
    assert hash_of(entry) == "40aefc6649325098d03f7d87287f242f74010997d6338040c533ebf831884858"
