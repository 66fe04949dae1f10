"""What the group Teachers may do in the admin."""

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, User

from tests.support.clients import AsUser
from tests.support.factories import make_submission
from tests.support.teachers import make_group, make_teacher

pytestmark = pytest.mark.django_db


def test_teachers_may_read_everything_and_change_no_right(
    alice: User, bob: User, as_user: AsUser
) -> None:
    teacher = make_teacher()
    desk = as_user(teacher)
    submission = make_submission(alice)
    for address in (
        *("/admin/", "/admin/submissions/submission/", "/admin/auth/user/", "/admin/lab/"),
        *("/admin/submissions/apitoken/", "/admin/submissions/auditentry/"),
        *("/admin/submissions/batch/", "/admin/submissions/delivery/"),
        f"/admin/people/{alice.pk}/",
        f"/admin/submissions/submission/{submission.pk}/change/",
    ):
        assert desk.get(address).status_code == 200, address
    assert "Sessions" in desk.get(f"/admin/people/{alice.pk}/").content.decode()
    form = {"username": "teacher", "is_superuser": "on", "is_staff": "on", "is_active": "on"}
    assert desk.post(f"/admin/auth/user/{teacher.pk}/change/", form).status_code == 403
    assert desk.get("/admin/auth/group/").status_code == 403
    assert desk.post(f"/admin/auth/user/{bob.pk}/delete/", {"post": "yes"}).status_code == 403
    assert not User.objects.get(pk=teacher.pk).is_superuser


def test_group_of_teachers_that_exists_is_left_as_it_is() -> None:
    Group.objects.filter(name="Teachers").delete()
    own = Group.objects.create(name="Teachers")
    make_group(apps, None)
    assert not own.permissions.exists()
