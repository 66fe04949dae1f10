"""Who may make an account, and that there is one way to log in."""

from urllib.parse import urlencode

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return bool(settings.SIGNUP_OPEN)


def limited_admin_login(request: HttpRequest, extra_context: object = None) -> HttpResponse:
    """The admin's login is the site's, which is limited; the admin's own would be a way around."""
    if admin.site.has_permission(request):
        return redirect("admin:index")
    query = urlencode({"next": request.GET.get("next") or resolve_url("admin:index")})
    return redirect(f"{resolve_url(settings.LOGIN_URL)}?{query}")
