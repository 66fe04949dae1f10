"""All answers share one serializer of results; each result has its own values."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from executor import Limits
from submissions.lifecycle.models import Status, Submission, Verdict
from submissions.serializers import runs
from submissions.serializers.runs import RunOutput, result_of

VALUES = [
    {"status": Status.QUEUED},
    {"status": Status.RUNNING, "wall_ms": 0.0},
    *({"verdict": verdict, "error": f"It ended as {verdict}."} for verdict in Verdict),
    {"verdict": "ok", "error": "", "exit_code": 0, "stdout": "4\n", "stderr": "é\0𝒳"},
    {"verdict": "ok", "wall_ms": 12.5, "cpu_ms": 3.0, "memory_peak_bytes": 2**40},
    {"verdict": "internal_error", "wall_ms": 12.5, "signal": 9, "truncated": True},
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


def test_parallel_results_have_their_own_values() -> None:
    runs._result.cache_clear()  # as in the first requests of a process
    rows = [submission(number, wall_ms=float(number), exit_code=number) for number in range(400)]
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(result_of, rows))
    for number, result in enumerate(results):
        assert (result["output"], result["exit_code"]) == (f"{number}\n", number)
        assert result["usage"]["wall_ms"] == number
