"""The log: one line for each event, with the ids of request, user and submission; no content of users.

Modules log through the standard library. structlog adds the ids here, and writes a line for people or
JSON for machines (LOG_FORMAT).

The message of an exception appears only for kinds that quote no values: a database quotes the row that it
refuses, int() the text. All other exceptions appear with their kind and traceback (docs/decisions/0051).
"""

import logging
import traceback
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from dataclasses import dataclass
from functools import partial
from typing import Any, ParamSpec, TypeVar
from uuid import UUID

import structlog
from django.core.exceptions import ImproperlyConfigured
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest
from django.urls import Resolver404, ResolverMatch, resolve
from django.utils.functional import SimpleLazyObject

from executor import ExecutorError

SAFE_TO_QUOTE = (ExecutorError, ImproperlyConfigured, InterfaceError, OperationalError)
"""Exceptions about the service, not about a value. The built-in OSErrors are safe, too."""
DEEPEST = 50
"""Innermost frames shown of one exception."""
LONGEST_CHAIN = 5
"""Exceptions shown of a chain of causes."""
SECRET_PARTS = {"key", "uidb36", "token_key"}
"""URL parameters that reset a password, confirm an email address, or are the start of a token."""

Event = MutableMapping[str, Any]
P = ParamSpec("P")
R = TypeVar("R")


@dataclass(slots=True)
class RequestContext:
    """The request that this thread answers, with its id and its submission."""

    request_id: str
    request: HttpRequest
    submission: str = ""


_context: ContextVar[RequestContext | None] = ContextVar("request_context", default=None)


def bind_request(context: RequestContext | None) -> None:
    """Add the ids of this request to all further lines of this thread; None: of no request."""
    _context.set(context)


def bind_submission(submission: UUID | str) -> None:
    """Add the submission's id to the access line of this thread's request, if it has one."""
    if context := _context.get():
        context.submission = str(submission)


@contextmanager
def about(*, submission: UUID | str) -> Iterator[None]:
    """Add the submission's id to the lines of this thread within the block."""
    bind_submission(submission)
    with structlog.contextvars.bound_contextvars(submission=str(submission)):
        yield


def in_this_context(function: Callable[P, R]) -> Callable[P, R]:
    """Wrap a function for another thread, so that its lines carry the ids of this thread."""
    return partial(copy_context().run, function)


def known_user(request: HttpRequest) -> int | None:
    """Return the user's id if the request has loaded the user; the log never queries the database."""
    user = getattr(request, "user", None)
    if isinstance(user, SimpleLazyObject):
        user = getattr(request, "_cached_user", None)
    return getattr(user, "pk", None)


def shown_path(path: str, match: ResolverMatch | None = None) -> str:
    """Return the path without query and secrets. Of a path without a route, which may be a mistyped one
    with a secret, return the start only. `match` is its route, if the caller knows it."""
    try:
        match = match or resolve(path)
    except Resolver404:
        first, *rest = path.lstrip("/").split("/", 1)
        return f"/{first[:40]}{'/…' if rest else ''}"
    for name in SECRET_PARTS & match.kwargs.keys():
        path = path.replace(str(match.kwargs[name]), "…")
    return path


class Discreet(logging.Filter):
    """Shortens paths in the lines of Django and the server; drops lines that repeat the access line."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name == "django.request" and not record.exc_info:
            return False
        if record.name.startswith(("django.request", "django.security")):
            record.args = tuple(_shown(part) for part in record.args or ())
        elif record.name == "waitress":
            record.msg = " ".join(_shown(part) for part in record.getMessage().split(" "))
            record.args = ()
        elif record.name.startswith("celery") and record.exc_info:
            record.msg, record.args = "a task failed", ()  # its own message quotes the exception
        return True


def _shown(part: Any) -> Any:
    return shown_path(part) if isinstance(part, str) and part.startswith("/") else part


def formatter(kind: str) -> logging.Formatter:
    """Return the formatter that the settings name; `kind` is "line" or "json"."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.contextvars.merge_contextvars,
            _add_request,
            _add_access,
        ],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            _add_exception,
            structlog.processors.JSONRenderer() if kind == "json" else _line,
        ],
    )


def _add_request(logger: object, method: str, event: Event) -> Event:
    if context := _context.get():
        event["request"] = context.request_id
        if user := known_user(context.request):
            event["user"] = user
    return event


def _add_access(logger: object, method: str, event: Event) -> Event:
    """Add the access line's fields, which its record carries."""
    event.update(getattr(event["_record"], "access", {}))
    return event


def _add_exception(logger: object, method: str, event: Event) -> Event:
    found = event.pop("exc_info", None)
    if isinstance(found, tuple):
        found = found[1]
    if isinstance(found, BaseException):
        event["exception"] = described(found)
    return event


def described(error: BaseException) -> str:
    """Return a traceback, the first cause first, without messages that may quote a user."""
    chain = [error]
    while len(chain) < LONGEST_CHAIN and (cause := _cause(chain[-1])) is not None:
        chain.append(cause)
    return "\n".join(
        "".join(traceback.format_tb(one.__traceback__, limit=-DEEPEST)) + _summary(one)
        for one in reversed(chain)
    )


def _cause(error: BaseException) -> BaseException | None:
    if error.__cause__ is not None or error.__suppress_context__:
        return error.__cause__
    return error.__context__


def _summary(error: BaseException) -> str:
    """Return the kind of an exception, with its message if that is safe to quote."""
    kind = type(error)
    is_built_in = kind.__module__ == "builtins"
    name = kind.__qualname__ if is_built_in else f"{kind.__module__}.{kind.__qualname__}"
    if (is_built_in and isinstance(error, OSError)) or isinstance(error, SAFE_TO_QUOTE):
        return f"{name}: {error}"
    return name


def _line(logger: object, method: str, event: Event) -> str:
    """Format an event for people: one line, whatever it contains, and then a traceback."""
    exception = event.pop("exception", "")
    start = (
        f"{event.pop('timestamp')} {event.pop('level').upper()} {event.pop('logger')}:"
        f" {event.pop('event')}"
    )
    ids = [f"{name}={event[name]}" for name in ("request", "user", "submission") if name in event]
    line = _printable(" ".join([start, *ids]))
    return f"{line}\n{exception}" if exception else line


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
