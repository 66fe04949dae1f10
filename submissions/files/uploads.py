"""Uploads: files of a user that requests name by their ids. lifecycle/uploads.py makes them.

A run shares the content of an upload instead of a copy: a table of 8 MiB is stored and counted once,
however many programs read it. It is shared among the runs of its user alone.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from time import monotonic

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, Sum
from django.utils import timezone

from executor import File

from ..periodic import let_others_write
from .models import RunFile, Upload

BATCH = 10
"""Uploads, of up to eight megabytes, that are removed in one transaction: requests write in between."""


@dataclass(frozen=True, kw_only=True, slots=True)
class UploadedFile(File):
    """A file of a request that is an upload. Its content stays in the database until the run begins, so
    that a request that waits for its place holds none of it; `store.sent_to` reads it."""

    content: bytes = b""
    upload: str
    """Its id."""
    stored: int
    kind: str
    sha256: str

    @property
    def size(self) -> int:
        return self.stored


def current_of(user_id: int) -> QuerySet[Upload]:
    """Select a user's uploads that have not expired, newest first, without their content."""
    alive = Q(expires=None) | Q(expires__gt=timezone.now())
    return Upload.objects.filter(alive, user=user_id).defer("content").order_by("-created", "pk")


def named(upload: Upload, name: str) -> UploadedFile:
    """Return an upload as a file of a request, under the name that it has there."""
    return UploadedFile(
        name=name, upload=upload.pk, stored=upload.size, kind=upload.kind, sha256=upload.sha256
    )


def content_of(upload: Upload) -> bytes | None:
    """Return the content of an upload; None if it has been removed."""
    content = Upload.objects.filter(pk=upload.pk).values_list("content", flat=True).first()
    return None if content is None else bytes(content)


def bytes_of(user_id: int) -> int:
    """Return the bytes of a user's uploads that have not expired."""
    total = current_of(user_id).order_by().aggregate(total=Sum("size"))["total"]
    return int(total or 0)


def lock(ids: Iterable[str]) -> bool:
    """Keep these uploads from being removed until the transaction ends; False if one is gone."""
    if not (wanted := set(ids)):
        return True
    rows = Upload.objects.filter(pk__in=wanted).order_by("pk").select_for_update()
    return len(rows.values_list("pk", flat=True)) == len(wanted)


IS_USED = Exists(RunFile.objects.filter(upload=OuterRef("pk")))


def expire(among: QuerySet[Upload], at: datetime) -> int:
    """Remove uploads, and let those that a run has expire; call it in a transaction. Returns how many.

    A request that locks one at the same time comes before or after all of this.
    """
    ids = list(among.select_for_update().values_list("pk", flat=True))
    some = Upload.objects.filter(pk__in=ids)
    some.filter(~IS_USED).only("pk").delete()  # first: an update writes the contents again
    some.update(expires=at)
    return len(ids)


def remove_unused(ids: Sequence[str] | None = None) -> None:
    """Remove expired uploads that are no run's file, all or those of them."""
    unused = Upload.objects.filter(~IS_USED, expires__lte=timezone.now())
    if ids is not None:
        unused = unused.filter(pk__in=ids)
    began, is_more = monotonic(), True
    while is_more:
        with transaction.atomic():
            # A run may begin to have one until it is locked, so the second statement looks again.
            locked = list(unused.select_for_update().values_list("pk", flat=True)[:BATCH])
            unused.filter(pk__in=locked).only("pk").delete()  # without loading their contents
        if is_more := len(locked) == BATCH:
            began = let_others_write(began)
