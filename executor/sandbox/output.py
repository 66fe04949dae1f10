"""Caps and decodes a run's output while it is read, and makes it inert for display."""

import codecs
import re
from dataclasses import dataclass, field

from ..runs import EventSink, RunEvent, StreamName

TERMINAL_SEQUENCE = re.compile(r"(?:\x1b\[|\x9b)[0-?]{0,64}[ -/]{0,4}[@-~]")
"""ECMA-48 control sequences: colours, cursor. They are short, so they hide little and can be removed. The
longest in use sets two true colours, in some forty characters.
Control strings (titles, links) can hide anything, so they are shown."""

INVISIBLE_RANGES = (
    (0x00, 0x08),  # control characters but tab and newline
    (0x0B, 0x0C),
    (0x0E, 0x1F),
    (0x7F, 0x9F),
    (0xAD, 0xAD),  # soft hyphen
    (0x34F, 0x34F),  # joins others, without a sign of its own
    (0x61C, 0x61C),  # bidi: Arabic letter mark
    (0x115F, 0x1160),  # fillers
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x200B, 0x200B),  # zero width. Its joiners stay: Persian, Indic scripts and emoji need them
    (0x200E, 0x200F),  # bidi: marks
    (0x2028, 0x202E),  # line and paragraph separators; bidi: embeddings and overrides
    (0x2060, 0x206F),  # bidi: isolates, among others without width
    (0x3164, 0x3164),
    (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0),
    (0xFFF0, 0xFFFB),  # annotations
    (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A),
    (0xE0000, 0xE0FFF),  # tags: ASCII that nobody sees
)
"""Characters that steer a terminal or the direction of text, or that nobody sees."""
INVISIBLE = re.compile(
    "".join(f"{chr(low)}-{chr(high)}" for low, high in INVISIBLE_RANGES).join("[]")
)
_SHOWN = {
    code: f"\\u{{{code:x}}}" for low, high in INVISIBLE_RANGES for code in range(low, high + 1)
}


PLAIN_BYTES = frozenset((*b"\t\n\r", *range(0x20, 0x7F)))
_ESCAPED = {byte: f"\\x{byte:02x}" for byte in range(256) if byte not in PLAIN_BYTES}


def escaped(data: bytes) -> str:
    """Return the text of UTF-8; of anything else ASCII, with all other bytes as escapes."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1").translate(_ESCAPED)


def plain_text(text: str) -> str:
    """Remove colours and the like from `text`, and show other control and bidi characters by number.

    All places that show output or code to a person use it. A carriage return without a newline becomes
    a newline, since overwriting a line hides it. Work is linear in the size of `text`.
    """
    text = TERMINAL_SEQUENCE.sub("", text).replace("\r\n", "\n").replace("\r", "\n")
    return text.translate(_SHOWN)


@dataclass(slots=True)
class CappedStream:
    """One of a run's two output streams: keeps the head and counts the bytes beyond the cap.

    Invalid UTF-8 becomes U+FFFD, and so does NUL, which no PostgreSQL text can hold.
    """

    name: StreamName
    cap_bytes: int
    on_event: EventSink
    escapes_bytes: bool = False
    """Whether the text in the end is `escaped`. What is passed on before cannot be: nobody knows yet
    whether all of it is UTF-8."""
    dropped_bytes: int = 0
    _size: int = 0
    _pieces: list[str] = field(default_factory=list)
    _bytes: bytearray = field(default_factory=bytearray)
    _escaped: str = ""
    _decoder: codecs.IncrementalDecoder = field(
        default_factory=lambda: codecs.getincrementaldecoder("utf-8")("replace")
    )

    def write(self, data: bytes) -> None:
        kept = data[: self.cap_bytes - self._size]
        self._size += len(kept)
        self.dropped_bytes += len(data) - len(kept)
        if self.escapes_bytes:
            self._bytes += kept
        self._emit(self._decoder.decode(kept))

    def close(self) -> None:
        """Finish the text. What escapes have made longer than the cap counts as dropped."""
        self._emit(self._decoder.decode(b"", final=True))
        if self.escapes_bytes:
            text = escaped(bytes(self._bytes)).replace("\0", "\ufffd")
            self.dropped_bytes += max(0, len(text) - self.cap_bytes)
            self._escaped = text[: self.cap_bytes]

    def _emit(self, text: str) -> None:
        if text:
            text = text.replace("\0", "\ufffd")
            self._pieces.append(text)
            self.on_event(RunEvent(stream=self.name, text=text))

    @property
    def text(self) -> str:
        """What is kept of it, once the stream is closed."""
        return self._escaped if self.escapes_bytes else "".join(self._pieces)


class Output:
    """Both streams of one run."""

    def __init__(self, cap_bytes: int, on_event: EventSink, *, escapes_bytes: bool = False) -> None:
        self._on_event = on_event
        self.stdout = CappedStream("stdout", cap_bytes, on_event, escapes_bytes)
        self.stderr = CappedStream("stderr", cap_bytes, on_event, escapes_bytes)

    @property
    def exceeded(self) -> bool:
        return bool(self.stdout.dropped_bytes or self.stderr.dropped_bytes)

    def note_waiting(self, *, seems_to_wait: bool) -> None:
        """Pass on that an interactive run begins or ceases to seem to wait for input."""
        self._on_event(RunEvent(stream="waiting" if seems_to_wait else "working", text=""))

    def close(self) -> None:
        """Finish both streams: an incomplete character at the end becomes U+FFFD."""
        self.stdout.close()
        self.stderr.close()
