"""The page on which a user asks for a container for each run."""

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache

from ...accounts.isolation import is_strict, make_open, make_strict
from ...lifecycle.models import Isolation


@login_required
@never_cache
def isolation(request: HttpRequest) -> HttpResponse:
    """Show the present choice, and a button for the other one."""
    assert isinstance(request.user, User)  # noqa: S101 - for the type checker
    if request.method == "POST":
        if request.POST.get("isolation") == Isolation.CONTAINER:
            make_strict(request.user)
        elif request.POST.get("isolation") == Isolation.AUTO:
            make_open(request.user)
        return redirect("isolation")
    context = {
        "is_fixed": settings.EXECUTOR_ISOLATION == "container",
        "is_strict": is_strict(request.user),
    }
    return render(request, "submissions/isolation.html", context)
