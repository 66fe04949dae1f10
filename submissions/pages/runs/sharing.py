"""Share links: make and revoke them, list them, and the page that a stranger opens."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from ...accounts import signin
from ...accounts.attempts import Limit, Rate, TooManyAttempts, counted
from ...audit.accounts import shares
from ...http.answers import is_for_programs, refusal
from ...http.codes import Code
from ...http.refusals import code_of, sentence_of
from ...lifecycle.errors import Refused
from ...lifecycle.models import Submission
from ...sharing.links import opened, secret_of
from ...sharing.models import ShareLink
from ..forms import ShareForm
from .owned import own_submission

MADE = Rate(60, 3600)
"""Links that a user may make in an hour: each is an entry of the audit's chain, which nobody removes."""
HEADERS = {"X-Robots-Tag": "noindex, nofollow, noarchive", "Referrer-Policy": "same-origin"}
"""No search engine lists a shared run, and no other site learns its address. Not `no-referrer`:
with it, a browser sends the page's form without its origin, and the check of forged forms refuses it."""


class NotShared(Exception):
    """A refusal to make a link: a code for a program, and a sentence for a person."""

    def __init__(
        self,
        code: Code,
        sentence: str,
        *,
        fields: Mapping[str, Sequence[str]] | None = None,
        wait: int | None = None,
    ) -> None:
        super().__init__(sentence)
        self.code, self.fields, self.wait = code, fields, wait

    def as_json(self) -> HttpResponse:
        answer = refusal(self.code, str(self), self.fields)
        if self.wait is not None:
            answer["Retry-After"] = str(self.wait)
        return answer


@require_POST
def share(request: HttpRequest, pk: str) -> HttpResponse:
    """Make a link to an own run. Answers JSON to a client that asks for it, else with the run's page."""
    is_json = is_for_programs(request)
    try:
        link = _made(request, pk)
    except NotShared as problem:
        if is_json:
            return problem.as_json()
        messages.error(request, str(problem))
    else:
        if is_json:
            body = {"url": address_of(request, link), "expires": link.expires}
            return JsonResponse(body, status=201)
        messages.success(request, "Your share link is ready.")
    # The page of the run sends a stranger to the login page.
    return redirect(f"{reverse('submission', args=[pk])}#share")


def _made(request: HttpRequest, pk: str) -> ShareLink:
    """Make the link. Raises NotShared, and Http404 for another user's run."""
    if not isinstance(request.user, User):
        raise NotShared(Code.NOT_AUTHENTICATED, "Log in to share a run.")
    submission = own_submission(request, pk)
    if not settings.SHARE_DAYS:
        raise NotShared(Code.PERMISSION_DENIED, "Share links are turned off on this site.")
    form = ShareForm(request.POST)
    if not form.is_valid():
        fields = {name: [str(one) for one in found] for name, found in form.errors.items()}
        raise NotShared(Code.INVALID, "This time is not on offer.", fields=fields)
    try:
        with counted(Limit("share links made by", str(request.user.pk), MADE)):
            return shares.share(request.user, submission, **form.cleaned_data)
    except TooManyAttempts as error:
        sentence = f"You may make {MADE.most} share links an hour. Try again later."
        raise NotShared(Code.TOO_MANY_ATTEMPTS, sentence, wait=error.wait) from error
    except Refused as error:
        raise NotShared(code_of(error), sentence_of(error), wait=error.retry_after) from error


def address_of(request: HttpRequest, link: ShareLink) -> str:
    return request.build_absolute_uri(reverse("shared", args=[secret_of(link)]))


def links_of(request: HttpRequest, **narrowed: Any) -> list[tuple[ShareLink, str]]:
    """Return the user's links that open, each with its address."""
    own = ShareLink.objects.live().filter(user=request.user.pk, **narrowed)
    own = own.select_related("submission").defer(*_UNSHOWN) if settings.SHARE_DAYS else own.none()
    return [(link, address_of(request, link)) for link in own]


_UNSHOWN = [f"submission__{name}" for name in ("stdin", "stdout", "stderr", "evidence", "finding")]


@login_required
@never_cache
@require_safe
def links(request: HttpRequest) -> HttpResponse:
    """List the user's share links."""
    context = {"links": links_of(request), "most": shares.LINKS_PER_USER}
    return render(request, "submissions/links.html", context)


@login_required
@require_POST
def revoke(request: HttpRequest, key: str) -> HttpResponse:
    """Revoke an own link and show where the user came from: the run's page, or the list."""
    link = get_object_or_404(ShareLink, user=request.user, key=key)
    shares.revoke(link)
    messages.success(request, "The share link is revoked. It opens nothing any more.")
    if "run" in request.POST:
        return redirect(f"{reverse('submission', args=[link.submission_id])}#share")
    return redirect("share_links")


@never_cache
@require_safe
def shared(request: HttpRequest, key: str) -> HttpResponse:
    """Show a run to anyone who has its link. An unknown, an expired and a revoked link look the same."""
    rate = Rate.of(settings.SHARE_VIEW_RATE)
    with counted(Limit("share links opened from", signin.address(request), rate)):
        link = opened(key)
    if link is None:
        answer = render(request, "submissions/not_shared.html", status=404)
    else:
        answer = render(request, "submissions/shared.html", _shown(link))
    for name, value in HEADERS.items():
        answer[name] = value
    return answer


def _shown(link: ShareLink) -> dict[str, Any]:
    """Return what a stranger may see; the template shows nothing else of the run."""
    submission: Submission = link.submission
    return {
        "submission": submission,
        "args": "\n".join(submission.args),
        "name": link.user.get_username() if link.named else "",
        "expires": link.expires,
        "has_files": bool(submission.files_in or submission.files_out),
    }
