"""The Django app. It registers checks and starts nothing."""

from django.apps import AppConfig


class ExecutorAppConfig(AppConfig):
    name = "executor"
    verbose_name = "Executor"

    def ready(self) -> None:
        from . import checks  # noqa: F401 - registers itself; needs the settings
