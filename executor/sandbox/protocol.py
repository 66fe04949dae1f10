"""The protocol between the host and the supervisor (supervisor/supervisor.c, PID 1 of a sandbox).

Everything that comes out of a sandbox is untrusted. A marker counts only with the nonce of this run,
which the program has no way to learn; anything else that looks like a marker is output.
"""

import re
from dataclasses import dataclass, field
from math import ceil

from ..limits import Limits

READY = b"ready\n"
REPORT_BYTES = 2048
"""The longest line of a report. The supervisor's has less than 512 bytes."""
ERROR_BYTES = 4096
"""The longest error report, which follows the report's line."""
NOT_AN_ERROR_REPORT = -1
"""The size of what came over the error report's channel and is none."""
EXIT_CODES, SIGNALS = range(256), range(1, 65)
REPORTED = frozenset(
    {
        "exit_code",
        "signal",
        "deadline_passed",
        "cpu_exhausted",
        "cancelled",
        "wall_us",
        "cpu_us",
        "memory_peak_bytes",
        "oom_kills",
        "pids_refusals",
        "processes_at_end",
        "disk_full",
        "counts_calls",
        "calls_refused",
        "input_left",
        "error_bytes",
    }
)
"""The fields of every report."""
AFTER_BYTES = REPORT_BYTES + ERROR_BYTES
"""The most that is kept of what follows a marker."""
REPORT_FIELD = re.compile(rb"([a-z_]{1,32})=(-?[0-9]{1,19})")


def _milliseconds(seconds: float) -> int:
    """Round up, since the supervisor refuses 0, but not the error of binary fractions (16.1 * 1000)."""
    return ceil(round(seconds * 1000, 6))


def encode_request(
    *, nonce: str, limits: Limits, code: str, stdin: str, args: tuple[str, ...]
) -> bytes:
    """Encode the one message to a supervisor: a line with the sizes, then code, stdin and arguments."""
    source = code.encode()
    stdin_bytes = stdin.encode()
    arguments = b"".join(argument.encode() + b"\0" for argument in args)
    wall_ms, cpu_ms = _milliseconds(limits.wall_seconds), _milliseconds(limits.cpu_seconds)
    sizes = f"{len(source)} {len(stdin_bytes)} {len(arguments)}"
    return f"RUN {nonce} {wall_ms} {cpu_ms} {sizes}\n".encode() + source + stdin_bytes + arguments


@dataclass(slots=True)
class MarkerScanner:
    """Splits one stream into the program's output and what follows the end marker: the report's line, and
    the error report of the size that the line names.

    It holds back bytes that may be the beginning of the marker until that is certain. Work is linear in
    the size of the stream, however it is cut.
    """

    nonce: str
    _held: bytes = b""
    _after: bytes | None = None
    _marker: bytes = field(init=False)

    def __post_init__(self) -> None:
        self._marker = b"\0\1END " + self.nonce.encode()

    def feed(self, chunk: bytes) -> bytes:
        """Take the next bytes; return those that are certainly the program's."""
        if self._after is not None:
            self._after = (self._after + chunk[:AFTER_BYTES])[:AFTER_BYTES]
            return b""
        data = self._held + chunk
        output, marker, after = data.partition(self._marker)
        if marker:
            self._held, self._after = b"", after[:AFTER_BYTES]
            return output
        certain = self._possible_start(data)
        self._held = data[certain:]
        return data[:certain]

    def _possible_start(self, data: bytes) -> int:
        """Find where an incomplete marker may begin; the end of `data` if nowhere.

        A marker has one NUL, its first byte. So only the last NUL can begin it.
        """
        start = data.rfind(self._marker[:1], max(0, len(data) - len(self._marker) + 1))
        return start if start >= 0 and self._marker.startswith(data[start:]) else len(data)

    def rest(self) -> bytes:
        """Return the bytes held back, after a stream that ended without a marker."""
        held, self._held = self._held, b""
        return held

    @property
    def report(self) -> dict[str, int] | None:
        """The numbers after the marker. None while its line or the error report is incomplete, and for
        good if the line is too long or has anything else in it."""
        if self._after is None or b"\n" not in self._after[:REPORT_BYTES]:
            return None
        line, _, rest = self._after.partition(b"\n")
        fields = [REPORT_FIELD.fullmatch(field) for field in line.split()]
        if None in fields:
            return None
        report = {found[1].decode(): int(found[2]) for found in fields if found}
        return report if report.get("error_bytes", 0) <= len(rest) else None

    def error(self, size: int) -> bytes:
        """Return the error report of that size, which follows the report's line."""
        return (self._after or b"").partition(b"\n")[2][:size]


def is_sound(report: dict[str, int]) -> bool:
    """Whether the report has all fields, either an exit code or a signal of the main process, and a
    possible size of the error report."""
    if not report.keys() >= REPORTED:
        return False
    if not NOT_AN_ERROR_REPORT <= report["error_bytes"] <= ERROR_BYTES:
        return False
    code, number = report["exit_code"], report["signal"]
    return (code in EXIT_CODES and number == 0) or (code == -1 and number in SIGNALS)
