"""API tokens and second factors."""

from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString

from executor import plain_text

from ...accounts.models import ApiToken
from ..read_only import ReadOnlyAdmin
from ..submissions import person_link
from .ranks import reaches


class ApiTokenAdmin(ReadOnlyAdmin):
    list_display = ("shown_name", "shown_user", "shown_key", "shown_created", "shown_expiry")
    list_select_related = ("user",)
    search_fields = ("name", "user__username", "token_key")
    search_help_text = "Searches name, person and the token's beginning."
    fields = ("shown_name", "user", "token_key", "created", "expiry")

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Allow staff to revoke a token, but not that of other staff."""
        may = request.user.has_perm("submissions.delete_apitoken")
        return may and (not isinstance(obj, ApiToken) or reaches(request.user, obj.user))

    @admin.display(description="name", ordering="name")
    def shown_name(self, token: ApiToken) -> str:
        return plain_text(token.name)

    @admin.display(description="person", ordering="user__username")
    def shown_user(self, token: ApiToken) -> SafeString:
        return person_link(token.user_id, token.user.get_username())

    @admin.display(description="begins with", ordering="token_key")
    def shown_key(self, token: ApiToken) -> str:
        return f"{token.token_key}…"

    @admin.display(description="created", ordering="created")
    def shown_created(self, token: ApiToken) -> str:
        return f"{token.created:%Y-%m-%d}"

    @admin.display(description="expires", ordering="expiry")
    def shown_expiry(self, token: ApiToken) -> str:
        return f"{token.expiry:%Y-%m-%d}" if token.expiry else "Never"


class AuthenticatorAdmin(ReadOnlyAdmin):
    """Second factors, without their secrets. Staff may remove one for a user who has lost it.
    registry.py registers this in place of the package's own, which shows the secret."""

    list_title = "Second factors"
    list_display = ("shown_user", "type", "created_at", "last_used_at")
    list_display_links = ("type",)
    list_select_related = ("user",)
    fields = ("user", "type", "created_at", "last_used_at")

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Allow staff to remove a second factor, but not that of other staff."""
        may = request.user.has_perm("mfa.delete_authenticator")
        return may and (not isinstance(obj, Authenticator) or reaches(request.user, obj.user))

    def delete_model(self, request: HttpRequest, obj: Authenticator) -> None:
        """Remove a factor, and the recovery codes that are of use beside another factor only. They would
        open the account again as soon as it has a new one."""
        super().delete_model(request, obj)
        left = Authenticator.objects.filter(user=obj.user)
        if not left.exclude(type=Authenticator.Type.RECOVERY_CODES).exists():
            left.delete()

    @admin.display(description="person", ordering="user__username")
    def shown_user(self, factor: Authenticator) -> SafeString:
        return person_link(factor.user_id, factor.user.get_username())
