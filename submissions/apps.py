"""The Django app. Registers checks, and starts nothing: a process that serves does that, in wsgi.py."""

from django.apps import AppConfig


class SubmissionsConfig(AppConfig):
    name = "submissions"
    verbose_name = "Audit"

    def ready(self) -> None:
        from .ops import checks  # noqa: F401 - registers itself; needs the settings
