"""The protocol between the host and the supervisor (supervisor/supervisor.c, PID 1 of a sandbox).

The supervisor speaks in frames, on the container's stdout. No program can write there: its own stdout and
stderr are pipes, and what it writes into them comes in frames too. So a frame is the supervisor's word,
and the bytes in it may be anything.
"""

import re
import struct
from dataclasses import dataclass, field
from enum import Enum
from math import ceil

from ..files import MOST_BYTES_OF_ONE, MOST_BYTES_OUT, MOST_OUT, File
from ..limits import KiB, Limits

HEADER = struct.Struct("<cI")
"""Type and size of a frame's payload."""
FRAME_BYTES = 16 * KiB
"""The largest payload: of a file's piece. The supervisor's others have 4 KiB."""
ERROR_BYTES = 4096
"""The longest report of an uncaught error."""
NOT_AN_ERROR_REPORT = -1
"""The size of what came over the error report's channel and is none."""
EXIT_CODES, SIGNALS = range(256), range(1, 65)
REPORTED = frozenset(
    {
        "run",
        "exit_code",
        "signal",
        "deadline_passed",
        "idle_passed",
        "cpu_exhausted",
        "cancelled",
        "wall_us",
        "cpu_us",
        "memory_peak_bytes",
        "memory_peak_exact",
        "oom_kills",
        "pids_refusals",
        "processes_at_end",
        "all_gone",
        "disk_full",
        "counts_calls",
        "calls_refused",
        "input_left",
        "typed",
        "error_bytes",
    }
)
"""The fields of every report."""
REPORT_FIELD = re.compile(rb"([a-z_]{1,32})=(-?[0-9]{1,19})")


class Kind(Enum):
    """The type of a frame (supervisor/frames.h)."""

    READY = b"R"
    STDOUT = b"O"
    STDERR = b"E"
    WAITING = b"W"
    UNCAUGHT = b"U"
    ENDED = b"X"
    FILE = b"F"
    PIECE = b"D"
    LEFT_OUT = b"L"


Frame = tuple[Kind, bytes]


class NotAFrame(Exception):
    """The stream is no supervisor's, or it has lost step."""


def _milliseconds(seconds: float) -> int:
    """Round up, since the supervisor refuses 0, but not the error of binary fractions (16.1 * 1000)."""
    return ceil(round(seconds * 1000, 6))


def encode_request(
    *,
    number: int,
    limits: Limits,
    code: str,
    stdin: str,
    args: tuple[str, ...],
    files: tuple[File, ...] = (),
    outputs: bool = False,
    state_bytes: int = 0,
) -> bytes:
    """Encode the one message of a run: a line with its number and the sizes, then code, stdin, arguments
    and files. With `outputs` the line asks for the files that the run leaves, with `state_bytes` for
    the state of its session, if it is no larger."""
    source = code.encode()
    stdin_bytes = stdin.encode()
    arguments = b"".join(argument.encode() + b"\0" for argument in args)
    wall_ms, cpu_ms = _milliseconds(limits.wall_seconds), _milliseconds(limits.cpu_seconds)
    parts = (source, stdin_bytes, arguments, b"".join(map(_encode_file, files)))
    most_out = (MOST_OUT, MOST_BYTES_OF_ONE, MOST_BYTES_OUT) if outputs else (0, 0, 0)
    idle_ms = _milliseconds(limits.idle_seconds)
    numbers = (number, wall_ms, cpu_ms, *map(len, parts), *most_out, idle_ms, state_bytes)
    return f"RUN {' '.join(map(str, numbers))}\n".encode() + b"".join(parts)


def encode_typed(data: bytes) -> bytes:
    """Encode input that comes during a run (supervisor/typed.h)."""
    return HEADER.pack(b"I", len(data)) + data


END_OF_INPUT = HEADER.pack(b"Z", 0)
"""The end of an input that was open."""


def _encode_file(file: File) -> bytes:
    name = file.name.encode()
    return b"%d %d\n%b%b" % (len(file.content), len(name), name, file.content)


@dataclass(slots=True)
class Frames:
    """Splits the supervisor's stream into frames, however it is cut; work is linear in its size."""

    _received: bytearray = field(default_factory=bytearray)

    def feed(self, data: bytes) -> list[Frame]:
        """Take the next bytes; return the frames that they complete. Raises NotAFrame."""
        self._received += data
        found: list[Frame] = []
        start = 0
        while len(self._received) - start >= HEADER.size:
            letter, size = HEADER.unpack_from(self._received, start)
            try:
                kind = Kind(letter)
            except ValueError:
                raise NotAFrame(f"a frame of the type {letter!r}") from None
            if size > FRAME_BYTES:
                raise NotAFrame(f"a frame of {size} bytes")
            payload = start + HEADER.size
            if len(self._received) < payload + size:
                break
            found.append((kind, bytes(self._received[payload : payload + size])))
            start = payload + size
        del self._received[:start]
        return found


def parse_report(payload: bytes) -> dict[str, int] | None:
    """Read the numbers of a report. None if it has anything else in it."""
    fields = [REPORT_FIELD.fullmatch(field) for field in payload.split()]
    if None in fields:
        return None
    return {found[1].decode(): int(found[2]) for found in fields if found}


def is_sound(report: dict[str, int], *, run: int, error: bytes) -> bool:
    """Whether the report is about this run and has all fields, either an exit code or a signal of the
    main process, and the size of the error report that came before it."""
    if not report.keys() >= REPORTED or report["run"] != run:
        return False
    if max(0, report["error_bytes"]) != len(error) or report["error_bytes"] < NOT_AN_ERROR_REPORT:
        return False
    code, number = report["exit_code"], report["signal"]
    return (code in EXIT_CODES and number == 0) or (code == -1 and number in SIGNALS)
