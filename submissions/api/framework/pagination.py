"""Pagination of the lists."""

from typing import Any, cast

from django.contrib.auth.models import User
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request
from rest_framework.views import APIView

from ...http import connections
from ...lists.paging import MOST, BoundedPaginator

FORMAT = "format"
"""DRF's parameter that chooses JSON or the browsable page."""
OLDER = "older"
"""The parameter by which a list begins after a row. An index leads there."""


class Pages(PageNumberPagination):
    """?page=2&page_size=50"""

    page_size = 25
    max_page_size = 100
    page_size_query_param = "page_size"
    invalid_page_message = "There is no page {page_number}."
    django_paginator_class = BoundedPaginator

    def paginate_queryset(
        self, queryset: Any, request: Request, view: APIView | None = None
    ) -> list[Any] | None:
        """Return a page. Raises NotFound, and for a filtered list TooManyStreams or ServiceBusy.

        A filter may have to read all rows of the user, so it takes a place for streams: one user's
        filtered lists leave threads to others.
        """
        own = {self.page_query_param, self.page_size_query_param, OLDER, FORMAT}
        if not any(value for name, value in request.query_params.items() if name not in own):
            return super().paginate_queryset(queryset, request, view)
        with connections.place(cast(User, request.user).pk):
            return super().paginate_queryset(queryset, request, view)

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        described: dict[str, Any] = super().get_paginated_response_schema(schema)
        described["properties"]["count"] |= {
            "nullable": True,
            "description": f"Rows in all, {MOST} at most; null in a search.",
        }
        return described
