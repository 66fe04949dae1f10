"""/api/sessions/: a user's own sessions, which runs name."""

from django.contrib.auth.models import User
from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from ..files.models import RunSession
from ..files.sessions import current_of
from ..serializers.sessions import NAME, SessionOutput
from .openapi.sessions import sessions


@sessions
class SessionViewSet(ReadOnlyModelViewSet[RunSession]):
    """
    Your sessions: what runs have left for the next one with the same `session`.
    """

    titles = ("Sessions", "Session")
    queryset = RunSession.objects.all()
    serializer_class = SessionOutput
    lookup_field = "name"
    lookup_url_kwarg = "id"
    lookup_value_regex = NAME

    def get_queryset(self) -> QuerySet[RunSession]:
        if getattr(self, "swagger_fake_view", False):
            return RunSession.objects.none()
        assert isinstance(self.request.user, User)  # noqa: S101 - the permission classes ensure it
        return current_of(self.request.user.pk)

    def destroy(self, request: Request, id: str) -> Response:
        """
        Delete a session. A run of it that is under way leaves nothing.
        """
        self.get_object().delete()
        return Response(status=204)
