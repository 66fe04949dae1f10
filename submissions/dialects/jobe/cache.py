"""The files that runs name: uploads of the user, by the ids that the client has chosen.

CodeRunner's ids are digests of the content, so a file is sent once for a whole class.
"""

from collections.abc import Iterable

from django.contrib.auth.models import User

from ...files.uploads import current_of
from ...lifecycle import uploads

PREFIX = "jobe/"
"""Of an upload's name, which ends with Jobe's id."""


def put(user: User, file_id: str, content: bytes) -> None:
    """Keep a file. Raises FileTooLarge, TooManyUploads, StorageFull, PermissionDenied."""
    uploads.add(user, f"{PREFIX}{file_id}", content, cache=PREFIX)


def found(user: User, file_ids: Iterable[str]) -> dict[str, str]:
    """Return the id of the newest upload for each of Jobe's ids that there is."""
    names = [f"{PREFIX}{file_id}" for file_id in file_ids]
    rows = current_of(user.pk).filter(name__in=names).order_by("created").values_list("name", "pk")
    return {name.removeprefix(PREFIX): pk for name, pk in rows}
