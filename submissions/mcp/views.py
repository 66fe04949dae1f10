"""POST /mcp: the Model Context Protocol over HTTP, for agents.

One request, one answer in JSON: no stream, no session, no event loop. Each request needs an API token,
whatever its method.
"""

import json
from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from ..http import connections
from ..http.answers import JSON, refusal
from ..http.codes import Code
from ..http.origin import NotAdmitted, bearer_of, body_of, caller_of
from ..http.refusals import code_of, sentence_of
from ..lifecycle.errors import Refused
from ..lifecycle.models import Via
from ..serializers import strict_json
from . import messages
from .calls import Caller
from .messages import INVALID_REQUEST, METHOD_NOT_FOUND, PARSE_ERROR, Fault
from .methods import result_of
from .revisions import VERSION_HEADER, WITH_BATCHES, is_stateless

BATCH_MESSAGES = 10
"""The most messages of a batch. They are answered one after another."""

Answer = dict[str, Any]


@csrf_exempt  # no cookie authenticates here
@require_POST
def mcp(request: HttpRequest) -> HttpResponseBase:
    """Answer one message, or a batch of them."""
    try:
        caller = _caller(request)
        body = _body(request)
    except NotAdmitted as refused:
        return _not_admitted(refused)
    try:
        content = strict_json.parsed_sparse(body)
    except strict_json.NotJSON as error:
        return _refused(Fault(PARSE_ERROR, str(error)))
    with caller.place:
        try:
            if isinstance(content, list):
                return _batch(request, caller, content)
            status, answer = _answered(request, caller, content)
            return HttpResponse(status=status) if answer is None else _sent(answer, status, caller)
        except Refused as error:
            return _busy(error)


def _sent(content: Answer | list[Answer], status: int, caller: Caller) -> HttpResponseBase:
    """Answer with JSON. If it is long, its reader needs a place for streams. Raises Refused."""
    body = json.dumps(content).encode()
    headers = {"Content-Type": JSON}
    if len(body) <= connections.SMALL:
        return HttpResponse(body, status=status, headers=headers)
    caller.place.take()
    return caller.place.answer(body, status=status, headers=headers)


def _busy(error: Refused) -> HttpResponse:
    response = refusal(code_of(error), sentence_of(error))
    response["Retry-After"] = str(error.retry_after or 1)
    return response


def _not_admitted(refused: NotAdmitted) -> HttpResponse:
    response = refusal(refused.code, str(refused))
    if refused.code.status == 401:
        response["WWW-Authenticate"] = "Bearer"
    return response


def _caller(request: HttpRequest) -> Caller:
    """Return who calls. Raises NotAdmitted."""
    known = caller_of(request, Via.MCP, bearer_of(request))
    return Caller(
        user=known.user,
        origin=known.origin,
        site=request.build_absolute_uri("/"),
        place=connections.LatePlace(known.user.pk),
        may_link=request.headers.get(VERSION_HEADER, WITH_BATCHES) != WITH_BATCHES,
    )


def _body(request: HttpRequest) -> bytes:
    """Return the body. Raises NotAdmitted for one that is not read."""
    if not request.accepts(JSON):
        raise NotAdmitted(Code.NOT_ACCEPTABLE, f"The answer is {JSON}.")
    if request.content_type != JSON:
        raise NotAdmitted(Code.UNSUPPORTED_MEDIA_TYPE, f"Send the body as {JSON}.")
    return body_of(request)


def _answered(request: HttpRequest, caller: Caller, content: Any) -> tuple[int, Answer | None]:
    """Return the status and the answer of one message; a notification has no answer."""
    try:
        message = messages.message_of(content)
        stateless = is_stateless(message, request.headers)
    except Fault as fault:
        return 400, messages.error(messages.id_of(content), fault)
    if message.id is None:
        return 202, None
    try:
        result = result_of(message, caller, is_stateless=stateless)
    except Fault as fault:
        return _status(fault) if stateless else 200, messages.error(message.id, fault)
    return 200, messages.result(message.id, result)


def _status(fault: Fault) -> int:
    return 404 if fault.code == METHOD_NOT_FOUND else 400


def _batch(request: HttpRequest, caller: Caller, content: list[Any]) -> HttpResponseBase:
    """Answer the messages in turn. Each run counts against the rate by itself."""
    may_be_one = request.headers.get(VERSION_HEADER, WITH_BATCHES) == WITH_BATCHES
    if not may_be_one or not 0 < len(content) <= BATCH_MESSAGES:
        allowed = f"{WITH_BATCHES} alone allows a list, of at most {BATCH_MESSAGES}"
        return _refused(Fault(INVALID_REQUEST, f"Send one message: {allowed}."))
    plain = replace(caller, may_show=False)  # ten results with pictures would be too much
    caller.place.take()  # before its results are read: together they may be megabytes
    pairs = [_answered(request, plain, one) for one in content]
    answers = [answer for _, answer in pairs if answer is not None]
    if not answers:
        return HttpResponse(status=202)
    return _sent(answers, 200, caller)


def _refused(fault: Fault) -> HttpResponse:
    """Answer a body that holds no message."""
    return JsonResponse(messages.error(None, fault), status=400)
