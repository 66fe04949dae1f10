"""What all dialects share: who may come in, and how a refusal becomes an answer in the dialect's words.

A dialect is the address and the wire format of another runner, so that its clients can use this site. It
turns their request into an order for the desk, and the run into their answer; it has no rules of its own.
"""

from collections.abc import Callable
from dataclasses import dataclass
from signal import Signals
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.csrf import csrf_exempt
from rest_framework.exceptions import ValidationError

from executor import LANGUAGES, Image, InvalidRequest

from ..dispatch.dispatcher import dispatcher
from ..http import refusals
from ..http.codes import Code
from ..http.origin import NotAdmitted, bearer_of, caller_of
from ..http.problems import fields_of, sentence_of_fields
from ..lifecycle.errors import Refused
from ..lifecycle.models import Submission, Verdict, Via
from ..serializers.strict_json import NotJSON

Handler = Callable[..., HttpResponseBase]
"""Answers (request, caller, and the parts of the address by name)."""
WITHOUT_COMPILING = {"bash", "javascript", "python", "sql"}
RUNTIME_SECONDS = 60
"""How long the version of a runtime is remembered; a new image brings another."""
KEY_HEADERS = ("X-Auth-Token", "X-Api-Key", "X-Access-Token", "E2B-Traffic-Access-Token")
KEY_IN_ADDRESS = "key"
"""The part of an address that holds a token. The log leaves it out (telemetry/logs.py)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """Why a request is refused."""

    code: Code
    sentence: str
    retry_after: int | None = None
    """Seconds."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Dialect:
    """A dialect: its name in EXECUTOR_DIALECTS, in history and audit, and its form of a refusal."""

    via: Via
    refusal: Callable[[Problem], HttpResponse]

    def view(self, **handlers: Handler) -> Handler:
        """Build the view of an address, with a handler for each method, such as post=execute."""

        @csrf_exempt  # no cookie authenticates here
        def answer(request: HttpRequest, **parts: Any) -> HttpResponseBase:
            try:
                return self._answered(request, handlers, parts)
            except NotAdmitted as error:
                return self._refused(Problem(code=error.code, sentence=str(error)))
            except NotJSON as error:
                return self._refused(Problem(code=Code.PARSE_ERROR, sentence=str(error)))
            except (InvalidRequest, ValidationError) as error:
                return self._refused(Problem(code=Code.INVALID, sentence=_reason(error)))
            except PermissionDenied as error:
                return self._refused(Problem(code=Code.PERMISSION_DENIED, sentence=str(error)))
            except Refused as error:
                refusals.count(error)
                return self._refused(_problem_of(error))

        return answer

    def _answered(
        self, request: HttpRequest, handlers: dict[str, Handler], parts: dict[str, Any]
    ) -> HttpResponseBase:
        if self.via not in settings.EXECUTOR_DIALECTS:
            raise NotAdmitted(Code.NOT_FOUND, f"This site does not speak {self.via.label}.")
        key = parts.pop(KEY_IN_ADDRESS, None)
        caller = caller_of(request, self.via, secret_of(request) if key is None else key.encode())
        method = str(request.method).lower()
        handler = handlers.get(method) or (handlers.get("get") if method == "head" else None)
        if handler is None:
            return self._not_allowed(", ".join(name.upper() for name in handlers))
        return handler(request, caller, **parts)

    def _not_allowed(self, methods: str) -> HttpResponse:
        sentence = f"Use {methods} here."
        response = self._refused(Problem(code=Code.METHOD_NOT_ALLOWED, sentence=sentence))
        response["Allow"] = methods
        return response

    def _refused(self, problem: Problem) -> HttpResponse:
        response = self.refusal(problem)
        if problem.retry_after is not None:
            response["Retry-After"] = str(problem.retry_after)
        if problem.code.status == 401:
            response["WWW-Authenticate"] = "Bearer"
        return response


def secret_of(request: HttpRequest) -> bytes | None:
    """Return the token that came with a request, in one of the headers in which clients send a key.

    Some send it as it is, without Bearer before it.
    """
    for name in KEY_HEADERS:
        if key := request.headers.get(name):
            return key.encode()
    verbatim = request.headers.get("Authorization", "")
    return bearer_of(request) or (verbatim.encode() if verbatim and " " not in verbatim else None)


def _reason(error: InvalidRequest | ValidationError) -> str:
    if isinstance(error, ValidationError):
        return sentence_of_fields(fields_of(error.detail))
    return str(error)


def _problem_of(error: Refused) -> Problem:
    return Problem(
        code=refusals.code_of(error),
        sentence=refusals.sentence_of(error),
        retry_after=error.retry_after,
    )


def has_compile_stage(run: Submission) -> bool:
    """Return whether a run failed in what others call a stage of its own, before the program began.

    An error of syntax in Python or a language like it is one of the run elsewhere.
    """
    known = LANGUAGES.get(run.language)
    family = known.family if known else run.language
    return run.verdict == Verdict.COMPILE_ERROR and family not in WITHOUT_COMPILING


def runtime_of(slug: str) -> str:
    """Return the name and version of a language's runtime; empty if unknown at the moment.

    Answers name it, and to ask the engine each time would double the time of a small run.
    """
    key = f"dialects:runtime:{slug}"
    if (known := cache.get(key)) is not None:
        return str(known)
    if found := dispatcher().images().get(slug, Image()).runtime:
        cache.set(key, found, RUNTIME_SECONDS)
    return found


def signal_name(number: int) -> str:
    """Return the name of a signal, such as SIGKILL."""
    try:
        return Signals(number).name
    except ValueError:  # a real-time signal
        return f"SIG{number}"
