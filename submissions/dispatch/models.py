"""The worker processes, as they last reported."""

from django.db import models


class Worker(models.Model):
    """The last report of a process that runs submissions for web processes. Only registry.py uses it."""

    name = models.CharField(primary_key=True, max_length=120, help_text="As in a submission.")
    seen = models.DateTimeField(db_index=True)
    state = models.JSONField(help_text="Its places, its gate, its pool and its languages.")

    class Meta:
        ordering = ("-seen",)

    def __str__(self) -> str:
        return self.name
