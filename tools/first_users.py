"""Prepares the empty database of a private site: `python -m tools.first_users`, with the site's settings.

One process makes the tables, the two first users and a token for each, and prints how to log in as JSON.
Four commands of manage.py would do the same, and load Django four times.
"""

import json
import secrets
from io import StringIO

import django

from config.private import keep_files_private

keep_files_private()
django.setup()

from django.contrib.auth import get_user_model  # noqa: E402 - needs the apps
from django.core.management import call_command  # noqa: E402
from django.core.management.commands import migrate  # noqa: E402

from submissions.accounts.models import ApiToken  # noqa: E402
from submissions.management.commands import create_first_users  # noqa: E402


def main() -> None:
    call_command(migrate.Command(), verbosity=0)
    call_command(create_first_users.Command(), stdout=StringIO())
    # The command shows the passwords that it makes to people only.
    password = secrets.token_urlsafe(12)
    demo, admin = (get_user_model().objects.get(username=name) for name in ("demo", "admin"))
    admin.set_password(password)
    admin.save()
    _, token = ApiToken.objects.create(user=demo, name="measuring")
    _, staff_token = ApiToken.objects.create(user=admin, name="measuring")
    shown = {"token": token, "staff_token": staff_token, "admin_password": password}
    print(json.dumps(shown))


if __name__ == "__main__":
    main()
