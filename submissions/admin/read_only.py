"""A read-only admin: nobody adds, changes or deletes a record."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst

from executor import plain_text

from ..lists.paging import BoundedPaginator


class ReadOnly:
    """A mixin that refuses every change to everybody, superusers included."""

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


class Titled(admin.ModelAdmin):  # type: ignore[type-arg] # takes none at runtime
    """A list with a title of its own; Django's is "Select … to view"."""

    list_title = ""

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        title = self.list_title or capfirst(str(self.opts.verbose_name_plural))
        return super().changelist_view(request, {"title": title, **(extra_context or {})})


class ReadOnlyAdmin(ReadOnly, Titled):
    """The admin of a read-only model."""

    actions = None
    show_full_result_count = False
    paginator = BoundedPaginator


def preformatted(text: str) -> SafeString:
    """Show a stranger's text: escaped, with control and bidi characters made visible."""
    return format_html("<pre>{}</pre>", plain_text(text))


def listed(values: dict[str, Any]) -> SafeString:
    return preformatted("\n".join(f"{name}: {value}" for name, value in values.items()))
