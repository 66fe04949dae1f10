"""POST /run: run a program and wait, stream its output, or queue it."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.http import StreamingHttpResponse
from rest_framework.exceptions import ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from .. import orders
from ..http import connections
from ..http.origin import origin_of
from ..lifecycle.errors import ServiceBusy
from ..lifecycle.models import Status, Submission
from ..orders import Order
from ..serializers.results import QueuedOutput, result_of, result_with_contents
from ..serializers.runs import RunOrder, checked_order, run_request_of
from . import events
from .framework.browsable import BrowsablePages
from .framework.parsers import refuse_chunks
from .framework.throttling import RateLimited, RunThrottle
from .idempotency import key_of, mark_replay
from .openapi import operations
from .polling import hint

Show = Callable[[Submission], Mapping[str, Any]]
"""Makes the JSON of a result."""


@operations.run
class RunView(RateLimited, GenericAPIView[Submission]):
    """
    Runs one program in its own sandbox and returns the result. A program that fails is still a **200**:
    `verdict` says how it ended, and `error` explains it in one sentence.

    [The reference](/api/docs/) explains all fields, streams, the queue and webhooks, with examples.
    """

    name = "Run a program"
    serializer_class = RunOrder
    renderer_classes = (JSONRenderer, BrowsablePages, events.EventStreamRenderer)
    throttle_classes = (RunThrottle,)
    queryset = Submission.objects.none()

    def get(self, request: Request) -> Response:
        example = {"code": 'print("Hello World")', "language": "python"}
        return Response({"detail": "POST a program to run it.", "example": example})

    def post(self, request: Request) -> Response | StreamingHttpResponse:
        refuse_chunks(request)
        assert isinstance(request.user, User)  # noqa: S101 - for the type checker
        checked = checked_order(request.data, request)
        order = _order_of(request, request.user, checked)
        show = result_with_contents if checked["inline_files"] else result_of
        if isinstance(request.accepted_renderer, events.EventStreamRenderer):
            return _start(request, order, show)
        if _prefers_async(request):
            _refuse_inline(checked)
            return _queue(request, order)
        return _run(order, show)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        events.json_unless_streamed(response)
        return response


def _order_of(request: Request, user: User, checked: Mapping[str, Any]) -> Order:
    return Order(
        user=user,
        runs=(run_request_of(checked),),
        origin=origin_of(request),
        key=key_of(request),
        webhook=checked.get("webhook", ""),
        is_counted=True,
    )


def _run(order: Order, show: Show) -> Response:
    """Run the program and wait. A replay of a request that still runs waits as well."""
    _refuse_webhook(order)
    _refuse_interactive(order)
    placed = orders.run(order)
    submission = placed.made
    if placed.is_replay and submission.status != Status.FINISHED:
        _wait_for(submission)
    return mark_replay(Response(show(submission)), placed.is_replay)


def _wait_for(submission: Submission) -> None:
    """Wait until another request's run has finished.

    It holds a thread of the server as an open stream does, so it takes a place for streams.
    """
    try:
        with connections.place(submission.user_id):
            for _ in events.followed(submission, settings.EXECUTOR_QUEUE_SECONDS):
                pass
    except Submission.DoesNotExist as error:  # removed: no worker took it in time
        raise ServiceBusy("The server is busy.", retry_after=1) from error
    if submission.status != Status.FINISHED:
        raise ServiceBusy("The run is still queued.", retry_after=1)


def _queue(request: Request, order: Order) -> Response:
    placed = orders.queue(order)
    content = QueuedOutput(placed.made, context={"request": request}).data
    headers = {"Location": str(content["url"]), "Preference-Applied": "respond-async"}
    response = hint(Response(content, status=202, headers=headers))
    return mark_replay(response, placed.is_replay)


def _prefers_async(request: Request) -> bool:
    """Return whether the header Prefer has respond-async."""
    # RFC 7240: commas separate preferences, semicolons their parameters.
    preferences = request.headers.get("Prefer", "").split(",")
    return any(one.split(";")[0].strip().lower() == "respond-async" for one in preferences)


def _refuse_webhook(order: Order) -> None:
    if order.webhook:
        reason = "Only with the header Prefer: respond-async; otherwise the answer is the result."
        raise ValidationError({"webhook": [reason]})


def _refuse_inline(checked: Mapping[str, Any]) -> None:
    if checked["inline_files"]:
        reason = "Not with the header Prefer: respond-async, whose answer has no files."
        raise ValidationError({"inline_files": [reason]})


def _refuse_interactive(order: Order) -> None:
    if order.runs[0].interactive:
        reason = (
            "Ask for a stream (Accept: text/event-stream) or queue it (Prefer: respond-async);"
            " otherwise the answer comes when the run is over."
        )
        raise ValidationError({"interactive": [reason]})


def _start(request: Request, order: Order, show: Show) -> StreamingHttpResponse:
    """Start the program and stream its output.

    When the client disconnects, the run ends, unless the request has a key: then a repetition joins it.
    """
    _refuse_webhook(order)
    if _prefers_async(request):
        raise ValidationError({"Prefer": ["Ask for a stream or for respond-async, not for both."]})
    with ExitStack() as held:
        held.enter_context(connections.place_of_a_run(order.user.pk))
        placed = orders.start(order)
        submission = placed.made
        if placed.is_replay:
            held.enter_context(connections.place(submission.user_id))
        else:
            held.callback(orders.leave if order.key else orders.abandon, submission)
        answer = events.stream(
            submission, show, held.pop_all(), queued_seconds=events.QUEUED_SECONDS
        )
    answer["Content-Location"] = reverse("submission-detail", args=[submission.pk])
    return mark_replay(answer, placed.is_replay)
