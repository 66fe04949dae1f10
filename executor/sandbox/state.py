"""The state of a session: what one run of a user leaves in the program's names for the next.

The runner of the language writes and reads it in the sandbox. On this machine it is bytes that nobody
opens. Beside it come notes, which the program may have written itself.
"""

from ..files import NOTES, STATE, File, NotKept, StateLeft
from ..limits import KiB

NOTES_BYTES = 8 * KiB
NAMED = 12
"""The most variables that are named as not kept."""
NAME_CHARACTERS, REASON_CHARACTERS = 80, 200
NOT_STORED = "the program ended before its state was stored, as os._exit() does"
NO_ROOM = "the disk had no room for it"
BROKEN_OFF = "it did not arrive"
STOPPED = "the run did not end by itself"


def files_for(state: bytes, most_bytes: int) -> tuple[File, ...]:
    """Return the files by which a runner gets a state, and learns how large the next one may be."""
    notes = File(name=NOTES, content=b"%d" % most_bytes)
    return (File(name=STATE, content=state), notes) if state else (notes,)


def left_by(
    content: bytes | None, notes: bytes | None, *, ended_by_itself: bool, disk_full: bool = False
) -> StateLeft:
    """Read a runner's notes, which may hold anything, within their bounds. A full disk has none."""
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
            case ["empty", reason]:
                notice = reason[:REASON_CHARACTERS]
            case ["lost", name, reason] if len(not_kept) < NAMED:
                reason = reason[:REASON_CHARACTERS]
                not_kept.append(NotKept(name=name[:NAME_CHARACTERS], reason=reason))
            case ["more"]:
                more += 1
    if not is_saved:
        return StateLeft(problem=problem or (NO_ROOM if disk_full else NOT_STORED), notice=notice)
    return StateLeft(content=content, notice=notice, not_kept=tuple(not_kept), more=more)


def _printable(text: str) -> str:
    """Replace what nobody sees, or no column holds."""
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)
