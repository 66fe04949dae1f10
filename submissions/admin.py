"""The audit: a window, not a door. Nobody adds, changes or deletes a record here."""

import json
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from knox.models import AuthToken

from executor import plain_text

from .models import ApiToken, Submission


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


@admin.register(Submission)
class SubmissionAdmin(ReadOnlyAdmin):
    date_hierarchy = "created"
    list_display = ("created", "user", "language", "status", "verdict", "shown_error", "wall_ms")
    list_filter = ("verdict", "language", "status", "via", "created", "user")
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
                    "user",
                    ("status", "verdict"),
                    "shown_error",
                    ("exit_code", "signal", "truncated"),
                )
            },
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
        ("Times", {"fields": ("created", "started", "finished")}),
        ("Client", {"fields": ("client_address", "shown_user_agent", "via", "token_key")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Submission]:
        submissions = super().get_queryset(request)
        if str(request.resolver_match and request.resolver_match.url_name).endswith("changelist"):
            return submissions.defer("code", "stdin", "stdout", "stderr", "evidence", "limits")
        return submissions

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
