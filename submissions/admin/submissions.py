"""The audit: a window, not a door. Nobody adds, changes or deletes a record here."""

import json
from collections import Counter
from datetime import UTC, datetime
from typing import Any

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from knox.models import AuthToken

from executor import LAYERS, plain_text
from executor.experiments import CATALOGUE

from ..audit.incidents import LIMITS as INCIDENT_LIMITS
from ..audit.incidents import per_day, per_user
from ..dispatch.dispatcher import dispatcher
from ..lifecycle.models import ApiToken, AuditEntry, Submission
from .charts import legend, stacked_bars
from .exports import WRITERS, export

DAYS = 30
"""That the overview looks back."""


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


@admin.register(Submission)
class SubmissionAdmin(ReadOnlyAdmin):
    date_hierarchy = "created"
    change_list_template = "admin/submissions/submission_list.html"
    list_display = (
        "created",
        "user",
        "language",
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
        "language",
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
            {"fields": ("language", "shown_code", "shown_stdin", "shown_args", "read_only")},
        ),
        ("Output", {"fields": ("shown_stdout", "shown_stderr")}),
        (
            "What it used, what it was allowed, and what the verdict rests on",
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
            return submissions.defer("code", "stdin", "stdout", "stderr", "evidence", "limits")
        return submissions

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("overview/", view(self.overview), name="submissions_overview"),
            path("export/<str:kind>/", view(self.export), name="submissions_export"),
            *super().get_urls(),
        ]

    def overview(self, request: HttpRequest) -> HttpResponse:
        """How the service does, and who hit which limits."""
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
        """What the list shows at present, narrowed as it is there."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if kind not in WRITERS:
            raise Http404
        shown = self.get_changelist_instance(request).get_queryset(request)
        return export(request, shown, kind)

    @admin.display(description="finding")
    def shown_finding(self, submission: Submission) -> SafeString:
        return _listed(submission.finding or {})

    @admin.display(description="error", ordering="error")
    def shown_error(self, submission: Submission) -> str:
        return plain_text(submission.error)

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
        return _listed(submission.limits)

    @admin.display(description="evidence")
    def shown_evidence(self, submission: Submission) -> SafeString:
        return _listed(submission.evidence or {})

    @admin.display(description="user agent")
    def shown_user_agent(self, submission: Submission) -> str:
        return plain_text(submission.user_agent)


def _listed(values: dict[str, Any]) -> SafeString:
    return preformatted("\n".join(f"{name}: {value}" for name, value in values.items()))


def _chart(title: str, days: list[tuple[str, Counter[str]]]) -> dict[str, Any]:
    kinds = sorted({kind for _, counts in days for kind in counts})
    rows = [(day, [counts[kind] for kind in kinds]) for day, counts in days if counts]
    svg = stacked_bars(title, days)
    return {"title": title, "svg": svg, "legend": legend(kinds), "kinds": kinds, "rows": rows}


@admin.register(AuditEntry)
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
        return _listed(entry.data)


@admin.register(LogEntry)
class LogEntryAdmin(ReadOnlyAdmin):
    """Who changed users, groups and permissions here, and when."""

    date_hierarchy = "action_time"
    list_display = ("action_time", "user", "content_type", "object_repr", "shown_change")
    list_filter = ("action_flag", "content_type", "user")
    list_select_related = ("user", "content_type")
    fields = ("action_time", "user", "content_type", "object_id", "object_repr", "shown_change")

    @admin.display(description="change")
    def shown_change(self, entry: LogEntry) -> str:
        return plain_text(f"{entry.get_action_flag_display()}: {entry.get_change_message()}")


# The package's own admin would make tokens and show them in a message.
if admin.site.is_registered(AuthToken):
    admin.site.unregister(AuthToken)


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnlyAdmin):
    list_display = ("name", "user", "token_key", "created", "expiry")
    list_select_related = ("user",)
    fields = ("name", "user", "token_key", "created", "expiry")

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Staff may revoke a token."""
        return request.user.has_perm("submissions.delete_apitoken")


class AuthenticatorAdmin(ReadOnlyAdmin):
    """Whose second factor there is, without its secret. For the one who has lost theirs, staff may
    remove it. Registered in config/urls.py, in place of the package's own, which shows the secret."""

    list_display = ("user", "type", "created_at", "last_used_at")
    list_select_related = ("user",)
    fields = ("user", "type", "created_at", "last_used_at")

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return request.user.has_perm("mfa.delete_authenticator")
