"""The group Teachers as the migrations make it, and a member of it."""

import importlib

from django.apps import apps
from django.contrib.auth.models import Group, User

from .clients import PASSWORD

MIGRATIONS = "submissions.migrations"
make_group = importlib.import_module(f"{MIGRATIONS}.0052_admin_desk").make_group
let_them_see = importlib.import_module(f"{MIGRATIONS}.0074_teachers_see_sessions").let_them_see


def make_teacher() -> User:
    """Make a user of staff with the permissions of the group as it is on a new site."""
    Group.objects.filter(name="Teachers").delete()
    make_group(apps, None)
    let_them_see(apps, None)
    made = User.objects.create_user("teacher", password=PASSWORD, is_staff=True)
    made.groups.add(Group.objects.get(name="Teachers"))
    return made
