"""The order of causes: a limit that we enforce outranks its effects."""

import re
import signal
from dataclasses import fields
from typing import Any

import pytest

from executor import Evidence, Verdict
from executor.verdicts import classify
from tests.support.documents import text


@pytest.mark.parametrize(
    ("facts", "verdict"),
    [
        ({"exit_code": 0}, Verdict.OK),
        ({"exit_code": 0, "oom_kills": 3}, Verdict.OK),
        ({"exit_code": 0, "pids_refusals": 3}, Verdict.OK),
        ({"exit_code": 0, "disk_full": True}, Verdict.OK),
        ({"exit_code": 1}, Verdict.RUNTIME_ERROR),
        ({"signal": signal.SIGKILL}, Verdict.RUNTIME_ERROR),
        ({"signal": signal.SIGKILL, "oom_kills": 1}, Verdict.MEMORY_LIMIT_EXCEEDED),
        ({"exit_code": 1, "oom_kills": 1}, Verdict.MEMORY_LIMIT_EXCEEDED),
        ({"signal": 9, "deadline_passed": True}, Verdict.TIME_LIMIT_EXCEEDED),
        ({"signal": 9, "cpu_exhausted": True}, Verdict.TIME_LIMIT_EXCEEDED),
        ({"signal": 9, "deadline_passed": True, "oom_kills": 1}, Verdict.MEMORY_LIMIT_EXCEEDED),
        (
            {"signal": 9, "deadline_passed": True, "pids_refusals": 1},
            Verdict.PROCESS_LIMIT_EXCEEDED,
        ),
        ({"exit_code": 1, "pids_refusals": 1}, Verdict.PROCESS_LIMIT_EXCEEDED),
        ({"signal": 9, "pids_refusals": 9, "oom_kills": 1}, Verdict.PROCESS_LIMIT_EXCEEDED),
        ({"exit_code": 1, "disk_full": True}, Verdict.DISK_LIMIT_EXCEEDED),
        ({"signal": signal.SIGXFSZ}, Verdict.RUNTIME_ERROR),  # anybody may send it
        ({"signal": signal.SIGXFSZ, "disk_full": True}, Verdict.DISK_LIMIT_EXCEEDED),
        ({"exit_code": 1, "compile_failed": True}, Verdict.COMPILE_ERROR),
        ({"exit_code": 0, "output_exceeded": True}, Verdict.OUTPUT_LIMIT_EXCEEDED),
        ({"signal": 9, "cancelled": True, "output_exceeded": True}, Verdict.CANCELLED),
    ],
)
def test_first_rule_that_holds_decides(facts: dict[str, Any], verdict: Verdict) -> None:
    assert classify(Evidence(reported=True, **facts)) is verdict


def test_evidence_claims_nothing_by_default() -> None:
    assert not any(getattr(Evidence(), one.name) for one in fields(Evidence))


@pytest.mark.parametrize(("left", "used_up"), [(None, False), (0, True), (1, False)])
def test_input_is_used_up_where_the_next_read_finds_its_end(
    left: int | None, used_up: bool
) -> None:
    assert Evidence(input_left=left).input_used_up is used_up


def test_exit_without_report_is_our_fault() -> None:
    assert classify(Evidence(exit_code=0)) is Verdict.INTERNAL_ERROR


def test_oom_kill_that_only_the_engine_saw_is_a_memory_limit() -> None:
    assert classify(Evidence(oom_kills=1)) is Verdict.MEMORY_LIMIT_EXCEEDED


def test_deadline_that_only_the_host_saw_is_a_time_limit() -> None:
    assert classify(Evidence(deadline_passed=True)) is Verdict.TIME_LIMIT_EXCEEDED


CAUSES: list[dict[str, Any]] = [
    {"cancelled": True},
    {"output_exceeded": True},
    {"exit_code": 0},
    {"pids_refusals": 1},
    {"oom_kills": 1},
    {"deadline_passed": True, "cpu_exhausted": True},
    {"disk_full": True},
    {"compile_failed": True},
    {"reported": True},
]


def test_order_is_that_of_its_decision_record() -> None:
    record = text("docs/decisions/0010-verdict-order.md")
    verdicts = []
    for first in range(len(CAUSES) + 1):
        facts = {name: fact for cause in CAUSES[first:] for name, fact in cause.items()}
        verdicts.append(classify(Evidence(**facts)))
    assert re.findall(r"^\d+\. `(\w+)`", record, re.MULTILINE) == verdicts
