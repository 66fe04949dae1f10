"""What is compared: the same program, run in every way that people run programs."""

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace

from docker import DockerClient

from ..cancellation import Cancellation
from ..conf import config
from ..languages import LANGUAGES, Language
from ..output import Output
from ..pool import Pool
from ..runs import RunRequest
from .measure import Work
from .service import Service

PROGRAMS = {"python": ("print(2 + 2)", "4\n"), "javascript": ("console.log(2 + 2)", "4\n")}

BARE, CLI, SDK, COLD, WARM, HTTP = (
    "bare interpreter",
    "docker run",
    "docker-py containers.run",
    "engine, cold",
    "engine, warm",
    "this service over HTTP",
)


def contenders(language: str, pool: Pool, service: Service) -> dict[str, Work]:
    """By name; each raises AssertionError if it does not get the program's output."""
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
    if local := shutil.which({"python": "python3", "javascript": "node"}[language], path=LOCAL):
        ways = {BARE: command(local), **ways}
    return ways


LOCAL = "/usr/bin:/usr/local/bin"
"""Where the bare interpreters are looked for: not through a version manager's slow shims."""


def _checked(expected: str, work: Callable[[], str]) -> Work:
    def check() -> None:
        got = work()
        if got != expected:
            raise AssertionError(f"expected {expected!r}, got {got!r}")

    return check


def _output(*command: str) -> str:
    return subprocess.run(  # noqa: S603
        command, capture_output=True, text=True, check=True
    ).stdout


def _engine(pool: Pool, language: Language, code: str, *, read_only: bool) -> str:
    """As execute() does; a writable directory is not kept warm, so it makes a cold start."""
    limits = replace(config().limits)
    output = Output(limits.output_bytes, lambda event: None)
    with pool.sandbox(language, limits, read_only=read_only) as (sandbox, _):
        request = RunRequest(code=code, language=language.slug, read_only=read_only)
        sandbox.run(request, output, Cancellation())
    return output.stdout.text
