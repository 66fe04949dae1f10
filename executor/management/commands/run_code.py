"""Runs a file by the executor alone: the shortest proof that it needs no other package."""

import sys
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from executor import (
    DEFAULT_LANGUAGE,
    LANGUAGES,
    ExecutorError,
    File,
    RunEvent,
    RunRequest,
    RunResult,
    execute,
    limits_of,
    offered,
    shutdown,
    size_of,
)


class Command(BaseCommand):
    help = "Runs a program in a sandbox. Its output appears at once, the verdict at the end."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="the program; - reads it from standard input")
        parser.add_argument("args", nargs="*", help="the program's arguments")
        parser.add_argument("--language", choices=offered(), help="default: by the file's ending")
        parser.add_argument("--stdin", default="", help="the program's standard input, as text")
        parser.add_argument("--writable", action="store_true", help="make /app writable")
        parser.add_argument(
            "--file",
            dest="files",
            action="append",
            default=[],
            metavar="[NAME=]PATH",
            help="a file for the program, beside it in /box; the default NAME is the file's own",
        )
        parser.add_argument(
            "--outputs",
            metavar="DIR",
            help="make this folder, with the files that the program leaves",
        )

    def handle(self, *args: str, **options: Any) -> None:
        language = options["language"] or _language_of(options["file"])
        request = RunRequest(
            code=_read(options["file"]),
            language=language,
            stdin=options["stdin"],
            args=args,
            read_only=not options["writable"],
            files=tuple(_file(named) for named in options["files"]),
            outputs=options["outputs"] is not None,
            limits=limits_of(LANGUAGES[language]),
        )
        try:
            result = execute(request, on_event=self._show)
        except ExecutorError as error:
            raise CommandError(str(error)) from error
        finally:
            shutdown()
        self.stderr.write(f"verdict: {result.verdict}")
        if request.outputs:
            self._keep(result, Path(options["outputs"]))
        if result.error:
            self.stderr.write(result.error)
            sys.exit(1)

    def _keep(self, result: RunResult, place: Path) -> None:
        """Write the run's files into a new folder. Nothing is in it, so no name leads out of it."""
        try:
            place.mkdir()
            for file in result.files:
                path = place / file.name
                path.parent.mkdir(parents=True, exist_ok=True)
                with path.open("xb") as kept:
                    kept.write(file.content)
                self.stderr.write(f"file: {file.name} ({size_of(len(file.content))})")
        except OSError as error:
            raise CommandError(f"{place}: {error}") from error
        for reason, count in asdict(result.files_left_out).items():
            if count:
                self.stderr.write(f"left out, {reason}: {count}")

    def _show(self, event: RunEvent) -> None:
        stream = self.stdout if event.stream == "stdout" else self.stderr
        stream.write(event.text, ending="")
        stream.flush()


def _read(name: str) -> str:
    try:
        return sys.stdin.read() if name == "-" else Path(name).read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{name}: {error}") from error


def _file(named: str) -> File:
    name, _, path = named.rpartition("=")
    try:
        return File(name=name or Path(path).name, content=Path(path).read_bytes())
    except OSError as error:
        raise CommandError(f"{path}: {error}") from error


def _language_of(name: str) -> str:
    suffix = Path(name).suffix
    by_suffix = (slug for slug, language in LANGUAGES.items() if suffix in language.suffixes)
    return next(by_suffix, DEFAULT_LANGUAGE)
