"""Puts our site in the place of Django's; apart from it, since this is loaded before the models."""

from django.contrib.admin.apps import AdminConfig


class Config(AdminConfig):
    default_site = "submissions.admin.site.Site"

    def ready(self) -> None:
        super().ready()
        from .admin import registry  # noqa: F401 - registers; needs the models
