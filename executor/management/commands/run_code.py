"""Runs a file by the executor alone: the shortest proof that it needs no other package."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from executor import (
    DEFAULT_LANGUAGE,
    LANGUAGES,
    ExecutorError,
    RunEvent,
    RunRequest,
    default_limits,
    execute,
    shutdown,
)


class Command(BaseCommand):
    help = "Runs a program in a sandbox. Its output appears at once, the verdict at the end."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="the program; - reads it from standard input")
        parser.add_argument("args", nargs="*", help="the program's arguments")
        parser.add_argument("--language", choices=LANGUAGES, help="default: by the file's ending")
        parser.add_argument("--stdin", default="", help="the program's standard input, as text")
        parser.add_argument("--writable", action="store_true", help="make /app writable")

    def handle(self, *args: str, **options: Any) -> None:
        request = RunRequest(
            code=_read(options["file"]),
            language=options["language"] or _language_of(options["file"]),
            stdin=options["stdin"],
            args=args,
            read_only=not options["writable"],
            limits=default_limits(),
        )
        try:
            result = execute(request, on_event=self._show)
        except ExecutorError as error:
            raise CommandError(str(error)) from error
        finally:
            shutdown()
        self.stderr.write(f"verdict: {result.verdict}")
        if result.error:
            self.stderr.write(result.error)
            sys.exit(1)

    def _show(self, event: RunEvent) -> None:
        stream = self.stdout if event.stream == "stdout" else self.stderr
        stream.write(event.text, ending="")
        stream.flush()


def _read(name: str) -> str:
    try:
        return sys.stdin.read() if name == "-" else Path(name).read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{name}: {error}") from error


def _language_of(name: str) -> str:
    suffix = Path(name).suffix
    by_suffix = (slug for slug, language in LANGUAGES.items() if suffix in language.suffixes)
    return next(by_suffix, DEFAULT_LANGUAGE)
