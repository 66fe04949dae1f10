"""The addresses of all dialects. One that EXECUTOR_DIALECTS does not name answers 404."""

from django.urls import include, path

from .judge0.urls import urlpatterns as judge0
from .piston.urls import urlpatterns as piston

urlpatterns = [path("judge0/", include(judge0)), path("piston/", include(piston))]
