"""Every address of the site."""

from django.contrib import admin
from django.urls import include, path

from submissions.accounts import limited_admin_login

admin.site.login = limited_admin_login  # type: ignore[method-assign]
admin.site.site_header = admin.site.site_title = "Safe Code Executor"
admin.site.index_title = "Audit"

urlpatterns = [
    path("", include("submissions.urls")),
    path("accounts/", include("allauth.account.urls")),
    path("admin/", admin.site.urls),
]
