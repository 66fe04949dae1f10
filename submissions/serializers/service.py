"""Languages and the pool, as the API shows them."""

from dataclasses import asdict
from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from executor import choices, limits_of, offered

from ..dispatch.dispatcher import dispatcher
from .fields import TextOrNull
from .limits import LowestLimits
from .parts import LimitsOutput


@extend_schema_serializer(component_name="Package")
class PackageOutput(serializers.Serializer[Any]):
    name = serializers.CharField()
    version = serializers.CharField()


@extend_schema_serializer(component_name="LanguageDetails")
class LanguageOutput(serializers.Serializer[Any]):
    """A language, its limits and an example."""

    slug = serializers.CharField(help_text="The value for `language`.")
    label = serializers.CharField()  # type: ignore[assignment]
    family = serializers.CharField(
        help_text="The language itself, of which an environment is a form with packages; else the slug."
    )
    note = serializers.CharField(
        allow_blank=True, help_text="What to know before choosing it; often empty."
    )
    runtime = TextOrNull(
        help_text="Name and version of the runtime, as it reports them; null if unknown at the moment."
    )
    built = serializers.BooleanField(
        allow_null=True,
        help_text="Whether it can run: its image is there; null if unknown at the moment.",
    )
    packages = PackageOutput(
        many=True, help_text="The packages of an environment; empty if it is none, or not built."
    )
    limits = LimitsOutput(help_text="The most that a request may ask for.")
    lowest_limits = LowestLimits(help_text="The least that a request may ask for in its limits.")
    example = serializers.CharField(help_text="A program that prints Hello World.")


def languages() -> list[dict[str, Any]]:
    """Return the JSON of the offered languages, with what this process knows of their images."""
    images = dispatcher().images()
    known = [
        {
            "slug": slug,
            "label": language.label,
            "family": language.family,
            "note": language.note,
            "runtime": images[slug].runtime,
            "built": images[slug].is_built,
            "packages": [
                {"name": name, "version": version}
                for name, version in images[slug].packages.items()
            ],
            "limits": asdict(limits_of(language)),
            "lowest_limits": {name: one.least for name, one in choices(language).items()},
            "example": language.hello,
        }
        for slug, language in offered().items()
    ]
    return [dict(LanguageOutput(one).data) for one in known]


@extend_schema_serializer(component_name="Pool")
class PoolOutput(serializers.Serializer[Any]):
    """State of the pool. Totals count from the start of the process."""

    ready = serializers.DictField(
        child=serializers.IntegerField(), help_text="Idle sandboxes, by language."
    )
    target = serializers.DictField(
        child=serializers.IntegerField(),
        help_text="How many sandboxes should be idle, by language.",
    )
    slots = serializers.DictField(
        child=serializers.IntegerField(),
        help_text="Idle slots, which wait for their users' next runs, by language.",
    )
    busy = serializers.IntegerField(help_text="Sandboxes in which a program runs.")
    waiting = serializers.IntegerField(help_text="Requests that wait for a sandbox.")
    served_warm = serializers.IntegerField()
    served_cold = serializers.IntegerField()
    served_again = serializers.IntegerField(
        help_text="Runs in a slot that had served their user before; they count as warm, too."
    )
    created = serializers.IntegerField()
    destroyed = serializers.IntegerField()
    failures = serializers.IntegerField(
        help_text="Sandboxes that failed to start or were found dead."
    )
