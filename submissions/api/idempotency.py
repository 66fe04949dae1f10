"""The header Idempotency-Key."""

import json
import re
from typing import TypeVar

from django.http import HttpResponseBase
from django.utils.crypto import salted_hmac
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from ..lifecycle.idempotency import RequestKey

NAME = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
Answer = TypeVar("Answer", bound=HttpResponseBase)
KEY = re.compile(r"[ -~]{1,255}")


def key_of(request: Request) -> RequestKey | None:
    """Return the key with a digest of the request; None without the header. Raises ValidationError."""
    key = request.headers.get(NAME)
    if key is None:
        return None
    if not KEY.fullmatch(key):
        raise ValidationError({NAME: ["Send 1 to 255 printable ASCII characters."]})
    # With the path, a key of a run never names a batch.
    content = json.dumps([request.path, request.data], sort_keys=True)
    digest = salted_hmac("submissions.idempotency", content, algorithm="sha256").hexdigest()
    return RequestKey(key, digest)


KEY_PARAMETER = OpenApiParameter(
    NAME,
    str,
    OpenApiParameter.HEADER,
    description="Repeating the request with the same key returns the first result, for a day.",
)


def mark_replay(response: Answer, is_replay: bool) -> Answer:
    """Add the header Idempotency-Replayed if the key was used before."""
    if is_replay:
        response[REPLAYED] = "true"
    return response
