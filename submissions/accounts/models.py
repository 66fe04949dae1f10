"""API tokens, frozen accounts, accounts with own containers, and counters of failed attempts."""

from django.conf import settings
from django.db import models
from knox.models import AbstractAuthToken, AuthTokenManager


class ApiTokenManager(AuthTokenManager):  # type: ignore[misc] # knox has no types
    """Loads tokens with their user, which every authenticated request needs."""

    def get_queryset(self) -> models.QuerySet["ApiToken"]:
        tokens: models.QuerySet[ApiToken] = super().get_queryset()
        return tokens.select_related("user")


class ApiToken(AbstractAuthToken):  # type: ignore[misc]
    """An API token: only its hash and first characters are stored."""

    objects = ApiTokenManager()

    name = models.CharField(max_length=60, help_text="What the token is for.")

    class Meta:
        ordering = ("-created",)
        verbose_name = "API token"

    def __str__(self) -> str:
        return f"{self.name} ({self.token_key}…)"


class OwnContainers(models.Model):
    """A user all of whose runs get a container of their own. Without a row, the request decides."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="own_containers",
    )
    since = models.DateTimeField(auto_now_add=True)

    class Meta:
        default_permissions = ()
        verbose_name_plural = "users with own containers"

    def __str__(self) -> str:
        return f"account {self.user_id} since {self.since:%Y-%m-%d %H:%M}"


class Freeze(models.Model):
    """A time during which an account was frozen, and the reason that its user reads."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="freezes"
    )
    reason = models.CharField(max_length=300, help_text="The account's user reads it.")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created = models.DateTimeField(auto_now_add=True)
    ended = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        ordering = ("-created",)
        default_permissions = ()
        permissions = (("freeze_account", "Can freeze and unfreeze accounts"),)
        constraints = (
            models.UniqueConstraint(
                fields=("user",), condition=models.Q(ended=None), name="freeze_once"
            ),
        )

    def __str__(self) -> str:
        return f"account {self.user_id} from {self.created:%Y-%m-%d %H:%M}"


class Attempts(models.Model):
    """Attempts of one kind in one window of time; only attempts.py uses this table."""

    key = models.CharField(primary_key=True, max_length=64)
    under_way = models.PositiveIntegerField(help_text="Their outcome is not known yet.")
    counted = models.PositiveIntegerField(help_text="They have failed, or gave something away.")
    expires = models.FloatField(db_index=True, help_text="Seconds since the epoch.")

    class Meta:
        verbose_name_plural = "attempts"

    def __str__(self) -> str:
        return f"{self.key}: {self.counted} and {self.under_way} under way"
