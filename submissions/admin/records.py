"""The audit's chain, and the admin's own log."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.db.models import Exists, OuterRef, QuerySet, Subquery, Value
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from executor import plain_text

from ..audit.models import AuditEntry
from ..lifecycle.models import Submission, Verdict
from .read_only import ReadOnlyAdmin, listed
from .submissions import person_link

SHORT_HASH = 12
VERDICTS = dict(Verdict.choices)


class AuditEntryAdmin(ReadOnlyAdmin):
    """Entries, each with its run or its account."""

    list_title = "Audit"
    change_list_template = "admin/submissions/audit_list.html"
    list_display = (
        "sequence",
        "shown_created",
        "shown_action",
        "shown_about",
        "shown_verdict",
        "shown_hash",
    )
    list_filter = ("action", "created")
    search_fields = ("submission", "hash")
    search_help_text = "Searches run id and hash."
    show_full_result_count = False
    fields = (
        "shown_created",
        "shown_action",
        "shown_about",
        "submission",
        "digest",
        "shown_data",
        "previous",
        "hash",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEntry]:
        entries: QuerySet[AuditEntry] = super().get_queryset(request)
        run = Submission.objects.filter(pk=OuterRef("submission")).order_by()
        may_see_runs = request.user.has_perm("submissions.view_submission")
        return entries.annotate(
            has_run=Exists(run),
            run_is_shown=Value(may_see_runs),
            run_user=Subquery(run.values("user_id")[:1]),
            run_name=Subquery(run.values("user__username")[:1]),
            run_verdict=Subquery(run.values("verdict")[:1]),
        )

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kw: Any) -> Any:
        context |= {"title": f"Audit entry {kw['obj'].sequence}", "subtitle": None}
        return super().render_change_form(request, context, *args, **kw)

    @admin.display(description="when (UTC)", ordering="created")
    def shown_created(self, entry: AuditEntry) -> SafeString:
        return format_html('<span class="mono">{}</span>', f"{entry.created:%Y-%m-%d %H:%M:%S}")

    @admin.display(description="what", ordering="action")
    def shown_action(self, entry: AuditEntry) -> str:
        return entry.get_action_display()

    @admin.display(description="about")
    def shown_about(self, entry: AuditEntry) -> SafeString | str:
        """Link the run and its person, or the account."""
        if entry.submission and entry.has_run and not entry.run_is_shown:  # type: ignore[attr-defined] # annotated
            return str(entry.submission)[:8]
        if entry.submission and entry.run_user:  # type: ignore[attr-defined] # annotated
            return format_html(
                '<a class="mono" href="{}">{}</a> of {}',
                reverse("admin:submissions_submission_change", args=[entry.submission]),
                str(entry.submission)[:8],
                person_link(entry.run_user, entry.run_name),  # type: ignore[attr-defined]
            )
        if entry.submission:
            return format_html("{} (removed)", str(entry.submission)[:8])
        user = entry.data.get("user")
        if isinstance(user, int):
            return person_link(user, f"account {user}")
        return "–"

    @admin.display(description="result")
    def shown_verdict(self, entry: AuditEntry) -> SafeString | str:
        verdict = str(entry.run_verdict or "")  # type: ignore[attr-defined] # annotated
        if not verdict or not entry.run_is_shown:  # type: ignore[attr-defined]
            return "–"
        return format_html('<span class="badge {}">{}</span>', verdict, VERDICTS[verdict])

    @admin.display(description="hash")
    def shown_hash(self, entry: AuditEntry) -> SafeString:
        """Show the hash's beginning; the button copies all of it."""
        return format_html(
            '<code title="{0}">{1}</code> <input type="hidden" id="hash-{2}" value="{0}">'
            '<button type="button" class="quiet small" data-copies="#hash-{2}"'
            ' aria-label="Copy the hash of entry {2}"><span>Copy</span></button>',
            entry.hash,
            f"{entry.hash[:SHORT_HASH]}…",
            entry.sequence,
        )

    @admin.display(description="data")
    def shown_data(self, entry: AuditEntry) -> SafeString:
        return listed(entry.data)


class LogEntryAdmin(ReadOnlyAdmin):
    """Changes of users, groups and permissions in the admin, with author and time."""

    list_title = "Changes by staff"
    list_display = ("action_time", "user", "content_type", "object_repr", "shown_change")
    list_filter = ("action_flag", "content_type", "user")
    list_select_related = ("user", "content_type")
    fields = ("action_time", "user", "content_type", "object_id", "object_repr", "shown_change")

    @admin.display(description="change")
    def shown_change(self, entry: LogEntry) -> str:
        return plain_text(f"{entry.get_action_flag_display()}: {entry.get_change_message()}")
