"""The API. Views map; what happens is decided in services and the executor."""

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import asdict
from typing import Any

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.permissions import IsAdminUser
from rest_framework.renderers import BrowsableAPIRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView
from rest_framework.viewsets import ReadOnlyModelViewSet

from executor import LANGUAGES, default_limits

from .. import orders
from ..dispatch.dispatcher import dispatcher
from ..lifecycle import idempotency
from ..lifecycle.idempotency import Once
from ..lifecycle.intake import Origin
from ..lifecycle.models import ApiToken, Status, Submission, SubmissionQuerySet, Via
from ..quotas import rates
from ..serializers.batches import QueuedOutput, RunOrder
from ..serializers.runs import (
    LanguageOutput,
    PoolOutput,
    RunOutput,
    SubmissionDetail,
    SubmissionSummary,
)
from ..webhooks.models import IdempotencyKey
from . import events
from .errors import LengthRequired, ServiceBusy
from .filters import SubmissionFilter

USER_AGENT_CHARACTERS = 300
KEY_PARAMETER = OpenApiParameter(
    idempotency.NAME,
    str,
    OpenApiParameter.HEADER,
    description="Your name for this request: repeated under it, it makes nothing new for a day.",
)


class RunView(GenericAPIView):
    """
    Runs a program in a sandbox of its own and answers when it has ended.

    `POST {"code": "print(2 + 2)", "language": "python"}`

    * `code`: 1 to 5,000 characters
    * `language`: `python` (default) or `javascript`
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
    throttle_classes = (rates.RunThrottle,)
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
        once = idempotency.once_of(request)
        if isinstance(request.accepted_renderer, events.EventStreamRenderer):
            return _run_and_stream(request, request.user, serializer, once)
        if _prefers_async(request):
            return _run_later(request, request.user, serializer, once)
        return _run_now(request, request.user, serializer, once)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        events.json_unless_streamed(response)
        rates.add_headers(request._request, response)
        return response


def _run_now(request: Request, user: User, order: RunOrder, once: Once | None) -> Response:
    """A repetition waits as the first one does."""
    _refuse_webhook(order)
    origin = origin_of(request, once)

    def make() -> Submission:
        return dispatcher().submit_and_wait(user=user, run=order.to_run_request(), origin=origin)

    submission, is_replay = idempotency.first(once, user, make, _submission_of)
    if is_replay and submission.status != Status.FINISHED:
        _wait_for(submission)
    return _marked(Response(_result(submission)), is_replay)


def _wait_for(submission: Submission) -> None:
    """Holds a thread of the server as an open stream does, so it takes a stream's place."""
    try:
        with events.place(submission.user_id):
            for _ in events.followed(submission, settings.EXECUTOR_QUEUE_SECONDS):
                pass
    except Submission.DoesNotExist as error:  # no worker was found for it in time
        raise ServiceBusy("There is no room for it; try again later", retry_after=1) from error
    if submission.status != Status.FINISHED:
        raise ServiceBusy("It is queued; try again later", retry_after=1)


def _run_later(request: Request, user: User, order: RunOrder, once: Once | None) -> Response:
    origin = origin_of(request, once)

    def make() -> Submission:
        return orders.submit_one(
            user=user,
            run=order.to_run_request(),
            origin=origin,
            webhook=order.validated_data.get("webhook", ""),
        )

    submission, is_replay = idempotency.first(once, user, make, _submission_of)
    told = QueuedOutput(submission, context={"request": request}).data
    headers = {"Location": told["url"], "Preference-Applied": "respond-async"}
    return _marked(Response(told, status=202, headers=headers), is_replay)


def _submission_of(known: IdempotencyKey) -> Submission:
    assert known.submission is not None  # noqa: S101 - the digest holds the path
    return known.submission


def _marked(response: Response, is_replay: bool) -> Response:
    if is_replay:
        response[idempotency.REPLAYED] = "true"
    return response


def _prefers_async(request: Request) -> bool:
    """As RFC 7240 has it: preferences are separated by commas, their parameters by semicolons."""
    preferences = request.headers.get("Prefer", "").split(",")
    return any(one.split(";")[0].strip().lower() == "respond-async" for one in preferences)


def _refuse_webhook(order: RunOrder) -> None:
    if "webhook" in order.validated_data:
        reason = "Only with the header Prefer: respond-async; otherwise the answer tells you."
        raise ValidationError({"webhook": [reason]})


def refuse_chunks(request: Request) -> None:
    if "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower():
        raise LengthRequired


def _run_and_stream(
    request: Request, user: User, order: RunOrder, once: Once | None
) -> StreamingHttpResponse:
    """Its reader is its owner: a run that nobody watches any more is ended."""
    _refuse_webhook(order)
    if _prefers_async(request):
        raise ValidationError({"Prefer": ["Ask for a stream or for respond-async, not for both."]})
    if once:
        raise ValidationError({idempotency.NAME: ["A stream can't be repeated; join its events/."]})
    run = order.to_run_request()
    with ExitStack() as held:
        submission = dispatcher().submit_and_return(user=user, run=run, origin=origin_of(request))
        held.callback(dispatcher().abandon, submission)
        answer = events.stream(
            submission, _result, held.pop_all(), queued_seconds=events.QUEUED_SECONDS
        )
    answer["Content-Location"] = reverse("submission-detail", args=[submission.pk])
    return answer


def _result(submission: Submission) -> Mapping[str, Any]:
    return RunOutput(submission).data


def origin_of(request: Request, once: Once | None = None) -> Origin:
    """Where a request came from; the address by the rule for trusted proxies (TRUSTED_PROXIES)."""
    token = request.auth if isinstance(request.auth, ApiToken) else None
    by_password = request.META.get("HTTP_AUTHORIZATION", "").lower().startswith("basic ")
    return Origin(
        via=Via.TOKEN if token else Via.BASIC if by_password else Via.SESSION,
        client_address=get_adapter().get_client_ip(request._request),
        user_agent=request.META.get("HTTP_USER_AGENT", "")[:USER_AGENT_CHARACTERS],
        token_key=token.token_key if token else "",
        once=once,
    )


class SubmissionViewSet(ReadOnlyModelViewSet):
    """
    Your own submissions, newest first.

    Filters: `language`, `verdict`, `status`, `created_after`, `created_before` (ISO 8601), `search`
    (in the code). Pages: `page`, `page_size` (up to 100).
    """

    queryset = Submission.objects.all()
    filterset_class = SubmissionFilter

    def get_queryset(self) -> QuerySet[Submission]:
        submissions = super().get_queryset()
        assert isinstance(submissions, SubmissionQuerySet)  # noqa: S101 - for the type checker
        if getattr(self, "swagger_fake_view", False):
            return submissions.none()
        visible = submissions.visible_to(self.request.user)
        return visible.defer("code", "stdin", "stdout", "stderr") if self._is_list else visible

    def get_serializer_class(self) -> type[SubmissionDetail | SubmissionSummary]:
        return SubmissionSummary if self._is_list else SubmissionDetail

    @extend_schema(responses={(200, "text/event-stream"): OpenApiTypes.STR})
    @action(detail=True, renderer_classes=(events.EventStreamRenderer,))
    def events(self, request: Request, pk: str) -> StreamingHttpResponse:
        """
        The submission as an event stream, from its beginning: `stdout` and `stderr` as they come (of a
        finished one, as they were stored) and a last `result`.
        """
        submission = self.get_object()
        with ExitStack() as held:
            held.enter_context(events.place(submission.user_id))
            return events.stream(submission, _result, held.pop_all())

    @extend_schema(
        request=None,
        responses={
            200: RunOutput,
            202: RunOutput,
            409: OpenApiResponse(description="It is finished, or runs in another process."),
        },
    )
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """
        Ends the run. **200** with what came of it (the verdict is `cancelled` unless it ended by itself
        just before), **202** if the end takes long, **409** if there is nothing to end.
        """
        submission = dispatcher().cancel(self.get_object())
        is_over = submission.status == Status.FINISHED
        return Response(_result(submission), status=200 if is_over else 202)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        events.json_unless_streamed(response)
        return response

    @property
    def _is_list(self) -> bool:
        return self.action == "list"


class LanguageList(APIView):
    """The languages, what a run in each may use, and a program to begin with."""

    @extend_schema(responses=LanguageOutput(many=True))
    def get(self, request: Request) -> Response:
        languages = [
            {
                "slug": slug,
                "label": language.label,
                "runtime": dispatcher().runtime(language),
                "limits": asdict(default_limits()),
                "example": language.hello,
            }
            for slug, language in LANGUAGES.items()
        ]
        return Response(LanguageOutput(languages, many=True).data)


class PoolView(APIView):
    """The sandboxes of all that run submissions; for staff."""

    permission_classes = (IsAdminUser,)

    @extend_schema(responses=PoolOutput)
    def get(self, request: Request) -> Response:
        return Response(PoolOutput(dispatcher().pool_state()).data)


class ApiRoot(APIView):
    """What there is. The whole description: [OpenAPI](/api/docs/)."""

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        names: Mapping[str, str] = {
            "run": "run",
            "submissions": "submission-list",
            "batches": "batch-list",
            "deliveries": "delivery-list",
            "webhook-secret": "webhook-secret",
            "languages": "language-list",
            "schema": "schema",
            "docs": "docs",
        }
        return Response({key: reverse(name, request=request) for key, name in names.items()})
