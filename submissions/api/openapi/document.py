"""The OpenAPI document, as this site serves it."""

from functools import cache
from typing import Any

from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from . import schemes  # noqa: F401 - its classes register when they are defined

FILE_NAME = "safe-code-executor"


class DocumentView(SpectacularAPIView):
    """The document with this site's own address as its server, so that clients and forms use it."""

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: object, **kwargs: object) -> Response:
        """Ignore `lang`: Django remembers a catalogue for each text that it is asked for."""
        return self._get_schema_response(request)

    def _get_schema_response(self, request: Request) -> Response:
        renderer = self.perform_content_negotiation(request, force=True)[0]
        own = {"url": request.build_absolute_uri("/").removesuffix("/"), "description": "This site"}
        name = f"{FILE_NAME}.{'json' if 'json' in renderer.media_type else 'yaml'}"
        return Response(
            {**_document(), "servers": [own]},
            headers={"Content-Disposition": f'inline; filename="{name}"'},
        )


@cache
def _document() -> dict[str, Any]:
    """Describe the API. It is the same for everybody and takes a second, so once is enough."""
    generator: Any = SchemaGenerator  # its methods have no types
    document: dict[str, Any] = generator().get_schema(request=None, public=True)
    return document
