"""Filters of the list of submissions."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from executor import LAYERS
from executor.experiments import CATALOGUE

from ..lifecycle.models import LANGUAGE_LABELS


class ExperimentFilter(admin.SimpleListFilter):
    """One of the catalogue's attacks, or any."""

    title = "experiment"
    parameter_name = "experiment"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("any", "any"), *((slug, slug) for slug in CATALOGUE)]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() == "any":
            return queryset.exclude(experiment="")
        return queryset.filter(experiment=self.value()) if self.value() else queryset


class LayerFilter(admin.SimpleListFilter):
    """Attacks on a layer, by what the catalogue says of them today."""

    title = "layer attacked"
    parameter_name = "layer"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(layer, layer) for layer in LAYERS]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if not self.value():
            return queryset
        slugs = [slug for slug, one in CATALOGUE.items() if self.value() in one.layers]
        return queryset.filter(experiment__in=slugs)


class LanguageFilter(admin.SimpleListFilter):
    """One of the languages, under the name that the address of a field with choices would have."""

    title = "language"
    parameter_name = "language__exact"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(LANGUAGE_LABELS.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(language=self.value()) if self.value() else queryset


class WeakenedFilter(admin.SimpleListFilter):
    """With all layers, or without one."""

    title = "weakened"
    parameter_name = "weakened"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Yes"), ("no", "No")]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() == "yes":
            return queryset.exclude(ablation="")
        return queryset.filter(ablation="") if self.value() == "no" else queryset
