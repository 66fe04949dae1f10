"""One container, from create to remove: boot it, hand it one program, read until it has ended."""

import secrets
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from ..cancellation import Cancellation
from ..errors import EngineError
from ..limits import Limits, MiB
from ..runs import RunRequest, Usage
from ..uncaught import Uncaught, parse
from ..verdicts import Evidence
from . import confinement, engine, protocol
from .engine import FRAME_HEADER, STDOUT, Attachment
from .output import Output

BOOT_SECONDS = 20
"""The longest wait for a runtime to boot: an idle machine needs 0.2 s, a crowded one seconds."""
GRACE_SECONDS = 2
"""How much longer than a run's own deadline the host waits for the supervisor's report."""
EXIT_SECONDS = 0.5
"""The longest wait for a supervisor to exit by itself, which takes about 20 ms."""
LATE_BYTES = 3 * MiB
"""The most that a host reads after its own deadline. Before the report may come two pipes of 1 MiB, the
largest that a program can get (F_SETPIPE_SZ), and the engine's buffers."""
LATE_PAUSES = 10
LATE_PAUSE_SECONDS = 0.05
"""How many times, and how long, it then waits for output that the engine has not passed on yet."""


@dataclass(slots=True)
class Report:
    """Evidence and use of a run that has ended, and the error that ended it."""

    evidence: Evidence
    usage: Usage
    uncaught: Uncaught | None = None
    """From the program's own process. It shapes words, and changes no verdict but runtime_error."""


@dataclass(slots=True)
class Sandbox:
    """A started container whose runtime has booted and waits for a program. Runs one, once."""

    container_id: str
    name: str
    image: str
    attachment: Attachment
    started: float = field(default_factory=monotonic)
    """Time of the start on the monotonic clock."""

    @classmethod
    def start(cls, spec: dict[str, Any]) -> "Sandbox":
        """Create a container, start it and wait for its boot. Raises EngineError or NameTaken, after
        removing the container if the engine can. The caller looks for a leftover (pool/holdings.py)."""
        spec = confinement.with_bounded_sockets(spec)
        container_id = engine.create(spec)
        with ExitStack() as undo:
            undo.callback(_remove_if_possible, container_id)
            attachment = engine.attach(container_id)
            undo.callback(attachment.close)  # first: see `destroy`
            engine.start(container_id)
            _wait_until_ready(attachment)
            confinement.confine(container_id, spec["HostConfig"]["Memory"])
            undo.pop_all()
        return cls(
            container_id=container_id,
            name=str(spec["name"]),
            image=str(spec["Image"]),
            attachment=attachment,
        )

    def lower(self, limits: Limits) -> None:
        """Lower what the container itself limits, before its program arrives. Raises EngineError."""
        processes = limits.processes + 1  # one is the supervisor, as in spec.py
        engine.lower(self.container_id, memory_bytes=limits.memory_bytes, processes=processes)
        confinement.confine(self.container_id, limits.memory_bytes)

    def is_waiting(self) -> bool:
        """Whether the sandbox still runs, silently. One that died while idle does not."""
        return self.attachment.is_quiet()

    def run(self, request: RunRequest, output: Output, cancellation: Cancellation) -> Report:
        """Run the program to its end, however it ends; pass its output to `output` as it arrives.

        Raises EngineError if the sandbox did not accept the program.
        """
        nonce = secrets.token_hex(16)
        self.attachment.send(
            protocol.encode_request(
                nonce=nonce,
                limits=request.limits,
                code=request.code,
                stdin=request.stdin,
                args=request.args,
            )
        )
        conversation = _Conversation(self.attachment, output, nonce)
        start = monotonic()
        with cancellation.calling(conversation.end):
            has_ended = conversation.read(start + request.limits.wall_seconds + GRACE_SECONDS)
        output.close()
        wall_ms = (monotonic() - start) * 1000
        if conversation.report is not None:
            error = conversation.error_report
            return _from_supervisor(request, conversation.report, error, output, cancellation)
        return self._from_host(output, cancellation, wall_ms=wall_ms, has_ended=has_ended)

    def _from_host(
        self, output: Output, cancellation: Cancellation, *, wall_ms: float, has_ended: bool
    ) -> Report:
        """Report without the supervisor's report: from the host's view, and from the engine's record of a
        kill for memory. The engine's exit code is PID 1's, so it is no evidence about the program."""
        self.attachment.close()  # the engine may not answer while a stream is unread (moby#41827)
        state = engine.exit_state(self.container_id) or {}
        evidence = Evidence(
            deadline_passed=not has_ended,
            output_exceeded=output.exceeded,
            cancelled=cancellation.requested,
            oom_kills=int(bool(state.get("OOMKilled"))),
        )
        return Report(evidence, Usage(wall_ms=wall_ms))

    def close_stdin(self) -> None:
        """Let the supervisor exit by itself, which takes about 20 ms; wait EXIT_SECONDS at most. The
        engine then need not kill it, for which it would start a process."""
        self.attachment.hang_up()
        deadline = monotonic() + EXIT_SECONDS
        with suppress(TimeoutError):
            while monotonic() < deadline and self.attachment.receive(deadline) is not None:
                pass

    def destroy(self) -> None:
        """Remove the container and all that runs in it. Raises EngineError."""
        self.attachment.close()  # first: a reader that does not read makes removal hang (moby#41827)
        engine.remove(self.container_id)


class _Conversation:
    """Both streams of one run, read until both markers have arrived."""

    def __init__(self, attachment: Attachment, output: Output, nonce: str) -> None:
        self._attachment = attachment
        self._output = output
        self._stdout = protocol.MarkerScanner(nonce)
        self._stderr = protocol.MarkerScanner(nonce)
        self._ending = False

    @property
    def report(self) -> dict[str, int] | None:
        report = self._stderr.report if self._stdout.report is not None else None
        return report if report is not None and protocol.is_sound(report) else None

    @property
    def error_report(self) -> bytes:
        """The error report: b"" if nothing came over its channel, or something that is none."""
        report = self.report
        return self._stderr.error(max(0, report["error_bytes"])) if report else b""

    def end(self) -> None:
        """Make the supervisor end the run now; thread-safe."""
        if not self._ending:
            self._ending = True
            with suppress(EngineError):  # it has ended by itself
                self._attachment.send(b"\n")

    def read(self, deadline: float) -> bool:
        """Read until the report has arrived or the streams have ended. False if neither happens.

        A host that gets no processor, or whose event sink is slow, is late through no fault of the
        program. So it reads all that the sandbox has written by then before its own clock decides.
        """
        try:
            while self.report is None and monotonic() < deadline:
                if not self._read_piece(deadline):
                    return True
                if self._output.exceeded and not self._ending:
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
        while self.report is None and bytes_left > 0:
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
        return self.report is not None

    def _read_piece(self, deadline: float) -> int:
        """Read one piece; return its size on the wire, 0 if the streams have ended. Raises
        TimeoutError."""
        piece = self._attachment.receive(deadline)
        if piece is None:
            self._output.stdout.write(self._stdout.rest())
            self._output.stderr.write(self._stderr.rest())
            return 0
        self._take(*piece)
        return FRAME_HEADER.size + len(piece[1])

    def _take(self, stream: int, data: bytes) -> None:
        if stream == STDOUT:
            self._output.stdout.write(self._stdout.feed(data))
        else:
            self._output.stderr.write(self._stderr.feed(data))


def _remove_if_possible(container_id: str) -> None:
    with suppress(EngineError):
        engine.remove(container_id)


def _wait_until_ready(attachment: Attachment) -> None:
    deadline = monotonic() + BOOT_SECONDS
    received = b""
    try:
        while received != protocol.READY:
            piece = attachment.receive(deadline)
            if piece is None or not protocol.READY.startswith(received := received + piece[1]):
                raise EngineError(f"a sandbox did not boot: {received.decode(errors='replace')!r}")
    except TimeoutError:
        raise EngineError(f"a sandbox did not boot within {BOOT_SECONDS} seconds") from None


def _from_supervisor(
    request: RunRequest,
    report: dict[str, int],
    error: bytes,
    output: Output,
    cancellation: Cancellation,
) -> Report:
    ended_by_us = bool(report["cancelled"])
    uncaught = parse(error)
    evidence = Evidence(
        exit_code=report["exit_code"] if report["exit_code"] >= 0 else None,
        signal=report["signal"] or None,
        reported=True,
        deadline_passed=bool(report["deadline_passed"]),
        cpu_exhausted=bool(report["cpu_exhausted"]),
        output_exceeded=output.exceeded,
        cancelled=ended_by_us and cancellation.requested,
        oom_kills=max(0, report["oom_kills"]),
        pids_refusals=max(0, report["pids_refusals"]),
        processes_at_end=max(0, report["processes_at_end"]),
        disk_full=bool(report["disk_full"]),
        counts_calls=bool(report["counts_calls"]),
        calls_refused=max(0, report["calls_refused"]),
        input_left=max(0, report["input_left"]),
        compile_failed=_never_began(request, report, uncaught, output),
        error_report_refused=report["error_bytes"] != 0 and uncaught is None,
    )
    usage = Usage(
        wall_ms=report["wall_us"] / 1000,
        cpu_ms=max(0, report["cpu_us"]) / 1000,
        memory_peak_bytes=max(0, report["memory_peak_bytes"]),
    )
    return Report(evidence, usage, uncaught)


def _never_began(
    request: RunRequest, report: dict[str, int], uncaught: Uncaught | None, output: Output
) -> bool:
    """Whether the runner reports that the program could not be compiled, and no fact contradicts it."""
    return (
        uncaught is not None
        and uncaught.phase == "compile"
        and report["exit_code"] == 1
        and report["processes_at_end"] <= 0
        and report["input_left"] == len(request.stdin.encode())
        and not output.stdout.text
    )
