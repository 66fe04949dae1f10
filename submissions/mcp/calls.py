"""The tools that a model calls: run a program, list the languages, look up a run.

A program that fails is a result like any other. What the model can mend or wait for (an argument that is
wrong, a rate that is exceeded, a full service) is a result too, marked as an error, since a model sees no
errors of the protocol.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError as NoUUID
from rest_framework.exceptions import ValidationError

from executor import InvalidRequest

from .. import orders
from ..http import origin, refusals
from ..http.connections import SMALL, LatePlace
from ..http.problems import fields_of, lines_of
from ..lifecycle.errors import Refused
from ..lifecycle.models import Submission
from ..orders import Order
from ..serializers.fields import unknown_names
from ..serializers.runs import checked_program
from ..serializers.service import languages
from . import pictures, schemas, texts
from .messages import INVALID_PARAMS, Fault

NOT_YOURS = "There is no such run, or it is not yours."


@dataclass(frozen=True, kw_only=True, slots=True)
class Caller(origin.Caller):
    """The user of the token, from where the request came, and what its client knows."""

    site: str
    """Its address, for those of files."""
    may_link: bool
    """Whether the client's revision knows links."""
    may_show: bool = True
    """Whether pictures come along."""
    place: LatePlace
    """The place for streams that a large answer takes."""


def descriptions() -> list[dict[str, Any]]:
    """Describe the tools, with the limits of this deployment."""
    return [schemas.run_code(), schemas.list_languages(), schemas.get_run()]


def call(params: Mapping[str, Any], caller: Caller) -> dict[str, Any]:
    """Return the result of a call. Raises Fault."""
    name = params.get("name")
    if not isinstance(name, str) or (tool := TOOLS.get(name)) is None:
        raise Fault(INVALID_PARAMS, f"There is no such tool. Choose from {', '.join(TOOLS)}.")
    arguments = params.get("arguments")
    if arguments is not None and not isinstance(arguments, dict):
        raise Fault(INVALID_PARAMS, "Send params.arguments as a JSON object.")
    try:
        return tool(arguments or {}, caller)
    except ValidationError as error:
        return _failed("\n".join(lines_of(fields_of(error.detail))))
    except InvalidRequest as error:
        return _failed(str(error))
    except Refused as error:
        refusals.count(error)
        return _refused(error)


def _run_code(arguments: dict[str, Any], caller: Caller) -> dict[str, Any]:
    orders.count(caller.user)  # also a request that is refused
    _refuse_unknown(arguments, schemas.RUN_CODE)
    program = checked_program(arguments, caller.user)
    order = Order(user=caller.user, runs=(program,), origin=caller.origin, is_counted=True)
    return _of_run(orders.run(order).made, caller)


def _list_languages(arguments: dict[str, Any], caller: Caller) -> dict[str, Any]:
    _refuse_unknown(arguments, ())
    known = languages()
    return _succeeded(texts.of_languages(known), {"languages": known})


def _get_run(arguments: dict[str, Any], caller: Caller) -> dict[str, Any]:
    _refuse_unknown(arguments, schemas.GET_RUN)
    own, wanted = Submission.objects.visible_to(caller.user), arguments.get("id")
    try:
        # A list would be nested too deeply for the query.
        return _of_run(own.get(pk=wanted if isinstance(wanted, str) else None), caller)
    except (Submission.DoesNotExist, NoUUID):  # the second for a string that is no id
        return _failed(NOT_YOURS)


TOOLS: dict[str, Callable[[dict[str, Any], Caller], dict[str, Any]]] = {
    "run_code": _run_code,
    "list_languages": _list_languages,
    "get_run": _get_run,
}


def _refuse_unknown(arguments: dict[str, Any], known: tuple[str, ...]) -> None:
    if errors := unknown_names(arguments, known, "argument"):
        raise ValidationError(errors)


def _of_run(submission: Submission, caller: Caller) -> dict[str, Any]:
    shown = schemas.shown(submission, caller.site)
    result = _succeeded(texts.of_run(shown), shown)
    # Its pictures may be megabytes: without a place they stay away, and the text has their addresses.
    may_show = caller.may_show and _may_be_large(pictures.bytes_of(shown["files"]), caller)
    result["content"] += pictures.blocks(
        submission, shown["files"], may_show=may_show, may_link=caller.may_link
    )
    return result


def _may_be_large(size: int, caller: Caller) -> bool:
    """Return whether an answer may have pictures of that size, for which it takes a place."""
    try:
        if size > SMALL:
            caller.place.take()
    except Refused:
        return False
    return True


def _succeeded(text: str, content: dict[str, Any]) -> dict[str, Any]:
    """Build a result. Some clients give a model the text alone, some the content alone: both tell all."""
    return {
        "content": [{"type": "text", "text": text}],
        "structuredContent": content,
        "isError": False,
    }


def _failed(sentence: str) -> dict[str, Any]:
    """Build a result that is an error, without structured content: clients check that by the schema."""
    return {"content": [{"type": "text", "text": sentence}], "isError": True}


def _refused(error: Refused) -> dict[str, Any]:
    about = {"code": error.code, "retry_after": error.retry_after}
    return {**_failed(refusals.sentence_of(error)), "_meta": about}
