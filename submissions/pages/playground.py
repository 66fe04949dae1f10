"""The playground: a page to write and run a program.

A script runs it and streams the output. Without the script, the form leads to a page with the result.
"""

from collections.abc import Sequence
from typing import Any

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from executor import DEFAULT_LANGUAGE, LANGUAGES, InvalidRequest, default_limits

from .. import orders
from ..http.origin import origin_of_page
from ..lifecycle.errors import Refused
from ..lifecycle.models import Submission, Verdict
from ..orders import Order
from ..serializers.runs import CODE_CHARACTERS, RunInput
from .examples import EXAMPLES
from .owned import own_submission
from .refusals import problems_of, refused


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def playground(request: HttpRequest) -> HttpResponse:
    """Show a program without running it: that of a POST with the form's fields, of `?example=`, or of
    `?submission=`, one of the user's own."""
    if request.method == "POST":
        return _page(request, posted_program(request.POST))
    if pk := request.GET.get("submission"):
        return _page(request, stored_program(own_submission(request, pk)))
    example = EXAMPLES.get(request.GET.get("example", ""), EXAMPLES["hello"])
    return _page(
        request,
        {
            "code": example.code,
            "language": example.language,
            "stdin": example.stdin,
            "args": [],
            "read_only": True,
        },
    )


@login_required
@require_POST
def run(request: HttpRequest) -> HttpResponse:
    """Run the form's program and redirect to its result."""
    return run_and_show(request, posted_program(request.POST))


@login_required
@require_POST
def run_again(request: HttpRequest, pk: str) -> HttpResponse:
    """Run a stored program again, as a new submission."""
    return run_and_show(request, stored_program(own_submission(request, pk)))


def run_and_show(request: HttpRequest, program: dict[str, Any]) -> HttpResponse:
    """Run a program under the same rules as POST /run. A refusal shows the program with the reason."""
    assert isinstance(request.user, User)  # noqa: S101 - for the type checker
    try:
        orders.count(request.user)
        checked = RunInput(data=program)
        if not checked.is_valid():
            return _page(request, program, problems_of(checked.errors), status=400)
        order = Order(
            user=request.user,
            runs=(checked.to_run_request(),),
            origin=origin_of_page(request),
            is_counted=True,
        )
        submission = orders.run(order).made
    except Refused as error:
        return refused(error, lambda problems: _page(request, program, problems))
    except InvalidRequest as error:
        return _page(request, program, [str(error)], status=400)
    return redirect("submission", submission.pk)


def _page(
    request: HttpRequest, program: dict[str, Any], problems: Sequence[str] = (), status: int = 200
) -> HttpResponse:
    context = {
        "program": program,
        "args": "\n".join(program["args"]),
        "problems": problems,
        "languages": LANGUAGES.values(),
        "examples": EXAMPLES.values(),
        "limits": default_limits(),
        "verdicts": dict(Verdict.choices),
        "longest": CODE_CHARACTERS,
    }
    return render(request, "submissions/playground.html", context, status=status)


def posted_program(fields: QueryDict) -> dict[str, Any]:
    """Convert the form's fields to those of the API.

    Browsers send every line end as CR LF, and leave out a box that is not ticked.
    """

    def text(name: str) -> str:
        return str(fields.get(name, "")).replace("\r\n", "\n")

    return {
        "code": text("code"),
        "language": text("language") or DEFAULT_LANGUAGE,
        "stdin": text("stdin"),
        "args": [line for line in text("args").split("\n") if line],
        "read_only": text("read_only").lower() in {"on", "true", "1"},
    }


def stored_program(submission: Submission) -> dict[str, Any]:
    """Return the program of a submission with the API's field names."""
    return {
        "code": submission.code,
        "language": submission.language,
        "stdin": submission.stdin,
        "args": submission.args,
        "read_only": submission.read_only,
    }
