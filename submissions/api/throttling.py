"""The rate of submissions: refuses by DRF's way, before the body is read, and tells it in headers."""

from typing import Any

from django.contrib.auth.models import User
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from ..quotas import rates
from ..quotas.rates import Rate


class RunThrottle(BaseThrottle):
    """RUN_RATE submissions per user in a window of time; each POST counts, whatever comes of it."""

    def allow_request(self, request: Request, view: APIView) -> bool:
        if request.method != "POST":
            return True
        assert isinstance(request.user, User)  # noqa: S101 - the permission classes see to it
        self._rate = rates.count(request.user)
        if isinstance(view, Rated):
            view.rate = self._rate
        return not self._rate.is_exceeded

    def wait(self) -> float:
        return float(self._rate.reset_seconds)


class Rated(APIView):
    """A view whose answers tell the rate: RateLimit-* as in draft-polli-ratelimit-headers, in submissions
    and in seconds to the next window."""

    rate: Rate | None = None

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        response = super().finalize_response(request, response, *args, **kwargs)
        if self.rate:
            response["RateLimit-Limit"] = str(self.rate.limit)
            response["RateLimit-Remaining"] = str(self.rate.left)
            response["RateLimit-Reset"] = str(self.rate.reset_seconds)
        return response
