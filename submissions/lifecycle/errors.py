"""Why a request to run something is refused."""

from rest_framework import status
from rest_framework.exceptions import APIException, Throttled

ENGINE_RETRY_SECONDS = 5


class ServiceBusy(APIException):
    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_code = "busy"

    def __init__(self, detail: str, *, retry_after: int) -> None:
        super().__init__(detail)
        self.wait = retry_after  # becomes Retry-After


class SandboxUnavailable(APIException):
    """The run was stored and could not be made; the answer names it."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_code = "sandbox_unavailable"
    wait = ENGINE_RETRY_SECONDS


class TooManyRuns(Throttled):
    default_code = "too_many_runs"


class TooManyStreams(Throttled):
    default_code = "too_many_streams"


class StorageFull(Throttled):
    """The user has stored as much today as a day may hold."""

    default_code = "storage_full"


class MoreThanADay(StorageFull):
    """No day holds it, so no waiting helps."""


class NotUnderWay(APIException):
    """There is no run to be ended."""

    status_code = status.HTTP_409_CONFLICT
    default_code = "not_under_way"


class KeyReused(APIException):
    """The Idempotency-Key belongs to another request."""

    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_detail = "This Idempotency-Key came with another request before; use a new one."
    default_code = "idempotency_key_reused"
