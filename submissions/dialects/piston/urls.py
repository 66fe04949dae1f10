"""The addresses of Piston's API, below /piston/."""

from django.urls import path

from .views import PISTON, execute, packages, root, runtimes

urlpatterns = [
    path("", PISTON.view(get=root), name="piston"),
    path("api/v2/runtimes/", PISTON.view(get=runtimes), name="piston-runtimes"),
    path("api/v2/packages/", PISTON.view(get=packages), name="piston-packages"),
    path("api/v2/execute/", PISTON.view(post=execute), name="piston-execute"),
]
