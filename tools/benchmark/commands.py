"""Commands, in an environment that slows no interpreter down, and a copy of the files of an image."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "LANG": "C.UTF-8"}
"""The environment of the programs. Variables of this process, such as Node's certificates or Python's
paths, would slow the interpreters down."""


def output_of(*command: str) -> str:
    """Run a command; return what it prints. Raises CalledProcessError if it fails."""
    return subprocess.run(  # noqa: S603
        command, capture_output=True, text=True, check=True, env=ENVIRONMENT | _docker_variables()
    ).stdout


def _docker_variables() -> dict[str, str]:
    """Return the variables that name an engine at an unusual address."""
    return {name: value for name, value in os.environ.items() if name.startswith("DOCKER_")}


@contextmanager
def files_of(image: str) -> Iterator[Path]:
    """Yield a directory with a copy of an image's files. Needs root: they have their owners."""
    with TemporaryDirectory() as directory:
        created = output_of("docker", "create", image, "none").strip()
        try:
            with subprocess.Popen(("docker", "export", created), stdout=subprocess.PIPE) as export:  # noqa: S603, S607
                subprocess.run(  # noqa: S603
                    ("tar", "-x", "-C", directory),  # noqa: S607
                    stdin=export.stdout,
                    check=True,
                )
        finally:
            output_of("docker", "rm", created)
        yield Path(directory)
