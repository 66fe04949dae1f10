"""Takes what nobody waits for: stored as queued, with all that belongs to it, in one transaction."""

from collections.abc import Sequence
from contextlib import suppress

from django.contrib.auth.models import User
from django.db import transaction
from rest_framework.exceptions import ValidationError

from executor import RunRequest

from .dispatch.dispatcher import dispatcher
from .lifecycle.errors import MoreThanADay, NotUnderWay
from .lifecycle.idempotency import remember
from .lifecycle.intake import Origin
from .lifecycle.models import Batch, BatchEntry, Submission
from .webhooks.models import Delivery


def submit_one(*, user: User, run: RunRequest, origin: Origin, webhook: str = "") -> Submission:
    """Raises Busy or TooManyRuns (the queue is full), or KeyTaken; nothing is stored then."""
    with transaction.atomic():
        [submission] = dispatcher().submit_later(user=user, runs=[run], origin=origin)
        if webhook:
            Delivery.objects.create(user=user, submission=submission, url=webhook)
        if origin.once:
            remember(origin.once, user, submission=submission)
    return submission


def submit_batch(
    *, user: User, runs: Sequence[RunRequest], origin: Origin, webhook: str = ""
) -> Batch:
    """All of them or none. Raises as `submit_one`, and ValidationError for what no day can store."""
    with transaction.atomic():
        try:
            submissions = dispatcher().submit_later(user=user, runs=runs, origin=origin)
        except MoreThanADay as error:
            reason = f"{error.detail} Send it as smaller batches, or with smaller limits of output."
            raise ValidationError({"submissions": [reason]}) from error
        batch = Batch.objects.create(user=user)
        BatchEntry.objects.bulk_create(
            BatchEntry(batch=batch, submission=submission, position=position)
            for position, submission in enumerate(submissions)
        )
        if webhook:
            Delivery.objects.create(user=user, batch=batch, url=webhook)
        if origin.once:
            remember(origin.once, user, batch=batch)
    return batch


def cancel_batch(batch: Batch) -> None:
    """Ends what has not finished; what is queued first and the last of it first, so that nothing begins
    in a place that becomes free here."""
    under_way = Submission.objects.in_flight().filter(batch_entry__batch=batch)
    for submission in under_way.order_by("status", "-batch_entry__position"):
        with suppress(NotUnderWay):  # it has just ended by itself
            dispatcher().cancel(submission)
