"""The admin's form of an account."""

import re

import pytest
from django.contrib.auth.models import Permission, User

from submissions.audit.accounts.erasure import delete_account
from submissions.audit.accounts.freezing import freeze
from tests.support.clients import AsUser
from tests.support.present import present

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


@pytest.mark.parametrize("meanwhile", ["frozen", "deleted", "nothing"])
def test_old_form_does_not_undo_what_has_happened_meanwhile(
    alice: User, staff: User, as_user: AsUser, meanwhile: str
) -> None:
    client, address = as_user(staff), f"/admin/auth/user/{alice.pk}/change/"
    page = client.get(address).content.decode()
    seen = present(re.search(r'name="seen" value="([^"]+)"', page))[1]
    if meanwhile == "frozen":
        freeze(alice, reason="Stop.", by=staff)
    elif meanwhile == "deleted":
        delete_account(alice)
    form = {"username": "alice", "email": "new@example.org", "is_active": "on", "seen": seen}
    answer = client.post(address, form)
    alice.refresh_from_db()
    if meanwhile == "nothing":
        assert (answer.status_code, alice.email) == (302, "new@example.org")
        return
    assert answer.status_code == 200
    assert "since you opened this page" in answer.content.decode()
    assert f'value="{seen}"' in answer.content.decode()  # to save it again is no way around
    assert not alice.is_active
    assert alice.email != "new@example.org"
