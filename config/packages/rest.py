"""Settings of Django REST framework: which of our classes it uses."""

from typing import Any

SETTINGS: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "submissions.api.framework.authentication.BearerAuthentication",
        "submissions.api.framework.authentication.BasicAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": [
        "rest_framework.renderers.JSONRenderer",
        "submissions.api.framework.browsable.BrowsablePages",
    ],
    "DEFAULT_PARSER_CLASSES": ["submissions.api.framework.parsers.StrictJSONParser"],
    "DEFAULT_PAGINATION_CLASS": "submissions.api.framework.pagination.Pages",
    "DEFAULT_FILTER_BACKENDS": ["submissions.api.framework.filters.StrictFilters"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "VIEW_NAME_FUNCTION": "submissions.api.framework.titles.name_of",
    "EXCEPTION_HANDLER": "submissions.api.framework.errors.exception_handler",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
