"""The WSGI application. Importing this module starts the background work."""

import os

import django

from .private import keep_files_private

keep_files_private()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

django.setup(set_prefix=False)

from .handler import Handler  # noqa: E402 - needs the settings

application = Handler()

from submissions.startup import Site  # noqa: E402 - needs the apps

site = Site()
"""config/server.py stops it."""
site.start()
