"""URLs of the doors. Those of packages are in config/urls.py."""

from .api.urls import urlpatterns as api
from .dialects.urls import urlpatterns as dialects
from .mcp.urls import urlpatterns as mcp
from .ops.urls import urlpatterns as ops
from .pages.urls import urlpatterns as pages

# Django tries them in turn, so `/run` is the first. No address fits two of these lists.
urlpatterns = [*api, *mcp, *dialects, *ops, *pages]
