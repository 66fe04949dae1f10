"""The admin's view of batches; registered in registry.py."""

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest

from ..lifecycle.models import Batch, BatchEntry
from .read_only import ReadOnly, ReadOnlyAdmin


class EntryInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg] # takes none at runtime
    """The batch's submissions, each with a link to its page."""

    model = BatchEntry
    fields = ("position", "submission", "status", "verdict")
    readonly_fields = fields
    show_change_link = False
    can_delete = False
    extra = 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[BatchEntry]:
        return super().get_queryset(request).select_related("submission")

    @admin.display
    def status(self, entry: BatchEntry) -> str:
        return entry.submission.get_status_display()

    @admin.display
    def verdict(self, entry: BatchEntry) -> str:
        return entry.submission.get_verdict_display()


class BatchAdmin(ReadOnlyAdmin):
    list_display = ("shown_created", "user", "size")
    list_filter = ("created",)
    list_select_related = ("user",)
    search_fields = ("id", "user__username")
    fields = ("id", "user", "created")
    inlines = (EntryInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Batch]:
        batches: QuerySet[Batch] = super().get_queryset(request)
        return batches.annotate(size=Count("entries"))

    @admin.display(description="created (UTC)", ordering="created")
    def shown_created(self, batch: Batch) -> str:
        return f"{batch.created:%Y-%m-%d %H:%M}"

    @admin.display(ordering="size")
    def size(self, batch: Batch) -> int:
        return int(getattr(batch, "size", 0))
