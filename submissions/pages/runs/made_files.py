"""The files that a run has given back, as its page lists them."""

from dataclasses import dataclass

from executor import MOST_OUT, plain_text

from ...files import store
from ...files.kinds import IMAGES
from ...lifecycle.models import Submission
from ...serializers.files import files_of

REASONS = {
    "not_regular": "not a regular file",
    "too_large": "too large",
    "too_many": f"beyond the first {MOST_OUT}",
    "too_deep": "in folders that are too deep",
    "bad_name": "with a name that can't be shown",
    "unreadable": "unreadable",
    "not_reached": "not reached in time",
    "lost": "lost on the way",
    "over_quota": "beyond your storage of the day",
}
"""Words for each reason to leave a file out."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MadeFile:
    """A file on the page of its run."""

    name: str
    """As inert text."""
    size: int
    address: str
    is_image: bool
    """Whether the page shows it; nothing else is ever shown by a browser."""
    is_kept: bool
    """Whether its content is still there."""


def made_files(submission: Submission) -> list[MadeFile]:
    """Return the files of a run, in the order of their names."""
    found = files_of(submission)
    kept = store.kept_of(submission.pk, submission.attempt) if found else set()
    return [
        MadeFile(
            name=plain_text(file["name"]),
            size=file["size"],
            address=file["url"],
            is_image=file["type"] in IMAGES,
            is_kept=position in kept,
        )
        for position, file in enumerate(found)
    ]


def left_out_of(submission: Submission) -> str:
    """Say how many files were not kept, and why; empty if all were."""
    counts = submission.files_left_out or {}
    reasons = [f"{REASONS.get(reason, reason)} ({count})" for reason, count in counts.items()]
    return f"Not kept: {', '.join(reasons)}." if reasons else ""
