"""A PostgreSQL of a test's own: on loopback, with a password, as durable as in production."""

import os
import secrets
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which
from time import monotonic, sleep

import psycopg

from .daemons import directory_of, free_port, kill, launch, stop

ACCOUNT = "postgres"
"""Made by the package; PostgreSQL refuses to run as root."""
START_SECONDS = 60


def program(name: str) -> str | None:
    """Debian keeps them off the path, a directory a version."""
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: int(p.parent.name))
    return which(name, path=":".join([*map(str, reversed(places)), os.environ["PATH"]]))


class Postgres:
    """A cluster in a directory of its own; `start` after `kill` recovers it as after a crash."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.port = free_port()
        self.password = secrets.token_urlsafe(12)
        self.process: subprocess.Popen[bytes] | None = None
        self._make()

    @property
    def url(self) -> str:
        return f"postgres://{ACCOUNT}:{self.password}@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Returns when it takes connections."""
        options = {
            "port": self.port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": self.directory,
            "max_connections": 300,
        }
        settings = [f"--{name}={value}" for name, value in options.items()]
        self.process = self._launch("postgres", "-D", str(self.directory / "data"), *settings)
        deadline = monotonic() + START_SECONDS
        while True:
            try:
                psycopg.connect(self.url, connect_timeout=5).close()
            except psycopg.OperationalError:
                log = (self.directory / "log").read_text()[-2000:]
                assert self.process.poll() is None, log
                assert monotonic() < deadline, log
                sleep(0.05)
            else:
                return

    def kill(self) -> None:
        """SIGKILL to the postmaster and to all its processes."""
        assert self.process is not None
        kill(self.process)

    def stop(self) -> None:
        if self.process is not None:
            stop(self.process, signal.SIGINT)  # "fast": sends clients away (pg_ctl(1))

    def _make(self) -> None:
        password = self.directory / "password"
        password.write_text(self.password)
        made = self._launch(
            "initdb",
            *("-D", str(self.directory / "data"), "-U", ACCOUNT, "-A", "scram-sha-256"),
            *(f"--pwfile={password}", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"),
        )
        assert made.wait() == 0, (self.directory / "log").read_text()

    def _launch(self, name: str, *arguments: str) -> subprocess.Popen[bytes]:
        path = program(name)
        assert path, "PostgreSQL is not installed: see scripts/services"
        return launch(
            [path, *arguments],
            account=ACCOUNT,
            log=self.directory / "log",
            environment={"PATH": os.environ["PATH"]},
        )


@contextmanager
def postgres() -> Iterator[Postgres]:
    """Runs within the block, and is gone after it."""
    with directory_of(ACCOUNT) as directory:
        own = Postgres(directory)
        try:
            own.start()
            yield own
        finally:
            own.stop()
