"""All URLs of the site."""

from django.contrib import admin
from django.templatetags.static import static
from django.urls import include, path
from django.views.generic import RedirectView

handler400 = "submissions.http.error_pages.bad_request"
handler403 = "submissions.http.error_pages.permission_denied"
handler404 = "submissions.http.error_pages.page_not_found"
handler500 = "submissions.http.error_pages.server_error"
handler429 = "submissions.http.too_many.too_many_for_allauth"

urlpatterns = [
    path("", include("submissions.urls")),
    path("accounts/", include("allauth.account.urls")),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    path("accounts/sessions/", include("allauth.usersessions.urls")),
    path("admin/", admin.site.urls),
    # Pages of packages do not link the icon, so browsers request this path.
    path("favicon.ico", RedirectView.as_view(url=static("submissions/icon.svg"))),
]
