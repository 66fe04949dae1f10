"""The admin's view of runs, for the audit: nobody adds, changes or deletes a record here."""

import re
from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.db.models.functions import Left
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from executor import plain_text

from ..audit.incidents import LIMITS, per_user
from ..audit.models import AuditEntry
from ..http.downloads import heavy
from ..lifecycle.columns import LARGE
from ..lifecycle.models import Submission
from .exports import WRITERS, export
from .filters import (
    TYPED,
    LanguageFilter,
    QuietDateFilter,
    ViaFilter,
    WeakenedFilter,
    WhenFilter,
)
from .read_only import ReadOnlyAdmin

READ_CHARACTERS = 300
"""How much of a program a list reads: its first line is within this, or cut."""
LINE_CHARACTERS = 70
HELD = SafeString(' <span class="badge">Held</span>')
WEAKENED = SafeString(' <span class="badge">Weakened</span>')
UNTELLING = ("#", "//", "/*", "import ", "from ")
HIDDEN = re.compile(r"[^ -~\n]")
FORM = tuple(one.parameter_name for one in TYPED)
WITHIN_A_PERIOD = ("when", "from", "to", "user")
"""Parameters that bound the rows of a search. Only then are outputs searched, up to 64 KiB each."""


class SubmissionAdmin(ReadOnlyAdmin):
    list_title = "Runs"
    change_list_template = "admin/submissions/submission_list.html"
    change_form_template = "admin/submissions/run.html"
    list_display = (
        "shown_created",
        "shown_user",
        "shown_result",
        "shown_program",
        "shown_language",
        "shown_lab",
        "shown_seconds",
    )
    list_display_links = ("shown_created",)
    list_filter = (
        WhenFilter,
        *TYPED,
        "verdict",
        "outcome",
        WeakenedFilter,
        LanguageFilter,
        "status",
        ViaFilter,
        ("held_until", admin.EmptyFieldListFilter),
        ("created", QuietDateFilter),
    )
    list_select_related = ("user",)
    list_per_page = 50
    show_full_result_count = False
    search_fields = ("user__username", "code", "error", "client_address")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Submission]:
        submissions: QuerySet[Submission] = super().get_queryset(request)
        if str(request.resolver_match and request.resolver_match.url_name).endswith("changelist"):
            return submissions.defer(*LARGE).annotate(beginning=Left("code", READ_CHARACTERS))
        return submissions

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("people/", view(self.by_person), name="submissions_by_person"),
            path("export/<str:kind>/", view(self.export), name="submissions_export"),
            *super().get_urls(),
        ]

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        fields = tuple(super().get_search_fields(request))
        return (*fields, "stdout", "stderr") if _is_bounded(request) else fields

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Search; an id is looked up instead."""
        try:
            return queryset.filter(pk=UUID(search_term.strip())), False
        except ValueError:
            return super().get_search_results(request, queryset, search_term)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the list. The form's empty fields are no filters: leave them out of the address."""
        if any(request.GET.get(name) == "" for name in ("q", *FORM)):
            return redirect(f"{request.path}?{_asked(request)}")
        context = {**_of_the_form(request), **(extra_context or {})}
        return _in_a_place(request, partial(super().changelist_view, extra_context=context))

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kw: Any) -> Any:
        run: Submission = kw["obj"]
        context |= {
            "submission": run,
            "title": f"{run.language_label} run of {run.user}",
            "fields": [
                (name, as_field(text))
                for name, text in (
                    ("code", run.code),
                    ("stdin", run.stdin),
                    ("args", "\n".join(run.args)),
                )
            ],
            "outcome": outcome_badge(run.outcome, run.get_outcome_display()),
        }
        if request.user.has_perm("submissions.view_auditentry"):
            context["seal"] = AuditEntry.objects.filter(submission=run.pk).first()
        return super().render_change_form(request, context, *args, **kw)

    def by_person(self, request: HttpRequest) -> HttpResponse:
        """Show how many runs each person has in the list with its present filters."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return _in_a_place(request, self._by_person)

    def _by_person(self, request: HttpRequest) -> HttpResponse:
        changes = self.get_changelist_instance(request)
        context = {
            **self.admin_site.each_context(request),
            "title": "Runs by person",
            "cl": changes,
            **_of_the_form(request),
            "rows": per_user(changes.get_queryset(request)),
            "limits": LIMITS,
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/submissions/by_person.html", context)

    def export(self, request: HttpRequest, kind: str) -> HttpResponseBase:
        """Download the list with its present filters."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if kind not in WRITERS:
            raise Http404
        query = request.GET.copy()
        with_output = bool(query.pop("output", None))
        request.GET = query  # type: ignore[assignment] # the list knows no such filter
        shown = self.get_changelist_instance(request).get_queryset(request)
        return export(request, shown, kind, with_output=with_output)

    @admin.display(description="Started (UTC)", ordering="created")
    def shown_created(self, run: Submission) -> SafeString:
        return format_html('<span class="mono">{}</span>', f"{run.created:%Y-%m-%d %H:%M:%S}")

    @admin.display(description="person", ordering="user__username")
    def shown_user(self, run: Submission) -> SafeString:
        return person_link(run.user_id, run.user.get_username())

    @admin.display(description="language", ordering="language")
    def shown_language(self, run: Submission) -> str:
        return run.language_label

    @admin.display(description="program")
    def shown_program(self, run: Submission) -> SafeString:
        return format_html('<code class="line">{}</code>', first_line(str(run.beginning)))  # type: ignore[attr-defined]

    @admin.display(description="result", ordering="verdict")
    def shown_result(self, run: Submission) -> SafeString:
        return format_html("{}{}", verdict_badge(run), HELD if run.held_until else "")

    @admin.display(description="lab", ordering="experiment")
    def shown_lab(self, run: Submission) -> SafeString | str:
        if not run.experiment:
            return "–"
        weakened = WEAKENED if run.ablation else ""
        outcome = outcome_badge(run.outcome, run.get_outcome_display())
        return format_html("{} {}{}", run.experiment, outcome, weakened)

    @admin.display(description="time", ordering="wall_ms")
    def shown_seconds(self, run: Submission) -> str:
        return "–" if run.wall_ms is None else f"{run.wall_ms / 1000:.2f} s"


def first_line(text: str) -> str:
    """Return a program's first line, inert and cut. Comments and imports come last."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    telling = (line for line in lines if not line.startswith(UNTELLING))
    shown = plain_text(next(telling, lines[0] if lines else ""))
    return shown if len(shown) <= LINE_CHARACTERS else f"{shown[:LINE_CHARACTERS]}…"


def as_field(text: str) -> SafeString:
    """Return the content of a text area whose value is this text.

    A character that is not shown is a reference, so that the page itself has plain text only. The first
    line end is for the browser, which drops it.
    """
    return mark_safe("\n" + HIDDEN.sub(lambda found: f"&#{ord(found[0])};", escape(text)))  # noqa: S308


def _in_a_place(request: HttpRequest, view: Callable[[HttpRequest], HttpResponse]) -> HttpResponse:
    """Answer; a search does so in a place for streams, since it compares its words with all programs."""

    def rendered(request: HttpRequest) -> HttpResponse:
        response = view(request)  # its page asks for the rows when it is rendered
        return response.render() if isinstance(response, TemplateResponse) else response

    return heavy(rendered)(request) if request.GET.get("q") else view(request)


def person_link(pk: int, name: str) -> SafeString:
    return format_html('<a href="{}">{}</a>', reverse("admin:person", args=[pk]), name)


def verdict_badge(run: Submission) -> SafeString:
    """Return the verdict, or where an unfinished run stands."""
    if not run.verdict:
        return format_html('<span class="badge waiting">{}</span>', run.get_status_display())
    return format_html('<span class="badge {}">{}</span>', run.verdict, run.get_verdict_display())


def outcome_badge(outcome: str, label: str) -> SafeString:
    return (
        format_html('<span class="badge {}">{}</span>', outcome, label) if outcome else SafeString()
    )


def _asked(request: HttpRequest) -> str:
    """Return the parameters of the list that have a value, without the page's number."""
    query = request.GET.copy()
    for name in list(query):
        if name == "p" or not query.get(name):
            del query[name]
    return query.urlencode()


def _of_the_form(request: HttpRequest) -> dict[str, Any]:
    """Return what the form above the list needs."""
    return {"query": _asked(request), "searches_output": _is_bounded(request), "typed": FORM}


def _is_bounded(request: HttpRequest) -> bool:
    return any(request.GET.get(name) for name in WITHIN_A_PERIOD)
