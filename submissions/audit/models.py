"""The chain of the audit."""

from typing import Self

from django.db import models

from ..lifecycle.guarded import GuardedModel, ReadingQuerySet, WritingQuerySet


class Action(models.TextChoices):
    """The kinds of entries."""

    FINISHED = "finished", "Submission finished"
    PRUNED = "pruned", "Submissions removed"
    ERASURE_ASKED = "erasure_asked", "Account deleted, content held"
    ERASED = "erased", "A deleted account's content erased"
    ACCOUNT = "account", "Account or its rights changed"
    ADMIN_LOG = "admin_log", "Entry of the admin's log"
    SETTINGS = "settings", "Executor's settings changed"
    SHARED = "shared", "Share link made or revoked"
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

    sequence = models.PositiveBigIntegerField(primary_key=True, help_text="1, 2, 3, … without gap.")
    created = models.DateTimeField()
    action = models.CharField(max_length=16, choices=Action)
    submission = models.UUIDField(
        null=True,
        unique=True,
        help_text="Which one finished. Not a foreign key: the entry outlives the submission.",
    )
    digest = models.CharField(max_length=64, blank=True, help_text="Of the submission's facts.")
    data = models.JSONField(default=dict, help_text="Further data; which, depends on the action.")
    previous = models.CharField(
        max_length=64, blank=True, help_text="The hash of the entry before."
    )
    hash = models.CharField(max_length=64, help_text="HMAC-SHA-256 of all of the above.")

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
