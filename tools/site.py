"""A private site for measurements and tests, with its own database, port, instance and generous rates."""

import json
import os
import random
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import local
from typing import Any

import requests
from django.urls import reverse

from executor import PoolState

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 300
"""The longest time for a server to answer, on a machine that does much else."""
PORTS = range(20000, 32000)
"""Ports below those of outgoing connections (ip_local_port_range), one of which would take the port
before its service does, or while that is down."""


@dataclass(slots=True)
class Service:
    """A running site; `run` may be called from many threads."""

    address: str
    token: str
    staff_token: str
    admin_password: str
    process: subprocess.Popen[bytes]
    environment: dict[str, str]
    further_tokens: list[str] = field(default_factory=list)
    """Of the users beside the first one."""
    _local: local = field(default_factory=local)

    def run(self, code: str, language: str, **fields: Any) -> requests.Response:
        """Send a program over a connection that the thread keeps."""
        if not hasattr(self._local, "session"):
            self._local.session = requests.Session()
            self._local.session.trust_env = False
            self._local.session.headers["Authorization"] = f"Bearer {self.token}"
        session: requests.Session = self._local.session
        body = {"code": code, "language": language, **fields}
        return session.post(self.address + reverse("run"), json=body, timeout=120)

    def pool_state(self) -> PoolState:
        headers = {"Authorization": f"Bearer {self.staff_token}"}
        answer = requests.get(self.address + reverse("pool"), headers=headers, timeout=30)
        answer.raise_for_status()
        return PoolState(**answer.json())

    def health(self) -> requests.Response:
        return requests.get(self.address + reverse("health"), timeout=30)

    def manage(self, *arguments: str) -> str:
        """Run a command of manage.py with this site's settings; return what it prints."""
        return _output(self.environment, "manage.py", *arguments)

    def stop(self) -> None:
        """Stop the server as an operator would; return when it has ended."""
        self.process.terminate()
        self.process.wait()


@contextmanager
def service(
    log: Path | None = None, further_users: int = 0, /, **settings: str
) -> Iterator[Service]:
    """Serve over loopback within the block, as in production except for the rates.

    The server's standard error goes to `log`, if there is one.
    """
    with (
        tempfile.TemporaryDirectory() as directory,
        (log or Path(os.devnull)).open("ab") as errors,
    ):
        port = free_port()
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "VAR_DIR": directory,
            "BIND": f"127.0.0.1:{port}",
            "LOG_LEVEL": "ERROR",
            "DJANGO_HTTPS": "yes",
            "DJANGO_SECRET_KEY": secrets.token_urlsafe(50),
            "DJANGO_ALLOWED_HOSTS": "127.0.0.1",
            "DJANGO_SSL_REDIRECT": "no",
            "RUN_RATE": "1000000/m",
            "SIGNUP_OPEN": "no",
            "RUN_MAX_PER_USER": "0",  # one user sends all runs
            "CONNECTION_MAX_PER_ADDRESS": "4000",
            "EXECUTOR_INSTANCE": f"benchmark-{os.getpid()}",
            "EXECUTOR_SELF_CHECK_SECONDS": "0",  # otherwise its attacks are measured too
            **settings,
        }
        users = json.loads(_output(environment, "-m", "tools.first_users", str(further_users)))
        command = [sys.executable, "-m", "config.server"]
        with subprocess.Popen(  # noqa: S603
            command, cwd=ROOT, env=environment, stderr=errors
        ) as process:
            served = Service(
                address=f"http://127.0.0.1:{port}",
                process=process,
                environment=environment,
                **users,
            )
            try:
                _wait_for(served)
                yield served
            finally:
                served.stop()


def free_port() -> int:
    """Find a port of the loopback on which nothing listens."""
    # Not the common generator: pytest gives it the same seed before each test, in each worker.
    for port in random.SystemRandom().sample(PORTS, 100):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise OSError("no free port")


def _output(environment: dict[str, str], *arguments: str) -> str:
    """Run Python with these arguments; return what it prints."""
    command = [sys.executable, *arguments]
    return subprocess.run(  # noqa: S603
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    ).stdout.strip()


def _wait_for(served: Service) -> None:
    """Wait until the server answers. Raises the last error if it has ended, or after START_SECONDS."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            requests.get(served.address, timeout=START_SECONDS)
        except (requests.ConnectionError, requests.Timeout):
            if served.process.poll() is not None or time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return
