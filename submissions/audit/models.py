"""The chain of the audit, and its verifications."""

from typing import Self

from django.conf import settings
from django.db import models

from ..lifecycle.guarded import GuardedModel, ReadingQuerySet, WritingQuerySet


class Action(models.TextChoices):
    """The kinds of entries."""

    FINISHED = "finished", "Run finished"
    PRUNED = "pruned", "Old runs removed"
    FILES_REMOVED = "files_removed", "Old files of runs removed"
    ERASURE_ASKED = "erasure_asked", "Account deleted, content held"
    ERASED = "erased", "Content of a deleted account erased"
    ACCOUNT = "account", "Account or rights changed"
    ADMIN_LOG = "admin_log", "Change by staff"
    SETTINGS = "settings", "Settings changed"
    SHARED = "shared", "Share link made or revoked"
    ACCESS_REVOKED = "access_revoked", "All tokens and share links revoked"
    SELF_CHECK = "self_check", "Self-check opened or closed the service"


class AuditEntryQuerySet(WritingQuerySet):
    def of(self, *actions: Action) -> Self:
        """Select entries of these kinds, except FINISHED.

        Nearly all entries are FINISHED. Excluding them lets the database use the others' partial index.
        """
        return self.exclude(action=Action.FINISHED).filter(action__in=actions)


class EntriesRead(ReadingQuerySet, AuditEntryQuerySet):  # type: ignore[override] # as_manager
    """The query set of `objects`, which cannot write."""


class AuditEntry(GuardedModel):
    """A link of the chain that shows whether records were changed. Only chain.py writes it."""

    sequence = models.PositiveBigIntegerField(
        primary_key=True, help_text="Consecutive number, from 1."
    )
    created = models.DateTimeField()
    action = models.CharField(max_length=16, choices=Action)
    submission = models.UUIDField(
        null=True,
        unique=True,
        help_text="The run that finished. The entry outlives it.",
    )
    digest = models.CharField(max_length=64, blank=True, help_text="Digest of the run's facts.")
    data = models.JSONField(default=dict, help_text="Details of the action.")
    previous = models.CharField(max_length=64, blank=True, help_text="Hash of the previous entry.")
    hash = models.CharField(max_length=64, help_text="Keyed hash (HMAC-SHA-256) of this entry.")

    objects = EntriesRead.as_manager()
    written = AuditEntryQuerySet.as_manager()

    class Meta:
        ordering = ("-sequence",)
        verbose_name_plural = "audit entries"
        indexes = (
            models.Index(
                fields=("action", "-sequence"),
                name="entry_other_than_finished",
                condition=~models.Q(action=Action.FINISHED),
            ),
        )

    def __str__(self) -> str:
        return f"{self.sequence}: {self.get_action_display()}"


class Closing(models.Model):
    """A deleted account with very many runs, which are not all marked as held yet (accounts/holds.py)."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    asked = models.DateTimeField(help_text="Runs made later are not held.")
    until = models.DateTimeField()
    incidents_until = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"closing of account {self.user_id}"


class Verification(models.Model):
    """One check of the whole chain, by a button or a command. Written by verifying.py only."""

    created = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    seconds = models.FloatField(help_text="Duration, seconds.")
    reached = models.PositiveBigIntegerField(help_text="The last entry that was checked.")
    is_complete = models.BooleanField(help_text="No if it ended before the last entry.")
    broken_at = models.PositiveBigIntegerField(
        null=True, help_text="The first entry that does not hold."
    )
    problem = models.CharField(max_length=300, blank=True, help_text="What does not hold there.")

    class Meta:
        ordering = ("-pk",)
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"verification of {self.created:%Y-%m-%d %H:%M:%S}"
