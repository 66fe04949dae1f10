"""Everything that can go wrong around a run, and who has to act.

ExecutorError
├── InvalidRequest         the caller: a language we do not have, limits above the ceiling
├── Closed                 the operator: the self-check has not passed, and nothing is run until it has
├── Busy                   nobody: every place is taken, try again after .retry_after seconds
└── EngineError            the operator
    ├── EngineUnavailable      the Docker engine does not answer
    ├── ImageMissing           run `manage.py build_images`
    └── NameTaken              nobody: the pool takes another name

Code that crashes, loops or attacks is not here: that is a verdict, not an error.
"""


class ExecutorError(Exception):
    """Base of all errors that `executor` raises on purpose."""


class InvalidRequest(ExecutorError):
    """The request can not be run as it stands; the message names the field and the reason."""


class Closed(ExecutorError):
    """The sandboxes have not been shown to hold."""

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
    """The Docker engine refused or failed; the operator's business, never the program's."""


class EngineUnavailable(EngineError):
    """No answer from the Docker engine."""


class ImageMissing(EngineError):
    """The sandbox image of a language has not been built."""


class NameTaken(EngineError):
    """There is a container of that name on the engine, and nothing was made."""
