"""One container, from create to remove: boot it, hand it a program, read until that has ended."""

from contextlib import ExitStack, nullcontext, suppress
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from ..cancellation import Cancellation
from ..errors import EngineError
from ..files import File, LeftOut, StateLeft
from ..languages import LANGUAGES
from ..limits import Limits
from ..runs import Lane, RunRequest, Usage
from ..uncaught import Uncaught, parse
from ..verdicts import Evidence
from . import apparmor, confinement, engine, protocol
from .box import Collection, own_files
from .conversation import FILES_SECONDS, Channel, Conversation
from .engine import Attachment
from .keyboard import Keyboard
from .output import Output
from .spec import LABEL_LANE, feeders, own_processes

AT_ONCE = 0.99
"""A run that has used up its CPU time has met its limit of elapsed time too if it has run for this part
of that. A loop without a pause meets both limits of 10 s within milliseconds."""
BOOT_SECONDS = 20
"""The longest wait for a runtime to boot, unless its language needs longer."""
PATIENCE_SECONDS = 0.5
"""How much longer than the run's own deadline the host waits before it helps the supervisor to end it."""
HELPED_SECONDS = 1.0
"""How much longer it waits then."""
EXIT_SECONDS = 0.5
"""The longest wait for a supervisor to exit by itself, which takes about 20 ms."""


@dataclass(slots=True)
class Report:
    """Evidence and use of a run that has ended, and the error that ended it."""

    evidence: Evidence
    usage: Usage
    uncaught: Uncaught | None = None
    """From the program's own process. It shapes words, and changes no verdict but runtime_error."""
    files: tuple[File, ...] = ()
    left_out: LeftOut = field(default_factory=LeftOut)
    state: StateLeft | None = None
    """What it leaves to its session."""
    all_gone: bool = False
    """Whether the supervisor has seen the end of all its processes."""


@dataclass(slots=True)
class Sandbox:
    """A started container whose runtime has booted and waits for a program.

    A slot can run several, one after another, all of one user; any other container runs one, once.
    """

    container_id: str
    name: str
    image: str
    channel: Channel
    lane: Lane = "container"
    own_processes: int = 2
    """How many of its processes are not the program's (spec.py)."""
    run_number: int = 1
    """The number of the current run, or of the next one: 1 is the container's first."""
    started: float = field(default_factory=monotonic)
    """Time of the start on the monotonic clock."""
    _may_run_again: bool = field(default=False, init=False)
    _has_other_limits: bool = field(default=False, init=False)

    @classmethod
    def start(cls, spec: dict[str, Any], boot_seconds: float = BOOT_SECONDS) -> "Sandbox":
        """Create a container, start it and wait for its boot. Raises EngineError or NameTaken, after
        removing the container if the engine can. The caller looks for a leftover (pool/holdings.py)."""
        spec = apparmor.with_profiles(confinement.with_bounded_sockets(spec))
        container_id = engine.create(spec)
        with ExitStack() as undo:
            undo.callback(_remove_if_possible, container_id)
            attachment = engine.attach(container_id)
            undo.callback(attachment.close)  # first: see `destroy`
            engine.start(container_id)
            channel = Channel(attachment)
            _wait_until_ready(channel, boot_seconds)
            confinement.confine(container_id, spec["HostConfig"]["Memory"])
            undo.pop_all()
        return cls(
            container_id=container_id,
            name=str(spec["name"]),
            image=str(spec["Image"]),
            channel=channel,
            lane=spec["Labels"][LABEL_LANE],
            own_processes=own_processes(spec["Entrypoint"]),
        )

    def lower(self, limits: Limits) -> None:
        """Lower what the container itself limits, before its program arrives. Raises EngineError."""
        processes = limits.processes + self.own_processes + feeders(limits)
        engine.lower(self.container_id, memory_bytes=limits.memory_bytes, processes=processes)
        confinement.confine(self.container_id, limits.memory_bytes)
        self._has_other_limits = True

    @property
    def attachment(self) -> Attachment:
        return self.channel.attachment

    def is_waiting(self) -> bool:
        """Whether the sandbox still runs, silently. One that died while idle does not."""
        return self.attachment.is_quiet()

    def run(
        self,
        request: RunRequest,
        output: Output,
        cancellation: Cancellation,
        keyboard: Keyboard | None = None,
    ) -> Report:
        """Run the program to its end, however it ends; pass its output to `output` as it arrives. An
        interactive one gets what is typed on `keyboard`.

        Raises EngineError if the sandbox did not accept the program.
        """
        self._may_run_again = False
        self.attachment.send(
            protocol.encode_request(
                number=self.run_number,
                limits=request.limits,
                code=request.code,
                stdin=request.stdin,
                args=request.args,
                files=(*request.files, *own_files(request)),
                outputs=request.outputs,
                state_bytes=request.state_bytes if request.session else 0,
            ),
            seconds=engine.CALL_SECONDS,
        )
        conversation = Conversation(self.channel, output, self.run_number)
        start = monotonic()
        typing = (
            keyboard.typing_to(conversation) if keyboard and request.interactive else nullcontext()
        )
        with cancellation.calling(conversation.end), typing:
            has_ended = self._read(conversation, output, start + request.limits.wall_seconds)
        output.close()
        wall_ms = (monotonic() - start) * 1000
        if conversation.report is not None:
            collection = Collection(state_bytes=request.state_bytes if request.session else 0)
            all_gone = bool(conversation.report["all_gone"])
            sends_files = all_gone and bool(request.outputs or request.session)
            if sends_files:
                conversation.collect(collection, monotonic() + FILES_SECONDS)
            # A request for the run's end may still be on its way, or input, and would end the next one.
            is_done = all_gone and (collection.is_over or not sends_files)
            is_heard = conversation.typed_bytes == conversation.report["typed"]
            self._may_run_again = is_done and is_heard and not conversation.has_ended_it
            error = conversation.error_report
            report = _from_supervisor(request, conversation.report, error, output, cancellation)
            if request.outputs:
                report.files, report.left_out = tuple(collection.files), collection.left_out
            if request.session:
                report.state = collection.state_left(report.evidence)
            return report
        return self._from_host(output, cancellation, wall_ms=wall_ms, has_ended=has_ended)

    def _read(self, conversation: Conversation, output: Output, deadline: float) -> bool:
        """Read to the run's end; False if it does not come. `deadline` is the run's own.

        A supervisor that is late may wait for its share of the processors, which the program has used up
        in advance. It gets more for the end, unless the program floods the stream: while nobody reads
        that, the engine may not answer (moby#41827).
        """
        if conversation.read(deadline + PATIENCE_SECONDS):
            return True
        if output.exceeded:
            return False
        self._has_other_limits = True  # whatever comes of the call
        with suppress(EngineError):
            engine.give_all_processors(self.container_id)
        return conversation.read(monotonic() + HELPED_SECONDS)

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

    def settle(self, timeout: float) -> bool:
        """Wait, after a run, until the sandbox can serve another one; `timeout` is in seconds.

        False if it cannot, or not by then: remove it. A container that is no slot never can. A slot ends
        by itself if the run has not ended by an exit code, or has left anything behind.
        """
        if self.lane != "slot" or self._has_other_limits or not self._may_run_again:
            return False
        try:
            self.channel.wait_until_ready(self.run_number + 1, monotonic() + timeout)
        except (EngineError, TimeoutError):
            return False
        self.run_number += 1
        return True

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


def _remove_if_possible(container_id: str) -> None:
    with suppress(EngineError):
        engine.remove(container_id)


def _wait_until_ready(channel: Channel, seconds: float) -> None:
    try:
        channel.wait_until_ready(1, monotonic() + seconds)
    except TimeoutError:
        raise EngineError(f"a sandbox did not boot within {seconds:g} seconds") from None


def _from_supervisor(
    request: RunRequest,
    report: dict[str, int],
    error: bytes,
    output: Output,
    cancellation: Cancellation,
) -> Report:
    ended_by_us = bool(report["cancelled"])
    is_out_of_time = report["wall_us"] >= AT_ONCE * request.limits.wall_seconds * 1e6
    uncaught = parse(error)
    evidence = Evidence(
        exit_code=report["exit_code"] if report["exit_code"] >= 0 else None,
        signal=report["signal"] or None,
        reported=True,
        deadline_passed=bool(
            report["deadline_passed"] or (report["cpu_exhausted"] and is_out_of_time)
        ),
        idle_passed=bool(report["idle_passed"]),
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
        memory_peak_is_sampled=not report["memory_peak_exact"],
        compile_failed=_never_began(request, report, uncaught, output),
        in_compiler=_is_of_compiler(request, uncaught),
        error_report_refused=report["error_bytes"] != 0 and uncaught is None,
    )
    usage = Usage(
        wall_ms=report["wall_us"] / 1000,
        cpu_ms=max(0, report["cpu_us"]) / 1000,
        memory_peak_bytes=max(0, report["memory_peak_bytes"]),
    )
    return Report(evidence, usage, uncaught, all_gone=bool(report["all_gone"]))


def _never_began(
    request: RunRequest, report: dict[str, int], uncaught: Uncaught | None, output: Output
) -> bool:
    """Whether the runner reports that the program could not be compiled, and no fact contradicts it."""
    return (
        uncaught is not None
        and uncaught.phase == "compile"
        and report["exit_code"] == 1
        and report["processes_at_end"] <= 0
        and report["input_left"] >= len(request.stdin.encode())  # more may have been typed
        and not output.stdout.text
    )


def _is_of_compiler(request: RunRequest, uncaught: Uncaught | None) -> bool:
    """Whether the runner of a compiled language reports that the run ended in the compiler."""
    compiles = LANGUAGES[request.language].diagnostics.first_error is not None
    return compiles and uncaught is not None and uncaught.phase == "compile"
