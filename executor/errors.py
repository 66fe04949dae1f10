"""The errors around a run, and who has to act on each.

ExecutorError
├── InvalidRequest         the caller: an unknown language, limits above the ceiling
│   └── NotOffered             a language that this site does not offer
├── Closed                 the operator: nothing runs until the self-check passes
├── Busy                   nobody: all places are taken, try again after .retry_after seconds
└── EngineError            the operator
    ├── EngineUnavailable      the Docker engine does not answer
    ├── ImageMissing           run `manage.py build_images`
    ├── CannotNest             this machine makes no nested sandboxes
    └── NameTaken              nobody: the pool takes another name

A program that crashes, loops or attacks causes no error: the run gets a verdict.
"""


class ExecutorError(Exception):
    """Base of all errors that `executor` raises on purpose."""


class InvalidRequest(ExecutorError):
    """The request is invalid; the message names the field and the reason."""


class NotOffered(InvalidRequest):
    """The language is known, but this site does not offer it."""


class Closed(ExecutorError):
    """The last self-check failed, or none has passed yet: nothing runs."""

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        """Seconds after which a new attempt makes sense; at least 1."""


class Busy(ExecutorError):
    """All places are taken and the queue for them is full or too slow."""

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        """Seconds after which a new attempt makes sense; at least 1."""


class EngineError(ExecutorError):
    """The Docker engine refused or failed. The program is never the cause."""


class EngineUnavailable(EngineError):
    """The Docker engine does not answer."""


class ImageMissing(EngineError):
    """The sandbox image of a language has not been built."""


class CannotNest(EngineError):
    """This machine makes no nested sandboxes; the message names the step that failed and the reason."""


class NameTaken(EngineError):
    """The engine already has a container of that name, so none was created."""
