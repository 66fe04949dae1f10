"""The content of files: bytes to save, or to show as an image, but never to run."""

import re
from urllib.parse import quote

from django.http import Http404
from django.http.response import HttpResponseBase
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from ..files import store
from ..http import connections
from ..lifecycle.models import Submission

POLICY = "default-src 'none'; sandbox"
"""Should a browser show it as a page after all: it loads nothing, and is of no origin."""
NOT_PLAIN = re.compile(r"[^A-Za-z0-9._-]+")
NOT_IN_A_NAME = re.compile(r'[\\:*?"<>|]')
"""Characters that mean something in paths of some systems."""
REMOVED = "This file has been removed."


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
    content = store.content_of(submission.pk, submission.attempt, position)
    if content is None:
        raise Http404(REMOVED)
    name, kind = files[position]["name"], files[position]["type"]
    return answer_of(content, name, kind, submission.user_id)


def answer_of(content: bytes, name: str, kind: str, user_id: int) -> HttpResponseBase:
    """Answer with the content of a user's file. Raises TooManyStreams, ServiceBusy."""
    headers = {
        "Content-Disposition": disposition_of(name),
        "Content-Security-Policy": POLICY,
        "Content-Type": kind,
        "Cross-Origin-Resource-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
    }
    return connections.answer(content, user_id, headers=headers)


def disposition_of(name: str) -> str:
    """Return the header by which a browser saves a file, under the last part of its name.

    The first name is for all clients, the second (RFC 5987) for those that know other letters.
    """
    last = name.rpartition("/")[2].strip(".") or "file"
    plain = NOT_PLAIN.sub("_", last)
    full = quote(NOT_IN_A_NAME.sub("_", last), safe="")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{full}"
