"""The page that compares two runs."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from executor import plain_text

from ...http.downloads import heavy
from ...lifecycle.models import Submission
from .differences import LINES, Row, difference_of
from .history import list_of
from .owned import own_submission


@dataclass(frozen=True, kw_only=True, slots=True)
class Compared:
    """A text of both runs, compared."""

    title: str
    rows: Sequence[Row]
    """Empty if the lines that are compared are the same."""
    is_empty: bool
    """Whether both runs have none."""
    is_same: bool
    """Whether the texts are equal, to the last character."""
    is_cut: bool
    """Whether there are lines that were not compared."""


@login_required
@never_cache
@require_safe
@heavy
def compare(request: HttpRequest) -> HttpResponse:
    """Show two runs side by side, the earlier on the left."""
    chosen = {own_submission(request, pk) for pk in request.GET.getlist("id")[:3]}
    if len(chosen) != 2:
        return list_of(request, "Select exactly two runs to compare.")
    both = sorted(chosen, key=lambda one: one.created)
    context = {"both": both, "parts": list(_parts(*both)), "lines": LINES}
    return render(request, "submissions/compare.html", context)


def _parts(old: Submission, new: Submission) -> list[Compared]:
    parts = [
        _compared("Program", old.code, new.code),
        _compared("Input", old.stdin, new.stdin),
        _compared("Arguments", "\n".join(old.args), "\n".join(new.args)),
        _compared("Output", old.stdout, new.stdout),
        _compared("Errors", old.stderr, new.stderr),
    ]
    shown_always = {"Program", "Output"}
    return [part for part in parts if part.title in shown_always or not part.is_empty]


def _compared(title: str, old: str, new: str) -> Compared:
    texts = [plain_text(text).splitlines() for text in (old, new)]
    return Compared(
        title=title,
        rows=difference_of(*(lines[:LINES] for lines in texts)),
        is_empty=not old and not new,
        is_same=old == new,
        is_cut=any(len(lines) > LINES for lines in texts),
    )
