"""The Django app. Starts nothing: a process that serves does that, in wsgi.py."""

from django.apps import AppConfig


class SubmissionsConfig(AppConfig):
    name = "submissions"
    verbose_name = "Audit"
