"""The pages of a user's own submissions: list, detail, comparison and export."""

from collections.abc import Iterator
from contextlib import suppress
from difflib import SequenceMatcher, unified_diff

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST
from rest_framework.renderers import JSONRenderer

from executor import plain_text

from .. import orders
from ..http.downloads import download
from ..lifecycle import storage
from ..lifecycle.columns import LARGE
from ..lifecycle.errors import NotUnderWay
from ..lifecycle.models import Submission
from ..serializers.runs import SubmissionDetail
from .filters import HistoryFilter
from .owned import own_submission

SUBMISSIONS_PER_PAGE = 25
COMPARISONS = 5_000_000
"""The most that a page may make, which takes up to 0.05 s. Two usual programs need a fiftieth of it."""


@login_required
@never_cache
def history(request: HttpRequest) -> HttpResponse:
    """List the user's submissions, filtered and in pages."""
    own = Submission.objects.visible_to(request.user).defer(
        *(name for name in LARGE if name != "code")
    )
    chosen = HistoryFilter(request.GET, queryset=own)
    is_valid = chosen.form.is_valid()
    found = chosen.qs if is_valid else own.none()
    page = Paginator(found, SUBMISSIONS_PER_PAGE).get_page(request.GET.get("page"))
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "page": page,
        "form": chosen.form,
        "query": query.urlencode(),
        "kept": storage.kept_of(request.user),
    }
    return render(request, "submissions/history.html", context, status=200 if is_valid else 400)


@login_required
@never_cache
def submission(request: HttpRequest, pk: str) -> HttpResponse:
    """Show a submission."""
    context = {"submission": own_submission(request, pk)}
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
def compare(request: HttpRequest) -> HttpResponse:
    """Show two runs, the earlier first, and the difference of their code."""
    chosen = request.GET.getlist("id")
    if len(chosen) != 2:
        message = "Select exactly two runs."
        return render(request, "submissions/compare.html", {"problem": message}, status=400)
    both = sorted((own_submission(request, pk) for pk in chosen), key=lambda one: one.created)
    old, new = (plain_text(one.code).splitlines() for one in both)
    is_compared = comparisons(old, new) <= COMPARISONS
    difference = difference_of(old, new) if is_compared else _one_after_the_other(old, new)
    context = {"both": both, "difference": difference, "is_compared": is_compared}
    return render(request, "submissions/compare.html", context)


def comparisons(old: list[str], new: list[str]) -> int:
    """Return an upper bound of the comparisons that difflib makes.

    It searches the longest common part, then the parts before and after it: at most one search per line,
    each over all pairs of equal lines.
    """
    places = SequenceMatcher(None, old, new).b2j  # type: ignore[attr-defined] # missing in typeshed
    equal_pairs = sum(len(places.get(line, ())) for line in old)
    searches = 2 * min(len(old), len(new)) + 1
    return (equal_pairs + len(old)) * searches


def difference_of(old: list[str], new: list[str]) -> list[tuple[str, str]]:
    """Return (kind, line) of the changed lines with some context; nothing if the code is the same."""
    kinds = {"+": "added", "-": "removed", "@": "place"}
    lines = list(unified_diff(old, new, lineterm=""))[2:]
    return [(kinds.get(line[0], "same"), line) for line in lines]


def _one_after_the_other(old: list[str], new: list[str]) -> list[tuple[str, str]]:
    return [("removed", f"-{line}") for line in old] + [("added", f"+{line}") for line in new]


@login_required
@never_cache
@require_GET
def export(request: HttpRequest) -> HttpResponseBase:
    """Send all that is kept of the user's runs, one JSON object per line, newest first."""
    own = Submission.objects.visible_to(request.user)

    def lines() -> Iterator[bytes]:
        for one in own.iterator(chunk_size=100):
            yield JSONRenderer().render(SubmissionDetail(one).data) + b"\n"

    name = "submissions.jsonl"
    return download(request, lines(), content_type="application/x-ndjson", name=name)
