"""Retention: remove old submissions, with an entry in the audit."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from submissions.audit.retention import prune


class Command(BaseCommand):
    help = "Removes submissions that finished long ago. Their seals stay; the audit gets an entry."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--older-than", type=int, required=True, metavar="DAYS")

    def handle(self, *args: str, **options: Any) -> None:
        days = options["older_than"]
        if days < 1:
            raise CommandError("--older-than: at least 1 day")
        count = prune(timezone.now() - timedelta(days=days))
        self.stdout.write(f"removed {count} submission{'' if count == 1 else 's'}")
