"""What a web server serves. Loading it starts the service."""

import os

from django.core.wsgi import get_wsgi_application

from .private import keep_files_private

keep_files_private()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()

from submissions.startup import Site  # noqa: E402 - needs the apps

site = Site()
"""The server stops it."""
site.start()
