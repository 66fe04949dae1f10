"""What a request with an API token knows of the token and its user."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.forms import model_to_dict
from django.test import Client, RequestFactory
from django.utils import timezone
from rest_framework.request import Request

from submissions.accounts.models import ApiToken
from submissions.api.framework.authentication import BearerAuthentication
from tests.support.present import present

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("hours", "status"), [(None, 200), (1, 200), (24, 200), (-1, 401), (-24, 401)]
)
def test_token_is_valid_until_its_end(
    alice: User,
    client: Client,
    token_of: Callable[..., dict[str, str]],
    hours: int | None,
    status: int,
) -> None:
    bearer = token_of(alice)
    now = timezone.now().replace(microsecond=0)  # SQLite stores none then
    end = None if hours is None else now + timedelta(hours=hours)
    ApiToken.objects.update(expiry=end)
    assert client.get("/api/", headers=bearer).status_code == status


def test_user_of_a_token_is_the_whole_account(
    alice: User, bob: User, rf: RequestFactory, token_of: Callable[..., dict[str, str]]
) -> None:
    token_of(bob)
    request = Request(rf.get("/", headers=token_of(alice)))
    user, used = present(BearerAuthentication().authenticate(request))
    assert user.get_deferred_fields() == set()
    stored = User.objects.get(pk=alice.pk)
    assert model_to_dict(user) == model_to_dict(stored)
    assert (user.date_joined, user.is_active) == (stored.date_joined, True)
    assert used.key == ApiToken.objects.get(user=alice).token_key
