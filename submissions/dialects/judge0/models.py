"""What a client of Judge0 expects a run to print."""

from hashlib import sha256
from uuid import UUID

from django.conf import settings
from django.db import models

BLANK = " \t\n\v\f\r\0"
"""What does not count at the end of a line, and at the end."""


class Expectation(models.Model):
    """The output that a run has to print to be accepted.

    Only its digest is stored: it says whether the output is the expected one, and takes no storage of the
    user's.
    """

    submission = models.OneToOneField(
        "submissions.Submission", on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64, help_text="Of the run's id and the expected output.")

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"expectation of {self.submission_id}"


def digest_of(pk: UUID, output: str) -> str:
    """Return the digest of what a run prints, without what does not count."""
    lines = (line.rstrip(BLANK) for line in output.split("\n"))
    return sha256(pk.bytes + "\n".join(lines).rstrip(BLANK).encode()).hexdigest()
