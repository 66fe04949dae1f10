"""Every address of the site."""

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.templatetags.static import static
from django.urls import include, path
from django.views.generic import RedirectView

from submissions.accounts.adapter import limited_admin_login
from submissions.admin.batches import BatchAdmin, DeliveryAdmin
from submissions.admin.submissions import AuthenticatorAdmin
from submissions.admin.users import AccountAdmin, RightsGroupAdmin
from submissions.webhooks.models import Batch, Delivery

admin.site.login = limited_admin_login  # type: ignore[method-assign]
admin.site.site_header = admin.site.site_title = "Safe Code Executor"
admin.site.index_title = "Audit"
# The packages' own pages show secrets, and make what only its owner can.
admin.site.unregister([Authenticator, UserSession])
# Django's own take names that look like others, and change rights without an entry in the audit's chain.
admin.site.unregister([User, Group])
admin.site.register(User, AccountAdmin)
admin.site.register(Group, RightsGroupAdmin)
admin.site.register(Authenticator, AuthenticatorAdmin)
admin.site.register(Batch, BatchAdmin)
admin.site.register(Delivery, DeliveryAdmin)

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
    # Pages that are not ours do not name the icon, and browsers then ask for this.
    path("favicon.ico", RedirectView.as_view(url=static("submissions/icon.svg"))),
]
