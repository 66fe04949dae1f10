"""The service's languages and sandboxes."""

from rest_framework import serializers

from .runs import LimitsOutput


class LanguageOutput(serializers.Serializer):
    slug = serializers.CharField(help_text="What goes into `language`.")
    label = serializers.CharField()  # type: ignore[assignment]
    runtime = serializers.CharField(help_text="What the runtime calls itself.")
    limits = LimitsOutput()
    example = serializers.CharField(help_text="A program that prints Hello World.")


class PoolOutput(serializers.Serializer):
    """Counts are since the start of the process."""

    ready = serializers.DictField(
        child=serializers.IntegerField(), help_text="Waiting sandboxes, by language."
    )
    target = serializers.DictField(
        child=serializers.IntegerField(), help_text="How many sandboxes should wait, by language."
    )
    busy = serializers.IntegerField(help_text="Sandboxes in which a program runs.")
    waiting = serializers.IntegerField(help_text="Requests that wait for a sandbox.")
    served_warm = serializers.IntegerField()
    served_cold = serializers.IntegerField()
    created = serializers.IntegerField()
    destroyed = serializers.IntegerField()
    failures = serializers.IntegerField(help_text="Could not be made, or were found dead.")
