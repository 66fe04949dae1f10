"""Replace Django's admin site with ours. A module of its own, since it is loaded before the models."""

from django.contrib.admin.apps import AdminConfig


class Config(AdminConfig):
    default_site = "submissions.admin.site.Site"

    def ready(self) -> None:
        super().ready()
        from .admin import registry  # noqa: F401 - registers the admins, which needs the models
