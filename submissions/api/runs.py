"""The API. Views map; what happens is decided in services and the executor."""

from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.http import StreamingHttpResponse
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.renderers import BrowsableAPIRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from .. import orders
from ..http import connections
from ..http.origin import origin_of
from ..lifecycle.errors import ServiceBusy
from ..lifecycle.models import Status, Submission
from ..orders import Order
from ..serializers.runs import (
    QueuedOutput,
    RunOrder,
    RunOutput,
)
from . import events
from .idempotency import KEY_PARAMETER, NAME, key_of, marked
from .parsers import refuse_chunks
from .throttling import Rated, RunThrottle


class RunView(Rated, GenericAPIView):
    """
    Runs a program in a sandbox of its own and answers when it has ended.

    `POST {"code": "print(2 + 2)", "language": "python"}`

    * `code`: 1 to 5,000 characters
    * `language`: one of [the languages](/api/languages/), `python` if none is named
    * `stdin`, `args`: what the program reads and finds in its argv
    * `read_only`: `false` makes the working directory `/app` writable

    A program that fails is still a **200**: `verdict` says how it ended, `error` says it in a
    sentence. **400** names the field that is wrong, **429** and **503** come with `Retry-After`.

    `Accept: text/event-stream` streams the output as it is printed (events `stdout` and `stderr`,
    data `{"text": …}`) and this answer as the last event, `result`. Closing the stream ends the run.

    `Prefer: respond-async` queues the program and answers **202** at once with the addresses where to
    look and listen; `webhook` in the body names one of yours that is told when it has finished.
    """

    serializer_class = RunOrder
    renderer_classes = (JSONRenderer, BrowsableAPIRenderer, events.EventStreamRenderer)
    throttle_classes = (RunThrottle,)
    queryset = Submission.objects.none()

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        example = {"code": 'print("Hello World")', "language": "python"}
        return Response({"detail": "POST a program to run it.", "example": example})

    @extend_schema(
        request=RunOrder,
        parameters=[
            KEY_PARAMETER,
            OpenApiParameter("Prefer", str, OpenApiParameter.HEADER, enum=["respond-async"]),
        ],
        responses={
            200: RunOutput,
            202: QueuedOutput,
            400: OpenApiResponse(description="A field is wrong; it is named."),
            401: OpenApiResponse(description="Not logged in."),
            411: OpenApiResponse(description="The body came in chunks."),
            413: OpenApiResponse(description="The body is too large."),
            415: OpenApiResponse(description="The body is not JSON."),
            422: OpenApiResponse(description="The Idempotency-Key came with another request."),
            429: OpenApiResponse(description="Too many submissions; see Retry-After."),
            503: OpenApiResponse(description="No room, or no sandbox; see Retry-After."),
        },
    )
    def post(self, request: Request) -> Response | StreamingHttpResponse:
        refuse_chunks(request)
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        assert isinstance(serializer, RunOrder)  # noqa: S101 - for the type checker
        assert isinstance(request.user, User)  # noqa: S101
        order = _order_of(request, request.user, serializer)
        if isinstance(request.accepted_renderer, events.EventStreamRenderer):
            return _start(request, order)
        if _prefers_async(request):
            return _queue(request, order)
        return _run(order)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        events.json_unless_streamed(response)
        return response


def _order_of(request: Request, user: User, checked: RunOrder) -> Order:
    return Order(
        user=user,
        runs=(checked.to_run_request(),),
        origin=origin_of(request._request, request.auth),
        key=key_of(request),
        webhook=checked.validated_data.get("webhook", ""),
        is_counted=True,
    )


def _run(order: Order) -> Response:
    """A repetition waits as the first one does."""
    _refuse_webhook(order)
    placed = orders.run(order)
    submission = placed.made
    if placed.is_replay and submission.status != Status.FINISHED:
        _wait_for(submission)
    return marked(Response(_result(submission)), placed.is_replay)


def _wait_for(submission: Submission) -> None:
    """Holds a thread of the server as an open stream does, so it takes a stream's place."""
    try:
        with connections.place(submission.user_id):
            for _ in events.followed(submission, settings.EXECUTOR_QUEUE_SECONDS):
                pass
    except Submission.DoesNotExist as error:  # no worker was found for it in time
        raise ServiceBusy("There is no room for it; try again later", retry_after=1) from error
    if submission.status != Status.FINISHED:
        raise ServiceBusy("It is queued; try again later", retry_after=1)


def _queue(request: Request, order: Order) -> Response:
    placed = orders.queue(order)
    told = QueuedOutput(placed.made, context={"request": request}).data
    headers = {"Location": told["url"], "Preference-Applied": "respond-async"}
    return marked(Response(told, status=202, headers=headers), placed.is_replay)


def _prefers_async(request: Request) -> bool:
    """As RFC 7240 has it: preferences are separated by commas, their parameters by semicolons."""
    preferences = request.headers.get("Prefer", "").split(",")
    return any(one.split(";")[0].strip().lower() == "respond-async" for one in preferences)


def _refuse_webhook(order: Order) -> None:
    if order.webhook:
        reason = "Only with the header Prefer: respond-async; otherwise the answer tells you."
        raise ValidationError({"webhook": [reason]})


def _start(request: Request, order: Order) -> StreamingHttpResponse:
    """Its reader is its owner: a run that nobody watches any more is ended."""
    _refuse_webhook(order)
    if _prefers_async(request):
        raise ValidationError({"Prefer": ["Ask for a stream or for respond-async, not for both."]})
    if order.key:
        raise ValidationError({NAME: ["A stream can't be repeated; join its events/."]})
    with ExitStack() as held:
        submission = orders.start(order)
        held.callback(orders.abandon, submission)
        answer = events.stream(
            submission, _result, held.pop_all(), queued_seconds=events.QUEUED_SECONDS
        )
    answer["Content-Location"] = reverse("submission-detail", args=[submission.pk])
    return answer


def _result(submission: Submission) -> Mapping[str, Any]:
    return RunOutput(submission).data
