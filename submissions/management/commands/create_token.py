"""Make a token without a browser, for an agent or a script on the operator's machine."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError

from submissions.accounts.models import ApiToken


class Command(BaseCommand):
    help = "Makes an API token for a user and prints it; the database keeps only its hash."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--name", default="command line", help="what the token is for")
        parser.add_argument(
            "--days", type=int, default=settings.TOKEN_DAYS, help="until it expires"
        )

    def handle(self, *args: str, **options: Any) -> None:
        user = get_user_model().objects.filter(username=options["username"]).first()
        if user is None:
            raise CommandError(f"there is no user {options['username']!r}")
        if not 1 <= options["days"] <= settings.TOKEN_DAYS:
            raise CommandError(f"--days: 1 to {settings.TOKEN_DAYS} (TOKEN_DAYS)")
        _, token = ApiToken.objects.create(
            user=user, name=options["name"], expiry=timedelta(days=options["days"])
        )
        self.stdout.write(token)
