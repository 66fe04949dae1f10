"""A user's own submissions."""

from contextlib import ExitStack
from typing import Any, cast

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from .. import orders
from ..http import connections
from ..http.filters import SubmissionFilter
from ..lifecycle.columns import LARGE
from ..lifecycle.models import Status, Submission, SubmissionQuerySet
from ..serializers.files import files_of
from ..serializers.results import SubmissionDetail, SubmissionSummary, result_of
from ..serializers.typed import TakenOutput, TypedInput
from . import events
from .files import FileRenderer, file_of, json_unless_a_file
from .framework.parsers import refuse_chunks
from .openapi import operations
from .polling import hint, wait_if_asked


@operations.submissions
class SubmissionViewSet(ReadOnlyModelViewSet[Submission]):
    """
    Your own submissions, newest first.

    Filters: `language`, `verdict`, `status`, `created_after`, `created_before` (ISO 8601), `search`
    (in the code). Pages: `page`, `page_size` (up to 100).
    """

    titles = ("Submissions", "Submission")
    queryset = Submission.objects.all()
    filterset_class = SubmissionFilter

    def get_queryset(self) -> QuerySet[Submission]:
        submissions = super().get_queryset()
        assert isinstance(submissions, SubmissionQuerySet)  # noqa: S101 - for the type checker
        if getattr(self, "swagger_fake_view", False):
            return submissions.none()
        visible = submissions.visible_to(self.request.user)
        return visible.defer(*LARGE) if self._is_list else visible

    def get_serializer_class(self) -> type[SubmissionDetail | SubmissionSummary]:
        return SubmissionSummary if self._is_list else SubmissionDetail

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """
        Your submissions, newest first.
        """
        if not request.query_params.get("search"):
            return super().list(request, *args, **kwargs)
        # The database reads each program in the time of program and search word together. So a search
        # takes a place for streams: one user's searches leave threads to others.
        with connections.place(cast(User, request.user).pk):
            return super().list(request, *args, **kwargs)

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """
        One of your submissions. With `?wait=10` the answer comes when it has finished, or after ten
        seconds as it is then.
        """
        submission = self.get_object()
        wait_if_asked(request, submission)
        response = Response(self.get_serializer(submission).data)
        return response if submission.status == Status.FINISHED else hint(response)

    @action(detail=True, renderer_classes=(events.EventStreamRenderer,))
    def events(self, request: Request, pk: str) -> StreamingHttpResponse:
        """
        Stream the submission's events from its beginning: `stdout` and `stderr` as they come, then
        `result`. If it has finished, the stored output is sent.
        """
        submission = self.get_object()
        with ExitStack() as held:
            held.enter_context(connections.place(submission.user_id))
            return events.stream(submission, result_of, held.pop_all())

    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """
        End the run. **200** with its result (the verdict is `cancelled`, unless it ended by itself just
        before), **202** if it takes long to end, **409** if there is nothing to end.
        """
        submission = orders.cancel(self.get_object())
        result = result_of(submission)
        if submission.status == Status.FINISHED:
            return Response(result)
        return hint(Response(result, status=202))

    @action(detail=True, methods=["post"])
    def stdin(self, request: Request, pk: str) -> Response:
        """
        Add to the input of an interactive run, or end it. **409** if it does not run, is not interactive,
        or its input has ended, **413** if a run's input would be too long, **429** if it comes too fast.
        """
        refuse_chunks(request)
        checked = TypedInput().run_validation(request.data)
        taken = orders.type_to(self.get_object(), checked["text"], is_end=checked["end"])
        return Response(TakenOutput(taken).data)

    @action(detail=True, pagination_class=None)
    def files(self, request: Request, pk: str) -> Response:
        """
        The files that the run has given back, by the order of their names.
        """
        return Response(files_of(self.get_object()))

    @action(
        detail=True,
        url_path="files/(?P<number>[0-9]{1,2})",
        renderer_classes=(FileRenderer,),
    )
    def file(self, request: Request, pk: str, number: str) -> HttpResponseBase:
        """
        The content of a file, as a download.
        """
        return file_of(self.get_object(), int(number))

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        events.json_unless_streamed(response)
        json_unless_a_file(response)
        return response

    @property
    def _is_list(self) -> bool:
        return self.action == "list"
