"""The input of a run, its events and its result."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from .files import MOST_STATE_BYTES, File, LeftOut, StateLeft
from .languages import DEFAULT_LANGUAGE
from .limits import Limits
from .verdicts import Evidence, Verdict

Isolation = Literal["auto", "container"]
Lane = Literal["container", "slot"]
"""What a program has for itself: a container, or a nested sandbox in a container of its owner."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RunRequest:
    """One piece of untrusted code, its input and its limits."""

    code: str
    language: str = DEFAULT_LANGUAGE
    """A key of `LANGUAGES`."""
    stdin: str = ""
    args: tuple[str, ...] = ()
    """Arguments after the program's name in sys.argv / process.argv."""
    isolation: Isolation = "auto"
    """"container": its container serves no other run. "auto": it may serve runs of the same owner."""
    read_only: bool = True
    """False makes the working directory /app writable (on a bounded tmpfs); the rest stays read-only."""
    files: tuple[File, ...] = ()
    """What is beside the program in /box. A run with files, or with `outputs`, works there."""
    outputs: bool = False
    """Whether the result gets the files that the program leaves in /box."""
    session: str = ""
    """Its session, by its user's label; empty: none. Such a run works in /box, too."""
    state: bytes = field(default=b"", repr=False)
    """What earlier runs of the session have left."""
    state_bytes: int = MOST_STATE_BYTES
    """How much this run may leave."""
    escapes_bytes: bool = False
    """Whether a stream that is not UTF-8 is kept with escapes (\\xff), not with U+FFFD."""
    limits: Limits
    """`default_limits()`, unless the caller lowers them."""
    ablation: str = ""
    """A key of `ABLATIONS`: the layer to run without. Only experiments set it, never a user's input."""

    @property
    def interactive(self) -> bool:
        """Whether input may come while the program runs."""
        return self.limits.idle_seconds > 0


StreamName = Literal["stdout", "stderr"]


@dataclass(frozen=True, kw_only=True, slots=True)
class RunEvent:
    """A piece of output, as it was printed; or without text, how an interactive run seems to stand."""

    stream: StreamName | Literal["waiting", "working"]
    """"waiting": it has taken all of its input, and for a moment it has printed nothing and used next to
    no CPU time. So it waits for input, or it sleeps. "working": this is over."""
    text: str


EventSink = Callable[[RunEvent], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Usage:
    """Resources that a run used. None: not measured."""

    wall_ms: float | None = None
    """Measured by the supervisor; without its report, the time that the host waited."""
    cpu_ms: float | None = None
    """CPU time of all processes together. Only the supervisor measures it."""
    memory_peak_bytes: int | None = None
    """Peak of the whole sandbox, the booted runtime included. Only the supervisor measures it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ErrorDetails:
    """The parts of an error, for clients, and for pages that show where it is."""

    type: str | None = None
    """Its name, as the runtime shows it, such as ValueError."""
    message: str | None = None
    line: int | None = None
    column: int | None = None
    """Both from 1, in the program's own file."""
    hint: str | None = None
    """What it usually means, and what to do."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RunResult:
    """Verdict, output and use of a run that has ended."""

    verdict: Verdict
    stdout: str = ""
    stderr: str = ""
    """As the program and its runtime wrote it, without terminal codes."""
    error: str | None = None
    """One friendly sentence; None exactly if the verdict is ok."""
    error_details: ErrorDetails | None = None
    """None if nothing more is known. With the verdict ok, an error that did not end the program."""
    exit_code: int | None = None
    signal: int | None = None
    """How the main process ended: one of the two is None; both are without the supervisor's report."""
    truncated: bool = False
    """Whether output beyond the cap was dropped."""
    usage: Usage = field(default_factory=Usage)
    files: tuple[File, ...] = ()
    """What the program has made or changed in /box, by the order of the names. Both names and content are
    the program's: open, follow and unpack nothing of it."""
    files_left_out: LeftOut = field(default_factory=LeftOut)
    state: StateLeft | None = None
    """What it leaves to its session; None if it has none."""
    limits: Limits
    evidence: Evidence = field(default_factory=Evidence)
    image: str = ""
    """Id (sha256:…) of the image that the sandbox was made from."""
    sandbox: str = ""
    """Short id of the container."""
    lane: Lane = "container"
    """"slot" if the container may serve other runs of the same owner, else "container"."""
    run_number: int = 1
    """Number of the run in its container, from 1."""
    warm: bool = False
    """Whether the sandbox was idle in the pool."""
