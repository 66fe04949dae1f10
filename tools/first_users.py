"""Prepare the empty database of a private site: `python -m tools.first_users`, with the site's settings.

One process makes the tables, two users (one of the staff) and a token for each, and prints how to log in
as JSON. Four commands of manage.py would do the same, and load Django four times. A number as argument
makes that number of further users.
"""

import json
import secrets
import sys

import django

from config.private import keep_files_private

keep_files_private()
django.setup()

from django.contrib.auth.models import User  # noqa: E402 - needs the apps
from django.core.management import call_command  # noqa: E402
from django.core.management.commands import migrate  # noqa: E402
from django.db import transaction  # noqa: E402

from submissions.accounts.models import ApiToken  # noqa: E402
from submissions.audit.accounts import account_notes  # noqa: E402


def main(further: int) -> None:
    call_command(migrate.Command(), verbosity=0)
    users = User.objects
    password = secrets.token_urlsafe(12)
    with transaction.atomic():
        demo = users.create_user("demo")
        admin = users.create_superuser("admin", password=password)
        account_notes.note(admin, by=admin)  # otherwise the sealer finds rights without a cause
        _, token = ApiToken.objects.create(user=demo, name="measuring")
        _, staff_token = ApiToken.objects.create(user=admin, name="measuring")
        others = [
            ApiToken.objects.create(user=users.create_user(f"user-{number}"), name="measuring")[1]
            for number in range(further)
        ]
    shown = {
        "token": token,
        "staff_token": staff_token,
        "admin_password": password,
        "further_tokens": others,
    }
    print(json.dumps(shown))


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 0)
