"""What the OpenAPI document says of each operation. Each name decorates the view of that name.

The operation ids are the names of methods in generated clients: a change breaks those clients.
"""

from drf_spectacular.utils import (
    OpenApiCallback,
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
    extend_schema_view,
)

from ...serializers.batches import BatchDetail, BatchInput, BatchRow
from ...serializers.files import FileOutput, UploadInput, UploadOutput
from ...serializers.results import QueuedOutput, RunOutput, SubmissionDetail, SubmissionSummary
from ...serializers.runs import RunOrder
from ...serializers.service import LanguageOutput, PoolOutput
from ...serializers.typed import TakenOutput, TypedInput
from ...serializers.webhooks import DeliveryOutput, NewSecretOutput, SecretOutput
from ..polling import WAIT_PARAMETER
from . import events, examples
from .errors import JSON, WAITS, WITH_BODY, errors
from .notifications import BatchFinished, RunFinished

NO_FORMAT = OpenApiParameter("format", exclude=True)
"""The pages' own switch; clients send Accept."""


def _sent(name: str, description: str, *, enum: list[str] | None = None) -> OpenApiParameter:
    """Describe a header of requests."""
    return OpenApiParameter(name, str, OpenApiParameter.HEADER, description=description, enum=enum)


def _given(name: str, kind: type, description: str, *statuses: int) -> OpenApiParameter:
    """Describe a header of answers."""
    return OpenApiParameter(
        name, kind, OpenApiParameter.HEADER, description=description, response=list(statuses)
    )


KEY = _sent(
    "Idempotency-Key",
    "Repeating the request with the same key returns the first result, for a day.",
)
PREFER = _sent("Prefer", "Queue the program and answer 202 at once.", enum=["respond-async"])
RETRY = _given("Retry-After", int, "Seconds to wait.", *WAITS)
LATER = _given("Retry-After", int, "Seconds after which to ask for the result.", 202)
AGAIN = _given("Retry-After", int, "Seconds after which to ask again, if it has not finished.", 200)
REPLAYED = _given("Idempotency-Replayed", str, "`true` if the key was used before.", 200, 202)
LOCATION = _given("Location", str, "The address of what was queued.", 202)
MADE = _given("Location", str, "The address of the upload.", 200, 201)
POSITION = OpenApiParameter("number", int, OpenApiParameter.PATH, description="Place in the list.")
RATE = [
    _given(
        "RateLimit-Limit", int, "Submissions that you may make in a window.", 200, 201, 202, 429
    ),
    _given("RateLimit-Remaining", int, "How many are left.", 200, 201, 202, 429),
    _given("RateLimit-Reset", int, "Seconds until the next window begins.", 200, 201, 202, 429),
]

run = extend_schema_view(
    get=extend_schema(exclude=True),
    post=extend_schema(
        operation_id="run",
        tags=["Runs"],
        summary="Run a program",
        description=(
            "Runs one program in its own sandbox and returns the result.\n\n"
            "A program that fails is still a 200: `verdict` says how it ended, and `error` explains "
            "it in one sentence.\n\n"
            "* `Accept: text/event-stream` streams the output while the program runs. The last event "
            "is the result. Closing the stream ends the run, unless it has an Idempotency-Key.\n"
            "* `Prefer: respond-async` queues the program and answers 202 at once. Then get the "
            "submission, follow its events, or name a `webhook`."
        ),
        request=RunOrder,
        parameters=[NO_FORMAT, KEY, PREFER, LATER, RETRY, REPLAYED, LOCATION, *RATE],
        examples=examples.RUN,
        responses={
            (200, JSON): OpenApiResponse(RunOutput, "The program has ended."),
            (200, events.MEDIA_TYPE): OpenApiResponse(events.SCHEMA, "The program has ended."),
            (202, JSON): OpenApiResponse(QueuedOutput, "The program is queued."),
            **errors(*WITH_BODY, 409, 422),
        },
        callbacks=[
            OpenApiCallback(
                "runFinished",
                "{$request.body#/webhook}",
                extend_schema(
                    operation_id="runFinished",
                    summary="A run has finished",
                    request=RunFinished,
                    responses={200: OpenApiResponse(description="Any 2xx means received.")},
                ),
            )
        ],
    ),
)

submissions = extend_schema_view(
    list=extend_schema(
        operation_id="listSubmissions",
        tags=["Submissions"],
        summary="List your submissions",
        description="Your own submissions, newest first, without code and output.",
        parameters=[RETRY],
        responses={
            200: OpenApiResponse(SubmissionSummary(many=True), "A page of the list."),
            **errors(400, 404),
        },
    ),
    retrieve=extend_schema(
        operation_id="getSubmission",
        tags=["Submissions"],
        summary="Get a submission",
        description=(
            "One of your submissions, with its program, input and result. With `wait` the answer comes "
            "when the run has finished, or after that time as it is then."
        ),
        parameters=[WAIT_PARAMETER, AGAIN, RETRY],
        responses={200: OpenApiResponse(SubmissionDetail, "The submission."), **errors(400, 404)},
    ),
    events=extend_schema(
        operation_id="followSubmission",
        tags=["Submissions"],
        summary="Follow a submission as an event stream",
        description=(
            "Sends all events of the submission from its beginning: live while it runs, from the "
            "stored result after its end. Closing this stream does not end the run.\n\n"
            "If the submission is still queued after a second, the stream ends with the event "
            "`queued`, and an `EventSource` connects again by itself."
        ),
        parameters=[NO_FORMAT, RETRY],
        examples=examples.FOLLOWED,
        responses={
            (200, events.MEDIA_TYPE): OpenApiResponse(events.SCHEMA, "The events."),
            **errors(404),
        },
    ),
    files=extend_schema(
        operation_id="listFiles",
        tags=["Submissions"],
        summary="List the files of a submission",
        description="What the run has given back, by the order of the names.",
        parameters=[RETRY],
        filters=False,
        responses={200: OpenApiResponse(FileOutput(many=True), "The files."), **errors(404)},
    ),
    file=extend_schema(
        operation_id="getFile",
        tags=["Submissions"],
        summary="Download a file of a submission",
        description=(
            "The content of a file, under its place in the list, from 0. Its type is that of a PNG, "
            "JPEG, GIF or WebP image if it begins as one, else `application/octet-stream`; the header "
            "Content-Disposition has its name. Files are removed before their submission is."
        ),
        parameters=[NO_FORMAT, RETRY, POSITION],
        responses={
            (200, "application/octet-stream"): OpenApiResponse(bytes, "The content."),
            **errors(404),
        },
    ),
    stdin=extend_schema(
        operation_id="addInput",
        tags=["Submissions"],
        summary="Type to an interactive run",
        description=(
            "Adds to the input of a run that was started with `interactive: true`, or ends its input. "
            "The text is stored with the run; the program gets it in moments."
        ),
        parameters=[NO_FORMAT, RETRY],
        request=TypedInput,
        responses={
            200: OpenApiResponse(TakenOutput, "The text is stored."),
            **errors(*WITH_BODY, 404, 409),
        },
    ),
    cancel=extend_schema(
        operation_id="cancelSubmission",
        tags=["Submissions"],
        summary="Cancel a submission",
        description=(
            "Ends the run, or takes the program from the queue. The verdict is `cancelled`, unless "
            "the program ended by itself just before."
        ),
        parameters=[NO_FORMAT, LATER, RETRY],
        request=None,
        responses={
            200: OpenApiResponse(RunOutput, "It has ended."),
            202: OpenApiResponse(RunOutput, "It will end; get the submission to see when."),
            **errors(404, 409),
        },
    ),
)

NAME = OpenApiParameter(
    "name",
    description="The name of the file. A form needs it only for a name with folders.",
)

files = extend_schema_view(
    list=extend_schema(
        operation_id="listUploads",
        tags=["Files"],
        summary="List your uploads",
        description="The files that you have uploaded and that have not expired, newest first.",
        parameters=[RETRY],
        responses={
            200: OpenApiResponse(UploadOutput(many=True), "A page of the list."),
            **errors(400, 404),
        },
    ),
    create=extend_schema(
        operation_id="createUpload",
        tags=["Files"],
        summary="Upload a file for runs to come",
        description=(
            "Send the file itself as the body with `name`, whatever its Content-Type, or a form with one"
            " file. Then name its `id` in the `files` of a run, beside or instead of contents.\n\n"
            "The same content under the same name is the upload that is there (200), kept for longer."
            " An upload counts against your rate limit and your storage of the day. A run that names it"
            " counts no bytes of it again."
        ),
        parameters=[NO_FORMAT, NAME, RETRY, MADE, *RATE],
        request={"application/octet-stream": bytes, "multipart/form-data": UploadInput},
        responses={
            200: OpenApiResponse(UploadOutput, "You have uploaded it before."),
            201: OpenApiResponse(UploadOutput, "It is stored."),
            **errors(*WITH_BODY, 409),
        },
    ),
    retrieve=extend_schema(
        operation_id="getUpload",
        tags=["Files"],
        summary="Get an upload",
        description="One of your uploads, without its content.",
        parameters=[RETRY],
        responses={200: OpenApiResponse(UploadOutput, "The upload."), **errors(404)},
    ),
    content=extend_schema(
        operation_id="downloadUpload",
        tags=["Files"],
        summary="Download an upload",
        description="Its content, as the files of submissions are served.",
        parameters=[NO_FORMAT, RETRY],
        responses={
            (200, "application/octet-stream"): OpenApiResponse(bytes, "The content."),
            **errors(404),
        },
    ),
    destroy=extend_schema(
        operation_id="deleteUpload",
        tags=["Files"],
        summary="Delete an upload",
        description="No later run can name it. Runs that have it keep it as long as their other files.",
        parameters=[RETRY],
        responses={204: OpenApiResponse(description="It is gone."), **errors(404)},
    ),
)

batches = extend_schema_view(
    list=extend_schema(
        operation_id="listBatches",
        tags=["Batches"],
        summary="List your batches",
        description="Your own batches, newest first, without their submissions.",
        parameters=[RETRY],
        responses={
            200: OpenApiResponse(BatchRow(many=True), "A page of the list."),
            **errors(400, 404),
        },
    ),
    retrieve=extend_schema(
        operation_id="getBatch",
        tags=["Batches"],
        summary="Get a batch",
        description="One of your batches, with its submissions in the order of the request.",
        parameters=[RETRY],
        responses={200: OpenApiResponse(BatchDetail, "The batch."), **errors(404)},
    ),
    create=extend_schema(
        operation_id="createBatch",
        tags=["Batches"],
        summary="Queue up to 50 programs",
        description=(
            "Queues each program as its own submission and answers at once. All are accepted or "
            "none. Each counts as one submission against your rate limit. `webhook` is notified "
            "when all have finished."
        ),
        parameters=[KEY, LATER, RETRY, REPLAYED, LOCATION, *RATE],
        request=BatchInput,
        examples=examples.BATCH,
        responses={
            202: OpenApiResponse(BatchDetail, "All programs are queued."),
            **errors(*WITH_BODY, 422),
        },
        callbacks=[
            OpenApiCallback(
                "batchFinished",
                "{$request.body#/webhook}",
                extend_schema(
                    operation_id="batchFinished",
                    summary="All submissions of a batch have finished",
                    request=BatchFinished,
                    responses={200: OpenApiResponse(description="Any 2xx means received.")},
                ),
            )
        ],
    ),
    cancel=extend_schema(
        operation_id="cancelBatch",
        tags=["Batches"],
        summary="Cancel a batch",
        description="Ends all submissions of the batch that have not finished.",
        parameters=[RETRY],
        request=None,
        responses={200: OpenApiResponse(BatchDetail, "The batch."), **errors(404)},
    ),
)

deliveries = extend_schema_view(
    list=extend_schema(
        operation_id="listDeliveries",
        tags=["Webhooks"],
        summary="List your deliveries",
        description="The notifications to your webhooks, newest first, and what became of them.",
        parameters=[RETRY],
        responses={
            200: OpenApiResponse(DeliveryOutput(many=True), "A page of the list."),
            **errors(400, 404),
        },
    ),
    retrieve=extend_schema(
        operation_id="getDelivery",
        tags=["Webhooks"],
        summary="Get a delivery",
        description="One notification: its attempts, the last answer, and the next attempt.",
        parameters=[RETRY],
        responses={200: OpenApiResponse(DeliveryOutput, "The delivery."), **errors(404)},
    ),
)

secret = extend_schema_view(
    get=extend_schema(
        operation_id="getWebhookSecret",
        tags=["Webhooks"],
        summary="See when your webhook secret was made",
        description="The secret itself is shown only once, when it is made.",
        parameters=[RETRY],
        responses={200: OpenApiResponse(SecretOutput, "You have a secret."), **errors(404)},
    ),
    post=extend_schema(
        operation_id="createWebhookSecret",
        tags=["Webhooks"],
        summary="Make a webhook secret",
        description=(
            "Makes the secret that signs your webhooks and shows it, this once. The previous secret "
            "stays valid for one more day."
        ),
        parameters=[RETRY],
        request=None,
        responses={201: OpenApiResponse(NewSecretOutput, "The new secret."), **errors()},
    ),
)

languages = extend_schema_view(
    get=extend_schema(
        operation_id="listLanguages",
        tags=["Service"],
        summary="List the languages",
        description="The languages, each with its version, its limits and an example program.",
        parameters=[RETRY],
        responses={200: OpenApiResponse(LanguageOutput(many=True), "The languages."), **errors()},
    ),
)

pool = extend_schema_view(
    get=extend_schema(
        operation_id="getPool",
        tags=["Service"],
        summary="Get the state of the pool",
        description="The sandboxes of all processes that run submissions. For staff.",
        parameters=[RETRY],
        responses={200: OpenApiResponse(PoolOutput, "The state of the pool."), **errors()},
    ),
)

index = extend_schema_view(get=extend_schema(exclude=True))
