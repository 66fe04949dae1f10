"""Polling for the end of a run: how long to pause, and the parameter `wait` by which the server waits."""

import re

from django.http import Http404
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from .. import orders
from ..http import connections
from ..lifecycle.models import Status, Submission

PAUSE_SECONDS = 1
"""Retry-After of an answer about a run that has not finished. Most runs take less."""
WAIT_SECONDS = 30
"""The longest `wait`. Proxies cut a connection that is silent for a minute."""

WAIT_PARAMETER = OpenApiParameter(
    "wait",
    {"type": "integer", "minimum": 0, "maximum": WAIT_SECONDS, "default": 0},
    description="Answer when the run has finished, or after this number of seconds.",
)


def hint(response: Response) -> Response:
    """Add the header Retry-After: when to ask again."""
    response["Retry-After"] = str(PAUSE_SECONDS)
    return response


def wait_if_asked(request: Request, submission: Submission) -> None:
    """Wait for the end if the parameter asks for it, and refresh the row.

    It holds a thread of the server as an open stream does, so it takes a place for streams. Raises
    ValidationError, TooManyStreams, ServiceBusy.
    """
    seconds = _seconds(request)
    if not seconds or submission.status == Status.FINISHED:
        return
    with connections.place(submission.user_id):
        try:
            orders.wait(submission, seconds)
        except Submission.DoesNotExist as error:  # removed: no worker took it in time
            raise Http404 from error


def _seconds(request: Request) -> int:
    given = request.query_params.get("wait", "").strip() or "0"
    if re.fullmatch(r"[0-9]{1,2}", given) and int(given) <= WAIT_SECONDS:
        return int(given)
    raise ValidationError({"wait": [f"Send a whole number of seconds, 0 to {WAIT_SECONDS}."]})
