"""The addresses of E2B's API and of its sandboxes, below /e2b/."""

from django.urls import path

from .views import E2B, create, end, execute, health, keep, no_machine, none_live

urlpatterns = [
    path("v2/sandboxes/", E2B.view(get=none_live, post=create), name="e2b-sandboxes"),
    path("sandboxes/<str:label>/", E2B.view(get=no_machine, delete=end), name="e2b-sandbox"),
    path("sandboxes/<str:label>/timeout/", E2B.view(post=keep), name="e2b-timeout"),
    path("health/", E2B.view(get=health), name="e2b-health"),
    path("execute/", E2B.view(post=execute), name="e2b-execute"),
    path(
        "<path:rest>",
        E2B.view(**dict.fromkeys(("get", "post", "put", "patch", "delete"), no_machine)),
        name="e2b-other",
    ),
]
