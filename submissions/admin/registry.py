"""Register the models that the admin shows. Loaded after all apps (admin_config.py)."""

from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from knox.models import AuthToken

from ..accounts.adapter import limited_admin_login
from ..accounts.models import ApiToken
from ..audit.models import AuditEntry
from ..lifecycle.models import Batch, Submission
from ..sharing.models import ShareLink
from ..webhooks.models import Delivery
from .batches import BatchAdmin
from .people.credentials import ApiTokenAdmin, AuthenticatorAdmin
from .people.users import AccountAdmin, RightsGroupAdmin
from .records import AuditEntryAdmin, LogEntryAdmin
from .shares import ShareLinkAdmin
from .submissions import SubmissionAdmin
from .webhooks import DeliveryAdmin

admin.site.login = limited_admin_login  # type: ignore[method-assign]
admin.site.site_header = admin.site.site_title = "Safe Code Executor"

# The packages' own pages show secrets, and create rows that only their owner may create. Django's own
# accept names that look like others, and change rights without an entry in the audit's chain.
for model in (Authenticator, UserSession, AuthToken, EmailAddress, EmailConfirmation, User, Group):
    if admin.site.is_registered(model):
        admin.site.unregister(model)

admin.site.register(Submission, SubmissionAdmin)
admin.site.register(Batch, BatchAdmin)
admin.site.register(Delivery, DeliveryAdmin)
admin.site.register(ShareLink, ShareLinkAdmin)
admin.site.register(AuditEntry, AuditEntryAdmin)
admin.site.register(LogEntry, LogEntryAdmin)
admin.site.register(ApiToken, ApiTokenAdmin)
admin.site.register(Authenticator, AuthenticatorAdmin)
admin.site.register(User, AccountAdmin)
admin.site.register(Group, RightsGroupAdmin)
