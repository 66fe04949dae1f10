"""The progress of each person in the lab: a table of people and attacks, and the same as CSV."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse

from executor.experiments import ATTACKS, CATALOGUE, Experiment, offered_attacks

from ...http.downloads import download
from ...lifecycle.models import Outcome, Submission
from ..exports import Echo, inert

PER_PAGE = 50
NAME_CHARACTERS = 150
BATCH = 200
"""People whose runs are read together for the CSV."""
BEST_FIRST = (Outcome.CONTAINED, Outcome.BREACH, Outcome.UNPROVEN)
"""If there are several runs, a cell shows the first of these: what the person has seen to its end."""


@dataclass(frozen=True, slots=True)
class Progress:
    """A row of the table."""

    user: User
    outcomes: tuple[str, ...]
    """The outcome of each attack; empty if it was not tried."""

    @property
    def tried(self) -> int:
        return sum(bool(outcome) for outcome in self.outcomes)

    @property
    def cells(self) -> list[tuple[Experiment, str, str]]:
        """Return each attack, its outcome, and the outcome in words."""
        labels = dict(Outcome.choices)
        return [
            (attack, outcome, labels.get(outcome, "Not tried"))
            for attack, outcome in zip(_firsts(), self.outcomes, strict=True)
        ]


def progress(request: HttpRequest) -> HttpResponse:
    """Show the table."""
    people = _people(request)
    page = Paginator(people, PER_PAGE).get_page(request.GET.get("p"))
    query = request.GET.copy()
    query.pop("p", None)
    context = {
        **admin.site.each_context(request),
        "title": "Lab progress",
        "attacks": _firsts(),
        "page": page,
        "rows": list(_rows(page.object_list)),
        "groups": Group.objects.order_by("name"),
        "asked": request.GET,
        "query": query.urlencode(),
    }
    return TemplateResponse(request, "admin/lab_progress.html", context)


def progress_as_csv(request: HttpRequest) -> HttpResponseBase:
    """Download the table with its present filters."""
    people = _people(request)
    pieces = (line.encode() for line in _csv(people))
    return download(request, pieces, content_type="text/csv; charset=utf-8", name="lab.csv")


def _people(request: HttpRequest) -> QuerySet[User]:
    """Select the accounts in use, without staff, with the address's filters. Raises PermissionDenied."""
    if not request.user.has_perms(("submissions.view_submission", "auth.view_user")):
        raise PermissionDenied
    people = User.objects.filter(is_active=True, is_staff=False).order_by("username")
    if name := request.GET.get("q", "").strip()[:NAME_CHARACTERS]:
        people = people.filter(username__icontains=name)
    if (group := request.GET.get("group", ""))[:NAME_CHARACTERS]:
        people = people.filter(groups__name=group)
    if family := request.GET.get("missing", ""):
        slugs = [one.slug for one in ATTACKS.get(family, ())]
        tried = Submission.objects.filter(experiment__in=slugs, ablation="").exclude(outcome="")
        people = people.exclude(pk__in=tried.values("user_id"))
    return people


def _rows(people: Iterable[User]) -> Iterator[Progress]:
    """Yield the rows of these people, from one query. Runs of weakened sandboxes do not count."""
    chosen = list(people)
    runs = Submission.objects.filter(user__in=chosen, ablation="").exclude(experiment="")
    found: dict[tuple[int, str], set[str]] = {}
    seen = runs.exclude(outcome="").order_by().values_list("user_id", "experiment", "outcome")
    for user_id, slug, outcome in seen.distinct():
        if slug in CATALOGUE:
            found.setdefault((user_id, CATALOGUE[slug].family), set()).add(outcome)
    for user in chosen:
        outcomes = (found.get((user.pk, family), set()) for family in offered_attacks())
        yield Progress(user, tuple(_best(some) for some in outcomes))


def _firsts() -> list[Experiment]:
    """Return each attack that the site offers, in its first language."""
    return [programs[0] for programs in offered_attacks().values()]


def _best(outcomes: set[str]) -> str:
    return next((best.value for best in BEST_FIRST if best in outcomes), "")


def progress_of(user: User) -> Progress:
    """Return one person's row."""
    [row] = _rows([user])
    return row


def _csv(people: QuerySet[User]) -> Iterator[str]:
    writer = csv.writer(Echo())
    yield writer.writerow(["user", "tried", *offered_attacks()])
    keys = list(people.values_list("pk", flat=True))
    for start in range(0, len(keys), BATCH):
        some = User.objects.filter(pk__in=keys[start : start + BATCH]).order_by("username")
        for row in _rows(some):
            yield writer.writerow([inert(row.user.get_username()), row.tried, *row.outcomes])
