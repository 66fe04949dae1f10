"""Make and remove uploads: counted as storage, and bound to an account that is open."""

from datetime import datetime, timedelta
from hashlib import sha256

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from ..files import uploads
from ..files.kinds import kind_of
from ..files.models import Upload
from . import storage
from .intake import lock_account


def add(user: User, name: str, content: bytes) -> tuple[Upload, bool]:
    """Store a file; return it and whether it is new.

    The same content under the same name is the upload that is there, kept for longer, and counts no
    bytes. Raises StorageFull, MoreThanADay, and PermissionDenied if the account is closed.
    """
    digest, kind, expires = sha256(content).hexdigest(), kind_of(content), _expiry()
    with transaction.atomic():
        lock_account(user)
        known = uploads.current_of(user.pk).filter(name=name, sha256=digest).first()
        if known is not None:
            Upload.objects.filter(pk=known.pk).update(expires=expires)
            known.expires = expires
            return known, False
        storage.count_upload(user, len(content))
        made = Upload.objects.create(
            user=user,
            name=name,
            size=len(content),
            kind=kind,
            sha256=digest,
            content=content,
            expires=expires,
        )
    return made, True


def remove(upload: Upload) -> None:
    """Remove an upload, at once for its user. Runs that have it keep it as long as their other files."""
    with transaction.atomic():
        uploads.expire(Upload.objects.filter(pk=upload.pk), timezone.now())


def _expiry() -> datetime | None:
    """Return when a file that comes now expires: it is kept as long as the files of a run."""
    days = settings.FILES_RETENTION_DAYS or settings.RETENTION_DAYS
    return timezone.now() + timedelta(days=days) if days else None
