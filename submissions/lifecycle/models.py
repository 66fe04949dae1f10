"""Submissions with their results, batches of them, and idempotency keys."""

import uuid
from typing import Any, Self

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.utils import timezone

from executor import LANGUAGES

from .guarded import GuardedModel, ReadingQuerySet, WritingQuerySet

LANGUAGE_LABELS = {slug: language.label for slug, language in LANGUAGES.items()}
"""The languages that a form, a filter or the API offers, by slug."""


class Status(models.TextChoices):
    """The state of a submission. Its verdict is how it ended."""

    QUEUED = "queued"
    RUNNING = "running"
    FINISHED = "finished"


class Verdict(models.TextChoices):
    """How a finished run ended: the executor's verdicts, named for people."""

    OK = "ok", "OK"
    COMPILE_ERROR = "compile_error", "Compile error"
    RUNTIME_ERROR = "runtime_error", "Runtime error"
    TIME_LIMIT_EXCEEDED = "time_limit_exceeded", "Time limit exceeded"
    MEMORY_LIMIT_EXCEEDED = "memory_limit_exceeded", "Memory limit exceeded"
    OUTPUT_LIMIT_EXCEEDED = "output_limit_exceeded", "Output limit exceeded"
    PROCESS_LIMIT_EXCEEDED = "process_limit_exceeded", "Process limit exceeded"
    DISK_LIMIT_EXCEEDED = "disk_limit_exceeded", "Disk limit exceeded"
    CANCELLED = "cancelled", "Cancelled"
    INTERNAL_ERROR = "internal_error", "Internal error"


class Via(models.TextChoices):
    """How a submission came in: by pages and API, how the client was authenticated; else the door, whose
    clients send a token. The beginning of a token is stored beside it."""

    SESSION = "session"
    TOKEN = "token"  # noqa: S105 - a name, not a secret
    BASIC = "basic"
    MCP = "mcp", "MCP"
    PISTON = "piston", "Piston"
    JUDGE0 = "judge0", "Judge0"
    E2B = "e2b", "E2B"
    JOBE = "jobe", "Jobe"
    LIBRECHAT = "librechat", "LibreChat"


class Isolation(models.TextChoices):
    """Whether the container of a run may serve other runs of the same user."""

    AUTO = "auto", "May share a container with its user's other runs"
    CONTAINER = "container", "A container of its own"


class Lane(models.TextChoices):
    """What the program had for itself."""

    CONTAINER = "container", "A container"
    SLOT = "slot", "A sandbox inside a container of its user"


class Outcome(models.TextChoices):
    """The result of an experiment: the executor's outcomes, named for people."""

    CONTAINED = "contained", "Contained"
    BREACH = "breach", "Breach"
    UNPROVEN = "unproven", "Inconclusive"


class Typing(models.TextChoices):
    """Whether the input of an interactive run may grow while it runs."""

    OPEN, ENDED = "open", "ended"


class SubmissionQuerySet(WritingQuerySet):
    def visible_to(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        """Select a user's own, without those that wait for their erasure.

        Staff see the submissions of others in the admin only.
        """
        return self.filter(user_id=user.pk, held_until=None)

    def in_flight(self) -> Self:
        return self.exclude(status=Status.FINISHED)

    def queued(self) -> Self:
        return self.filter(status=Status.QUEUED)

    def running(self) -> Self:
        return self.filter(status=Status.RUNNING)

    def seal_pending(self) -> Self:
        """Select what is finished and still marked as not sealed; an index covers just these rows."""
        return self.filter(seal_pending=True, status=Status.FINISHED)


class SubmissionsRead(ReadingQuerySet, SubmissionQuerySet):  # type: ignore[override] # as_manager
    """The query set of `objects`, which cannot write."""


class Submission(GuardedModel):
    """One request to run code, stored before the run starts, and its result."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,  # submissions outlive the account: deactivate it instead
        related_name="submissions",
    )
    username = models.CharField(
        max_length=150,
        blank=True,
        default="",
        db_default="",
        help_text="The user's name when it was submitted.",
    )
    # Without choices: they would make every new language a migration.
    language = models.CharField(max_length=32)
    code = models.TextField()
    stdin = models.TextField(blank=True)
    args = models.JSONField(default=list, blank=True, help_text="The program's arguments.")
    typing = models.CharField(
        max_length=8,
        choices=Typing,
        blank=True,
        default="",
        db_default="",
        help_text="Whether its input may grow while it runs; empty unless it is interactive.",
    )
    read_only = models.BooleanField(
        default=True, help_text="Whether the working directory was read-only too."
    )
    isolation = models.CharField(
        max_length=16,
        choices=Isolation,
        default=Isolation.AUTO,
        # Rows of earlier versions: no container served two runs.
        db_default=Isolation.CONTAINER,
        help_text="Whether the container might serve other runs of the same user.",
    )
    outputs = models.BooleanField(
        default=False, db_default=False, help_text="Whether the run gives back files."
    )
    files_in = models.JSONField(
        null=True, blank=True, help_text="Name, size, type and digest of each file sent with it."
    )
    session = models.CharField(
        max_length=64, blank=True, default="", db_default="", help_text="Label of its session."
    )
    limits = models.JSONField(help_text="What the run might use; units are in the names.")

    status = models.CharField(max_length=16, choices=Status, default=Status.QUEUED)
    verdict = models.CharField(max_length=32, choices=Verdict, blank=True)
    stdout = models.TextField(blank=True)
    stderr = models.TextField(blank=True, help_text="Without terminal codes.")
    error = models.TextField(blank=True, help_text="One friendly sentence; empty if all was well.")
    error_details = models.JSONField(
        null=True, blank=True, help_text="The error's type, message, line, column and hint."
    )
    exit_code = models.PositiveSmallIntegerField(null=True, blank=True)
    signal = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Number of the signal that ended the main process."
    )
    truncated = models.BooleanField(default=False, help_text="Output beyond the cap was dropped.")
    files_out = models.JSONField(null=True, blank=True, help_text="The same of each file made.")
    files_left_out = models.JSONField(
        null=True, blank=True, help_text="How many files were not kept, by reason."
    )
    session_end = models.JSONField(
        null=True, blank=True, help_text="Digests of the session's state, and what was not kept."
    )
    evidence = models.JSONField(null=True, blank=True, help_text="What the verdict rests on.")

    wall_ms = models.FloatField(null=True, blank=True, help_text="Elapsed time, milliseconds.")
    cpu_ms = models.FloatField(null=True, blank=True, help_text="CPU time, milliseconds.")
    memory_peak_bytes = models.PositiveBigIntegerField(null=True, blank=True)

    experiment = models.CharField(
        max_length=64,
        blank=True,
        help_text="Slug of the lab's experiment; empty for other runs.",
    )
    ablation = models.CharField(
        max_length=64, blank=True, help_text="The layer that was removed; empty if none was."
    )
    outcome = models.CharField(
        max_length=16, choices=Outcome, blank=True, help_text="The result of the experiment."
    )
    finding = models.JSONField(
        null=True, blank=True, help_text="The reason, the facts and the program's report."
    )

    image = models.CharField(max_length=80, blank=True, help_text="Id of the sandbox's image.")
    sandbox = models.CharField(max_length=64, blank=True, help_text="Short id of the container.")
    lane = models.CharField(
        max_length=16,
        choices=Lane,
        blank=True,
        default="",
        db_default="",
        help_text="What the program had for itself: a container, or a sandbox in a slot.",
    )
    run_number = models.PositiveIntegerField(
        null=True, blank=True, help_text="Number of the run in its container, from 1."
    )
    warm = models.BooleanField(null=True, blank=True, help_text="The sandbox came from the pool.")
    worker = models.CharField(
        max_length=120,
        blank=True,
        help_text="The process that runs it: boot, pid namespace, pid, start.",
    )

    # Columns of the queue (queue.py). They are no evidence, so the audit's chain does not seal them.
    waited = models.BooleanField(
        default=True, help_text="A client waits for the end, so it runs before the user's others."
    )
    turn = models.PositiveBigIntegerField(default=0, help_text="The lowest runs next.")
    attempt = models.PositiveSmallIntegerField(
        default=0, help_text="Number of the attempt; above one if a worker was lost."
    )
    lease = models.DateTimeField(
        null=True, blank=True, help_text="If it is not renewed by then, the run counts as lost."
    )
    reply_to = models.CharField(
        max_length=64, blank=True, help_text="The broker's queue for reports of it."
    )
    streamed = models.BooleanField(default=False, help_text="Its output is reported too.")

    created = models.DateTimeField(default=timezone.now, editable=False)
    started = models.DateTimeField(null=True, blank=True)
    finished = models.DateTimeField(null=True, blank=True)

    held_until = models.DateTimeField(
        null=True,
        blank=True,
        help_text="The account is deleted; until then the content is kept for the audit alone.",
    )
    erased = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When the content was erased, after the account was deleted.",
    )
    # A mark by which the sealer finds its work without reading every row.
    seal_pending = models.BooleanField(
        default=True, db_default=True, help_text="The audit's chain has yet to seal it."
    )

    client_address = models.GenericIPAddressField(null=True, blank=True)
    user_agent = models.CharField(max_length=300, blank=True)
    # Without choices: they would make every new door a migration.
    via = models.CharField(max_length=16, help_text="The way in: a value of Via.")
    token_key = models.CharField(
        max_length=32, blank=True, help_text="The beginning of the API token that was used."
    )

    objects = SubmissionsRead.as_manager()
    written = SubmissionQuerySet.as_manager()

    class Meta:
        ordering = ("-created",)
        indexes = (
            models.Index(fields=("user", "-created"), name="submission_user_created"),
            models.Index(fields=("-created",), name="submission_created"),
            models.Index(
                fields=("user",),
                name="submission_in_flight",
                condition=~models.Q(status=Status.FINISHED),
            ),
            # The queue counts a user's running submissions for each one that waits.
            models.Index(
                fields=("user",),
                name="submission_running",
                condition=models.Q(status=Status.RUNNING),
            ),
            models.Index(  # nearly empty: how long a user has played lately
                fields=("user", "created"), name="submission_played", condition=~models.Q(typing="")
            ),
            # Partial, so that a run that never waits in the queue does not update it.
            models.Index(
                fields=("turn", "created"),
                name="submission_queue",
                condition=models.Q(status=Status.QUEUED),
            ),
            models.Index(
                fields=("experiment", "user", "-created"),
                name="submission_experiment",
                condition=~models.Q(experiment=""),
            ),
            # The lab's catalogue shows the last of these of each experiment.
            models.Index(
                fields=("experiment", "user", "-created"),
                name="submission_lab_outcome",
                condition=~models.Q(experiment="") & models.Q(ablation="") & ~models.Q(outcome=""),
            ),
            # Holds only what has ended within the last seconds, so it stays small.
            models.Index(
                fields=("finished", "id"),
                name="submission_seal_pending",
                condition=models.Q(seal_pending=True, status=Status.FINISHED),
            ),
            # Nearly empty: a deletion asks whether its account has one.
            models.Index(
                fields=("user",),
                name="submission_breach",
                condition=models.Q(outcome=Outcome.BREACH, ablation=""),
            ),
            # Retention removes the oldest first.
            models.Index(
                fields=("finished", "held_until"),  # it steps over what is held
                name="submission_finished",
                condition=models.Q(finished__isnull=False),
            ),
            # All columns that the admin's overview counts, so that it reads no program and no output.
            models.Index(
                fields=(
                    *("created", "user", "verdict", "outcome", "experiment", "ablation"),
                    "status",  # SQLite would read the row for it
                ),
                name="submission_overview",
                condition=models.Q(status=Status.FINISHED),
            ),
            models.Index(
                fields=("held_until",),
                name="submission_held",
                condition=models.Q(held_until__isnull=False),
            ),
        )
        permissions = (("run_weakened", "Can run experiments in weakened sandboxes"),)

    @property
    def interactive(self) -> bool:
        """Whether its input might grow while it ran."""
        return bool(self.typing)

    @property
    def language_label(self) -> str:
        """The language's name for people; the slug if it is not offered any more."""
        return LANGUAGE_LABELS.get(self.language, self.language)

    def __str__(self) -> str:
        return f"{self.language} program of {self.created:%Y-%m-%d %H:%M:%S}"


class OwnedQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        """Select a user's own. Staff see those of others in the admin only."""
        return self.filter(user_id=user.pk)


class Batch(models.Model):
    """Programs of one request; each is a submission of its own."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="batches"
    )
    submissions = models.ManyToManyField(
        "submissions.Submission", through="BatchEntry", related_name="batches"
    )
    created = models.DateTimeField(auto_now_add=True)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        ordering = ("-created",)
        verbose_name_plural = "batches"
        indexes = (models.Index(fields=("user", "-created"), name="batch_user_created"),)

    def __str__(self) -> str:
        return f"batch of {self.created:%Y-%m-%d %H:%M:%S}"


class BatchEntry(models.Model):
    """A submission's place in its batch."""

    submission = models.OneToOneField(
        "submissions.Submission",
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="batch_entry",
    )
    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="entries")
    position = models.PositiveSmallIntegerField(help_text="0, 1, 2, … as in the request.")

    class Meta:
        ordering = ("position",)

    def __str__(self) -> str:
        return f"{self.batch_id} {self.position}"
