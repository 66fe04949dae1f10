"""API tokens and second factors."""

from django.http import HttpRequest

from .read_only import ReadOnlyAdmin


class ApiTokenAdmin(ReadOnlyAdmin):
    list_display = ("name", "user", "token_key", "created", "expiry")
    list_select_related = ("user",)
    fields = ("name", "user", "token_key", "created", "expiry")

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Allow staff to revoke a token."""
        return request.user.has_perm("submissions.delete_apitoken")


class AuthenticatorAdmin(ReadOnlyAdmin):
    """Second factors, without their secrets. Staff may remove one for a user who has lost it.
    registry.py registers this in place of the package's own, which shows the secret."""

    list_display = ("user", "type", "created_at", "last_used_at")
    list_select_related = ("user",)
    fields = ("user", "type", "created_at", "last_used_at")

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return request.user.has_perm("mfa.delete_authenticator")
