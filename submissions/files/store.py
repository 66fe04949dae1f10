"""Store, read and remove the content of files. A run's row has the description of each.

A description is what `described` returns. Where it stands in its list is the position of the content.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, TypeAlias
from uuid import UUID

from django.db.models import Exists, F, OuterRef, QuerySet
from django.db.models.functions import Coalesce

from executor import File

from . import uploads
from .kinds import kind_of
from .models import RunFile
from .uploads import UploadedFile

SENT = 0
"""The attempt of a file that came with the request."""
UPLOAD = "upload"
"""In a description: the id of the upload that the file is."""
CONTENT = Coalesce(F("upload__content"), F("content"))
Description: TypeAlias = dict[str, Any]


class FilesMissing(Exception):
    """A run cannot begin, because files of its request are not stored any more."""


def described(files: Iterable[File]) -> list[Description]:
    """Describe files as the row keeps them and the audit seals them."""
    return [_described(file) for file in files]


def _described(file: File) -> Description:
    if isinstance(file, UploadedFile):
        about = {"name": file.name, "size": file.size, "type": file.kind, "sha256": file.sha256}
        return {**about, UPLOAD: file.upload}
    return {
        "name": file.name,
        "size": file.size,
        "type": kind_of(file.content),
        "sha256": sha256(file.content).hexdigest(),
    }


def add_sent(runs: Iterable[tuple[UUID, Sequence[File]]]) -> None:
    """Store what came with the requests of these runs; call it in the transaction of their rows.

    Raises FilesMissing if an upload among it has been removed meanwhile.
    """
    rows = [
        RunFile(
            submission_id=pk,
            attempt=SENT,
            position=position,
            content=file.content,
            upload_id=file.upload if isinstance(file, UploadedFile) else None,
        )
        for pk, files in runs
        for position, file in enumerate(files)
    ]
    if not uploads.lock(row.upload_id for row in rows if row.upload_id is not None):
        raise FilesMissing("a file that was uploaded is gone: upload it again")
    RunFile.objects.bulk_create(rows)


def sent_to(pk: UUID, descriptions: Sequence[Description]) -> tuple[File, ...]:
    """Return the files that came with a run's request. Raises FilesMissing."""
    found = RunFile.objects.filter(submission=pk, attempt=SENT).order_by("position")
    contents = [bytes(content) for content in found.values_list(CONTENT, flat=True)]
    if len(contents) != len(descriptions):
        raise FilesMissing(f"{len(contents)} of {len(descriptions)} files are there")
    return tuple(
        File(name=description["name"], content=content)
        for description, content in zip(descriptions, contents, strict=True)
    )


def add_made(pk: UUID, attempt: int, position: int, content: bytes) -> None:
    """Store a file that an attempt has made. To repeat it changes nothing."""
    made = RunFile(submission_id=pk, attempt=attempt, position=position, content=content)
    RunFile.objects.bulk_create([made], ignore_conflicts=True)


def content_of(pk: UUID, attempt: int, position: int) -> bytes | None:
    """Return the content of a file; None if it has been removed."""
    found = RunFile.objects.filter(submission=pk, attempt=attempt, position=position)
    content = found.values_list("content", flat=True).first()
    return None if content is None else bytes(content)


def kept_of(pk: UUID, attempt: int) -> set[int]:
    """Return the positions of the files of an attempt that are still stored."""
    found = RunFile.objects.filter(submission=pk, attempt=attempt)
    return set(found.values_list("position", flat=True))


def remove_made(pk: UUID, attempt: int) -> None:
    """Remove what an attempt has made whose result does not count."""
    RunFile.objects.filter(submission=pk, attempt=attempt).exclude(attempt=SENT).delete()


def remove_made_before(pk: UUID, attempt: int) -> None:
    """Remove what earlier attempts have made."""
    RunFile.objects.filter(submission=pk, attempt__gt=SENT, attempt__lt=attempt).delete()


def remove_all(pks: Iterable[UUID]) -> None:
    """Remove all files of these runs, sent and made, and uploads that were only waiting for that."""
    files = RunFile.objects.filter(submission__in=pks)
    shared = files.exclude(upload=None).order_by().values_list("upload", flat=True)
    ids = list(shared.distinct())
    files.delete()
    if ids:
        uploads.remove_unused(ids)


def having_files(pks: Iterable[UUID]) -> list[UUID]:
    """Return those of these runs that have files."""
    files = RunFile.objects.filter(submission__in=pks).order_by("submission")
    return list(files.values_list("submission", flat=True).distinct())


def exist_before(moment: datetime) -> bool:
    """Return whether there is a file from before then."""
    return RunFile.objects.filter(created__lt=moment).exists()


def runs_before(moment: datetime, *, among: QuerySet[Any]) -> QuerySet[RunFile, UUID]:
    """Select those of these runs that have a file from before then.

    No file is younger than the end of its run, so the index on the time finds all that matters.
    """
    is_among = Exists(among.filter(pk=OuterRef("submission")))
    return (
        RunFile.objects.filter(is_among, created__lt=moment)
        .order_by()
        .values_list("submission", flat=True)
        .distinct()
    )


def are_as_described(
    pk: UUID, attempt: int, sent: Sequence[Description], made: Sequence[Description]
) -> bool:
    """Return whether the files of a run are stored as its row describes them, one at a time in memory."""
    for number, descriptions in ((SENT, sent), (attempt, made)):
        found = RunFile.objects.filter(submission=pk, attempt=number).order_by("position")
        contents = found.values_list(CONTENT, flat=True).iterator(chunk_size=1)
        digests = [sha256(content).hexdigest() for content in contents]
        if descriptions and digests != [one["sha256"] for one in descriptions]:
            return False
    return True
