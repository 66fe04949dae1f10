"""The contenders: each runs the same program in another way."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from docker import DockerClient

from executor.cancellation import Cancellation
from executor.conf import config
from executor.languages import LANGUAGES, Language
from executor.pool.pool import Pool
from executor.runs import RunRequest
from executor.sandbox.output import Output

from ..site import Service
from .measure import Work

PROGRAMS = {"python": ("print(2 + 2)", "4\n"), "javascript": ("console.log(2 + 2)", "4\n")}

BARE, CLI, SDK, COLD, WARM, HTTP = (
    "bare interpreter",
    "docker run",
    "docker-py containers.run",
    "engine, cold",
    "engine, warm",
    "this service over HTTP",
)


@contextmanager
def contenders(language: str, pool: Pool, service: Service) -> Iterator[dict[str, Work]]:
    """Yield ways to run the program, by name. Each raises AssertionError if the output is wrong."""
    code, expected = PROGRAMS[language]
    found = LANGUAGES[language]
    image = f"{config().image_prefix}-{language}"
    flag = {"python": "-c", "javascript": "-e"}[language]
    interpreter = found.command[0]

    def command(*arguments: str) -> Work:
        return _checked(expected, lambda: _output(*arguments, flag, code))

    client = DockerClient.from_env()
    ways: dict[str, Work] = {
        CLI: command("docker", "run", "--rm", "--entrypoint", interpreter, image),
        SDK: _checked(
            expected,
            lambda: client.containers.run(
                image, [flag, code], entrypoint=interpreter, remove=True
            ).decode(),
        ),
        COLD: _checked(expected, lambda: _engine(pool, found, code, read_only=False)),
        WARM: _checked(expected, lambda: _engine(pool, found, code, read_only=True)),
        HTTP: _checked(expected, lambda: str(service.run(code, language).json()["output"])),
    }
    with _bare(image, interpreter) as bare:
        yield {BARE: command(*bare), **ways} if bare else ways
    client.close()


ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "LANG": "C.UTF-8"}
"""The environment of the programs. Variables of this process, such as Node's certificates or Python's
paths, would slow the interpreters down."""


@contextmanager
def _bare(image: str, interpreter: str) -> Iterator[tuple[str, ...]]:
    """Yield a command that runs the interpreter without a container; () if there is none.

    As root it is the image's interpreter, in a copy of the image's files. Otherwise it is the machine's,
    which may have another version.
    """
    if os.geteuid() != 0:
        local = shutil.which(Path(interpreter).name, path=ENVIRONMENT["PATH"])
        yield (local,) if local else ()
        return
    with TemporaryDirectory() as directory:
        created = _output("docker", "create", image, interpreter).strip()
        try:
            with subprocess.Popen(("docker", "export", created), stdout=subprocess.PIPE) as export:  # noqa: S603, S607
                subprocess.run(  # noqa: S603
                    ("tar", "-x", "-C", directory),  # noqa: S607
                    stdin=export.stdout,
                    check=True,
                )
        finally:
            _output("docker", "rm", created)
        yield ("chroot", directory, interpreter)


def _checked(expected: str, work: Callable[[], str]) -> Work:
    def check() -> None:
        got = work()
        if got != expected:
            raise AssertionError(f"expected {expected!r}, got {got!r}")

    return check


def _output(*command: str) -> str:
    return subprocess.run(  # noqa: S603
        command, capture_output=True, text=True, check=True, env=ENVIRONMENT | _docker_variables()
    ).stdout


def _docker_variables() -> dict[str, str]:
    """Return the variables that name an engine at an unusual address."""
    return {name: value for name, value in os.environ.items() if name.startswith("DOCKER_")}


def _engine(pool: Pool, language: Language, code: str, *, read_only: bool) -> str:
    """Run as execute() does. The pool keeps no writable sandboxes: read_only=False is a cold start."""
    limits = replace(config().limits)
    output = Output(limits.output_bytes, lambda event: None)
    with pool.sandbox(language, limits, read_only=read_only) as lease:
        request = RunRequest(code=code, language=language.slug, read_only=read_only, limits=limits)
        lease.sandbox.run(request, output, Cancellation())
    return output.stdout.text
