"""The titles of the API's addresses, on their pages."""

from typing import Any

from rest_framework.views import get_view_name


def name_of(view: Any) -> str:
    """Name a view for people: `titles` are those of a list and of one thing in it."""
    titles = getattr(view, "titles", None)
    if titles is None or view.name is not None:
        return str(get_view_name(view))
    of_list, of_one = titles
    return str(of_list if view.suffix == "List" else of_one)
