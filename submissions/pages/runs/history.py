"""The pages of a user's own submissions: list, detail and export."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST
from rest_framework.renderers import JSONRenderer

from executor import offered
from executor.experiments import CATALOGUE

from ... import orders
from ...http.downloads import download, heavy
from ...lifecycle import storage
from ...lifecycle.columns import LARGE
from ...lifecycle.errors import NotUnderWay
from ...lifecycle.models import LANGUAGE_LABELS, Submission, SubmissionQuerySet, Verdict
from ...lists.paging import MOST, BoundedPaginator
from ...lists.searching import Found, in_steps, search, words_of
from ...serializers.results import SubmissionDetail
from ..forms import ShareForm
from .filters import LAB, MINE, PERIODS, HistoryFilter
from .made_files import left_out_of, made_files
from .owned import own_submission
from .sharing import links_of

SUBMISSIONS_PER_PAGE = 25
EXPORTED_AT_ONCE = 50
"""Runs in memory at a time, which may have 200 KB each."""
CHIPS = (
    ("kind", "Kind", {MINE: "My programs", LAB: "Lab runs"}),
    ("since", "Time", PERIODS),
    ("language", "Language", LANGUAGE_LABELS),
    ("verdict", "Result", dict(Verdict.choices)),
)
"""Parameter, label and choices of each group of chips."""


@login_required
@never_cache
def history(request: HttpRequest) -> HttpResponse:
    """List the user's submissions, searched, filtered and in pages."""
    return narrowed(request) if _narrowing(request.GET) else list_of(request)


def list_of(request: HttpRequest, problem: str = "") -> HttpResponse:
    """Show the list; with a problem, above it and as a 400."""
    own = Submission.objects.visible_to(request.user)
    chosen = HistoryFilter(request.GET, queryset=own)
    is_valid = chosen.form.is_valid()
    words = words_of(chosen.form.cleaned_data.get("search", ""))
    if is_valid and words:
        context = _searched(request, chosen.qs, words)
    else:
        context = _paged(request, chosen.qs if is_valid else own.none())
    narrowing = _narrowing(request.GET)
    context["rows"] = [(row, _title_of(row)) for row in context["rows"]]
    context |= {
        "form": chosen.form,
        "groups": _chips(request.GET),
        "is_narrowed": bool(narrowing),
        "narrowing": narrowing.items(),
        "hidden": [pair for pair in narrowing.items() if pair[0] != "search"],
        "ticked": [
            row.pk for row, _ in context["rows"] if str(row.pk) in request.GET.getlist("id")
        ],
        "kept": storage.kept_of(request.user),
        "problem": problem,
    }
    status = 200 if is_valid and not problem else 400
    return render(request, "submissions/history.html", context, status=status)


narrowed = heavy(list_of)
"""The list with a filter or a search, which may read all of the user's runs."""


def _title_of(row: Submission) -> str:
    """Return the title of a lab run's experiment, which may have left the catalogue."""
    known = CATALOGUE.get(row.experiment)
    return known.title if known else row.experiment


def _paged(request: HttpRequest, rows: SubmissionQuerySet) -> dict[str, Any]:
    """Return a page of the rows, with links to its neighbours."""
    listed = rows.defer(*(name for name in LARGE if name != "code"))
    page = BoundedPaginator(listed, SUBMISSIONS_PER_PAGE).get_page(request.GET.get("page"))
    query = _without(request.GET, "page", "older", "id")
    shown = {"rows": page.object_list, "page": page, "query": query.urlencode()}
    return {**shown, "most_listed": MOST}


def _searched(request: HttpRequest, rows: SubmissionQuerySet, words: list[str]) -> dict[str, Any]:
    """Return what one step of a search has found, with a link to the next step."""
    after = _known(request, request.GET.get("older", ""))
    found: Found = search(rows, words, most=SUBMISSIONS_PER_PAGE, after=after)
    query = _without(request.GET, "page", "older", "id")
    return {"rows": found.rows, "last": found.last, "after": after, "query": query.urlencode()}


def _known(request: HttpRequest, pk: str) -> Submission | None:
    """Return the own run where a search continues; None if the id is not known (any more)."""
    with suppress(ValueError):
        return Submission.objects.visible_to(request.user).filter(pk=UUID(pk)).first()
    return None


def _without(query: QueryDict, *names: str) -> QueryDict:
    left = query.copy()
    for name in names:
        left.pop(name, None)
    return left


def _narrowing(query: QueryDict) -> dict[str, str]:
    """Return the filters that are set, with their values."""
    left = _without(query, "page", "older", "id", "offset")
    return {name: str(left[name]) for name in left if left[name]}


def _chips(query: QueryDict) -> list[tuple[str, list[tuple[str, bool, str]]]]:
    """Return label and chips of each group; a chip is its label, whether it is on, and its query.

    The chip that is on takes its own filter away.
    """
    groups = []
    for name, label, choices in CHIPS:
        chips = []
        for value, text in choices.items():
            is_on = query.get(name) == value
            if name == "language" and not (is_on or value in offered()):
                continue
            other = _without(query, "page", "older", "id", name)
            if not is_on:
                other[name] = value
            chips.append((text, is_on, other.urlencode()))
        groups.append((label, chips))
    return groups


@login_required
@never_cache
def submission(request: HttpRequest, pk: str) -> HttpResponse:
    """Show a submission, with its share links and a form for another."""
    shown = own_submission(request, pk)
    context = {
        "submission": shown,
        "links": links_of(request, submission=shown),
        "share_form": ShareForm() if settings.SHARE_DAYS else None,
        "files": made_files(shown),
        "left_out": left_out_of(shown),
    }
    return render(request, "submissions/submission.html", context)


@login_required
@require_POST
def cancel(request: HttpRequest, pk: str) -> HttpResponse:
    """End a run and show its result. If it has just ended by itself, show that result."""
    submission = own_submission(request, pk)
    with suppress(NotUnderWay):
        orders.cancel(submission)
    return redirect("submission", submission.pk)


@login_required
@never_cache
@require_GET
def export(request: HttpRequest) -> HttpResponseBase:
    """Send all that is kept of the user's runs, one JSON object per line, newest first."""
    own = Submission.objects.visible_to(request.user)

    def lines() -> Iterator[bytes]:
        for one in in_steps(own, EXPORTED_AT_ONCE):
            yield JSONRenderer().render(SubmissionDetail(one).data) + b"\n"

    name = "submissions.jsonl"
    return download(request, lines(), content_type="application/x-ndjson", name=name)
