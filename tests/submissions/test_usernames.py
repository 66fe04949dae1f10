"""User names that look like no other, at every place where a person chooses one."""

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.test import Client

from submissions.accounts.usernames import validate_username
from tests.support.clients import PASSWORD, Answer, ApiClient, AsUser

REFUSED = [
    "\u0430dmin",  # Cyrillic a
    "adm\u0131n",  # dotless i
    "\uff41dmin",  # full width
    "admin\u200b",  # zero width
    "\u202enimda",  # right to left
    "ad min",
    "-admin",
    ".admin",
    "admin@example.org",
    "a/b",
    "caf\u00e9",
    "cafe\u0301",
    "deleted-9",
    "Deleted-9",
    "deleted-",
    "a" * 151,
    "a\n",
    "",
]


@pytest.mark.parametrize(
    "name", ["a", "A", "7", "anna.b_c-D9", "deleted", "undeleted-1", "a" * 150]
)
def test_plain_name_is_allowed(name: str) -> None:
    validate_username(name)


@pytest.mark.parametrize("name", REFUSED, ids=ascii)
def test_other_name_is_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        validate_username(name)


@pytest.mark.django_db
@pytest.mark.parametrize("name", REFUSED[:5] + REFUSED[12:13], ids=ascii)
def test_sign_up_refuses_such_a_name(
    client: Client, django_user_model: type[User], name: str
) -> None:
    data = {"username": name, "password1": PASSWORD, "password2": PASSWORD}
    assert client.post("/accounts/signup/", data).status_code == 200
    assert not django_user_model.objects.exists()


@pytest.mark.django_db
class TestAdmin:
    ADD = "/admin/auth/user/add/"

    @pytest.fixture
    def window(self, staff: User, as_user: AsUser) -> ApiClient:
        return as_user(staff)

    def fields(self, name: str) -> dict[str, str]:
        password = {"password1": PASSWORD, "password2": PASSWORD}
        return {"username": name, "usable_password": "true", **password}

    @pytest.mark.parametrize("name", ["\u0430dmin", "deleted-1", "STAFF"], ids=ascii)
    def test_form_refuses_such_a_name(
        self, window: ApiClient, django_user_model: type[User], name: str
    ) -> None:
        assert window.post(self.ADD, self.fields(name)).status_code == 200
        assert django_user_model.objects.count() == 1

    def test_form_takes_a_plain_name(
        self, window: ApiClient, django_user_model: type[User]
    ) -> None:
        assert window.post(self.ADD, self.fields("carol")).status_code == 302
        assert django_user_model.objects.filter(username="carol").exists()

    def change(self, window: ApiClient, user: User, name: str) -> Answer:
        joined = {"date_joined_0": "2026-01-01", "date_joined_1": "00:00:00", "is_active": "on"}
        return window.post(f"/admin/auth/user/{user.pk}/change/", {"username": name, **joined})

    def test_user_is_not_renamed_to_such_a_name(self, window: ApiClient, alice: User) -> None:
        for name in ("\u0430lice", "deleted-1", "Staff"):
            assert self.change(window, alice, name).status_code == 200
        alice.refresh_from_db()
        assert alice.username == "alice"

    def test_user_with_an_older_name_can_be_changed_otherwise(
        self, window: ApiClient, django_user_model: type[User]
    ) -> None:
        old = django_user_model.objects.create_user("anna@example.org")
        assert self.change(window, old, "anna@example.org").status_code == 302

    def test_user_may_change_the_case_of_the_own_name(self, window: ApiClient, alice: User) -> None:
        assert self.change(window, alice, "Alice").status_code == 302


@pytest.mark.django_db
def test_older_name_still_logs_in(django_user_model: type[User]) -> None:
    django_user_model.objects.create_user("anna@example.org", password=PASSWORD)
    form = {"login": "anna@example.org", "password": PASSWORD}
    assert Client().post("/accounts/login/", form).status_code == 302
