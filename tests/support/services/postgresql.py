"""A private PostgreSQL for a test: on loopback, with a password; by default, it is durable."""

import os
import secrets
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from shutil import which
from time import monotonic, sleep

import psycopg

from tools.site import free_port

from .daemons import directory_of, kill, launch, stop

ACCOUNT = "postgres"
"""The account of the Debian package. PostgreSQL refuses to run as root."""
START_SECONDS = 60
NOT_DURABLE = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
"""Options where it is never killed. Each test empties all tables, which would wait for the disk."""


def program(name: str) -> str | None:
    """Return the path of a program. Debian keeps each version in a directory off PATH."""
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: int(p.parent.name))
    return which(name, path=":".join([*map(str, reversed(places)), os.environ["PATH"]]))


class Postgres:
    """A cluster in its own directory. `start` after `kill` recovers it as after a crash."""

    def __init__(self, directory: Path, options: Mapping[str, str]) -> None:
        self.directory = directory
        self._options = options
        self.port = free_port()
        self.password = secrets.token_urlsafe(12)
        self.process: subprocess.Popen[bytes] | None = None
        self._make()

    @property
    def url(self) -> str:
        return f"postgres://{ACCOUNT}:{self.password}@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Start; return when it accepts connections."""
        options = {
            "port": self.port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": self.directory,
            "max_connections": 300,
            **self._options,
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
        """Send SIGKILL to the postmaster and all its processes."""
        assert self.process is not None
        kill(self.process)

    def stop(self) -> None:
        if self.process is not None:
            stop(self.process, signal.SIGINT)  # "fast" shutdown: disconnects clients (pg_ctl(1))

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
def postgres(**options: str) -> Iterator[Postgres]:
    """Run PostgreSQL with these options within the block; remove it afterwards."""
    with directory_of(ACCOUNT) as directory:
        own = Postgres(directory, options)
        try:
            own.start()
            yield own
        finally:
            own.stop()
