"""Reads what a supervisor says, and talks with it through one run."""

import logging
import threading
from contextlib import suppress
from time import monotonic

from ..errors import EngineError
from ..limits import KiB, MiB
from . import protocol
from .box import Collection
from .engine import FRAME_HEADER, STDOUT, Attachment
from .output import Output
from .protocol import Frame, Kind, NotAFrame

logger = logging.getLogger(__name__)

GRACE_SECONDS = 2
"""How much longer the host waits for the supervisor's report after it has asked for a run's end."""
LATE_BYTES = 3 * MiB
"""The most that a host reads after its own deadline. Before the report may come two pipes of 1 MiB, the
largest that a program can get (F_SETPIPE_SZ), and the engine's buffers."""
LATE_PAUSES = 10
LATE_PAUSE_SECONDS = 0.05
"""How many times, and how long, it then waits for output that the engine has not passed on yet."""
FILES_SECONDS = 20
"""The longest wait for a run's files, after its report: 8 MiB take 0.1 s of an idle machine."""
COMPLAINT_BYTES = 2 * KiB
"""What is kept of a supervisor's own messages, which are one or two lines before it ends."""


class Channel:
    """A container's streams: frames on stdout, and a failing supervisor's complaint on stderr."""

    def __init__(self, attachment: Attachment) -> None:
        self.attachment = attachment
        self._frames = protocol.Frames()
        self._given_back: list[Frame] = []
        self._complaint = b""
        self._logged = 0

    def receive(self, deadline: float) -> tuple[int, list[Frame]] | None:
        """Read one piece; return its size on the wire and the frames that it completes. None when there
        is no more. Raises TimeoutError (see Attachment.receive) and NotAFrame."""
        if self._given_back:
            frames, self._given_back = self._given_back, []
            return 0, frames
        piece = self.attachment.receive(deadline)
        if piece is None:
            return None
        stream, data = piece
        size = FRAME_HEADER.size + len(data)
        if stream == STDOUT:
            return size, self._frames.feed(data)
        self._complaint = (self._complaint + data)[:COMPLAINT_BYTES]
        return size, []

    def give_back(self, frames: list[Frame]) -> None:
        """Keep frames for the next `receive`: a slot may be ready again in the piece that ends a run."""
        self._given_back = frames

    def _log_complaint(self) -> None:
        """Log, once, what a supervisor that continues has written on stderr."""
        if len(self._complaint) > self._logged:
            logger.warning("a supervisor continues: %s", self.complaint)
            self._logged = len(self._complaint)

    @property
    def complaint(self) -> str:
        return self._complaint.decode(errors="replace").strip()

    def wait_until_ready(self, number: int, deadline: float) -> None:
        """Wait until the supervisor is ready for the run with this number. Raises EngineError with the
        reason, which may be the runtime's own, and TimeoutError."""
        said = b""
        try:
            while (received := self.receive(deadline)) is not None:
                for kind, payload in received[1]:
                    if kind is Kind.READY and payload == str(number).encode():
                        self._log_complaint()
                        return
                    said = (said + payload)[:COMPLAINT_BYTES]
        except NotAFrame as error:
            raise EngineError(f"a sandbox did not boot: it sent {error}") from error
        reason = f"{self.complaint} {said.decode(errors='replace')}".strip()
        raise EngineError(f"a sandbox did not boot: {reason or 'it said nothing'}")


class Conversation:
    """The frames of one run, read until its report has arrived."""

    def __init__(self, channel: Channel, output: Output, number: int) -> None:
        self._channel = channel
        self._output = output
        self._number = number
        self._is_over = False
        self.report: dict[str, int] | None = None
        self.error_report = b""
        """The report of an uncaught error; empty if nothing came, or something that is none."""
        self.has_ended_it = False
        """Whether this side has asked for the run's end."""
        self.typed_bytes = 0
        """How much it has sent during the run before that."""
        self._sending = threading.Lock()

    def end(self) -> None:
        """Make the supervisor end the run now; thread-safe."""
        with self._sending:
            if not self.has_ended_it:
                self.has_ended_it = True
                with suppress(EngineError):  # it has ended by itself
                    self._channel.attachment.send(b"\n")

    def type(self, data: bytes) -> None:
        """Add to the input of an interactive run; thread-safe."""
        self._send(protocol.encode_typed(data))

    def end_input(self) -> None:
        """Let the program find the end of its input after what was typed; thread-safe."""
        self._send(protocol.END_OF_INPUT)

    def _send(self, message: bytes) -> None:
        with self._sending:
            if self.has_ended_it:
                return
            self.typed_bytes += len(message)
            try:
                self._channel.attachment.send(message)
            except EngineError:  # it has ended, or has got a part only, which nothing may follow
                self._channel.attachment.hang_up()

    def read(self, deadline: float) -> bool:
        """Read until the report has arrived or the streams have ended. False if neither happens.

        A host that gets no processor, or whose event sink is slow, is late through no fault of the
        program. So it reads all that the sandbox has written by then before its own clock decides.
        """
        try:
            while not self._is_over and monotonic() < deadline:
                if not self._read_piece(deadline):
                    return True
                if self._output.exceeded and not self.has_ended_it:
                    self.end()
                    # Output is dropped from here on, but read: else the supervisor would block.
                    deadline = min(deadline, monotonic() + GRACE_SECONDS)
        except TimeoutError:
            pass
        return self._catch_up()

    def _catch_up(self) -> bool:
        """Read on after the deadline. Counts bound this: another clock would have the same fault."""
        bytes_left, pauses_left = LATE_BYTES, LATE_PAUSES
        deadline = 0.0
        while not self._is_over and bytes_left > 0:
            try:
                size = self._read_piece(deadline)
            except TimeoutError:
                if not pauses_left:
                    return False
                pauses_left -= 1
                deadline = monotonic() + LATE_PAUSE_SECONDS
                continue
            if not size:
                return True
            bytes_left -= size
            deadline = 0.0
        return self._is_over

    def collect(self, files: Collection, deadline: float) -> None:
        """Read the files that follow the report. They change nothing else: the report stays."""
        try:
            while not files.is_over and monotonic() < deadline:
                if (received := self._channel.receive(deadline)) is None:
                    break
                for at, (kind, payload) in enumerate(received[1]):
                    files.take(kind, payload)
                    if files.is_over:
                        self._channel.give_back(received[1][at + 1 :])
                        break
        except NotAFrame as error:
            logger.warning("a supervisor has lost step: it sent %s", error)
        except TimeoutError:
            logger.warning("the files of a run did not arrive in time")
        if not files.is_over:
            files.lose()

    def _read_piece(self, deadline: float) -> int:
        """Read one piece; return its size on the wire, 0 if the streams have ended. Raises
        TimeoutError."""
        try:
            received = self._channel.receive(deadline)
        except NotAFrame as error:
            logger.warning("a supervisor has lost step: it sent %s", error)
            received = None
        if received is None:
            if self._channel.complaint:
                logger.warning("a supervisor has ended: %s", self._channel.complaint)
            self._is_over = True
            return 0
        size, frames = received
        for at, (kind, payload) in enumerate(frames):
            self._take(kind, payload)
            if self._is_over:
                self._channel.give_back(frames[at + 1 :])
                break
        return size

    def _take(self, kind: Kind, payload: bytes) -> None:
        if kind is Kind.STDOUT:
            self._output.stdout.write(payload)
        elif kind is Kind.STDERR:
            self._output.stderr.write(payload)
        elif kind is Kind.WAITING:
            self._output.note_waiting(seems_to_wait=payload == b"1")
        elif kind is Kind.UNCAUGHT:
            self.error_report = payload
        elif kind is Kind.ENDED:
            report = protocol.parse_report(payload)
            if report and protocol.is_sound(report, run=self._number, error=self.error_report):
                self.report = report
            self._is_over = True
