"""The content of the files of runs, and of files that are uploaded for runs to come."""

import secrets

from django.conf import settings
from django.db import models
from django.utils import timezone


def new_id() -> str:
    """Return an id that nobody can guess."""
    return f"f_{secrets.token_hex(16)}"


class Upload(models.Model):
    """A file that its user has uploaded, to be named by its id in requests.

    Once it has expired, which a deletion means too, no request finds it. The row stays while it is among
    the files of a run, as evidence (uploads.py).
    """

    id = models.CharField(primary_key=True, max_length=34, default=new_id, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,  # the indexes below begin with it
    )
    name = models.CharField(max_length=200)
    size = models.PositiveIntegerField(help_text="Bytes.")
    kind = models.CharField(max_length=30, help_text="By its first bytes.")
    sha256 = models.CharField(max_length=64)
    content = models.BinaryField()
    created = models.DateTimeField(default=timezone.now)
    expires = models.DateTimeField(null=True, db_index=True, help_text="Null: never.")

    class Meta:
        default_permissions = ()
        indexes = (
            models.Index(fields=("user", "-created"), name="upload_user_created"),
            models.Index(fields=("user", "sha256"), name="upload_user_sha256"),
            # All columns of a user's count and sum: SQLite keeps the others behind the content.
            models.Index(fields=("user", "expires", "size"), name="upload_user_expires"),
        )

    def __str__(self) -> str:
        return f"upload {self.id}"


class RunSession(models.Model):
    """What the last run of a session has left for the next (sessions.py). Nobody opens it here."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,  # the constraint's index begins with it
    )
    name = models.CharField(max_length=64, help_text="The label that its user has chosen.")
    language = models.CharField(max_length=32)
    content = models.BinaryField()
    size = models.PositiveIntegerField(help_text="Bytes.")
    sha256 = models.CharField(max_length=64)
    version = models.PositiveIntegerField(default=1, help_text="How often it was stored.")
    left_by = models.ForeignKey(
        "submissions.Submission",
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        help_text="The run that has left it.",
    )
    created = models.DateTimeField(default=timezone.now)
    used = models.DateTimeField(default=timezone.now)
    expires = models.DateTimeField(db_index=True)

    class Meta:
        default_permissions = ()
        constraints = (models.UniqueConstraint(fields=("user", "name"), name="run_session_once"),)

    def __str__(self) -> str:
        return f"session {self.name}"


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
    content = models.BinaryField(help_text="Empty if it is an upload, which has the content.")
    upload = models.ForeignKey(Upload, on_delete=models.PROTECT, null=True, related_name="+")
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
