"""What the OpenAPI document says of the operations on sessions (operations.py)."""

from drf_spectacular.utils import (
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
    extend_schema_view,
)

from ...serializers.sessions import SessionOutput
from .errors import errors
from .operations import RETRY

NAME = OpenApiParameter(
    "id", str, OpenApiParameter.PATH, description="The id that you have chosen."
)

sessions = extend_schema_view(
    list=extend_schema(
        operation_id="listSessions",
        tags=["Sessions"],
        summary="List your sessions",
        description="Your sessions that have not expired, last used first.",
        parameters=[RETRY],
        responses={
            200: OpenApiResponse(SessionOutput(many=True), "A page of the list."),
            **errors(400, 404),
        },
    ),
    retrieve=extend_schema(
        operation_id="getSession",
        tags=["Sessions"],
        summary="Get a session",
        description="One of your sessions, without its state.",
        parameters=[NAME, RETRY],
        responses={200: OpenApiResponse(SessionOutput, "The session."), **errors(404)},
    ),
    destroy=extend_schema(
        operation_id="deleteSession",
        tags=["Sessions"],
        summary="Delete a session",
        description=(
            "The next run with this id begins with nothing. A run that is under way leaves nothing."
        ),
        parameters=[NAME, RETRY],
        responses={204: OpenApiResponse(description="It is gone."), **errors(404)},
    ),
)
