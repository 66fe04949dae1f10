"""The admin's site, with bounded filters and searches.

Django lets staff filter a list by any field and lookup of its model. `code__regex` on SQLite can block
the whole process, since it calls Python's regular expressions. Here a list accepts only its own filters.
"""

import re
from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.contrib.admin import helpers
from django.core.exceptions import SuspiciousOperation, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import redirect
from django.urls import path

from . import overview
from .people import freezing, lab, people

SEARCH_CHARACTERS = 200
SEARCH_WORDS = 8
"""Django searches each word in each of the list's search fields, row by row."""
LOOKUPS = (
    "exact",
    "isnull",
    "isempty",
    "id__exact",
    "gte",
    "gt",
    "lt",
    "lte",
    "year",
    "month",
    "day",
)
"""The lookups that Django's own filters and its date hierarchy use. Each is one comparison."""

PARTS_OF_A_DATE = {
    "year": re.compile(r"[12]\d{3}"),  # Django also computes the following year
    "month": re.compile(r"\d{1,2}"),
    "day": re.compile(r"\d{1,2}"),
}


class OwnLookups(admin.ModelAdmin):  # type: ignore[type-arg] # takes none at runtime
    """A mixin for every model's admin."""

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        assert request is not None  # noqa: S101 - Django passes it; the stubs have its old form
        for name in _filtered(self, request):
            if lookup == name:
                return True
            if lookup.startswith(f"{name}__") and (how := lookup[len(name) + 2 :]) in LOOKUPS:
                return how not in PARTS_OF_A_DATE or bool(PARTS_OF_A_DATE[how].fullmatch(value))
        return False

    def response_action(self, request: HttpRequest, queryset: QuerySet[Any], *more: Any) -> Any:
        for key in request.POST.getlist(helpers.ACTION_CHECKBOX_NAME):
            try:
                self.opts.pk.to_python(key)
            except ValidationError as error:
                raise SuspiciousOperation("a selected row that is none") from error
        return super().response_action(request, queryset, *more)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if len(search_term) > SEARCH_CHARACTERS or len(search_term.split()) > SEARCH_WORDS:
            raise SuspiciousOperation("a search that is too long")
        return super().get_search_results(request, queryset, search_term)


def _filtered(model_admin: OwnLookups, request: HttpRequest) -> Iterator[str]:
    """Yield the fields and parameters that the list's filters use."""
    if model_admin.date_hierarchy:
        yield model_admin.date_hierarchy
    for one in model_admin.get_list_filter(request):
        if isinstance(one, type) and issubclass(one, admin.SimpleListFilter):
            name = str(one.parameter_name)
            yield name
            yield name.removesuffix("__exact")  # as for a field with choices
        elif isinstance(one, str):
            yield one
        elif isinstance(one, tuple | list):
            yield str(one[0])


class Site(admin.AdminSite):
    """The site: its start page is the overview, and it has pages that belong to no model.

    It adds the bounds to every admin at its registration, packages' admins included.
    """

    enable_nav_sidebar = False

    def index(self, request: HttpRequest, extra_context: Any = None) -> Any:
        return overview.overview(request)

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Redirect to the site's own page: its limits, its sessions and its audit count for staff too."""
        return redirect("account_change_password")

    def get_urls(self) -> list[Any]:
        view = self.admin_view
        return [
            path("verify/", view(overview.verify_chain), name="verify_chain"),
            path("people/freeze/", view(freezing.freeze_people), name="freeze"),
            path("people/unfreeze/", view(freezing.unfreeze_people), name="unfreeze"),
            path("people/<int:pk>/", view(people.person), name="person"),
            path("lab/", view(lab.progress), name="lab_progress"),
            path("lab/csv/", view(lab.progress_as_csv), name="lab_progress_csv"),
            *super().get_urls(),
        ]

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        given: type = admin_class or admin.ModelAdmin
        bounded = type(given.__name__, (OwnLookups, given), {"__module__": given.__module__})
        super().register(model_or_iterable, bounded, **options)
