"""Builds the sandbox images; instant where they are up to date."""

from argparse import ArgumentParser
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from executor.choices import images
from executor.conf import config
from executor.errors import EngineError
from executor.images.builder import ImageBuilder
from executor.languages import IMAGES, Language


class Command(BaseCommand):
    help = (
        "Builds the images of the languages that EXECUTOR_LANGUAGES names, where they are outdated."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--force", action="store_true", help="fetch the base again and build all images again"
        )

    def handle(self, *args: str, **options: Any) -> None:
        try:
            self._build(force=options["force"])
        except EngineError as error:
            raise CommandError(str(error)) from error

    def _build(self, *, force: bool) -> None:
        builder = ImageBuilder(config().image_prefix, self._show)
        outdated = [
            language for language in _languages() if force or not builder.is_up_to_date(language)
        ]
        if not outdated:
            self._show("the sandbox images are up to date")
            return
        cache = Path(settings.VAR_DIR) / "wheels"
        suites = {language.suite for language in outdated}
        bases = {suite: builder.base(suite, renew=force) for suite in sorted(suites)}
        for language in outdated:
            base = bases[language.suite]
            self._show(f"building the sandbox image for {language.label} on {base}")
            self._show(f"built: {builder.build(language, base, cache)}")

    def _show(self, line: str) -> None:
        self.stdout.write(f"==> {line}")
        self.stdout.flush()


def _languages() -> list[Language]:
    """List the languages whose images are needed, each with the Debian release that they are built on."""
    suites = config().suites
    if unknown := suites.keys() - IMAGES.keys():
        names = ", ".join(sorted(unknown))
        raise CommandError(f"EXECUTOR_SUITES names no language with an image of its own: {names}")
    return [replace(one, suite=suites.get(one.slug, one.suite)) for one in images().values()]
