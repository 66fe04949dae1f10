"""Describes a language: the fields that its folder fills in."""

from dataclasses import dataclass, replace

from ..limits import Limits, MiB
from .diagnostics import Diagnostics


@dataclass(frozen=True, kw_only=True, slots=True)
class Language:
    """One language, how its runtime boots in a sandbox, and how pages show its programs."""

    slug: str
    """The name in requests, and of the folder, where "_" stands for "-"."""
    label: str
    """The name for people."""
    runtime_of: str = ""
    """Slug of the language whose image and runtime this one uses; empty: its own. The hints of that
    language count too (executor/explanation/hints.py)."""
    extends: str = ""
    """Slug of the language that this one is, with packages: an environment. Its image is built on that
    language's recipe and has the same runner; hints and forms of errors are the same, too."""
    wheels_for: str = ""
    """The version of Python for which an environment's wheels are."""
    environment: tuple[tuple[str, str], ...] = ()
    """Variables of its programs, beside the usual ones."""
    source: str
    """Name of the program's file in /app."""
    suffixes: tuple[str, ...]
    """Endings of program files, with the dot; the first is the usual one."""
    suite: str
    """Debian's release that the image is built on, such as "trixie"."""
    command: tuple[str, ...]
    """What the supervisor boots. The runner in it waits for the arguments, then the program begins."""
    keeps_sessions: bool = False
    """Whether its runner keeps the names of a program for the next run of a session."""
    zygote_processes: int = 0
    """Processes and threads of the runner as a zygote, which forks the processes of a slot's programs;
    0: it cannot be one."""
    stdin_by_line: bool = False
    """Whether the program gets each line of its input when it has taken the line before. Needed where the
    runtime reads ahead and drops lines that nobody has asked for yet."""
    version_command: tuple[str, ...]
    """A command in the image that prints the runtime's version."""
    waiting_bytes: int
    """Memory of the machine that an idle sandbox takes, the engine's part included, rounded up."""
    idle_share: float = 1
    """How many idle sandboxes are kept without demand, as a part of EXECUTOR_POOL_SIZE, rounded down."""
    memory_bytes: int = 0
    """What its programs need as their memory limit, if that is more than the deployment's."""
    wall_seconds: float = 0
    """The same for the elapsed time."""
    boot_seconds: float = 20
    """The longest wait for its runtime to boot, on a crowded machine too."""
    least_memory_bytes: int = 32 * MiB
    """The lowest memory limit that a request may set: twice what the runtime takes to boot and to run a
    small program. A sandbox that waits must fit with room to spare, since its limit is lowered then."""
    least_processes: int = 16
    """The lowest limit of processes that a request may set: the runtime's own threads."""
    hello: str
    """A program that prints Hello World: the shortest proof that the image works."""
    note: str = ""
    """What to know before choosing this language, as a sentence."""
    editor_mode: str
    """Name of the mode by which the editor (Ace) colours programs, and the pages that show them."""
    tab_size: int
    """Spaces of one indentation in the editor."""
    diagnostics: Diagnostics
    """The form and the meaning of the runtime's error messages."""

    @property
    def suffix(self) -> str:
        return self.suffixes[0]

    @property
    def family(self) -> str:
        """The language itself, of which an environment is one form."""
        return self.extends or self.slug

    @property
    def hints_of(self) -> str:
        """Slug of the language whose hints count too, after its own; empty if there is none."""
        return self.runtime_of or self.extends

    @property
    def folder(self) -> str:
        """The name of its folder, which is a Python package."""
        return self.slug.replace("-", "_")

    @property
    def image(self) -> str:
        """The last part of the image's name: the slug of the language from whose folder it is built."""
        return self.runtime_of or self.slug

    def limits(self, deployment: Limits) -> Limits:
        """The limits of its programs, and of its idle sandboxes, where a request sets none."""
        return replace(
            deployment,
            memory_bytes=max(self.memory_bytes, deployment.memory_bytes),
            wall_seconds=max(self.wall_seconds, deployment.wall_seconds),
        )
