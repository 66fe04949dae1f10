"""Filters of the list of submissions."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from executor import LAYERS
from executor.experiments import CATALOGUE

from ..lifecycle.models import LANGUAGE_LABELS, Submission


class ExperimentFilter(admin.SimpleListFilter):
    """Runs of one of the catalogue's attacks, or of any."""

    title = "experiment"
    parameter_name = "experiment"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("any", "any"), *((slug, slug) for slug in CATALOGUE)]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Submission]
    ) -> QuerySet[Submission]:
        if self.value() == "any":
            return queryset.exclude(experiment="")
        return queryset.filter(experiment=self.value()) if self.value() else queryset


class LayerFilter(admin.SimpleListFilter):
    """Attacks on a layer, by the catalogue's present entries."""

    title = "layer attacked"
    parameter_name = "layer"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(layer, layer) for layer in LAYERS]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Submission]
    ) -> QuerySet[Submission]:
        if not self.value():
            return queryset
        slugs = [slug for slug, one in CATALOGUE.items() if self.value() in one.layers]
        return queryset.filter(experiment__in=slugs)


class LanguageFilter(admin.SimpleListFilter):
    """Runs in one language. The parameter is the one of a field with choices."""

    title = "language"
    parameter_name = "language__exact"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(LANGUAGE_LABELS.items())

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Submission]
    ) -> QuerySet[Submission]:
        return queryset.filter(language=self.value()) if self.value() else queryset


class WeakenedFilter(admin.SimpleListFilter):
    """Runs with all layers, or with one removed."""

    title = "weakened"
    parameter_name = "weakened"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Yes"), ("no", "No")]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Submission]
    ) -> QuerySet[Submission]:
        if self.value() == "yes":
            return queryset.exclude(ablation="")
        return queryset.filter(ablation="") if self.value() == "no" else queryset
