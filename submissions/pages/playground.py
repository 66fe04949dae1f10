"""The playground: a page to write and run a program.

A script runs it and streams the output. Without the script, the form leads to a page with the result.
"""

import json
from base64 import b64encode
from collections.abc import Sequence, Set
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from executor import (
    DEFAULT_LANGUAGE,
    LANGUAGES,
    LAYERS,
    MOST_BYTES_IN,
    MOST_IN,
    STDIN_BYTES,
    InvalidRequest,
    chosen_limits,
    layer_behind,
    limits_of,
    offered,
)

from .. import orders
from ..files import store, uploads
from ..http.connections import place_for
from ..http.origin import origin_of_page
from ..lifecycle.columns import choice_of_row
from ..lifecycle.errors import Refused
from ..lifecycle.models import Submission, Verdict
from ..orders import Order
from ..serializers.runs import RunInput
from .examples import Example, examples
from .forms import ShareForm
from .refusals import problems_of, refused
from .runs.made_files import REASONS
from .runs.owned import own_submission

WITHOUT_FILES = (
    "This run had files beside its program. Add them in the box “Input and options”, or choose Run again"
    " on its page, where it has them."
)
FILES_REMOVED = "The files of this run have been removed, so it can't run again as it was."
LIMITS_CHARACTERS = 500
"""The longest lower limits, several times what a program has. Nested ones could not be written again."""
NO_ID = "00000000-0000-0000-0000-000000000000"
"""Stands for the id of a run in addresses that the script completes."""


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def playground(request: HttpRequest) -> HttpResponse:
    """Show a program without running it: that of a POST with the form's fields, of `?example=`, or of
    `?submission=`, one of the user's own."""
    if request.method == "POST":
        return _page(request, posted_program(request.POST))
    if pk := request.GET.get("submission"):
        shown = own_submission(request, pk)
        problems = [WITHOUT_FILES] if shown.files_in else []
        return _page(request, stored_program(shown), problems=problems)
    if example := examples().get(request.GET.get("example", "")):
        return _page(request, _program(**_given_by(example)), "example")
    language = LANGUAGES[DEFAULT_LANGUAGE]
    return _page(request, _program(language.slug, language.hello), "")


def _given_by(example: Example) -> dict[str, Any]:
    """Return what an example says of its program."""
    names = ("language", "code", "stdin", "outputs")
    return {name: getattr(example, name) for name in names}


def _program(language: str, code: str, stdin: str = "", *, outputs: bool = False) -> dict[str, Any]:
    return {
        "code": code,
        "language": language,
        "stdin": stdin,
        "args": [],
        "outputs": outputs,
        "read_only": True,
        "limits": None,
    }


@login_required
@require_POST
def run(request: HttpRequest) -> HttpResponse:
    """Run the form's program and redirect to its result."""
    return run_and_show(request, posted_program(request.POST))


@login_required
@require_POST
def run_again(request: HttpRequest, pk: str) -> HttpResponse:
    """Run a stored program again, as a new submission, with the files that came with it."""
    stored = own_submission(request, pk)
    program, sent = stored_program(stored), stored.files_in or []
    known = set(uploads.current_of(stored.user_id).values_list("pk", flat=True))
    size = sum(file["size"] for file in sent if file.get(store.UPLOAD) not in known)
    try:
        orders.count(stored.user)
        with place_for(size, stored.user_id):  # else requests that wait would fill the memory
            program["files"] = _files_again(stored, known)
            return run_and_show(request, program, is_counted=True)
    except store.FilesMissing:
        return _page(request, program, problems=[FILES_REMOVED], status=409)
    except Refused as error:
        return refused(error, lambda problems: _page(request, program, problems=problems))


def _files_again(stored: Submission, known: Set[str]) -> list[dict[str, str]]:
    """Return the files of a run for another one: an upload by its id, if it is one of the known."""
    sent = stored.files_in or []
    return [
        {"name": file.name, "id": about[store.UPLOAD]}
        if about.get(store.UPLOAD) in known
        else {"name": file.name, "base64": b64encode(file.content).decode()}
        for about, file in zip(sent, store.sent_to(stored.pk, sent), strict=True)
    ]


def run_and_show(
    request: HttpRequest, program: dict[str, Any], *, is_counted: bool = False
) -> HttpResponse:
    """Run a program under the same rules as POST /run. A refusal shows the program with the reason."""
    assert isinstance(request.user, User)  # noqa: S101 - for the type checker
    try:
        if not is_counted:
            orders.count(request.user)
        checked = RunInput(data=program, context={"user": request.user})
        if not checked.is_valid():
            return _page(request, program, problems=problems_of(checked.errors), status=400)
        order = Order(
            user=request.user,
            runs=(checked.to_run_request(),),
            origin=origin_of_page(request),
            is_counted=True,
        )
        submission = orders.run(order).made
    except Refused as error:
        return refused(error, lambda problems: _page(request, program, problems=problems))
    except InvalidRequest as error:
        return _page(request, program, problems=[str(error)], status=400)
    return redirect("submission", submission.pk)


def _page(
    request: HttpRequest,
    program: dict[str, Any],
    given: str = "program",
    *,
    problems: Sequence[str] = (),
    status: int = 200,
) -> HttpResponse:
    """Show a program. Unless `given` is empty, the user has asked for it, and it comes before a draft."""
    languages = offered()
    language = languages.get(program["language"], languages[DEFAULT_LANGUAGE])
    if not problems and program["language"] not in languages:
        problems = [f"This site does not offer {_label(program['language'])}. Choose a language."]
    context = {
        "program": program,
        "args": "\n".join(program["args"]),
        "lower": json.dumps(program["limits"]) if program["limits"] else "",
        "problems": problems,
        "languages": [(one, limits_of(one)) for one in languages.values()],
        "chosen": language,
        "examples": examples().values(),
        "limits": limits_of(language),
        "longest": settings.CODE_CHARACTERS,
        "share_form": ShareForm() if settings.SHARE_DAYS else None,
        "page": _for_script(request, given),
    }
    return render(request, "submissions/playground.html", context, status=status)


def _label(slug: str) -> str:
    """Name a language that is known; a form may bring any name."""
    return LANGUAGES[slug].label if slug in LANGUAGES else "the language of this program"


def _for_script(request: HttpRequest, given: str) -> dict[str, Any]:
    """Return what the page's script has to know."""
    return {
        "user": request.user.pk,
        "given": given,
        "self": reverse("playground"),
        "run": reverse("run"),
        "languages": reverse("language-list"),
        "login": reverse("account_login"),
        "history": reverse("history"),
        "share": reverse("share", args=[NO_ID]),
        "no_id": NO_ID,
        "templates": {slug: language.hello for slug, language in offered().items()},
        "examples": {slug: asdict(example) for slug, example in examples().items()},
        "verdicts": dict(Verdict.choices),
        "why": _explanations(),
        "reasons": REASONS,
        "limits": {slug: asdict(limits_of(one)) for slug, one in offered().items()},
        "interactive": _limits_of_interactive(),
        "longest": settings.CODE_CHARACTERS,
        "stdin_bytes": STDIN_BYTES,
        "uploads": {
            "url": reverse("file-list"),
            "largest": settings.UPLOAD_MAX_BYTES,
            "most": MOST_IN,
            "all": MOST_BYTES_IN,
        },
    }


def _limits_of_interactive() -> dict[str, float] | None:
    """Return the limits in which an interactive run differs; None if the site has no such runs."""
    if not settings.INTERACTIVE_MAX:
        return None
    limits = chosen_limits({}, LANGUAGES[DEFAULT_LANGUAGE], interactive=True)
    return {"wall_seconds": limits.wall_seconds, "idle_seconds": limits.idle_seconds}


def _explanations() -> dict[str, str]:
    """Map each verdict of a limit to the page of its layer.

    Two limits end in the verdict of time. The script chooses between them by the CPU time used.
    """
    layers = {verdict: layer_behind(verdict) for verdict in Verdict.values}
    layers["cpu_time"] = LAYERS["cpu time"]
    return {end: reverse("layer", args=[one.slug]) for end, one in layers.items() if one}


def posted_program(fields: QueryDict) -> dict[str, Any]:
    """Convert the form's fields to those of the API.

    Browsers send every line end as CR LF, and leave out a box that is not ticked.
    """

    def text(name: str) -> str:
        return str(fields.get(name, "")).replace("\r\n", "\n")

    def is_ticked(name: str) -> bool:
        return text(name).lower() in {"on", "true", "1"}

    return {
        "code": text("code"),
        "language": text("language") or DEFAULT_LANGUAGE,
        "stdin": text("stdin"),
        "args": [line for line in text("args").split("\n") if line],
        "outputs": is_ticked("outputs"),
        "read_only": is_ticked("read_only"),
        "limits": _limits_of(text("limits")),
    }


def _limits_of(text: str) -> Any:
    """Read the lower limits that a stored program has brought; the check refuses what is none."""
    if len(text) > LIMITS_CHARACTERS:
        return text
    try:
        return json.loads(text) if text else None
    except (ValueError, RecursionError):
        return text


def stored_program(submission: Submission) -> dict[str, Any]:
    """Return the program of a submission with the API's field names, its lower limits included."""
    return {
        "code": submission.code,
        "language": submission.language,
        "stdin": submission.stdin,
        "stdin_verbatim": True,  # it was made lines when it came, or was not to be
        "args": submission.args,
        "outputs": submission.outputs,
        "read_only": submission.read_only,
        "isolation": submission.isolation,
        "limits": choice_of_row(submission),
    }
