"""What goes into a run, what streams by, and what comes out."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from .languages import DEFAULT_LANGUAGE
from .limits import Limits
from .verdicts import Evidence, Verdict


@dataclass(frozen=True, kw_only=True, slots=True)
class RunRequest:
    """One piece of untrusted code and what it is given."""

    code: str
    language: str = DEFAULT_LANGUAGE
    """A key of `LANGUAGES`."""
    stdin: str = ""
    args: tuple[str, ...] = ()
    """Follow the program's name in sys.argv / process.argv."""
    read_only: bool = True
    """False makes the working directory /app writable (on a bounded tmpfs); the rest stays read-only."""
    limits: Limits
    """`default_limits()`, unless the caller lowers them."""
    ablation: str = ""
    """A key of `ABLATIONS`: the layer to run without. For experiments; no user's input gets here."""


StreamName = Literal["stdout", "stderr"]


@dataclass(frozen=True, kw_only=True, slots=True)
class RunEvent:
    """A piece of output, as it was printed."""

    stream: StreamName
    text: str


EventSink = Callable[[RunEvent], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Usage:
    """What a run used of what it was allowed. None is what nobody measured."""

    wall_ms: float | None = None
    """As the supervisor measured it; without its report, what the host waited."""
    cpu_ms: float | None = None
    """Of all processes together. Only the supervisor measures it."""
    memory_peak_bytes: int | None = None
    """Peak of the whole sandbox, the booted language runtime included. Only the supervisor sees it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RunResult:
    """What came of a run."""

    verdict: Verdict
    stdout: str = ""
    stderr: str = ""
    """Without our own frames, paths and terminal codes."""
    error: str | None = None
    """One friendly sentence; None exactly if the verdict is ok."""
    exit_code: int | None = None
    signal: int | None = None
    """How the main process ended: one of the two is None, without the supervisor's report both are."""
    truncated: bool = False
    """Output beyond the cap was dropped."""
    usage: Usage = field(default_factory=Usage)
    limits: Limits
    evidence: Evidence = field(default_factory=Evidence)
    image: str = ""
    """Id (sha256:…) of the image that the sandbox was made from."""
    sandbox: str = ""
    """Name of the container, for the operator's logs."""
    warm: bool = False
    """The sandbox came from the pool."""
