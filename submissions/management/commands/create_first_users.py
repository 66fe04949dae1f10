"""Create accounts for the first run, and print a command to try."""

import secrets
from argparse import ArgumentParser
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand
from django.db import transaction

from submissions.accounts.models import ApiToken
from submissions.audit.accounts import account_notes


class Command(BaseCommand):
    help = "Creates the users demo and admin with random passwords, if there is no user yet."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--address", default="http://127.0.0.1:5000", help="of the site")

    def handle(self, *args: str, **options: Any) -> None:
        users = get_user_model().objects
        if users.exists():
            self.stdout.write("==> there are users already; their passwords are not shown again")
            return
        passwords = {name: secrets.token_urlsafe(12) for name in ("demo", "admin")}
        with transaction.atomic():
            demo = users.create_user("demo", password=passwords["demo"])
            admin = users.create_superuser("admin", password=passwords["admin"])
            account_notes.note(admin, by=admin)  # else the sealer reports rights without an entry
            _, token = ApiToken.objects.create(user=demo, name="first run")
        self.stdout.write(
            f"""
    Shown only this once:
      user   demo   password   {passwords["demo"]}
      staff  admin  password   {passwords["admin"]}   ({options["address"]}/admin/)
      demo's API token   {token}

    Try:
      curl -s {options["address"]}/run -H 'Authorization: Bearer {token}' \\
           -H 'Content-Type: application/json' -d '{{"code": "print(2 + 2)"}}'
"""
        )
