"""Make and remove uploads: counted as storage, and bound to an account that is open."""

from datetime import datetime, timedelta
from hashlib import sha256

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from executor import size_of

from ..files import uploads
from ..files.kinds import kind_of
from ..files.models import Upload
from . import storage
from .errors import FileTooLarge, TooManyUploads
from .intake import lock_account

UPLOADS_MAX = 1000
"""Of a user. Pages and deletions of an account go through all of them."""


def add(user: User, name: str, content: bytes, *, cache: str = "") -> tuple[Upload, bool]:
    """Store a file; return it and whether it is new.

    The same content under the same name is the upload that is there, kept for longer. It counts again on
    another day: nobody keeps for any time what was counted once.

    If there is no room, the oldest of those whose names begin with `cache` goes: their client sends again
    what is missing.

    Raises FileTooLarge, TooManyUploads, StorageFull, MoreThanADay, and PermissionDenied if the account is
    closed.
    """
    if len(content) > settings.UPLOAD_MAX_BYTES:
        raise FileTooLarge(f"The file is larger than {size_of(settings.UPLOAD_MAX_BYTES)}.")
    now, digest, kind = timezone.now(), sha256(content).hexdigest(), kind_of(content)
    expires = _expiry(now)
    with transaction.atomic():
        lock_account(user)
        own = uploads.current_of(user.pk)
        # Not by time, so that SQLite takes the index by digest.
        known = own.filter(name=name, sha256=digest).order_by().first()
        if known is None and own.order_by().count() >= UPLOADS_MAX and not _dropped(own, cache):
            raise TooManyUploads(
                f"You have {UPLOADS_MAX} uploads: remove some, or wait until some expire."
            )
        if known is None or not storage.is_same_day(known.created, now):
            storage.count_upload(user, len(content), now)
        if known is not None:
            Upload.objects.filter(pk=known.pk).update(created=now, expires=expires)
            known.created, known.expires = now, expires
            return known, False
        made = Upload.objects.create(
            user=user,
            name=name,
            size=len(content),
            kind=kind,
            sha256=digest,
            content=content,
            created=now,
            expires=expires,
        )
    return made, True


def _dropped(own: QuerySet[Upload], cache: str) -> bool:
    """Remove the oldest of a client's cache; return whether there was one."""
    oldest = own.filter(name__startswith=cache).order_by("created").first() if cache else None
    if oldest is not None:
        uploads.expire(Upload.objects.filter(pk=oldest.pk), timezone.now())
    return oldest is not None


def remove(upload: Upload) -> None:
    """Remove an upload, at once for its user. Runs that have it keep it as long as their other files."""
    with transaction.atomic():
        uploads.expire(Upload.objects.filter(pk=upload.pk), timezone.now())


def _expiry(now: datetime) -> datetime | None:
    """Return when a file that comes now expires: it is kept as long as the files of a run."""
    days = settings.FILES_RETENTION_DAYS or settings.RETENTION_DAYS
    return now + timedelta(days=days) if days else None
