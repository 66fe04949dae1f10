"""E2B's API, as far as it runs code: a sandbox that is only a label, and `run_code` in it.

Each call runs in a fresh sandbox of this site. In Python the label is a session too, so variables are
kept from one call to the next. What needs a machine that lives on is refused in E2B's form.
"""

import json
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse

from ... import orders
from ...files import labels
from ...files.sessions import current_of
from ...http import connections
from ...http.codes import Code
from ...http.connections import Pieces
from ...http.origin import Caller, NotAdmitted, body_of
from ...lifecycle.models import Via
from ...orders import Order
from ...serializers import strict_json
from ...serializers.runs import checked_program
from ..dialect import Dialect, Problem, secret_of
from .results import lines_of

TEMPLATE_CHARACTERS = 200
"""What is repeated of a template's name."""
ENVD_VERSION = "0.5.0"
"""Of the agent in E2B's sandboxes: clients refuse very old ones."""
LANGUAGES = {"js": "javascript", "ts": "typescript", "py": "python", "python3": "python"}
"""Names that clients use beside our own."""
NOT_SET: tuple[Any, ...] = (None, "", {}, [], False)
UNUSABLE = {
    "envVars": "environment variables",
    "volumeMounts": "volumes",
    "mcp": "MCP servers in a sandbox",
    "iam": "identities of a sandbox",
}
"""Parts of a request for a sandbox that would change what programs do, and that do not exist here."""
NO_MACHINE = (
    "A sandbox of this site is only a label, and each run_code has a fresh sandbox, with the variables of"
    " the last one in Python. There are no"
    " commands, no file API and no contexts. Let the program do it, and send all that it needs as code."
)


def refusal(problem: Problem) -> HttpResponse:
    status = problem.code.status
    return JsonResponse({"code": status, "message": problem.sentence}, status=status)


E2B = Dialect(via=Via.E2B, refusal=refusal)


def create(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Name a sandbox. Template, metadata, network and timeout have no effect."""
    body = _object(request)
    for name, words in UNUSABLE.items():
        if body.get(name) not in NOT_SET:
            raise NotAdmitted(Code.INVALID, f"This site has no {words}.")
    template = body.get("templateID")
    token = (secret_of(request) or b"").decode()
    content = {
        "templateID": template[:TEMPLATE_CHARACTERS] if isinstance(template, str) else "",
        "sandboxID": labels.new_label(caller.user),
        "clientID": "safe-code-executor",
        "envdVersion": ENVD_VERSION,
        # The client's own: it sends the sandbox one of the two, and here API and sandbox are one site.
        "envdAccessToken": token,
        "trafficAccessToken": token,
    }
    return JsonResponse(content, status=201)


def none_live(request: HttpRequest, caller: Caller) -> HttpResponse:
    """List the sandboxes that live: there are none between two calls."""
    return JsonResponse([], safe=False)


def keep(request: HttpRequest, caller: Caller, label: str) -> HttpResponse:
    """Set the time for which a sandbox lives. A label has no end."""
    _check_label(label, caller)
    return HttpResponse(status=204)


def end(request: HttpRequest, caller: Caller, label: str) -> HttpResponse:
    """End a sandbox: only its session may be there."""
    _check_label(label, caller)
    current_of(caller.user.pk).filter(name=label).delete()
    return HttpResponse(status=204)


def health(request: HttpRequest, caller: Caller) -> HttpResponse:
    return HttpResponse(status=204)


def execute(request: HttpRequest, caller: Caller) -> StreamingHttpResponse:
    """Run a program, and send what it prints while it runs."""
    orders.count(caller.user)  # also a request that is refused
    label = request.headers.get("E2b-Sandbox-Id", "")
    _check_label(label, caller)
    body = _object(request)
    if body.get("context_id") not in NOT_SET:
        raise NotAdmitted(Code.NOT_IMPLEMENTED, NO_MACHINE)
    if body.get("env_vars") not in NOT_SET:
        raise NotAdmitted(Code.INVALID, f"This site has no {UNUSABLE['envVars']}.")
    program = checked_program(_program_in(body, label), caller.user)
    order = Order(
        user=caller.user,
        runs=(program,),
        origin=caller.origin,
        is_counted=True,
    )
    with ExitStack() as held:
        held.enter_context(connections.place_of_a_run(caller.user.pk))
        submission = orders.start(order).made
        held.callback(orders.abandon, submission)
        lines = lines_of(submission)
        held.callback(lines.close)  # it may hold a place for streams
        return StreamingHttpResponse(
            Pieces(lines, held.pop_all()),
            content_type="application/x-ndjson",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )


def _program_in(body: Mapping[str, Any], label: str) -> dict[str, Any]:
    """Return the program as our serializer takes it. One token may serve programs of many people, so each
    gets a container of its own."""
    language = body.get("language") or "python"
    if isinstance(language, str):
        language = LANGUAGES.get(language, language)
    return {
        "code": body.get("code"),
        "language": language,
        "session": label if language == "python" and settings.SESSION_MAX_PER_USER else "",
        "outputs": True,
        "isolation": "container",
    }


def no_machine(request: HttpRequest, caller: Caller, **address: str) -> HttpResponse:
    """Refuse what needs a machine that lives on."""
    kind = request.content_type or ""
    if not kind.startswith("application/connect+"):
        raise NotAdmitted(Code.NOT_IMPLEMENTED, NO_MACHINE)
    # A stream of the Connect protocol has its error in its last message: flags, size, JSON.
    error = json.dumps({"error": {"code": "unimplemented", "message": NO_MACHINE}}).encode()
    return HttpResponse(b"\x02" + len(error).to_bytes(4, "big") + error, content_type=kind)


def _check_label(label: str, caller: Caller) -> None:
    if not labels.belongs_to(label, caller.user):
        raise NotAdmitted(Code.NOT_FOUND, "There is no such sandbox, or it is not yours.")


def _object(request: HttpRequest) -> Mapping[str, Any]:
    body = strict_json.parsed_sparse(body_of(request))
    if not isinstance(body, dict):
        raise NotAdmitted(Code.INVALID, "Send a JSON object.")
    return body
