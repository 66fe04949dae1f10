"""The group Teachers as its migration makes it, and a member of it."""

import importlib

from django.apps import apps
from django.contrib.auth.models import Group, User

from .clients import PASSWORD

make_group = importlib.import_module("submissions.migrations.0052_admin_desk").make_group


def make_teacher() -> User:
    """Make a user of staff with the permissions of the group as it is on a new site."""
    Group.objects.filter(name="Teachers").delete()
    make_group(apps, None)
    made = User.objects.create_user("teacher", password=PASSWORD, is_staff=True)
    made.groups.add(Group.objects.get(name="Teachers"))
    return made
