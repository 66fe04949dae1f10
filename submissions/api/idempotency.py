"""The header Idempotency-Key."""

import json
import re

from django.utils.crypto import salted_hmac
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from ..lifecycle.idempotency import RequestKey

NAME = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
KEY = re.compile(r"[ -~]{1,255}")


def key_of(request: Request) -> RequestKey | None:
    """None without the header. Raises ValidationError for a key that is none."""
    key = request.headers.get(NAME)
    if key is None:
        return None
    if not KEY.fullmatch(key):
        raise ValidationError({NAME: ["Send 1 to 255 printable ASCII characters."]})
    content = json.dumps([request.path, request.data], sort_keys=True)
    digest = salted_hmac("submissions.idempotency", content, algorithm="sha256").hexdigest()
    return RequestKey(key, digest)


KEY_PARAMETER = OpenApiParameter(
    NAME,
    str,
    OpenApiParameter.HEADER,
    description="Your name for this request: repeated under it, it makes nothing new for a day.",
)


def marked(response: Response, is_replay: bool) -> Response:
    if is_replay:
        response[REPLAYED] = "true"
    return response
