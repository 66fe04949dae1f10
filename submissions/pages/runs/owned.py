"""Look up a user's own submission."""

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest

from ...lifecycle.models import Submission


def own_submission(request: HttpRequest, pk: str) -> Submission:
    """Return the submission. Raises Http404 for another user's, an unknown id and a malformed one."""
    try:
        found: Submission = Submission.objects.visible_to(request.user).get(pk=pk)
    except (Submission.DoesNotExist, ValidationError) as error:
        raise Http404 from error
    return found
