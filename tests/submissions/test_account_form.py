"""The admin's form of an account."""

import pytest
from django.contrib.auth.models import Permission, User

from tests.support.clients import AsUser

pytestmark = pytest.mark.django_db


def test_account_form_offers_what_opens_something_and_keeps_the_rest(
    alice: User, staff: User, as_user: AsUser
) -> None:
    """Nobody adds a run by hand. A permission from elsewhere must survive the form nevertheless."""
    odd = Permission.objects.get(codename="delete_session")
    alice.user_permissions.add(odd)
    form = as_user(staff).get(f"/admin/auth/user/{alice.pk}/change/").context["adminform"].form
    offered = set(form.fields["user_permissions"].queryset.values_list("codename", flat=True))
    assert {"freeze_account", "view_submission", "delete_session"} <= offered
    assert not {"add_submission", "change_auditentry", "add_session"} & offered
    assert len(offered) < 50
