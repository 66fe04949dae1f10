"""The addresses of all dialects. One that EXECUTOR_DIALECTS does not name answers 404."""

from django.urls import include, path

from .e2b.urls import urlpatterns as e2b
from .jobe.urls import urlpatterns as jobe
from .judge0.urls import urlpatterns as judge0
from .librechat.urls import urlpatterns as librechat
from .piston.urls import urlpatterns as piston

urlpatterns = [
    path("e2b/", include(e2b)),
    path("jobe/", include(jobe)),
    path("judge0/", include(judge0)),
    path("librechat/", include(librechat)),
    path("piston/", include(piston)),
]
