"""The Django app. It registers checks and starts nothing: config/wsgi.py starts the background work."""

from django.apps import AppConfig


class SubmissionsConfig(AppConfig):
    name = "submissions"
    verbose_name = "Audit"

    def ready(self) -> None:
        from .ops import checks  # noqa: F401 - registers the checks; needs the settings
