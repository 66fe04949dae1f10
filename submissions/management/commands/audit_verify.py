"""Compare the audit's records with their seals."""

import re
from argparse import ArgumentParser
from time import monotonic
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from submissions.audit.queries import unsealed
from submissions.audit.verification import Progress, verify
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
        begun, progress = monotonic(), Progress()
        problems = verify(_head(options["head"]), progress=progress)
        first = next(problems, None)
        record(None, begun, progress, first, is_complete=first is None)
        if first:
            for problem in problems if options["all"] else ():
                self.stderr.write(f"and at entry {problem.sequence}: {problem.what}")
            raise CommandError(f"broken at entry {first.sequence}: {first.what}")
        waiting = unsealed(Submission.objects.all()).count()
        if waiting:
            are = "submission is" if waiting == 1 else "submissions are"
            self.stdout.write(f"{waiting} finished {are} not sealed yet")
        last = progress.last
        head = f"; note the head: {last.sequence}:{last.hash}" if last else ""
        self.stdout.write(f"{progress.reached} entries hold{head}")


def _head(text: str | None) -> tuple[int, str] | None:
    if text is None:
        return None
    found = HEAD.fullmatch(text)
    if not found:
        raise CommandError("--head: write it as this command does: SEQUENCE:HASH")
    return int(found[1]), found[2]
