"""Filters of the list of runs.

A typed filter is a field of the form above the list; its value is free text with suggestions. The others
are menus.
"""

from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from executor import LAYERS
from executor.experiments import CATALOGUE

from ..lifecycle.models import LANGUAGE_LABELS, Submission, Via

MOST_SUGGESTIONS = 500
"""Names of users in the page; any other name can still be typed."""

Runs = QuerySet[Submission]


class TypedFilter(admin.SimpleListFilter):
    """A filter without a menu. `kind` is the type of its field."""

    is_typed = True
    kind = "text"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("", "")]  # Django ignores a filter without choices

    def suggestions(self) -> list[tuple[str, str]]:
        """Return (value, label) of what is suggested while one types."""
        return []

    def queryset(self, request: HttpRequest, queryset: Runs) -> Runs:
        value = (self.value() or "").strip()
        return self.narrowed(queryset, value) if value else queryset

    def narrowed(self, runs: Runs, value: str) -> Runs:
        raise NotImplementedError

    @property
    def shown(self) -> str:
        return self.value() or ""


class PersonFilter(TypedFilter):
    """Runs of one person, by name."""

    title = "person"
    parameter_name = "user"

    def __init__(self, request: HttpRequest, *rest: Any) -> None:
        super().__init__(request, *rest)
        self._may_see_people = request.user.has_perm("auth.view_user")

    def suggestions(self) -> list[tuple[str, str]]:
        if not self._may_see_people:
            return []
        names = User.objects.filter(is_active=True).order_by("username")
        return [(name, "") for name in names.values_list("username", flat=True)[:MOST_SUGGESTIONS]]

    def narrowed(self, runs: Runs, value: str) -> Runs:
        return runs.filter(user__in=list(User.objects.filter(username__iexact=value)))


class ExperimentFilter(TypedFilter):
    """Runs of one of the catalogue's attacks, of any, or of none."""

    title = "lab experiment"
    parameter_name = "experiment"

    def suggestions(self) -> list[tuple[str, str]]:
        known = ((slug, one.title) for slug, one in CATALOGUE.items())
        return [("none", "Runs outside the lab"), ("any", "All runs of the lab"), *known]

    def narrowed(self, runs: Runs, value: str) -> Runs:
        if value == "any":
            return runs.exclude(experiment="")
        return runs.filter(experiment="" if value == "none" else value)


class LayerFilter(TypedFilter):
    """Attacks on a layer, by the catalogue's present entries."""

    title = "attacked layer"
    parameter_name = "layer"

    def suggestions(self) -> list[tuple[str, str]]:
        return [(name, "") for name in LAYERS]

    def narrowed(self, runs: Runs, value: str) -> Runs:
        slugs = [slug for slug, one in CATALOGUE.items() if value in one.all_layers]
        return runs.filter(experiment__in=slugs)


class DayFilter(TypedFilter):
    """A day of the calendar, UTC."""

    kind = "date"

    @property
    def day(self) -> datetime | None:
        """Return the beginning of the day; None if there is none."""
        try:
            text = (self.value() or "").strip()
            return datetime.combine(datetime.strptime(text, "%Y-%m-%d").date(), time(), UTC)  # noqa: DTZ007
        except ValueError:
            return None

    @property
    def shown(self) -> str:
        """Return what the field may hold: a browser warns of a day that is none."""
        return self.day.date().isoformat() if self.day else ""

    @property
    def problem(self) -> str:
        return "Write a day as 2026-11-25." if self.value() and not self.day else ""

    def narrowed(self, runs: Runs, value: str) -> Runs:
        return self.of(runs, self.day) if self.day else runs.none()

    def of(self, runs: Runs, day: datetime) -> Runs:
        raise NotImplementedError


class FromFilter(DayFilter):
    title = "from"
    parameter_name = "from"

    def of(self, runs: Runs, day: datetime) -> Runs:
        return runs.filter(created__gte=day)


class ToFilter(DayFilter):
    """The day itself is included."""

    title = "to"
    parameter_name = "to"

    def of(self, runs: Runs, day: datetime) -> Runs:
        return runs.filter(created__lt=day + timedelta(days=1))


class WhenFilter(admin.SimpleListFilter):
    """The last days, today included; shown as chips."""

    title = "time"
    parameter_name = "when"
    is_chips = True

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("1", "Today"), ("7", "7 days"), ("30", "30 days")]

    def queryset(self, request: HttpRequest, queryset: Runs) -> Runs:
        if self.value() not in {"1", "7", "30"}:
            return queryset
        midnight = timezone.now().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        return queryset.filter(created__gte=midnight - timedelta(days=int(self.value() or 1) - 1))


class LanguageFilter(admin.SimpleListFilter):
    """Runs in one language. The parameter is the one of a field with choices."""

    title = "language"
    parameter_name = "language__exact"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(LANGUAGE_LABELS.items())

    def queryset(self, request: HttpRequest, queryset: Runs) -> Runs:
        return queryset.filter(language=self.value()) if self.value() else queryset


class ViaFilter(admin.SimpleListFilter):
    """Runs that came in by one door. The parameter is the one of a field with choices."""

    title = "via"
    parameter_name = "via__exact"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(Via.choices)

    def queryset(self, request: HttpRequest, queryset: Runs) -> Runs:
        return queryset.filter(via=self.value()) if self.value() else queryset


class WeakenedFilter(admin.SimpleListFilter):
    """Runs with all layers, or with one weakened."""

    title = "sandbox"
    parameter_name = "weakened"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("no", "All layers"), ("yes", "Weakened")]

    def queryset(self, request: HttpRequest, queryset: Runs) -> Runs:
        if self.value() == "yes":
            return queryset.exclude(ablation="")
        return queryset.filter(ablation="") if self.value() == "no" else queryset


class QuietDateFilter(admin.DateFieldListFilter):
    """Keeps Django's parameters of a date for addresses that have them; the form offers others."""

    is_typed = True


TYPED = (PersonFilter, ExperimentFilter, LayerFilter, FromFilter, ToFilter)
"""In the order of the form."""
