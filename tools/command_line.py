"""Run the command of a tool, as manage.py runs the product's commands."""

import os
import signal
import sys
from collections.abc import Sequence
from importlib import import_module

import django
from django.core.management.base import BaseCommand

from config.private import keep_files_private


def run(module: str, *, name: str, arguments: Sequence[str]) -> None:
    """Run the `Command` of a module, called `name` in its messages, with the site's settings."""
    # A tool that is terminated ends its sites, and these their sandboxes.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    keep_files_private()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    # Only now: its module may import models.
    command: BaseCommand = import_module(module).Command()
    command.run_from_argv(["python", f"-m {name}", *arguments])
