"""The rate of submissions, for DRF."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from ..quotas.rates import _count


class RunThrottle(BaseThrottle):
    """RUN_RATE submissions per user in a window of time; each POST counts, whatever comes of it."""

    def allow_request(self, request: Request, view: APIView) -> bool:
        if request.method != "POST":
            return True
        usage = self._usage = _count(request)
        request._request.run_usage = usage  # type: ignore[attr-defined]
        return not usage["should_limit"]

    def wait(self) -> float:
        return float(self._usage["time_left"])


def add_headers(request: Any, response: Response) -> None:
    """RateLimit-* as in draft-polli-ratelimit-headers: submissions, and seconds to the next window."""
    usage = getattr(request, "run_usage", None)
    if usage is None:
        return
    response["RateLimit-Limit"] = str(usage["limit"])
    response["RateLimit-Remaining"] = str(max(0, usage["limit"] - usage["count"]))
    response["RateLimit-Reset"] = str(usage["time_left"])
