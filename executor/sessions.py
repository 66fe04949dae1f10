"""The state of a session: what one run of a user leaves in the program's names for the next.

A state is a file that the runner of the language writes and reads in the sandbox. On this machine it is
bytes that nobody opens. Beside it come notes, which the program may have written itself.
"""

from dataclasses import dataclass

from .files import File
from .limits import KiB, MiB

STATE, NOTES = ".session", ".session.notes"
RESERVED = frozenset((STATE, NOTES, ".session.new"))
"""Names in /box that no file of a request may have (supervisor/box.h)."""
MOST_STATE_BYTES = 8 * MiB
"""The most that a deployment may allow."""
NOTES_BYTES = 8 * KiB
NAMED = 12
"""The most variables that are named as not kept."""
NAME_CHARACTERS, REASON_CHARACTERS = 80, 200
NOT_STORED = "the program ended before its state was stored, as os._exit() does"
BROKEN_OFF = "its transfer broke off"
STOPPED = "the run did not end by itself"


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
    """Why the session began anew, if the state could not be read."""
    not_kept: tuple[NotKept, ...] = ()
    more: int = 0
    """How many variables beyond these."""


def files_for(state: bytes, most_bytes: int) -> tuple[File, ...]:
    """Return the files by which a runner gets a state, and learns how large the next one may be."""
    notes = File(name=NOTES, content=b"%d" % most_bytes)
    return (File(name=STATE, content=state), notes) if state else (notes,)


def left_by(content: bytes | None, notes: bytes | None, *, ended_by_itself: bool) -> StateLeft:
    """Read a runner's notes, which may hold anything, within their bounds."""
    if not ended_by_itself:
        return StateLeft(problem=STOPPED)
    is_saved, problem, notice, more = False, "", "", 0
    not_kept: list[NotKept] = []
    for line in (notes or b"")[:NOTES_BYTES].decode(errors="replace").split("\n"):
        match [_printable(part) for part in line.split("\t")]:
            case ["saved"]:
                is_saved = True
            case ["problem", reason]:
                problem = reason[:REASON_CHARACTERS]
            case ["anew", reason]:
                notice = reason[:REASON_CHARACTERS]
            case ["lost", name, reason] if len(not_kept) < NAMED:
                reason = reason[:REASON_CHARACTERS]
                not_kept.append(NotKept(name=name[:NAME_CHARACTERS], reason=reason))
            case ["more"]:
                more += 1
    if not is_saved:
        return StateLeft(problem=problem or NOT_STORED, notice=notice)
    return StateLeft(content=content, notice=notice, not_kept=tuple(not_kept), more=more)


def _printable(text: str) -> str:
    """Replace what nobody sees, or no column holds."""
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)
