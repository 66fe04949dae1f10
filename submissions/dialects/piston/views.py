"""Piston's API, version 2: the runtimes, and a run that the client waits for."""

from django.http import HttpRequest, HttpResponse, JsonResponse

from ... import orders
from ...http.answers import JSON
from ...http.codes import Code
from ...http.origin import Caller, NotAdmitted, body_of
from ...lifecycle.models import Via
from ...orders import Order
from ...serializers import strict_json
from ...serializers.runs import checked_program
from ..dialect import Dialect, Problem
from .answers import executed
from .runtimes import known_runtimes
from .wishes import program_of

VERSION = "3.1.1"
"""Of the Piston whose API this is."""


def refusal(problem: Problem) -> HttpResponse:
    """Answer a refusal in Piston's form: the errors of its parser have a stack instead of a message."""
    content = {"message": problem.sentence}
    if problem.code is Code.PARSE_ERROR:
        content["stack"] = problem.sentence
    return JsonResponse(content, status=problem.code.status)


PISTON = Dialect(via=Via.PISTON, refusal=refusal)


def root(request: HttpRequest, caller: Caller) -> HttpResponse:
    return JsonResponse({"message": f"Piston v{VERSION}"})


def runtimes(request: HttpRequest, caller: Caller) -> HttpResponse:
    return JsonResponse([one.described() for one in known_runtimes()], safe=False)


def packages(request: HttpRequest, caller: Caller) -> HttpResponse:
    """List what is installed, as Piston's package manager does. Nothing can be added."""
    listed = [
        {"language": one.language, "language_version": one.version, "installed": True}
        for one in known_runtimes()
    ]
    return JsonResponse(listed, safe=False)


def execute(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Run a program, and answer when it has ended."""
    orders.count(caller.user)  # also a request that is refused
    if not (request.content_type or "").startswith(JSON):
        raise NotAdmitted(Code.UNSUPPORTED_MEDIA_TYPE, "requests must be of type application/json")
    runtime, program = program_of(strict_json.parsed_sparse(body_of(request)))
    order = Order(
        user=caller.user,
        runs=(checked_program(program, caller.user),),
        origin=caller.origin,
        is_counted=True,
    )
    submission = orders.start(order).made
    try:
        return JsonResponse(executed(submission, runtime, orders.follow(submission)))
    finally:
        # It gives its place back, and ends a run that could not be followed to its end.
        orders.abandon(submission)
