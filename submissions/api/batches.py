"""The API of batches: up to 50 programs in one request."""

from contextlib import ExitStack
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import RequestDataTooBig
from django.db.models import Prefetch, QuerySet
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.viewsets import ReadOnlyModelViewSet

from executor import Admission, Busy

from .. import orders
from ..http.origin import origin_of
from ..lifecycle.columns import LARGE
from ..lifecycle.errors import MoreThanADay, ServiceBusy
from ..lifecycle.models import Batch, OwnedQuerySet, Submission
from ..orders import Order
from ..serializers.batches import BatchDetail, BatchInput, BatchRow
from .framework.errors import BodyTooLarge
from .framework.pagination import Pages
from .framework.parsers import BatchParser, refuse_chunks
from .framework.throttling import RateLimited, RunThrottle
from .idempotency import key_of, mark_replay
from .openapi import operations
from .polling import hint

READ_AT_ONCE = 4
"""Batches that one process reads at the same time: JSON of BATCH_MAX_BYTES can need fifty times its size
in memory."""
READ_SECONDS = 5.0
"""How long a further batch waits."""

_reading = Admission(
    places=READ_AT_ONCE - 1,
    extra=1,
    waiting=READ_AT_ONCE,
    seconds=READ_SECONDS,
    light_seconds=READ_SECONDS,
)
"""Fair between users, as for runs: many large batches of one user do not delay the others. The extra
place is for users whose batches have lately taken little time to read."""


class BatchPages(Pages):
    """Pages of batches. Each reads the submissions of its batches, up to fifty for each."""

    max_page_size = 25


@operations.batches
class BatchViewSet(RateLimited, ReadOnlyModelViewSet[Batch]):
    """
    A batch is up to 50 programs in one request; each becomes a submission. All are accepted or none.

    [The reference](/api/docs/) explains webhooks and errors, with examples.
    """

    titles = ("Batches", "Batch")
    queryset = Batch.objects.all()
    parser_classes = (BatchParser,)
    pagination_class = BatchPages

    def get_throttles(self) -> list[Any]:
        return [RunThrottle()] if self.action == "create" else []

    def get_queryset(self) -> QuerySet[Batch]:
        batches = super().get_queryset()
        assert isinstance(batches, OwnedQuerySet)  # noqa: S101 - for the type checker
        if getattr(self, "swagger_fake_view", False):
            return batches.none()
        entries = Submission.objects.visible_to(self.request.user)
        entries = entries.order_by("batch_entry__position").defer(*LARGE)
        if self.action == "list":
            entries = entries.only("status", "verdict")
        own = batches.visible_to(self.request.user)
        return own.prefetch_related(Prefetch("submissions", entries))

    def get_serializer_class(self) -> Any:
        return {"list": BatchRow, "create": BatchInput}.get(self.action, BatchDetail)

    def create(self, request: Request) -> Response:
        refuse_chunks(request)
        with ExitStack() as held:
            try:
                held.enter_context(_reading.place(request.user.pk, most=READ_AT_ONCE // 2))
            except Busy as error:
                raise ServiceBusy(
                    "The server is busy: too many batches are being read.",
                    retry_after=error.retry_after,
                ) from error
            batch, is_replay = self._queue(request)
        batch = self.get_queryset().get(pk=batch.pk)
        content = BatchDetail(batch, context={"request": request}).data
        response = hint(Response(content, status=202))
        response["Location"] = reverse("batch-detail", args=[batch.pk], request=request)
        return mark_replay(response, is_replay)

    def _queue(self, request: Request) -> tuple[Batch, bool]:
        """Check the body and queue its programs. Return the batch, and whether it existed already."""
        try:
            user, serializer = request.user, self.get_serializer(data=request.data)
        except RequestDataTooBig as error:
            raise BodyTooLarge(settings.BATCH_MAX_BYTES) from error
        assert isinstance(user, User)  # noqa: S101 - for the type checker
        assert isinstance(serializer, BatchInput)  # noqa: S101
        serializer.is_valid(raise_exception=True)
        order = Order(
            user=user,
            runs=tuple(serializer.to_run_requests()),
            origin=origin_of(request),
            key=key_of(request),
            webhook=serializer.validated_data.get("webhook", ""),
            is_counted=True,
        )
        try:
            placed = orders.queue_batch(order)
        except MoreThanADay as error:
            reason = f"{error} Send it as smaller batches, or with smaller limits of output."
            raise ValidationError({"submissions": [reason]}) from error
        self.rate = placed.rate or self.rate
        return placed.made, placed.is_replay

    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """
        End the submissions that have not finished. **200** with the batch, which is `done` unless a run
        takes long to end.
        """
        batch = self.get_object()
        orders.cancel_batch(batch)
        return Response(self.get_serializer(self.get_queryset().get(pk=batch.pk)).data)
