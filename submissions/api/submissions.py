"""A user's own submissions."""

from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any, cast
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from django_filters import rest_framework as filters
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import remove_query_param, replace_query_param
from rest_framework.viewsets import ReadOnlyModelViewSet

from .. import orders
from ..http import connections
from ..http.filters import SubmissionFilter
from ..lifecycle.columns import LARGE
from ..lifecycle.models import Status, Submission, SubmissionQuerySet
from ..lists.searching import older_rows, search, words_of
from ..serializers.files import files_of
from ..serializers.results import SubmissionDetail, SubmissionSummary, result_of
from ..serializers.typed import TakenOutput, TypedInput
from . import events
from .files import FileRenderer, file_of, json_unless_a_file
from .framework.pagination import OLDER, Pages
from .framework.parsers import refuse_chunks
from .openapi import operations
from .polling import hint, wait_if_asked


class ListFilter(SubmissionFilter):
    """The filters of the list, by which a search continues too."""

    older = filters.UUIDFilter(method="older_than", label="Older than the submission with this id")

    def older_than(
        self, rows: QuerySet[Submission], name: str, value: UUID
    ) -> QuerySet[Submission]:
        known = self.queryset.filter(pk=value).first()
        if known is None:
            raise ValidationError({name: ["There is no such submission."]})
        return older_rows(rows, known)


@operations.submissions
class SubmissionViewSet(ReadOnlyModelViewSet[Submission]):
    """
    Your own submissions, newest first.

    Filters: `language`, `verdict`, `status`, `created_after`, `created_before` (ISO 8601), `older` (than
    the submission with this id), `search` (words in program, output or error). Pages: `page`, `page_size`
    (up to 100). A search has no pages: follow `next`, also when nothing was found so far.
    """

    titles = ("Submissions", "Submission")
    queryset = Submission.objects.all()
    filterset_class = ListFilter

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
        words = words_of(request.query_params.get("search", ""))
        return self._found(request, words) if words else super().list(request, *args, **kwargs)

    def _found(self, request: Request, words: Sequence[str]) -> Response:
        """Answer with one step of a search, in the form of a page."""
        rows = self.filter_queryset(self.get_queryset())
        if request.query_params.get(Pages.page_query_param, "1") != "1":
            raise ValidationError({Pages.page_query_param: ["A search has no pages: follow next."]})
        most = cast(int, Pages().get_page_size(request))
        with connections.place(cast(User, request.user).pk):
            found = search(rows, words, most=most, after=None)
        here = remove_query_param(request.build_absolute_uri(), Pages.page_query_param)
        following = found.last and replace_query_param(here, OLDER, str(found.last.pk))
        results = self.get_serializer(found.rows, many=True).data
        return Response({"count": None, "next": following, "previous": None, "results": results})

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
        assert isinstance(request.user, User)  # noqa: S101 - for the type checker
        orders.count_input(request.user)  # before the body is read
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
