"""Pages of a list whose count is bounded.

A count reads all rows that it counts, and so does the way to a late page: a second for some millions. An
account may have as many, so without a bound its lists could keep the server's threads from everybody.
"""

from functools import cached_property
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet

MOST = 10_000
"""Rows that a list counts and shows. Beyond, only a filter helps."""


def count_of(rows: QuerySet[Any]) -> int:
    """Count the rows, MOST at most."""
    return int(rows.order_by()[:MOST].count())


class BoundedPaginator(Paginator):  # type: ignore[type-arg] # takes none at runtime
    """Counts at most MOST rows, whatever the size of the table."""

    @cached_property
    def count(self) -> int:
        rows: QuerySet[Any] = self.object_list  # type: ignore[assignment] # the admin passes one
        return count_of(rows)
