"""The JSON that a webhook's receiver gets."""

from typing import Any

from rest_framework.renderers import JSONRenderer

from ..webhooks.models import Delivery
from .batches import BatchResult
from .results import RunOutput


def body_of(delivery: Delivery) -> bytes:
    """Return the body of the request as JSON: type, time, and the result."""
    body: bytes = JSONRenderer().render(_content(delivery))
    return body


def _content(delivery: Delivery) -> dict[str, Any]:
    if delivery.submission:
        kind, data = "submission.finished", RunOutput(delivery.submission).data
        entries = [delivery.submission]
    else:
        assert delivery.batch is not None  # noqa: S101 - a constraint of the database
        kind, data = "batch.finished", BatchResult(delivery.batch).data
        entries = list(delivery.batch.submissions.all())
    ends = (one.finished for one in entries if one.finished)
    return {"type": kind, "timestamp": max(ends, default=delivery.created), "data": data}
