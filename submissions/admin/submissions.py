"""The admin's view of submissions, for the audit: nobody adds, changes or deletes a record here."""

import json
from collections import Counter
from datetime import UTC, datetime
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.safestring import SafeString

from executor import plain_text

from ..audit.incidents import LIMITS as INCIDENT_LIMITS
from ..audit.incidents import per_day, per_user
from ..audit.models import AuditEntry
from ..dispatch.dispatcher import dispatcher
from ..lifecycle.columns import LARGE
from ..lifecycle.models import Submission
from .charts import legend, stacked_bars
from .exports import WRITERS, export
from .filters import ExperimentFilter, LanguageFilter, LayerFilter, WeakenedFilter
from .read_only import ReadOnlyAdmin, listed, preformatted

DAYS = 30
"""Period that the overview covers."""


class SubmissionAdmin(ReadOnlyAdmin):
    date_hierarchy = "created"
    change_list_template = "admin/submissions/submission_list.html"
    list_display = (
        "created",
        "user",
        "shown_language",
        "status",
        "verdict",
        "experiment",
        "outcome",
        "ablation",
        "shown_error",
        "wall_ms",
        "held_until",
    )
    list_filter = (
        "verdict",
        "outcome",
        WeakenedFilter,
        ExperimentFilter,
        LayerFilter,
        LanguageFilter,
        "status",
        "via",
        ("held_until", admin.EmptyFieldListFilter),
        "created",
        "user",
    )
    list_select_related = ("user",)
    list_per_page = 50
    search_fields = ("id", "user__username", "code", "client_address")
    search_help_text = "Part of an id, a user's name, the code or a client's address"
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "id",
                    ("user", "username"),
                    ("status", "verdict"),
                    "shown_error",
                    ("exit_code", "signal", "truncated"),
                )
            },
        ),
        (
            "Experiment",
            {"fields": (("experiment", "outcome", "ablation"), "shown_finding")},
        ),
        (
            "Program",
            {"fields": ("shown_language", "shown_code", "shown_stdin", "shown_args", "read_only")},
        ),
        ("Output", {"fields": ("shown_stdout", "shown_stderr")}),
        (
            "Usage, limits and evidence",
            {
                "fields": (
                    ("wall_ms", "cpu_ms", "memory_peak_bytes"),
                    "shown_limits",
                    "shown_evidence",
                )
            },
        ),
        ("Sandbox", {"fields": ("image", "sandbox", "warm", "worker")}),
        ("Times", {"fields": ("created", "started", "finished", ("held_until", "erased"))}),
        ("Client", {"fields": ("client_address", "shown_user_agent", "via", "token_key")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Submission]:
        submissions = super().get_queryset(request)
        if str(request.resolver_match and request.resolver_match.url_name).endswith("changelist"):
            return submissions.defer(*LARGE)
        return submissions

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("overview/", view(self.overview), name="submissions_overview"),
            path("export/<str:kind>/", view(self.export), name="submissions_export"),
            *super().get_urls(),
        ]

    def overview(self, request: HttpRequest) -> HttpResponse:
        """Show runs by day, incidents by user, and the state of self-check and audit."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        verdicts, outcomes = per_day(DAYS, "verdict"), per_day(DAYS, "outcome", ablation="")
        context = {
            **self.admin_site.each_context(request),
            "title": "Overview",
            "days": DAYS,
            "charts": [
                _chart("Runs by verdict", verdicts),
                _chart("Experiments with all layers, by outcome", outcomes),
            ],
            "incidents": per_user(DAYS),
            "limits": INCIDENT_LIMITS,
            "gate": (gate := dispatcher().gate_state()),
            "checked": gate.checked and datetime.fromtimestamp(gate.checked, UTC),
            "head": AuditEntry.objects.first(),
        }
        return TemplateResponse(request, "admin/submissions/overview.html", context)

    def export(self, request: HttpRequest, kind: str) -> HttpResponseBase:
        """Download the list with its present filters."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if kind not in WRITERS:
            raise Http404
        shown = self.get_changelist_instance(request).get_queryset(request)
        return export(request, shown, kind)

    @admin.display(description="finding")
    def shown_finding(self, submission: Submission) -> SafeString:
        return listed(submission.finding or {})

    @admin.display(description="error", ordering="error")
    def shown_error(self, submission: Submission) -> str:
        return plain_text(submission.error)

    @admin.display(description="language", ordering="language")
    def shown_language(self, submission: Submission) -> str:
        return submission.language_label

    @admin.display(description="code")
    def shown_code(self, submission: Submission) -> SafeString:
        return preformatted(submission.code)

    @admin.display(description="stdin")
    def shown_stdin(self, submission: Submission) -> SafeString:
        return preformatted(submission.stdin)

    @admin.display(description="arguments")
    def shown_args(self, submission: Submission) -> SafeString:
        return preformatted(json.dumps(submission.args))

    @admin.display(description="stdout")
    def shown_stdout(self, submission: Submission) -> SafeString:
        return preformatted(submission.stdout)

    @admin.display(description="stderr")
    def shown_stderr(self, submission: Submission) -> SafeString:
        return preformatted(submission.stderr)

    @admin.display(description="limits")
    def shown_limits(self, submission: Submission) -> SafeString:
        return listed(submission.limits)

    @admin.display(description="evidence")
    def shown_evidence(self, submission: Submission) -> SafeString:
        return listed(submission.evidence or {})

    @admin.display(description="user agent")
    def shown_user_agent(self, submission: Submission) -> str:
        return plain_text(submission.user_agent)


def _chart(title: str, days: list[tuple[str, Counter[str]]]) -> dict[str, Any]:
    kinds = sorted({kind for _, counts in days for kind in counts})
    rows = [(day, [counts[kind] for kind in kinds]) for day, counts in days if counts]
    svg = stacked_bars(title, days)
    return {"title": title, "svg": svg, "legend": legend(kinds), "kinds": kinds, "rows": rows}
