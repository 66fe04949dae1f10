"""/api/files/: a user's own uploads, which the files of a run name by their ids."""

from functools import partial
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import SuspiciousOperation
from django.db.models import QuerySet
from django.http import QueryDict
from django.http.response import HttpResponseBase
from rest_framework.decorators import action
from rest_framework.exceptions import ParseError, ValidationError
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.viewsets import ReadOnlyModelViewSet

from ..files.models import Upload
from ..files.uploads import content_of, current_of
from ..http.downloads import answer_of
from ..lifecycle import uploads
from ..serializers.fields import unknown_names
from ..serializers.files import NameInput, UploadOutput
from .files import FileRenderer, json_unless_a_file
from .framework.parsers import UnsupportedBody, refuse_chunks
from .framework.throttling import RateLimited, RunThrottle
from .openapi import operations

FIELDS = ("file", "name", "csrfmiddlewaretoken")
"""Those of a form; the last one is that of a page's."""
ONE_FILE = "Send a form with one file."


class FormParser(MultiPartParser):
    """A form with a file. The server reads no larger body, and Django keeps it in memory."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        try:
            return super().parse(stream, media_type, parser_context)
        except SuspiciousOperation as error:  # too many parts, or files
            raise ParseError(ONE_FILE) from error


class BytesParser(BaseParser):
    """A body that is the file itself, whatever its type."""

    media_type = "*/*"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        # One byte more tells a file that is too large from the largest.
        return stream.read(settings.UPLOAD_MAX_BYTES + 1)


@operations.files
class UploadViewSet(RateLimited, ReadOnlyModelViewSet[Upload]):
    """
    Files for runs to come: upload one, then name its `id` in the `files` of a run.

    Send a form with a file, or the file itself as the body with `?name=`.
    """

    titles = ("Files", "File")
    queryset = Upload.objects.all()
    serializer_class = UploadOutput
    lookup_value_regex = "f_[0-9a-f]{32}"
    parser_classes = (FormParser, BytesParser)
    takes_file = True

    def get_throttles(self) -> list[Any]:
        return [RunThrottle()] if self.action == "create" else []

    def get_queryset(self) -> QuerySet[Upload]:
        if getattr(self, "swagger_fake_view", False):
            return Upload.objects.none()
        assert isinstance(self.request.user, User)  # noqa: S101 - the permission classes ensure it
        return current_of(self.request.user.pk)

    def create(self, request: Request) -> Response:
        refuse_chunks(request)
        assert isinstance(request.user, User)  # noqa: S101 - for the type checker
        if request.headers.get("Content-Encoding", "identity") != "identity":
            raise UnsupportedBody("Send the file uncompressed.")
        name, content = _received(request)
        checked = NameInput().run_validation({"name": name})["name"]
        upload, is_new = uploads.add(request.user, checked, content)
        address = reverse("file-detail", args=[upload.pk], request=request)
        shown = self.get_serializer(upload).data
        return Response(shown, status=201 if is_new else 200, headers={"Location": address})

    def destroy(self, request: Request, pk: str) -> Response:
        """
        Remove a file. Runs that have it keep it as long as their other files.
        """
        uploads.remove(self.get_object())
        return Response(status=204)

    @action(detail=True, renderer_classes=(FileRenderer,))
    def content(self, request: Request, pk: str) -> HttpResponseBase:
        """
        The content of a file, as a download.
        """
        upload = self.get_object()
        read = partial(content_of, upload)
        return answer_of(read, upload.size, upload.name, upload.kind, upload.user_id)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        json_unless_a_file(response)
        return response


def _received(request: Request) -> tuple[str | None, bytes]:
    """Return name and content of the file of a request. Raises ValidationError."""
    content: Any = request.data
    name = request.query_params.get("name")
    if not isinstance(content, QueryDict):
        return name, content or b""  # DRF makes {} of no body
    if errors := unknown_names(dict(request.POST), FIELDS, "field"):
        raise ValidationError(errors)
    files = list(request.FILES.values())
    if len(files) != 1:
        raise ValidationError({"file": [ONE_FILE]})
    return name or request.POST.get("name") or files[0].name, files[0].read()
