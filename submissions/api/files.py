"""The content of files, over the API."""

from functools import partial

from django.http import Http404
from django.http.response import HttpResponseBase
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from ..files import store
from ..http.downloads import answer_of
from ..lifecycle.models import Submission


class FileRenderer(JSONRenderer):
    """Renderer by which any Accept gets a file, as that of an image on a page. Refusals are JSON."""

    media_type = "*/*"
    format = "file"


def json_unless_a_file(response: object) -> None:
    """Mark a refusal as JSON. Its type would be what the client has asked for."""
    if isinstance(response, Response) and response.accepted_renderer.format == FileRenderer.format:
        response.content_type = "application/json"


def file_of(submission: Submission, position: int) -> HttpResponseBase:
    """Answer with a file that a run has given back. Raises Http404, TooManyStreams, ServiceBusy."""
    files = submission.files_out or []
    if position >= len(files):
        raise Http404
    file = files[position]
    read = partial(store.content_of, submission.pk, submission.attempt, position)
    return answer_of(read, file["size"], file["name"], file["type"], submission.user_id)
