"""The contenders: each runs the same program in another way."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from executor.conf import config
from executor.languages import LANGUAGES

from ..site import Service, service
from .client import Client
from .commands import ENVIRONMENT, files_of, output_of
from .measure import Work
from .nsjail import jail
from .report import BARE

PROGRAMS = {"python": ("print(2 + 2)", "4\n"), "javascript": ("console.log(2 + 2)", "4\n")}
FLAGS = {"python": "-c", "javascript": "-e"}

CLI, JAIL = "docker run", "nsjail, as snekbox calls it"
WAITING = 2

GENEROUS = {
    "EXECUTOR_POOL_SIZE": str(WAITING),
    "EXECUTOR_MAX_RUNS": "32",
    "EXECUTOR_MAX_WAITING": "64",
    "EXECUTOR_QUEUE_SECONDS": "60",
    "AUDIT_SEAL_SECONDS": "5",
}


CONTAINERS = {"EXECUTOR_ISOLATION": "container", "EXECUTOR_POOL_MEMORY_BYTES": "1M"}
"""A container for each run, and no more idle ones than at rest. With demand their number would grow: a
short measurement would use up a stock, and its runs would pay for a larger one."""
SLOTS = {"EXECUTOR_ISOLATION": "auto", "EXECUTOR_POOL_MEMORY_BYTES": "2G"}
"""By default not each of thirty users would have a JavaScript slot."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Lane:
    """A way in which a site runs programs."""

    name: str
    lane: str
    """What a run's record calls it."""
    settings: dict[str, str]


LANES = (
    Lane(name="container", lane="container", settings=CONTAINERS),
    Lane(
        name="slot",
        lane="slot",
        settings=SLOTS | {"EXECUTOR_BOOT": "exec"},
    ),
    Lane(
        name="slot, forked",
        lane="slot",
        settings=SLOTS | {"EXECUTOR_BOOT": "fork"},
    ),
)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Contender:
    """A way to run a program. Its work raises if the output is wrong."""

    name: str
    work: Work
    users: int = 0
    """Users who send it in turn; 0: nobody is asked."""
    served: Service | None = None


@contextmanager
def sites(users: int) -> Iterator[dict[str, Service]]:
    """Serve one site with this number of users for each lane."""
    with ExitStack() as stack:
        found = {}
        for number, lane in enumerate(LANES):
            own = {"EXECUTOR_INSTANCE": f"benchmark-{os.getpid()}-{number}"}
            settings = GENEROUS | lane.settings | own
            found[lane.name] = stack.enter_context(service(None, users - 1, **settings))
        yield found


@contextmanager
def contenders(
    language: str, served: dict[str, Service], nsjail: str | None
) -> Iterator[list[Contender]]:
    """Yield the ways to run a program of this language that this machine has, the bare one first."""
    image = f"{config().image_prefix}-{language}"
    interpreter = LANGUAGES[language].command[0]
    with ExitStack() as stack:
        commands: dict[str, tuple[str, ...]] = {
            CLI: ("docker", "run", "--rm", "--entrypoint", interpreter, image)
        }
        if os.geteuid() == 0:
            root = stack.enter_context(files_of(image))
            commands[BARE] = ("chroot", str(root), interpreter)
            if nsjail and language == "python":
                inside = stack.enter_context(jail(nsjail, root))
                commands[JAIL] = (*inside, interpreter, "-BSqu")
        elif own := shutil.which(Path(interpreter).name, path=ENVIRONMENT["PATH"]):
            commands[BARE] = (own,)
        by_name = {name: commands[name] for name in (BARE, CLI, JAIL) if name in commands}
        yield [
            *(_by_command(name, command, language) for name, command in by_name.items()),
            *_over_http(language, served, stack),
        ]


def _by_command(name: str, command: tuple[str, ...], language: str) -> Contender:
    code, expected = PROGRAMS[language]
    whole = (*command, FLAGS[language], code)
    return Contender(name=name, work=_checked(expected, lambda: output_of(*whole)))


def _over_http(language: str, served: dict[str, Service], stack: ExitStack) -> Iterator[Contender]:
    code, output = PROGRAMS[language]
    for lane in LANES:
        site = served[lane.name]
        # Without slots, users who take turns are as one.
        everybody = [site.token, *site.further_tokens]
        for tokens in (everybody[:1], everybody) if lane.lane == "slot" else (everybody[:1],):
            client = Client(site, tokens, code=code, language=language)
            stack.callback(client.close)
            work = _checked((output, lane.lane), client.run)
            yield Contender(name=f"HTTP, {lane.name}", work=work, users=len(tokens), served=site)


def _checked(expected: object, work: Callable[[], object]) -> Work:
    def check() -> None:
        got = work()
        if got != expected:
            raise AssertionError(f"expected {expected!r}, got {got!r}")

    return check
