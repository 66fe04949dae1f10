"""Share links of runs."""

from typing import Self

from django.conf import settings
from django.db import models
from django.utils import timezone


class ShareLinkQuerySet(models.QuerySet["ShareLink"]):
    def live(self) -> Self:
        """Select links that open: not expired, of an active account, and of a run that is still shown."""
        return self.filter(
            expires__gt=timezone.now(),
            user__is_active=True,
            submission__held_until=None,
            submission__erased=None,
        )


class ShareLink(models.Model):
    """A link to one run. A revoked link is a deleted row; the audit's chain has both acts.

    The row does not hold the address: links.py derives it from the key and the site's secret key.
    """

    key = models.CharField(primary_key=True, max_length=22, help_text="128 random bits.")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="share_links"
    )
    submission = models.ForeignKey(
        "submissions.Submission", on_delete=models.CASCADE, related_name="share_links"
    )
    named = models.BooleanField(default=False, help_text="The page shows the user's name.")
    created = models.DateTimeField(auto_now_add=True)
    expires = models.DateTimeField(db_index=True)

    objects = ShareLinkQuerySet.as_manager()

    class Meta:
        ordering = ("-created",)

    def __str__(self) -> str:
        return f"link of {self.created:%Y-%m-%d %H:%M:%S}"
