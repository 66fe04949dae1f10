"""The admin's start page: the state of the service and the audit, and what happened in a period."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import dropwhile
from math import ceil
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from executor import lane_in_words

from ..audit.incidents import LIMITS, per_part, per_user, since, totals
from ..audit.models import AuditEntry
from ..audit.periods import PERIODS, Period
from ..audit.verifying import TooSoon, last_verification, verify_now
from ..dispatch.dispatcher import dispatcher
from ..http.refusals import shortly
from ..lifecycle.models import Outcome, Submission, Verdict
from .charts import Bars, Kind, legend, stacked_bars

DEFAULT_PERIOD = "7"
LIMIT, ERROR = "limit", "error"
MEANINGS: dict[str, str] = {
    **dict.fromkeys(LIMITS, LIMIT),
    **dict.fromkeys((Verdict.COMPILE_ERROR, Verdict.RUNTIME_ERROR), ERROR),
}
"""The bars' kinds that stand for several verdicts; each other verdict is its own."""
VERDICTS = (
    Kind(Verdict.OK, "ok", "OK"),
    Kind(LIMIT, "limit", "Stopped by a limit"),
    Kind(ERROR, "error", "Error in the program"),
    Kind(Verdict.CANCELLED, "cancelled", "Cancelled"),
    Kind(Verdict.INTERNAL_ERROR, "fault", "Internal error"),
)
OUTCOMES = (
    Kind(Outcome.CONTAINED, "contained", "Contained"),
    Kind(Outcome.UNPROVEN, "cancelled", "Unproven"),
    Kind(Outcome.BREACH, "breach", "Breach"),
)
FEWEST_PARTS = 12
"""An hour of five minutes: the least that the chart of a day shows."""


def overview(request: HttpRequest) -> HttpResponse:
    """Show the page, or only the links to the lists if the user may not see runs."""
    context: dict[str, Any] = {**admin.site.each_context(request), "title": "Overview"}
    if request.user.has_perm("submissions.view_submission"):
        context |= _service() | _runs(request.GET.get("period", DEFAULT_PERIOD))
    if request.user.has_perm("submissions.view_auditentry"):
        context |= {"head": AuditEntry.objects.first(), "verification": last_verification()}
    return TemplateResponse(request, "admin/overview.html", context)


@require_POST
def verify_chain(request: HttpRequest) -> HttpResponse:
    """Verify the audit's chain, then show the result on the overview."""
    if not request.user.has_perm("submissions.view_auditentry"):
        raise PermissionDenied
    try:
        verify_now(by=request.user)  # type: ignore[arg-type] # the admin requires a login
    except TooSoon as error:
        wait = shortly(ceil(error.wait))
        messages.warning(request, f"The chain was verified a moment ago. Try again in {wait}.")
    return redirect("admin:index")


def _service() -> dict[str, Any]:
    gate = dispatcher().gate_state()
    pool = dispatcher().pool_state()
    return {
        "gate": gate,
        "checked": gate.checked and datetime.fromtimestamp(gate.checked, UTC),
        "ready": pool.ready,
        "slots": pool.slots,
        "lanes": [lane_in_words(one) for one in dispatcher().lanes()],
        "running": Submission.objects.running().count(),
        "queued": Submission.objects.queued().count(),
    }


def _runs(slug: str) -> dict[str, Any]:
    now = timezone.now()
    period = PERIODS.get(slug, PERIODS[DEFAULT_PERIOD])(now)
    verdicts = per_part(period, now, "verdict")
    outcomes = per_part(period, now, "outcome", ablation="")
    runs = since(period.start)
    return {
        "period": period,
        "periods": [make(now) for make in PERIODS.values()],
        "totals": totals(runs),
        "charts": [
            _chart("Runs by result", VERDICTS, verdicts, period),
            _chart("Lab runs with all layers, by outcome", OUTCOMES, outcomes, period),
        ],
        "incidents": per_user(runs),
        "limits": LIMITS,
    }


def _chart(
    title: str, kinds: Sequence[Kind], counted: list[tuple[str, Counter[str]]], period: Period
) -> dict[str, Any]:
    names = {kind.name for kind in kinds}
    columns = [name for name, _ in (*Verdict.choices, *Outcome.choices) if _is_in(name, names)]
    shown = _without_the_morning(counted) if period.slug == "today" else counted
    bars: Bars = [(label, _by_meaning(counts)) for label, counts in shown]
    return {
        "title": title,
        "svg": stacked_bars(f"{title}, {period.label}", kinds, bars),
        "legend": legend(kinds),
        "columns": [dict((*Verdict.choices, *Outcome.choices))[name] for name in columns],
        "rows": [(label, [counts[name] for name in columns]) for label, counts in shown if counts],
    }


def _is_in(name: str, names: set[str]) -> bool:
    return MEANINGS.get(name, name) in names


def _by_meaning(counts: Counter[str]) -> Counter[str]:
    """Add up the verdicts that share a colour."""
    found: Counter[str] = Counter()
    for name, count in counts.items():
        found[MEANINGS.get(name, name)] += count
    return found


def _without_the_morning(
    counted: list[tuple[str, Counter[str]]],
) -> list[tuple[str, Counter[str]]]:
    """Leave out the parts before the first run, so that a lesson fills the chart of its day."""
    shown = list(dropwhile(lambda part: not part[1], counted))
    return shown if len(shown) >= FEWEST_PARTS else counted[-FEWEST_PARTS:]
