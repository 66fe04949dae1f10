"""Pages of a list whose count is bounded."""

from functools import cached_property
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet

MOST = 10_000
"""Rows that a list counts and shows: 200 pages. Beyond, only a filter helps."""


class BoundedPaginator(Paginator):  # type: ignore[type-arg] # takes none at runtime
    """Counts at most MOST rows, whatever the size of the table."""

    @cached_property
    def count(self) -> int:
        rows: QuerySet[Any] = self.object_list  # type: ignore[assignment] # the admin passes one
        return int(rows.order_by()[:MOST].count())
