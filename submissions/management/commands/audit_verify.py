"""Compare the audit's records with their seals."""

import re
from argparse import ArgumentParser
from time import monotonic
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from submissions.audit.models import AuditEntry
from submissions.audit.queries import unsealed
from submissions.audit.verification import verify
from submissions.audit.verifying import record
from submissions.lifecycle.models import Submission

HEAD = re.compile(r"(\d+):([0-9a-f]{64})")


class Command(BaseCommand):
    help = "Verifies the audit's chain; prints the first broken link and fails if there is one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--head",
            metavar="SEQUENCE:HASH",
            help="a head that this command or the log printed earlier: it must still exist",
        )
        parser.add_argument("--all", action="store_true", help="print every broken link")

    def handle(self, *args: str, **options: Any) -> None:
        begun = monotonic()
        problems = verify(_head(options["head"]))
        first = next(problems, None)
        record(None, begun, first, None)
        if first:
            for problem in problems if options["all"] else ():
                self.stderr.write(f"and at entry {problem.sequence}: {problem.what}")
            raise CommandError(f"broken at entry {first.sequence}: {first.what}")
        waiting = unsealed(Submission.objects.all()).count()
        if waiting:
            are = "submission is" if waiting == 1 else "submissions are"
            self.stdout.write(f"{waiting} finished {are} not sealed yet")
        last = AuditEntry.objects.first()
        head = f"; note the head: {last.sequence}:{last.hash}" if last else ""
        self.stdout.write(f"{last.sequence if last else 0} entries hold{head}")


def _head(text: str | None) -> tuple[int, str] | None:
    if text is None:
        return None
    found = HEAD.fullmatch(text)
    if not found:
        raise CommandError("--head: write it as this command does: SEQUENCE:HASH")
    return int(found[1]), found[2]
