"""The rate limit of submissions as a DRF throttle, applied before the body is read, and its headers."""

from typing import Any, NoReturn

from django.contrib.auth.models import User
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from ...lifecycle.errors import RateExceeded
from ...quotas import rates
from ...quotas.rates import Rate


class RunThrottle(BaseThrottle):
    """RUN_RATE submissions per user and time window. Each POST counts, also one that is refused."""

    def allow_request(self, request: Request, view: APIView) -> bool:
        if request.method != "POST":
            return True
        assert isinstance(request.user, User)  # noqa: S101 - the permission classes ensure it
        self._rate = rates.count(request.user)
        if isinstance(view, RateLimited):
            view.rate = self._rate
        return not self._rate.is_exceeded

    def wait(self) -> float:
        return float(self._rate.reset_seconds)


class RateLimited(APIView):
    """A view whose answers have the headers RateLimit-*, as in draft-polli-ratelimit-headers.

    Limit and remaining are submissions, reset is seconds to the next window.
    """

    rate: Rate | None = None

    def throttled(self, request: Request, wait: float | None) -> NoReturn:
        assert self.rate is not None  # noqa: S101 - RunThrottle has set it
        raise RateExceeded(self.rate.sentence, retry_after=self.rate.reset_seconds)

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        response = super().finalize_response(request, response, *args, **kwargs)
        if self.rate:
            response["RateLimit-Limit"] = str(self.rate.limit)
            response["RateLimit-Remaining"] = str(self.rate.left)
            response["RateLimit-Reset"] = str(self.rate.reset_seconds)
        return response
