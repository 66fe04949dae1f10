"""All requests share one serializer of orders and one of results; each has its own values."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, cast
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from executor import Limits
from submissions.lifecycle.models import Status, Submission, Verdict
from submissions.serializers import results as shown
from submissions.serializers import runs
from submissions.serializers.results import RunOutput, result_of
from submissions.serializers.runs import RunOrder, checked_order

DETAILS = {"type": "ValueError", "message": "é", "line": 2, "column": 5, "hint": "Look there."}
STARTED = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
VALUES = [
    {"status": Status.QUEUED},
    {"status": Status.RUNNING, "wall_ms": 0.0},
    *({"verdict": verdict, "error": f"It ended as {verdict}."} for verdict in Verdict),
    {"verdict": "ok", "error": "", "exit_code": 0, "stdout": "4\n", "stderr": "é\0𝒳"},
    {"verdict": "ok", "wall_ms": 12.5, "cpu_ms": 3.0, "memory_peak_bytes": 2**40},
    {"verdict": "internal_error", "wall_ms": 12.5, "signal": 9, "truncated": True},
    {"lane": "slot", "run_number": 7, "sandbox": "0123456789ab", "isolation": "auto"},
    {"lane": "container", "run_number": 1, "warm": False, "isolation": "container"},
    {"error": "ValueError: é (line 2)", "error_details": DETAILS, "exit_code": 1},
    {"error_details": {**DETAILS, "line": None, "hint": None}, "signal": 11},
    {"experiment": "fork-bomb", "ablation": "seccomp", "outcome": "breach", "stdin": "x"},
    {"waited": False, "turn": 3, "started": STARTED, "code": "é", "args": ["a"]},
    {"verdict": "ok", "language": "cobol", "limits": asdict(Limits(wall_seconds=0.5))},
]


def submission(number: int, **over: Any) -> Submission:
    values = {
        "pk": uuid4(),
        "user": User(pk=1),
        "status": Status.FINISHED,
        "limits": asdict(Limits()),
        "stdout": f"{number}\n",
        "finished": timezone.now(),
    }
    return Submission(**{**values, **over})


@pytest.mark.parametrize("values", VALUES, ids=lambda values: "-".join(map(str, values.values())))
def test_result_is_that_of_a_serializer_of_its_own(values: dict[str, Any]) -> None:
    row = submission(1, **values)
    result_of(submission(2, wall_ms=1.0, exit_code=3, stderr="of another"))
    assert result_of(row) == RunOutput(row).data
    assert dict(result_of(row)).keys() == set(RunOutput.Meta.fields)


def test_parallel_results_have_their_own_values() -> None:
    shown._result.cache_clear()  # as in the first requests of a process
    rows = [submission(number, wall_ms=float(number), exit_code=number) for number in range(400)]
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(result_of, rows))
    for number, result in enumerate(results):
        assert (result["output"], result["exit_code"]) == (f"{number}\n", number)
        assert result["usage"]["wall_ms"] == number


NO_REQUEST = cast(Request, None)  # only a webhook's field reads it
BODIES: list[Any] = [
    {"code": "print(1)"},
    {
        "code": "1",
        "language": "javascript",
        "stdin": "a\r\nb",
        "args": ["", "x"],
        "read_only": False,
    },
    {"code": "1", "stdin": "a", "stdin_verbatim": True, "isolation": "container"},
    {"code": "1", "limits": {"wall_seconds": 1, "memory_bytes": 2**26}},
    {"code": "1", "stdin": None, "args": None, "limits": None, "webhook": ""},
    {"code": "1", "limits": {"wall_seconds": 1e9, "nothing": 1}},
    {"code": "1", "limits": {"wall_seconds": 1e-9}},
    {"code": "x" * 2_000_000, "args": [1, 2, 3], "stdin": 4, "unknown": 5},
    {"code": "", "language": ["python"], "webhook": "http://127.0.0.1/"},
    {"webhook": 5},
    {},
    [],
    None,
    "print(1)",
]


def outcome(body: Any, check: Any) -> Any:
    try:
        return dict(check(body))
    except ValidationError as error:
        return error.get_full_details()


def by_its_own_serializer(body: Any) -> Any:
    order = RunOrder(data=body)
    order.is_valid(raise_exception=True)
    return order.validated_data


@pytest.mark.parametrize("body", BODIES, ids=lambda body: str(body)[:40])
def test_order_is_checked_as_by_a_serializer_of_its_own(body: Any) -> None:
    def check(body: Any) -> Any:
        return checked_order(body, NO_REQUEST)

    for before in BODIES:
        outcome(before, check)
    assert outcome(body, check) == outcome(body, by_its_own_serializer)


def test_parallel_orders_have_their_own_values() -> None:
    runs._order.cache_clear()  # as in the first requests of a process
    bodies = [{"code": f"print({number})"} for number in range(400)]
    with ThreadPoolExecutor(8) as pool:
        orders = list(pool.map(lambda body: checked_order(body, NO_REQUEST), bodies))
    assert [order["code"] for order in orders] == [body["code"] for body in bodies]
    assert len({id(order["args"]) for order in orders}) == 400
