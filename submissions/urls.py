"""Every address of the site but those of packages."""

from .api.urls import urlpatterns as api
from .ops.urls import urlpatterns as ops
from .pages.urls import urlpatterns as pages

urlpatterns = [*pages, *ops, *api]
