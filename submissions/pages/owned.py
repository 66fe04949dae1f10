"""A user's own submission, or a 404."""

from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from ..lifecycle.models import Submission


def own_submission(request: HttpRequest, pk: str) -> Submission:
    """A 404 for another's and for what is no id."""
    try:
        return get_object_or_404(Submission.objects.visible_to(request.user), pk=pk)
    except ValidationError:
        return get_object_or_404(Submission.objects.none())
