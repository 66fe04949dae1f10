"""The Django app: registers checks. Starts nothing."""

from django.apps import AppConfig


class ExecutorConfig(AppConfig):
    name = "executor"
    verbose_name = "Executor"
