"""What the host and the supervisor (image/supervisor.c, PID 1 of a sandbox) say to each other.

Whatever comes out of a sandbox is untrusted. A marker counts only with the nonce of this run, which
the program has no way to learn; anything else that looks like one is output.
"""

from dataclasses import dataclass, field

from .limits import Limits

READY = b"ready\n"


def encode_request(
    *, nonce: str, limits: Limits, code: str, stdin: str, args: tuple[str, ...]
) -> bytes:
    """The one message to a supervisor: a line with the sizes, then code, stdin and arguments."""
    source = code.encode()
    stdin_bytes = stdin.encode()
    arguments = b"".join(argument.encode() + b"\0" for argument in args)
    wall_ms, cpu_ms = int(limits.wall_seconds * 1000), int(limits.cpu_seconds * 1000)
    sizes = f"{len(source)} {len(stdin_bytes)} {len(arguments)}"
    return f"RUN {nonce} {wall_ms} {cpu_ms} {sizes}\n".encode() + source + stdin_bytes + arguments


@dataclass(slots=True)
class MarkerScanner:
    """Splits one stream into the program's output and what follows the end marker.

    Bytes that may be the beginning of the marker are held back until it is clear.
    """

    nonce: str
    _held: bytes = b""
    _after: bytearray | None = None
    _marker: bytes = field(init=False)

    def __post_init__(self) -> None:
        self._marker = b"\0\1END " + self.nonce.encode()

    def feed(self, chunk: bytes) -> bytes:
        """Takes bytes as they come and returns those that certainly are the program's."""
        if self._after is not None:
            self._after += chunk
            return b""
        data = self._held + chunk
        output, marker, after = data.partition(self._marker)
        if marker:
            self._held, self._after = b"", bytearray(after)
            return output
        keep = self._possible_start(data)
        self._held = data[len(data) - keep :]
        return data[: len(data) - keep]

    def _possible_start(self, data: bytes) -> int:
        """Length of the longest end of `data` with which the marker begins."""
        start = data.rfind(self._marker[:1], -len(self._marker) + 1)
        while start >= 0:
            if self._marker.startswith(data[start:]):
                return len(data) - start
            start = data.rfind(self._marker[:1], 0, start) if start else -1
        return 0

    def rest(self) -> bytes:
        """What was held back, once the stream has ended without a marker."""
        held, self._held = self._held, b""
        return held

    @property
    def report(self) -> dict[str, int] | None:
        """The numbers behind the marker; None as long as its line is not complete."""
        if self._after is None or b"\n" not in self._after:
            return None
        line = bytes(self._after).partition(b"\n")[0].decode()
        pairs = (pair.partition("=") for pair in line.split())
        return {name: int(value) for name, _, value in pairs}
