"""The content of the files of runs."""

from django.db import models
from django.utils import timezone


class RunFile(models.Model):
    """The content of one file. Its name, size and digest are in the run's row, which outlives it.

    Only store.py uses it. No two runs share a row, even of one user: from how fast a file is stored, or
    what it costs, nobody learns whether another one has it.
    """

    submission = models.ForeignKey(
        "submissions.Submission",
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,  # the constraint's index begins with it
    )
    attempt = models.PositiveSmallIntegerField(
        help_text="The attempt that made it; 0 if it came with the request."
    )
    position = models.PositiveSmallIntegerField(help_text="Its place in the run's list, from 0.")
    content = models.BinaryField()
    created = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        default_permissions = ()
        constraints = (
            models.UniqueConstraint(
                fields=("submission", "attempt", "position"), name="run_file_once"
            ),
        )

    def __str__(self) -> str:
        return f"file {self.position} of {self.submission_id}"
