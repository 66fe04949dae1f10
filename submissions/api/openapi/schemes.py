"""The ways to authenticate, in the OpenAPI document. The classes register when they are defined."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call] # it registers itself
    target_class = "submissions.api.framework.authentication.BearerAuthentication"
    name = "apiToken"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "sce_…",
            "description": "An API token. Create one under `/accounts/tokens/`.",
        }


class BasicScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call] # as above
    target_class = "submissions.api.framework.authentication.BasicAuthentication"
    name = "basicAuth"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "basic",
            "description": "Your user name and password. Accounts with two-factor login need a token.",
        }


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call] # as above
    target_class = "rest_framework.authentication.SessionAuthentication"
    name = "session"
    priority = 1  # drf-spectacular has one of its own, without a description

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": "sessionid",
            "description": (
                "The session of a browser that has logged in. There is nothing to enter: the browser "
                "sends it by itself. Writes also need the header `X-CSRFToken`."
            ),
        }
