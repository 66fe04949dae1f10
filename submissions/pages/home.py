"""The home page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from executor import LANGUAGES, default_limits


def home(request: HttpRequest) -> HttpResponse:
    """Show what the service does, its limits, and a first request."""
    context = {
        "languages": LANGUAGES.values(),
        "limits": default_limits(),
        "run_url": request.build_absolute_uri("/run"),
    }
    return render(request, "submissions/home.html", context)
