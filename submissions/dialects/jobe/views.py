"""Jobe's API: languages, runs, and the files that runs name."""

from base64 import b64decode
from binascii import Error
from dataclasses import replace
from hashlib import md5
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

from executor import LANGUAGES

from ... import orders
from ...http import refusals
from ...http.codes import Code
from ...http.origin import Caller, NotAdmitted, body_of
from ...lifecycle.errors import SandboxUnavailable, ServiceBusy, TooManyRuns
from ...lifecycle.models import Via
from ...orders import Order
from ...serializers import strict_json
from ...serializers.runs import checked_program
from ..dialect import Dialect, Problem
from . import cache
from .languages import is_compiled, known_languages
from .outcomes import overload, result_of
from .spec import Spec, refuse, spec_of

WITHOUT_KEY = {
    Code.NOT_AUTHENTICATED: "Missing API key",
    Code.AUTHENTICATION_FAILED: "Unknown API key",
}
RATE_EXCEEDED = "Max RUN rate for this server exceeded"
MISSING_FILES = "One or more of the specified files is missing/unavailable"
NOT_JSON = "Non-JSON post data received"


def refusal(problem: Problem) -> HttpResponse:
    """Answer a refusal as Jobe does: the body is a JSON string, and without a key the status is 403."""
    if words := WITHOUT_KEY.get(problem.code):
        return _words(words, 403)
    if problem.code is Code.PARSE_ERROR:
        return _words(NOT_JSON, 400)
    before = f"{RATE_EXCEEDED}. " if problem.code is Code.THROTTLED else ""
    return _words(before + problem.sentence, problem.code.status)


def _words(words: str, status: int) -> HttpResponse:
    return JsonResponse(words, safe=False, status=status)


JOBE = Dialect(via=Via.JOBE, refusal=refusal)


def languages(request: HttpRequest, caller: Caller) -> HttpResponse:
    return JsonResponse(known_languages(), safe=False)


def run(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Run a program, and answer when it has ended.

    A client sends the files only when it learns that they are missing, and then the same run again.
    """
    orders.count(caller.user)  # also a request that is refused
    spec = spec_of(_json(request))
    program = checked_program(_program_of(spec, caller), caller.user)
    program = replace(program, escapes_bytes=True)
    order = Order(user=caller.user, runs=(program,), origin=caller.origin, is_counted=True)
    try:
        return JsonResponse(result_of(orders.run(order).made, spec))
    except (ServiceBusy, TooManyRuns, SandboxUnavailable) as error:
        refusals.count(error)
        return JsonResponse(overload())


def _program_of(spec: Spec, caller: Caller) -> dict[str, Any]:
    """Return the program as our serializer takes it. Raises NotAdmitted if a file is missing.

    Each gets a container of its own: one token serves the programs of all students. The source is among
    the files too, under the client's name for it, unless a compiler would take it for a second program.
    """
    ids = {file_id for file_id, _ in spec.files}
    uploads = cache.found(caller.user, ids)
    if ids - uploads.keys():
        raise NotAdmitted(Code.NOT_FOUND, MISSING_FILES)
    files = [{"name": name, "id": uploads[file_id]} for file_id, name in spec.files]
    if spec.source_name != LANGUAGES[spec.slug].source and not is_compiled(spec.slug):
        files.append({"name": spec.source_name, "text": spec.source})
    return {
        "code": spec.source if spec.command is None else spec.command,
        "language": spec.slug,
        "stdin": spec.stdin,
        "stdin_verbatim": True,
        "args": list(spec.args),
        "files": files,
        "read_only": not files,
        "isolation": "container",
        "limits": dict(spec.limits),
    }


def put_file(request: HttpRequest, caller: Caller, file_id: str) -> HttpResponse:
    orders.count(caller.user)
    cache.put(caller.user, file_id, _content_of(request, file_id))
    return HttpResponse(status=204)


def post_file(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Keep a file, under the digest of its content."""
    orders.count(caller.user)
    content = _content_of(request, "(new)")
    file_id = md5(content, usedforsecurity=False).hexdigest()
    cache.put(caller.user, file_id, content)
    return JsonResponse(file_id, safe=False)


def find_file(request: HttpRequest, caller: Caller, file_id: str) -> HttpResponse:
    return HttpResponse(status=204 if cache.found(caller.user, [file_id]) else 404)


def _content_of(request: HttpRequest, file_id: str) -> bytes:
    body = _json(request)
    if not isinstance(body, dict) or body.get("file_contents") is None:
        refuse("put: missing file_contents parameter")
    try:
        return b64decode(body["file_contents"], validate=True)
    except (Error, TypeError, ValueError):
        refuse(f"put: contents of file {file_id} are not valid base-64")


def _json(request: HttpRequest) -> Any:
    return strict_json.parsed_sparse(body_of(request))
