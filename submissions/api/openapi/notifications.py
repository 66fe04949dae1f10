"""The bodies that a webhook's receiver gets, in the OpenAPI document."""

from typing import Any

from rest_framework import serializers

from ...serializers.batches import BatchResult
from ...serializers.results import RunOutput


class RunFinished(serializers.Serializer[Any]):
    """The notification that a run has finished."""

    type = serializers.ChoiceField(choices=["submission.finished"])
    timestamp = serializers.DateTimeField(help_text="When it finished.")
    data = RunOutput()  # type: ignore[assignment] # the metaclass moves it away from DRF's


class BatchFinished(serializers.Serializer[Any]):
    """The notification that all submissions of a batch have finished."""

    type = serializers.ChoiceField(choices=["batch.finished"])
    timestamp = serializers.DateTimeField(help_text="When the last one finished.")
    data = BatchResult()  # type: ignore[assignment] # as above
