"""The admin as a window: nobody adds, changes or deletes a record."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from executor import plain_text


class ReadOnlyAdmin(admin.ModelAdmin):
    """For everybody, superusers included."""

    actions = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


def preformatted(text: str) -> SafeString:
    """A stranger's text: escaped, and with nothing in it that acts on a reader or hides from one."""
    return format_html("<pre>{}</pre>", plain_text(text))


def listed(values: dict[str, Any]) -> SafeString:
    return preformatted("\n".join(f"{name}: {value}" for name, value in values.items()))
