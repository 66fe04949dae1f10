"""What can go wrong.

SafeCodeError
├── Refused           the request is wrong: `fields` names what
│   ├── Unauthorized  the token is missing, unknown or of a frozen account
│   └── NotFound      there is no such thing, or it is not yours
├── Busy              too many requests, or a full service, after all attempts: `retry_after`
├── Unreachable       no answer, or one that no Safe Code Executor gives
└── Failed            `Run.check`: the program did not end well

A program that fails is no error of `Client.run`: its verdict says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .results import Run


class SafeCodeError(Exception):
    """Any error of this package; `str()` is a sentence."""


class Refused(SafeCodeError):
    """The site has refused the request, and will refuse it again."""

    def __init__(
        self, detail: str, *, status: int, code: str, fields: Mapping[str, list[str]]
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.fields = fields


class Unauthorized(Refused):
    pass


class NotFound(Refused):
    pass


class Busy(SafeCodeError):
    """The site has refused the request for now."""

    def __init__(self, detail: str, *, code: str, retry_after: float) -> None:
        super().__init__(detail)
        self.code = code
        self.retry_after = retry_after


class Unreachable(SafeCodeError):
    pass


class Failed(SafeCodeError):
    """A program did not end well."""

    def __init__(self, run: Run) -> None:
        super().__init__(f"{run.verdict}: {run.error}")
        self.run = run
