"""The audit's chain, and the admin's own log."""

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.utils.safestring import SafeString

from executor import plain_text

from ..audit.models import AuditEntry
from .read_only import ReadOnlyAdmin, listed


class AuditEntryAdmin(ReadOnlyAdmin):
    date_hierarchy = "created"
    list_display = ("sequence", "created", "action", "submission", "hash")
    list_filter = ("action",)
    search_fields = ("submission", "hash")
    fields = (
        "sequence",
        "created",
        "action",
        "submission",
        "digest",
        "shown_data",
        "previous",
        "hash",
    )

    @admin.display(description="data")
    def shown_data(self, entry: AuditEntry) -> SafeString:
        return listed(entry.data)


class LogEntryAdmin(ReadOnlyAdmin):
    """Changes of users, groups and permissions in the admin, with author and time."""

    date_hierarchy = "action_time"
    list_display = ("action_time", "user", "content_type", "object_repr", "shown_change")
    list_filter = ("action_flag", "content_type", "user")
    list_select_related = ("user", "content_type")
    fields = ("action_time", "user", "content_type", "object_id", "object_repr", "shown_change")

    @admin.display(description="change")
    def shown_change(self, entry: LogEntry) -> str:
        return plain_text(f"{entry.get_action_flag_display()}: {entry.get_change_message()}")
