"""Sessions: where files are that a program made, or that LibreChat has sent.

A session is a run, or one request that sent files. LibreChat accepts ids of just 21 characters.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import F
from django.utils.crypto import get_random_string

from ...files import store, uploads
from ...files.models import Upload
from ...lifecycle.models import Submission, Verdict, Via

ID_CHARACTERS = 21
UUID_CHARACTERS = 32
PREFIX = "librechat"
"""Of an upload's name; the session and the name of the file follow."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """A file of a session."""

    session: str
    id: str
    name: str
    size: int
    kind: str
    created: datetime
    run: Submission | None = None
    """The run that made it; None if it was sent."""
    position: int = 0
    upload: Upload | None = None

    def content(self) -> bytes | None:
        """Return its content; None if it has been removed."""
        if self.upload is not None:
            return uploads.content_of(self.upload)
        assert self.run is not None  # noqa: S101 - one of the two
        return store.content_of(self.run.pk, self.run.attempt, self.position)


def new_session() -> str:
    return get_random_string(ID_CHARACTERS)


def session_of(run: Submission) -> str:
    """Return the session of a run: the beginning of its id, in which 84 bits are random."""
    return run.pk.hex[:ID_CHARACTERS]


def name_in(session: str, name: str) -> str:
    """Return the name of an upload."""
    return f"{PREFIX}/{session}/{name}"


def made_by(run: Submission) -> list[Kept]:
    """Return the files of a run; none if it failed, as LibreChat tells its models."""
    if run.verdict != Verdict.OK:
        return []
    return [
        Kept(
            session=session_of(run),
            id=f"{position:0{ID_CHARACTERS}}",
            name=file["name"],
            size=file["size"],
            kind=file["type"],
            created=run.finished or run.created,
            run=run,
            position=position,
        )
        for position, file in enumerate(run.files_out or ())
    ]


def files_in(session: str, user: User) -> list[Kept]:
    """Return the files of a session of the user's."""
    return [
        *_sent_in(session, user),
        *(file for run in _runs(session, user) for file in made_by(run)),
    ]


def file_in(session: str, file_id: str, user: User) -> Kept | None:
    return next((file for file in files_in(session, user) if file.id == file_id), None)


def sent(upload: Upload, session: str) -> Kept:
    """Return an upload as a file of the session in whose name it was stored."""
    return Kept(
        session=session,
        id=upload.pk.removeprefix("f_")[:ID_CHARACTERS],
        name=upload.name.removeprefix(name_in(session, "")),
        size=upload.size,
        kind=upload.kind,
        created=upload.created,
        upload=upload,
    )


def _sent_in(session: str, user: User) -> list[Kept]:
    found = uploads.current_of(user.pk).filter(name__startswith=name_in(session, ""))
    return [sent(upload, session) for upload in found]


def _runs(session: str, user: User) -> list[Submission]:
    """Return the run whose id begins with the session, if there is one."""
    more = UUID_CHARACTERS - ID_CHARACTERS
    try:
        first, last = UUID(session + "0" * more), UUID(session + "f" * more)
    except ValueError:  # the session of an upload
        return []
    # By its user too, SQLite would read all runs of the user.
    found = Submission.objects.filter(
        pk__range=(first, last), via=Via.LIBRECHAT, held_until=None
    ).order_by("pk")
    return list(found.annotate(owner=F("user_id") + 0).filter(owner=user.pk)[:1])
