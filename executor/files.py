"""The files that go into a run, and those that come out of it: bytes with a label.

A name is a path in /box, where the program is too. On this machine it leads nowhere: nothing opens,
follows or unpacks it.
"""

from dataclasses import dataclass, field

from .limits import MiB

NAME_BYTES = 200
"""The longest name, in UTF-8."""
DEPTH = 8
"""The most folders above a file."""
MOST_IN = 64
"""Files that may come with a request."""
MOST_BYTES_IN = 8 * MiB
"""The most of all of them together."""
MOST_OUT = 16
"""Files that a run gives back."""
MOST_BYTES_OF_ONE = 4 * MiB
MOST_BYTES_OUT = 8 * MiB
"""The most of each, and of all together."""
STATE, NOTES = ".session", ".session.notes"
"""The state of a session, and what the runner says about it, in /box."""
RESERVED = frozenset((STATE, NOTES, ".session.new"))
"""Names that no file of a request may have (supervisor/box.h)."""
MOST_STATE_BYTES = 8 * MiB
"""The most that a deployment may allow."""


@dataclass(frozen=True, kw_only=True, slots=True)
class File:
    """A file of a run."""

    name: str
    content: bytes = field(repr=False)

    @property
    def size(self) -> int:
        """Bytes of its content."""
        return len(self.content)


@dataclass(frozen=True, kw_only=True, slots=True)
class LeftOut:
    """How many things in /box did not become files of the result, and why.

    An input that the program has not changed is not counted: the caller has it.
    """

    not_regular: int = 0
    """Links, pipes, sockets: all that is neither a file nor a folder."""
    too_large: int = 0
    """By itself, or together with those before it."""
    too_many: int = 0
    """After the first ones in the order of their names."""
    too_deep: int = 0
    """Folders that were not looked into."""
    bad_name: int = 0
    """Names that are no UTF-8, too long, or have characters that nobody sees."""
    unreadable: int = 0
    not_reached: int = 0
    """1 if there was not enough time to look at everything."""
    lost: int = 0
    """1 if the files did not arrive: then there are none."""

    def __bool__(self) -> bool:
        return any(getattr(self, name) for name in self.__slots__)


@dataclass(frozen=True, kw_only=True, slots=True)
class NotKept:
    """A variable that the session does not have any more, and why."""

    name: str
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class StateLeft:
    """What a run leaves to its session."""

    content: bytes | None = None
    """The new state. None: the session keeps the one that it had."""
    problem: str = ""
    """Why this run has left nothing; empty if it has, or if nothing has changed."""
    notice: str = ""
    """Why the session began empty, if the state could not be read."""
    not_kept: tuple[NotKept, ...] = ()
    more: int = 0
    """How many variables beyond these."""
