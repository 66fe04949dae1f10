"""A run's output: capped in bytes while it is read, decoded as it comes, inert when shown."""

import codecs
import re
from dataclasses import dataclass, field

from .runs import EventSink, RunEvent, StreamName

TERMINAL_SEQUENCE = re.compile(r"(?:\x1b\[|\x9b)[0-?]{0,32}[ -/]{0,4}[@-~]")
"""ECMA-48 control sequences: colours, cursor. They are short, and so can hide little; strings (titles,
links) can hide anything, so those are shown."""

# Control characters but tab and newline; bidi controls; what has no width.
INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"
    "\u061c\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]"
)


def plain_text(text: str) -> str:
    """`text` without colours and the like, other control and bidi characters shown by their number.

    For whatever shows output or code to a person. A carriage return without a newline becomes one:
    overwriting a line hides it.
    """
    text = TERMINAL_SEQUENCE.sub("", text).replace("\r\n", "\n").replace("\r", "\n")
    return INVISIBLE.sub(lambda match: f"\\u{{{ord(match[0]):x}}}", text)


@dataclass(slots=True)
class CappedStream:
    """One of a run's two output streams: the head is kept, what is beyond the cap is counted.

    Not valid UTF-8 becomes U+FFFD, and so does NUL, which no PostgreSQL text can hold.
    """

    name: StreamName
    cap_bytes: int
    on_event: EventSink
    dropped_bytes: int = 0
    _size: int = 0
    _pieces: list[str] = field(default_factory=list)
    _decoder: codecs.IncrementalDecoder = field(
        default_factory=lambda: codecs.getincrementaldecoder("utf-8")("replace")
    )

    def write(self, data: bytes) -> None:
        kept = data[: self.cap_bytes - self._size]
        self._size += len(kept)
        self.dropped_bytes += len(data) - len(kept)
        self._emit(self._decoder.decode(kept))

    def close(self) -> None:
        self._emit(self._decoder.decode(b"", final=True))

    def _emit(self, text: str) -> None:
        if text:
            text = text.replace("\0", "\ufffd")
            self._pieces.append(text)
            self.on_event(RunEvent(stream=self.name, text=text))

    @property
    def text(self) -> str:
        return "".join(self._pieces)


class Output:
    """Both streams of one run."""

    def __init__(self, cap_bytes: int, on_event: EventSink) -> None:
        self.stdout = CappedStream("stdout", cap_bytes, on_event)
        self.stderr = CappedStream("stderr", cap_bytes, on_event)

    @property
    def exceeded(self) -> bool:
        return bool(self.stdout.dropped_bytes or self.stderr.dropped_bytes)

    def close(self) -> None:
        """No more will come: an unfinished character becomes U+FFFD."""
        self.stdout.close()
        self.stderr.close()
