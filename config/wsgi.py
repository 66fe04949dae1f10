"""The WSGI application. Importing this module starts the background work."""

import os

from django.core.wsgi import get_wsgi_application

from .private import keep_files_private

keep_files_private()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()

from submissions.startup import Site  # noqa: E402 - needs the apps

site = Site()
"""config/server.py stops it."""
site.start()
