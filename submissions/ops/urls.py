"""URLs for monitoring."""

from django.urls import path

from . import health, metrics

urlpatterns = [
    path("healthz", health.ready, name="health"),
    path("healthz/ready", health.ready, name="health-ready"),
    path("healthz/live", health.live, name="health-live"),
    path("metrics", metrics.metrics, name="metrics"),
]
