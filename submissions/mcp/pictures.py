"""The files of a run as blocks of a tool's result: pictures for the model to see, links for the rest."""

from base64 import b64encode
from collections.abc import Iterator
from typing import Any

from executor import plain_text

from ..files import store
from ..files.kinds import IMAGES
from ..lifecycle.models import Submission

MOST = 4
"""Pictures that a result has; the rest are links."""
MOST_BYTES = 2**20
"""The largest such picture."""

Block = dict[str, Any]


def blocks(
    submission: Submission, files: list[dict[str, Any]], *, may_show: bool, may_link: bool
) -> Iterator[Block]:
    """Yield a block for each file of a run, as `schemas.shown` has them."""
    left = MOST if may_show else 0
    for position, file in enumerate(files):
        if left and _is_shown(file):
            content = store.content_of(submission.pk, submission.attempt, position)
            if content is not None:  # else it has been removed
                left -= 1
                data = b64encode(content).decode()
                yield {"type": "image", "data": data, "mimeType": file["type"]}
                continue
        if may_link:
            yield _link(file)


def _link(file: dict[str, Any]) -> Block:
    return {
        "type": "resource_link",
        "uri": file["url"],
        "name": plain_text(file["name"]),
        "mimeType": file["type"],
        "size": file["size"],
    }


def bytes_of(files: list[dict[str, Any]]) -> int:
    """Return how large the pictures among these files are together, those of one result."""
    return sum([file["size"] for file in files if _is_shown(file)][:MOST])


def _is_shown(file: dict[str, Any]) -> bool:
    return file["type"] in IMAGES and file["size"] <= MOST_BYTES
