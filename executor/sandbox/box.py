"""Checks the files that go into a sandbox, and takes those that come out, within bounds of its own.

The supervisor has the same bounds (supervisor/box.h). Here they hold whatever it sends.
"""

import re
from dataclasses import dataclass, field, fields
from math import ceil

from ..files import (
    DEPTH,
    MOST_BYTES_IN,
    MOST_BYTES_OF_ONE,
    MOST_BYTES_OUT,
    MOST_IN,
    MOST_OUT,
    NAME_BYTES,
    NOTES,
    RESERVED,
    STATE,
    File,
    LeftOut,
    StateLeft,
)
from ..languages import LANGUAGES
from ..limits import KiB, Limits, size_of
from ..runs import RunRequest
from ..verdicts import Evidence
from .output import INVISIBLE
from .protocol import Kind, NotAFrame, parse_report
from .state import BROKEN_OFF, NOTES_BYTES, files_for, left_by

PAGE = 4 * KiB
PART_OF_MEMORY = 4
"""Files that come in may take this part of the memory limit, since they are memory."""
HEAD = re.compile(rb"([0-9]{1,10}) ([^\0]+)", re.DOTALL)
REASONS = {reason.name for reason in fields(LeftOut)} - {"lost"}
"""What the supervisor counts."""
MOST_COUNTED = 10**6


def is_good_name(name: str) -> bool:
    """Whether a name leads down from /box, fits a column, and shows itself as it is."""
    try:
        size = len(name.encode())
    except UnicodeEncodeError:
        return False
    parts = name.split("/")
    return (
        size <= NAME_BYTES
        and len(parts) <= DEPTH + 1
        and not {"", ".", ".."} & set(parts)
        and not re.search(r"[\t\n\r]", name)
        and not INVISIBLE.search(name)
    )


def problem_with(request: RunRequest) -> str | None:
    """Say why a run cannot get its files. What passes here, the supervisor can write."""
    names = [file.name for file in request.files]
    if len(names) > MOST_IN:
        return f"files: at most {MOST_IN}"
    if any(not is_good_name(name) for name in names):
        return "files: a name is a relative path without special characters"
    if reserved := RESERVED & {name.partition("/")[0] for name in names}:
        return f"files: the name {min(reserved)} is reserved for sessions"
    folders = _folders(request)
    taken = {*names, LANGUAGES[request.language].source}
    if len(taken) <= len(names) or taken & folders:
        return "files: two have the same name, or a name of the program or of a folder"
    if request.session and not LANGUAGES[request.language].keeps_sessions:
        return f"session: {LANGUAGES[request.language].label} keeps no state between runs"
    return _too_large(request)


def problem_with_state(request: RunRequest, size: int) -> str | None:
    """Say why a run cannot get a state of this many bytes. What passes here, the supervisor can write."""
    if not _fits_disk(request, size, len(b"%d" % request.state_bytes)):
        return "session: its state does not fit the disk limit"
    taken = size + sum(file.size for file in request.files)
    is_too_much = taken > request.limits.memory_bytes // PART_OF_MEMORY
    return "session: its state does not fit the memory limit" if is_too_much else None


def own_files(request: RunRequest) -> tuple[File, ...]:
    """Return the files by which a run gets the state of its session."""
    return files_for(request.state, request.state_bytes) if request.session else ()


def _folders(request: RunRequest) -> set[str]:
    names = [file.name for file in request.files]
    return {name[:at] for name in names for at, letter in enumerate(name) if letter == "/"}


def _fits_disk(request: RunRequest, *more: int) -> bool:
    """Whether /box has room for the program, its files, and more files of these sizes at its top."""
    sizes = [len(request.code.encode()), *(file.size for file in request.files), *more]
    inodes = 1 + len(sizes) + len(_folders(request))
    limits: Limits = request.limits
    pages = sum(ceil(size / PAGE) for size in sizes)
    return pages * PAGE <= limits.disk_bytes and inodes <= limits.disk_files


def _too_large(request: RunRequest) -> str | None:
    sizes = [file.size for file in request.files]
    if sum(sizes) > MOST_BYTES_IN:
        return f"files: at most {size_of(MOST_BYTES_IN)} together"
    if not _fits_disk(request):
        return "files: they do not fit the disk limit"
    if sum(sizes) > request.limits.memory_bytes // PART_OF_MEMORY:
        return "files: they do not fit the memory limit"
    return None


@dataclass(slots=True)
class Collection:
    """Takes the frames of a run's files. All work is bounded, whatever comes."""

    state_bytes: int = 0
    """The most of a session's state; 0: there is none."""
    is_over: bool = False
    """Whether the last frame has come."""
    files: list[File] = field(default_factory=list)
    left_out: LeftOut = field(default_factory=lambda: LeftOut(lost=1))
    _own: dict[str, bytes] = field(default_factory=dict)
    """The state, and the notes of the runner."""
    _heads: int = 0
    _promised: int = 0
    _bad_names: int = 0
    _broken_off: int = 0
    _name: str | None = None
    _content: bytearray | None = None
    _size: int = 0

    def take(self, kind: Kind, payload: bytes) -> None:
        """Take the next frame. Raises NotAFrame if it is none of these, or beyond a bound."""
        if kind is Kind.FILE:
            self._finish_file()
            self._begin_file(payload)
        elif kind is Kind.PIECE:
            self._take_piece(payload)
        elif kind is Kind.LEFT_OUT:
            self._finish_file()
            self._finish(payload)
        else:
            raise NotAFrame(f"{kind.name} among a run's files")

    def lose(self) -> None:
        """Keep nothing of a transfer that has broken off."""
        self.files, self.left_out, self._content, self._own = [], LeftOut(lost=1), None, {}

    def state_left(self, evidence: Evidence) -> StateLeft:
        """Return what the run leaves to its session."""
        content, notes = self._own.get(STATE), self._own.get(NOTES)
        if self.left_out.lost:
            return StateLeft(problem=BROKEN_OFF)
        return left_by(
            content, notes, ended_by_itself=evidence.ended_by_itself, disk_full=evidence.disk_full
        )

    def _begin_file(self, payload: bytes) -> None:
        found = HEAD.fullmatch(payload)
        self._size = int(found[1]) if found else 0
        name = _decoded(found[2]) if found else None
        if name is not None and self._is_own(name):
            self._begin_own(name)
            return
        self._heads += 1
        self._promised += self._size
        if not found or self._heads > MOST_OUT:
            raise NotAFrame("a file too many, or one without a head")
        if self._size > MOST_BYTES_OF_ONE or self._promised > MOST_BYTES_OUT:
            raise NotAFrame(f"a file of {self._size} bytes")
        self._content = bytearray()
        self._name = name
        self._bad_names += self._name is None

    def _is_own(self, name: str) -> bool:
        """Whether it is the state of the session, or the notes about it: no file of the program's."""
        return self.state_bytes > 0 and name in (STATE, NOTES)

    def _begin_own(self, name: str) -> None:
        most = self.state_bytes if name == STATE else NOTES_BYTES
        if name in self._own or self._size > most:
            raise NotAFrame(f"{self._size} bytes of {name}, or a second one")
        self._content, self._name = bytearray(), name

    def _take_piece(self, payload: bytes) -> None:
        if self._content is None or not payload:
            raise NotAFrame("a piece of no file")
        self._content += payload
        if len(self._content) > self._size:
            raise NotAFrame("more of a file than was promised")

    def _finish_file(self) -> None:
        content, self._content = self._content, None
        if content is None or self._name is None:
            return
        is_whole = len(content) == self._size  # else the supervisor could not read the rest
        if self._is_own(self._name):
            if is_whole:
                self._own[self._name] = bytes(content)
        elif not is_whole:
            self._broken_off += 1
        else:
            self.files.append(File(name=self._name, content=bytes(content)))

    def _finish(self, payload: bytes) -> None:
        counted = parse_report(payload)
        if counted is None or counted.keys() != REASONS:
            raise NotAFrame("an unknown count of what was left out")
        counted = {name: min(max(0, n), MOST_COUNTED) for name, n in counted.items()}
        counted["bad_name"] += self._bad_names
        counted["unreadable"] += self._broken_off
        self.left_out = LeftOut(**counted)
        self.is_over = True


def _decoded(path: bytes) -> str | None:
    """Return the name; None if it is not good as a label."""
    try:
        name = path.decode()
    except UnicodeDecodeError:
        return None
    return name if is_good_name(name) else None
