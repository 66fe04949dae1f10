"""POST /mcp: the Model Context Protocol over HTTP, for agents.

One request, one answer in JSON: no stream, no session, no event loop. Each request needs an API token,
whatever its method.
"""

import json
from dataclasses import replace
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from ..accounts import tokens
from ..accounts.cross_site import is_cross_site
from ..accounts.frozen import freeze_of, sentences_for
from ..http import connections
from ..http.answers import JSON, refusal
from ..http.codes import Code
from ..http.origin import origin_of_door
from ..lifecycle.errors import Refused
from ..lifecycle.models import Via
from ..serializers import strict_json
from . import messages, pictures
from .calls import Caller
from .messages import INVALID_REQUEST, METHOD_NOT_FOUND, PARSE_ERROR, Fault
from .methods import result_of
from .revisions import VERSION_HEADER, WITH_BATCHES, is_stateless

BATCH_MESSAGES = 10
"""The most messages of a batch. They are answered one after another."""
SEND_TOKEN = "Send an API token with the header Authorization: Bearer sce_…."  # noqa: S105 - a sentence


Answer = dict[str, Any]


class NotAnswered(Exception):
    """A request that is refused before it is looked at for a message, so not in the protocol's words."""

    def __init__(self, response: HttpResponse) -> None:
        super().__init__(response.status_code)
        self.response = response


@csrf_exempt  # no cookie authenticates here
@require_POST
def mcp(request: HttpRequest) -> HttpResponseBase:
    """Answer one message, or a batch of them."""
    try:
        caller = _caller(request)
        body = _body(request)
    except NotAnswered as refused:
        return refused.response
    try:
        content = strict_json.parsed(body)
    except strict_json.NotJSON as error:
        return _refused(Fault(PARSE_ERROR, str(error)))
    if isinstance(content, list):
        return _batch(request, caller, content)
    status, answer = _answered(request, caller, content)
    return HttpResponse(status=status) if answer is None else _sent(answer, status, caller)


def _sent(answer: Answer, status: int, caller: Caller) -> HttpResponseBase:
    """Answer with a result. Its pictures may be megabytes, for which a reader takes a place for streams;
    without a place they stay away, and the text has their addresses."""
    result = answer.get("result", {})
    if not pictures.has_pictures(result):
        return JsonResponse(answer, status=status)
    try:
        body = json.dumps(answer).encode()
        return connections.answer(
            body, caller.user.pk, status=status, headers={"Content-Type": JSON}
        )
    except Refused:
        return JsonResponse({**answer, "result": pictures.without_pictures(result)}, status=status)


def _caller(request: HttpRequest) -> Caller:
    """Return who calls. Raises NotAnswered."""
    if is_cross_site(request):
        raise NotAnswered(
            refusal(Code.PERMISSION_DENIED, "A page of another site may not call this address.")
        )
    secret = tokens.secret_in(request.META.get("HTTP_AUTHORIZATION", "").encode("latin-1"))
    if secret is None:
        raise _unauthorized(Code.NOT_AUTHENTICATED, SEND_TOKEN)
    if (holder := tokens.holder_of(secret)) is None:
        raise _unauthorized(Code.AUTHENTICATION_FAILED, tokens.UNKNOWN)
    user, token_key = holder
    if not user.is_active:
        raise _inactive(user)
    request.user = user  # for the log
    return Caller(
        user=user,
        origin=origin_of_door(request, Via.MCP, token_key),
        site=request.build_absolute_uri("/"),
        may_link=request.headers.get(VERSION_HEADER, WITH_BATCHES) != WITH_BATCHES,
    )


def _unauthorized(code: Code, sentence: str) -> NotAnswered:
    response = refusal(code, sentence)
    response["WWW-Authenticate"] = "Bearer"
    return NotAnswered(response)


def _inactive(user: User) -> NotAnswered:
    if freeze := freeze_of(user):
        return NotAnswered(refusal(Code.ACCOUNT_FROZEN, sentences_for(freeze)))
    return _unauthorized(Code.AUTHENTICATION_FAILED, tokens.INACTIVE)


def _body(request: HttpRequest) -> bytes:
    """Return the body. Raises NotAnswered for one that is not read."""
    if not request.accepts(JSON):
        raise NotAnswered(refusal(Code.NOT_ACCEPTABLE, f"The answer is {JSON}."))
    if request.content_type != JSON:
        raise NotAnswered(refusal(Code.UNSUPPORTED_MEDIA_TYPE, f"Send the body as {JSON}."))
    if request.headers.get("Content-Encoding", "identity") != "identity":
        raise NotAnswered(refusal(Code.UNSUPPORTED_MEDIA_TYPE, "Send the body uncompressed."))
    if "chunked" in request.headers.get("Transfer-Encoding", "").lower():
        raise NotAnswered(
            refusal(Code.LENGTH_REQUIRED, "Send the body with a Content-Length, not in chunks.")
        )
    try:
        return request.body
    except RequestDataTooBig as error:
        raise NotAnswered(refusal(Code.TOO_LARGE, "The body is too large.")) from error


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


def _batch(request: HttpRequest, caller: Caller, content: list[Any]) -> HttpResponse:
    """Answer the messages in turn. Each run counts against the rate by itself."""
    may_be_one = request.headers.get(VERSION_HEADER, WITH_BATCHES) == WITH_BATCHES
    if not may_be_one or not 0 < len(content) <= BATCH_MESSAGES:
        allowed = f"{WITH_BATCHES} alone allows a list, of at most {BATCH_MESSAGES}"
        return _refused(Fault(INVALID_REQUEST, f"Send one message: {allowed}."))
    plain = replace(caller, may_show=False)  # ten results with pictures would be too much
    pairs = [_answered(request, plain, one) for one in content]
    answers = [answer for _, answer in pairs if answer is not None]
    return JsonResponse(answers, safe=False) if answers else HttpResponse(status=202)


def _refused(fault: Fault) -> HttpResponse:
    """Answer a body that holds no message."""
    return JsonResponse(messages.error(None, fault), status=400)
