"""Sign-up, limits on failed logins and second factors, and the admin's login through the site's."""

from typing import Any
from urllib.parse import urlencode

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url

from . import sessions, signin
from .attempts import TooManyAttempts, checking, counted
from .frozen import freeze_of, sentences_for


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc] # allauth has no types
    """allauth's hooks, with our limits. allauth's own limits count an attempt as failed until it has
    succeeded, which refuses a class that logs in at once, and they see one process only."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return bool(settings.SIGNUP_OPEN)

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        """Check a password; every login comes through here. Raises TooManyAttempts."""
        tenant, limits = signin.limits(request, str(credentials.get("username", "")))
        with counted(*limits, tenant=tenant) as attempt:
            with checking(attempt, tenant):
                user = super().authenticate(request, **credentials)
            if user is not None:
                attempt.release()
        return user

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().post_login(request, user, **kwargs)
        signin.remember_device(response, user)
        sessions.end_oldest(user)
        return response

    def respond_user_inactive(self, request: HttpRequest, user: User) -> HttpResponse:
        """Answer a login with the right password: why the account is frozen, if it is."""
        if freeze := freeze_of(user):
            context = {"sentences": sentences_for(freeze)}
            return render(request, "account/frozen.html", context, status=403)
        response: HttpResponse = super().respond_user_inactive(request, user)
        return response

    def clean_username(self, username: str, shallow: bool = False) -> str:
        """Refuse a name that is taken, and count the refusal: it discloses that the account exists."""
        with counted(signin.taken_limit(self.request)) as attempt:
            try:
                name: str = super().clean_username(username, shallow)
            except ValidationError as error:
                if error.code != "username_taken":
                    attempt.release()
                raise
            attempt.release()
        return name

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        """Store a new account, and count it. Raises TooManyAttempts."""
        name = form.cleaned_data["username"]
        with (
            counted(signin.created_limit(request)) as creation,
            counted(signin.name_limit(name), tenant=signin.tenant_at(request)) as claim,
        ):
            claim.release()
            # While this request waited for the claim, another may have created the account.
            if User.objects.filter(username__iexact=name).exists():
                creation.release()
                raise TooManyAttempts(1)
            saved: User = super().save_user(request, user, form, commit)
        return saved


class LimitedCode:
    """A form that asks for a second factor and limits guesses."""

    user: User

    def clean_code(self) -> str:
        with counted(signin.code_limit(self.user.pk)) as attempt:
            code: str = super().clean_code()  # type: ignore[misc]
            attempt.release()
        return code


class LimitedAuthenticateForm(LimitedCode, AuthenticateForm):  # type: ignore[misc]
    """The form at login."""


class LimitedReauthenticateForm(LimitedCode, ReauthenticateForm):  # type: ignore[misc]
    """The form that confirms a sensitive action."""


def limited_admin_login(request: HttpRequest, extra_context: object = None) -> HttpResponse:
    """Redirect to the site's login, which is limited; the admin's own would bypass the limits. Raises
    PermissionDenied for a user who is logged in: the site's login would redirect them back here."""
    if admin.site.has_permission(request):
        return redirect("admin:index")
    if request.user.is_authenticated:
        raise PermissionDenied
    query = urlencode({"next": request.GET.get("next") or resolve_url("admin:index")})
    return redirect(f"{resolve_url(settings.LOGIN_URL)}?{query}")
