"""The addresses of all dialects. One that EXECUTOR_DIALECTS does not name answers 404."""

from django.urls import include, path

from .piston.urls import urlpatterns as piston

urlpatterns = [path("piston/", include(piston))]
