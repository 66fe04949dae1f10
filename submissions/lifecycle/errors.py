"""The reasons to refuse something. They hold nothing of HTTP: each door answers in its own way.

`code` of each is in `submissions/http/codes.py`, with its status.

Refused                  nothing is stored
├── RateExceeded         more submissions than the user's rate allows
├── TooManyRuns          the user has too many queued or under way
├── TooManyStreams       the user has too many streams or downloads open
├── TooManyDeliveries    the user has too many webhooks that wait to be sent
├── StorageFull          the user's bytes of the day are used up
│   └── MoreThanADay     it exceeds a whole day's bytes, so waiting does not help
├── ServiceBusy          there is no free place, or the queue is full
│   └── ServiceClosed    the self-check has not passed
├── KeyReused            the Idempotency-Key belongs to another request
├── NotUnderWay          there is no run to end, or to type to
├── NotBegun             the run still waits in the queue, so nobody can type to it
├── NotInteractive       the run has had its whole input from the start
├── InputEnded           the input of the run has been ended
├── InputTooLarge        the input of the run would be too long
├── FileTooLarge         the file is larger than an upload may be
├── TooManyUploads       the user has too many uploads
├── NotFinished          the run has not ended yet, so it has no result to share
├── TooManyLinks         the user has too many share links
├── SessionBusy          a run of the same session has not ended yet
├── TooManySessions      the user has as many sessions as they may have
└── SandboxUnavailable   the engine failed; a stored submission is named
    └── CannotRunHere        this site can't run it at present
"""

from executor import Busy, Closed, EngineError, ExecutorError

FAILED = "The sandbox failed; this is our fault, not your program's"
"""What a run says whose sandbox failed, or never came, for no reason that its user could act on."""
ENGINE_RETRY_SECONDS = 5
"""An engine that restarts needs a few seconds."""


class Refused(Exception):
    """A refusal: `str()` is a sentence for the user, `code` is for programs, `retry_after` in seconds."""

    code = "refused"

    def __init__(self, detail: str, *, retry_after: int | None = None) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class RateExceeded(Refused):
    code = "throttled"


class TooManyRuns(Refused):
    code = "too_many_runs"


class TooManyStreams(Refused):
    code = "too_many_streams"


class TooManyDeliveries(Refused):
    code = "too_many_webhooks"


class StorageFull(Refused):
    code = "storage_full"


class MoreThanADay(StorageFull):
    pass


class ServiceBusy(Refused):
    code = "busy"


class ServiceClosed(ServiceBusy):
    code = "closed"


class KeyReused(Refused):
    code = "idempotency_key_reused"

    def __init__(self) -> None:
        super().__init__("This Idempotency-Key came with another request before; use a new one.")


class NotUnderWay(Refused):
    code = "not_under_way"


class NotBegun(Refused):
    code = "not_begun"


class NotInteractive(Refused):
    code = "not_interactive"


class InputEnded(Refused):
    code = "input_ended"


class InputTooLarge(Refused):
    code = "too_large"


class FileTooLarge(Refused):
    code = "too_large"


class TooManyUploads(Refused):
    code = "too_many_uploads"


class NotFinished(Refused):
    code = "not_finished"


class TooManyLinks(Refused):
    code = "too_many_links"


class SessionBusy(Refused):
    code = "session_busy"


class TooManySessions(Refused):
    code = "too_many_sessions"


class SandboxUnavailable(Refused):
    code = "sandbox_unavailable"

    def __init__(self, detail: str) -> None:
        super().__init__(detail, retry_after=ENGINE_RETRY_SECONDS)


class CannotRunHere(SandboxUnavailable):
    pass


def refusal_of(error: ExecutorError) -> Refused | None:
    """Translate an error of the executor; None if it is no refusal."""
    if isinstance(error, Busy):
        return ServiceBusy(f"The server is busy: {error}.", retry_after=error.retry_after)
    if isinstance(error, Closed):
        reason = str(error)
        return ServiceClosed(f"{reason[:1].upper()}{reason[1:]}.", retry_after=error.retry_after)
    if isinstance(error, EngineError):
        return SandboxUnavailable("No sandbox is available.")
    return None
