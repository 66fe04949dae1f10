"""The languages, the pool, and the index of the API."""

from collections.abc import Mapping

from rest_framework.permissions import IsAdminUser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from ..dispatch.dispatcher import dispatcher
from ..serializers.service import PoolOutput, languages
from .openapi import operations


@operations.languages
class LanguageList(APIView):
    """The languages, each with its limits and an example program."""

    name = "Languages"

    def get(self, request: Request) -> Response:
        return Response(languages())


@operations.pool
class PoolView(APIView):
    """The sandboxes of all processes that run submissions; for staff."""

    name = "Pool"

    permission_classes = (IsAdminUser,)

    def get(self, request: Request) -> Response:
        return Response(PoolOutput(dispatcher().pool_state()).data)


@operations.index
class ApiRoot(APIView):
    """All addresses of the API. [The reference](/api/docs/) explains them, with examples."""

    name = "API"

    def get(self, request: Request) -> Response:
        names: Mapping[str, str] = {
            "run": "run",
            "submissions": "submission-list",
            "batches": "batch-list",
            "deliveries": "delivery-list",
            "webhook-secret": "webhook-secret",
            "languages": "language-list",
            "schema": "schema",
            "docs": "docs",
        }
        return Response({key: reverse(name, request=request) for key, name in names.items()})
