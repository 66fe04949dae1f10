"""Judge0's API: submissions that run at once or later, and what a client asks before it sends one."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.http.response import HttpResponseBase

from executor import RunRequest

from ... import orders
from ...http import connections
from ...http.answers import JSON
from ...http.codes import Code
from ...http.origin import Caller, NotAdmitted, body_of
from ...lifecycle.models import Submission, Via
from ...orders import Order
from ...serializers import strict_json
from ..dialect import Dialect, Problem
from . import languages
from .answers import UnknownFields, fields_in, shown
from .configuration import ABOUT, BATCH, STATUSES, VERSION, config_info, unpacked_bytes
from .models import Expectation, digest_of
from .wishes import NotSaved, Wish, wish_of

WRONG_IN_FULL = 5
"""Wrong programs of a batch that get all of their reasons. The others get one: the answer stays short."""
FORM = "application/x-www-form-urlencoded"


def refusal(problem: Problem) -> HttpResponse:
    return JsonResponse({"error": problem.sentence}, status=problem.code.status)


JUDGE0 = Dialect(via=Via.JUDGE0, refusal=refusal)


def create(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Run a submission, and answer at once with its token, or with `wait` when it has ended."""
    orders.count(caller.user)  # also a request that is refused
    fields, is_base64 = _fields(request), _is_base64(request)
    try:
        wish = wish_of(_body(request), is_base64=is_base64, most=unpacked_bytes())
    except NotSaved as error:
        return JsonResponse(error.errors, status=422)
    order = _order(caller, wish.program)
    # In one transaction: nobody sees the run without what is expected of it.
    if request.GET.get("wait") == "true":
        run = orders.run(replace(order, also=partial(_expect, wish=wish))).made
        return JsonResponse(shown(run, fields, is_base64=is_base64), status=201)
    with transaction.atomic():
        run = orders.queue(order).made
        _expect(run, wish)
    return JsonResponse({"token": str(run.pk)}, status=201)


def create_all(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Queue submissions. Those that are wrong get their reasons, and the others a token."""
    orders.count(caller.user)
    made = _wishes(request)
    wishes = [one for one in made if isinstance(one, Wish)]
    if not wishes:
        return JsonResponse(made, safe=False, status=422)
    with transaction.atomic():
        batch = orders.queue_batch(_order(caller, *(one.program for one in wishes))).made
        runs = list(batch.submissions.order_by("batch_entry__position"))
        for run, wish in zip(runs, wishes, strict=True):
            _expect(run, wish)
    tokens = iter([{"token": str(run.pk)} for run in runs])
    answers = [next(tokens) if isinstance(one, Wish) else one for one in made]
    return JsonResponse(answers, safe=False, status=201)


def show(request: HttpRequest, caller: Caller, token: UUID) -> HttpResponse:
    fields = _fields(request)
    run = Submission.objects.visible_to(caller.user).filter(pk=token).first()
    if run is None:
        raise NotAdmitted(Code.NOT_FOUND, "There is no such submission, or it is not yours.")
    return JsonResponse(shown(run, fields, is_base64=_is_base64(request)))


def show_all(request: HttpRequest, caller: Caller) -> HttpResponseBase:
    fields = _fields(request)
    tokens = [one for one in request.GET.get("tokens", "").strip().split(",") if one]
    _check_number(len(tokens))
    is_base64 = _is_base64(request)
    own = Submission.objects.visible_to(caller.user)

    def frames() -> Iterator[bytes]:
        yield b'{"submissions": ['
        for number, token in enumerate(tokens):
            pk = _id_of(token)
            run = own.filter(pk=pk).first() if pk else None
            content = run and shown(run, fields, is_base64=is_base64)
            yield (b", " if number else b"") + json.dumps(content).encode()
        yield b"]}"

    return connections.answer_in_parts(frames(), caller.user.pk, headers={"Content-Type": JSON})


def list_all(request: HttpRequest, caller: Caller) -> HttpResponse:
    raise NotAdmitted(Code.PERMISSION_DENIED, "Nobody lists submissions here. See your history.")


def delete(request: HttpRequest, caller: Caller, token: UUID) -> HttpResponse:
    raise NotAdmitted(Code.INVALID, "delete not allowed")


def authenticate(request: HttpRequest, caller: Caller) -> HttpResponse:
    return HttpResponse()


def authorize(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Accept the user's own token as the administrator's: it gives no right beyond the user's."""
    if request.headers.get("X-Auth-User") != request.headers.get("X-Auth-Token"):
        raise NotAdmitted(Code.PERMISSION_DENIED, "Send your token as X-Auth-User, too.")
    return HttpResponse()


def list_languages(request: HttpRequest, caller: Caller) -> HttpResponse:
    return JsonResponse(languages.listed(), safe=False)


def show_language(request: HttpRequest, caller: Caller, number: int) -> HttpResponse:
    if (about := languages.described(number)) is None:
        raise NotAdmitted(Code.NOT_FOUND, f"language with id {number} doesn't exist")
    return JsonResponse(about)


def telling(content: Callable[[], Any]) -> Callable[[HttpRequest, Caller], HttpResponse]:
    """Build a handler that tells what does not depend on the request."""

    def tell(request: HttpRequest, caller: Caller) -> HttpResponse:
        return JsonResponse(content(), safe=False)

    return tell


statuses = telling(lambda: [{"id": n, "description": words} for n, words in STATUSES.items()])
about = telling(lambda: ABOUT)
configuration = telling(config_info)


def version(request: HttpRequest, caller: Caller) -> HttpResponse:
    return HttpResponse(VERSION, content_type="text/plain")


def _body(request: HttpRequest) -> Any:
    """Return the fields of a submission, from JSON or a form."""
    body = body_of(request)
    return (
        QueryDict(body).dict() if request.content_type == FORM else strict_json.parsed_sparse(body)
    )


def _wishes(request: HttpRequest) -> list[Wish | dict[str, list[str]]]:
    """Return what is asked for, or what is wrong with it, in the order of the request."""
    body = strict_json.parsed_sparse(body_of(request))
    asked = body.get("submissions") if isinstance(body, dict) else None
    programs = asked if isinstance(asked, list) else []
    _check_number(len(programs))
    found: list[Wish | dict[str, list[str]]] = []
    left, is_base64, wrong = unpacked_bytes(), _is_base64(request), 0
    for one in programs:
        try:
            wish = wish_of(one, is_base64=is_base64, most=left)
        except NotSaved as error:
            wrong += 1
            found.append(
                error.errors if wrong <= WRONG_IN_FULL else dict([*error.errors.items()][:1])
            )
        else:
            found.append(wish)
            left -= sum(len(file.content) for file in wish.program.files)
    return found


def _check_number(number: int) -> None:
    if number > BATCH:
        raise NotAdmitted(
            Code.INVALID,
            f"number of submissions in a batch should be less than or equal to {BATCH}",
        )
    if number == 0:
        raise NotAdmitted(Code.INVALID, "there should be at least one submission in a batch")


def _fields(request: HttpRequest) -> tuple[str, ...]:
    try:
        return fields_in(request.GET.get("fields", ""))
    except UnknownFields as error:
        raise NotAdmitted(Code.INVALID, str(error)) from error


def _is_base64(request: HttpRequest) -> bool:
    return request.GET.get("base64_encoded") == "true"


def _order(caller: Caller, *programs: RunRequest) -> Order:
    return Order(user=caller.user, runs=programs, origin=caller.origin, is_counted=True)


def _expect(run: Submission, wish: Wish) -> None:
    if wish.expected_output is not None:
        digest = digest_of(run.pk, wish.expected_output)
        Expectation.objects.create(submission=run, user=run.user, digest=digest)


def _id_of(token: str) -> UUID | None:
    try:
        return UUID(token)
    except ValueError:
        return None
