"""Which of the doors an address belongs to."""

from typing import Any

from submissions.api.urls import urlpatterns as api
from submissions.dialects.urls import urlpatterns as dialects
from submissions.mcp.urls import urlpatterns as mcp
from submissions.ops.urls import urlpatterns as ops
from submissions.pages.urls import urlpatterns as pages


def test_first_part_of_an_address_belongs_to_one_door() -> None:
    """So the order in which Django tries the doors decides only how fast it finds the right one."""
    doors: tuple[list[Any], ...] = (api, dialects, mcp, ops, pages)
    firsts = [{str(one.pattern).split("/")[0] for one in door} for door in doors]
    assert len(set().union(*firsts)) == sum(map(len, firsts))
    assert not any("<" in first for first in set().union(*firsts))
