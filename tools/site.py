"""A service of its own for the benchmark: own database, own port, own instance, generous rates."""

import os
import re
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

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 60


@dataclass(slots=True)
class Service:
    """A running service; `run` may be called from many threads."""

    address: str
    token: str
    staff_token: str
    admin_password: str
    process: subprocess.Popen[bytes]
    environment: dict[str, str]
    _local: local = field(default_factory=local)

    def run(self, code: str, language: str, **fields: Any) -> requests.Response:
        """POST /run over a connection that the thread keeps."""
        if not hasattr(self._local, "session"):
            self._local.session = requests.Session()
            self._local.session.trust_env = False
            self._local.session.headers["Authorization"] = f"Bearer {self.token}"
        session: requests.Session = self._local.session
        body = {"code": code, "language": language, **fields}
        return session.post(f"{self.address}/run", json=body, timeout=120)

    def pool_state(self) -> dict[str, Any]:
        """What `executor.PoolState` has, as JSON."""
        headers = {"Authorization": f"Bearer {self.staff_token}"}
        found: dict[str, Any] = requests.get(
            f"{self.address}/api/pool/", headers=headers, timeout=30
        ).json()
        return found

    def manage(self, *arguments: str) -> str:
        """What a command of manage.py prints, with this service's settings."""
        return _manage(self.environment, *arguments)

    def stop(self) -> None:
        """As an operator would; returns when it has ended."""
        self.process.terminate()
        self.process.wait()


@contextmanager
def service(log: Path | None = None, /, **settings: str) -> Iterator[Service]:
    """Serves within the block, as in production but for the rates, over loopback. What it logs goes to
    a file, if one is named."""
    with (
        tempfile.TemporaryDirectory() as directory,
        socket.socket() as probe,
        (log or Path(os.devnull)).open("ab") as errors,
    ):
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
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
            "RUN_MAX_PER_USER": "0",  # one user asks for all of it
            "CONNECTION_MAX_PER_ADDRESS": "4000",
            "EXECUTOR_INSTANCE": f"benchmark-{os.getpid()}",
            "EXECUTOR_SELF_CHECK_SECONDS": "0",  # its attacks would be measured too
            **settings,
        }
        _manage(environment, "migrate", "--verbosity", "0")
        shown = _manage(environment, "create_first_users")
        command = [sys.executable, "-m", "config.server"]
        token, staff_token = (_manage(environment, "create_token", n) for n in ("demo", "admin"))
        with subprocess.Popen(  # noqa: S603
            command, cwd=ROOT, env=environment, stderr=errors
        ) as process:
            served = Service(
                address=f"http://127.0.0.1:{port}",
                token=token,
                staff_token=staff_token,
                admin_password=re.findall(r"admin +password +(\S+)", shown)[0],
                process=process,
                environment=environment,
            )
            try:
                _wait_for(served.address)
                yield served
            finally:
                served.stop()


def _manage(environment: dict[str, str], *arguments: str) -> str:
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(  # noqa: S603
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    ).stdout.strip()


def _wait_for(address: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            requests.get(address, timeout=5)
        except requests.ConnectionError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return
