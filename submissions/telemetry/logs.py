"""The log: a line an event, with the ids of request, user and submission; nothing that a user wrote.

Modules log by the standard library. structlog adds the ids here, and writes a line for people or JSON
for machines (LOG_FORMAT).

What an exception says is shown only of kinds that quote nothing foreign: a database quotes the row that
it refuses, int() the text. Of all others the kind and the place must do (docs/decisions).
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

OF_THEIR_OWN_WORDS = (ExecutorError, ImproperlyConfigured, InterfaceError, OperationalError)
"""Exceptions that say what is wrong with the service, not with a value. So does the system's OSError."""
DEEPEST = 50
"""Frames shown of one exception, the innermost."""
LONGEST_CHAIN = 5
"""Exceptions shown of one that has causes."""
SECRET_PARTS = {"key", "uidb36", "token_key"}
"""Of an address: what resets a password, confirms an e-mail address, or is the beginning of a token."""

Event = MutableMapping[str, Any]
P = ParamSpec("P")
R = TypeVar("R")


@dataclass(slots=True)
class Told:
    """What is known of the request that this thread answers."""

    request_id: str
    request: HttpRequest
    submission: str = ""


_told: ContextVar[Told | None] = ContextVar("told", default=None)


def begin(told: Told | None) -> None:
    """From now on lines of this thread are about that request; None: about none."""
    _told.set(told)


def note(submission: UUID | str) -> None:
    """The access line of the request that this thread answers, if it does, is to name it."""
    if told := _told.get():
        told.submission = str(submission)


@contextmanager
def about(*, submission: UUID | str) -> Iterator[None]:
    """Within the block lines of this thread carry the submission's id."""
    note(submission)
    with structlog.contextvars.bound_contextvars(submission=str(submission)):
        yield


def in_this_context(function: Callable[P, R]) -> Callable[P, R]:
    """For work that another thread does: its lines carry what those of this thread would."""
    return partial(copy_context().run, function)


def known_user(request: HttpRequest) -> int | None:
    """The user's id, if the request has had a reason to find out: never a query for the log's sake."""
    user = getattr(request, "user", None)
    if isinstance(user, SimpleLazyObject):
        user = getattr(request, "_cached_user", None)
    return getattr(user, "pk", None)


def shown_path(path: str, match: ResolverMatch | None = None) -> str:
    """Without query, and without what may be secret. Of an address that leads nowhere, which may be a
    mistyped one of that kind, the beginning only. `match` is where it leads, if that is known."""
    try:
        match = match or resolve(path)
    except Resolver404:
        first, *rest = path.lstrip("/").split("/", 1)
        return f"/{first[:40]}{'/…' if rest else ''}"
    for name in SECRET_PARTS & match.kwargs.keys():
        path = path.replace(str(match.kwargs[name]), "…")
    return path


class Discreet(logging.Filter):
    """Takes addresses out of what Django and the server say, and drops what the access line says."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name == "django.request" and not record.exc_info:
            return False
        if record.name.startswith(("django.request", "django.security")):
            record.args = tuple(_discreet(word) for word in record.args or ())
        elif record.name == "waitress":
            record.msg = " ".join(_discreet(word) for word in record.getMessage().split(" "))
            record.args = ()
        elif record.name.startswith("celery") and record.exc_info:
            record.msg, record.args = "a task failed", ()  # its own words quote the exception
        return True


def _discreet(word: Any) -> Any:
    return shown_path(word) if isinstance(word, str) and word.startswith("/") else word


def formatter(kind: str) -> logging.Formatter:
    """The one that the settings name; `kind` is "line" or "json"."""
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
    if told := _told.get():
        event["request"] = told.request_id
        if user := known_user(told.request):
            event["user"] = user
    return event


def _add_access(logger: object, method: str, event: Event) -> Event:
    """The access line's fields, which come with its record."""
    event.update(getattr(event["_record"], "access", {}))
    return event


def _add_exception(logger: object, method: str, event: Event) -> Event:
    found = event.pop("exc_info", None)
    if isinstance(found, tuple):
        found = found[1]
    if isinstance(found, BaseException):
        event["exception"] = told_of(found)
    return event


def told_of(error: BaseException) -> str:
    """A traceback, the first cause first, without the words of exceptions that may quote a user."""
    chain = [error]
    while len(chain) < LONGEST_CHAIN and (cause := _cause(chain[-1])) is not None:
        chain.append(cause)
    return "\n".join(
        "".join(traceback.format_tb(one.__traceback__, limit=-DEEPEST)) + _words_of(one)
        for one in reversed(chain)
    )


def _cause(error: BaseException) -> BaseException | None:
    if error.__cause__ is not None or error.__suppress_context__:
        return error.__cause__
    return error.__context__


def _words_of(error: BaseException) -> str:
    kind = type(error)
    is_built_in = kind.__module__ == "builtins"
    name = kind.__qualname__ if is_built_in else f"{kind.__module__}.{kind.__qualname__}"
    if (is_built_in and isinstance(error, OSError)) or isinstance(error, OF_THEIR_OWN_WORDS):
        return f"{name}: {error}"
    return name


def _line(logger: object, method: str, event: Event) -> str:
    """For people; one line but for a traceback, whatever is in it."""
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
