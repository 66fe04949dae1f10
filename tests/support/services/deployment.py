"""The distributed site: web processes, workers with an engine each, a broker, a database."""

import os
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from time import monotonic, sleep

import psycopg
import requests

from tools.site import ROOT, free_port

from .daemons import below, kill, launch, stop
from .engine import Engine, engine
from .postgresql import Postgres, postgres
from .rabbitmq import Broker, broker

START_SECONDS = 180
"""A worker that starts while database, broker or engine are away waits for them."""
OWN_PROCESSES = ("unshare", "--pid", "--fork", "--mount-proc")
"""A private PID namespace, as on another host or in a container: other processes cannot see whether it
lives, so only its lease counts."""
MAKE_USERS = """
from django.contrib.auth.models import User
from submissions.accounts.models import ApiToken
for number in range({count}):
    user = User.objects.create_user(f"user-{{number}}")
    print(ApiToken.objects.create(user=user, name="test")[1])
"""


@dataclass(slots=True)
class Program:
    """A process of the site. `start` after `kill` restarts it, as a supervisor does."""

    command: list[str]
    environment: dict[str, str]
    log: Path
    has_started: Callable[[int], bool]
    """Return whether the process with this id is ready."""
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start; return when it is ready."""
        self.process = launch(
            list(self.command), log=self.log, environment=self.environment, directory=ROOT
        )
        deadline = monotonic() + START_SECONDS
        while not self.has_started(self.pid):
            words = self.log.read_text()[-3000:]
            assert self.process.poll() is None, words
            assert monotonic() < deadline, words
            sleep(0.1)

    @property
    def pid(self) -> int:
        """Return its own id, not that of the program that makes its PID namespace. 0 before the start."""
        assert self.process is not None
        if self.command[0] != OWN_PROCESSES[0]:
            return self.process.pid
        return next(iter(below(self.process.pid)), 0)

    def kill(self) -> None:
        assert self.process is not None
        kill(self.process)

    def stop(self) -> None:
        """Stop as an operator does; return when it has ended."""
        if self.process is not None and self.process.poll() is None:
            stop(self.process, pid=self.pid)


@dataclass(slots=True, kw_only=True)
class Deployment:
    database: Postgres
    broker: Broker
    directory: Path
    environment: dict[str, str]
    engines: list[Engine] = field(default_factory=list)
    webs: list[Program] = field(default_factory=list)
    workers: list[Program] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    """Addresses of the web processes."""

    def manage(self, *arguments: str) -> str:
        """Run a command; return its output. Raises CalledProcessError."""
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        ).stdout.strip()

    def tokens(self, count: int) -> list[str]:
        """Make `count` users and return their tokens."""
        return self.manage(
            "shell", "--verbosity", "0", "-c", MAKE_USERS.format(count=count)
        ).split()

    def add_web(self) -> Program:
        port = free_port()
        address = f"http://127.0.0.1:{port}"
        web = Program(
            command=[sys.executable, "-m", "config.server"],
            environment={**self.environment, "BIND": f"127.0.0.1:{port}"},
            log=self.directory / f"web-{len(self.webs)}.log",
            has_started=partial(_answers, address),
        )
        self.webs.append(web)
        self.addresses.append(address)
        return web

    def add_worker(self, **settings: str) -> Program:
        worker = Program(
            command=[*OWN_PROCESSES, sys.executable, "-m", "config.worker"],
            environment={**self.environment, **settings},
            log=self.directory / f"worker-{len(self.workers)}.log",
            has_started=self._has_worker,
        )
        self.workers.append(worker)
        return worker

    def _has_worker(self, pid: int) -> bool:
        """Return whether the worker is registered in the database, by the PID namespace in its name.

        A worker registers when its engine answers."""
        try:
            place = str(Path(f"/proc/{pid}/ns/pid").readlink()).removeprefix("pid:").strip("[]")
            with psycopg.connect(self.database.url, connect_timeout=5) as connection:
                known = "SELECT 1 FROM submissions_worker WHERE name LIKE %s"
                return connection.execute(known, [f"%/{place}/%"]).fetchone() is not None
        except (psycopg.OperationalError, FileNotFoundError):
            return False


def _answers(address: str, pid: int) -> bool:
    try:
        requests.get(f"{address}/healthz", timeout=5)
    except requests.RequestException:
        return False
    return True


@contextmanager
def deployment(
    directory: Path, *, webs: int = 2, workers: int = 2, own_engines: bool = True, **settings: str
) -> Iterator[Deployment]:
    """Run the site within the block; remove it afterwards. Needs root. `own_engines`: each worker has an
    engine that can be killed; otherwise all share one engine."""
    with ExitStack() as stack:
        own = Deployment(
            database=stack.enter_context(postgres()),
            broker=stack.enter_context(broker()),
            directory=directory,
            environment={},
        )
        own.environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "VAR_DIR": str(directory),
            "DJANGO_HTTPS": "yes",
            "DJANGO_SECRET_KEY": secrets.token_urlsafe(50),
            "DJANGO_ALLOWED_HOSTS": "127.0.0.1",
            "DJANGO_SSL_REDIRECT": "no",
            "EXECUTOR_DISPATCH": "celery",
            "DATABASE_URL": own.database.url,
            "BROKER_URL": own.broker.url,
            "EXECUTOR_INSTANCE": f"distributed-{os.getpid()}",
            # On cgroup v1 a process limits their memory through /proc of the engine's machine.
            "EXECUTOR_INET_SOCKETS": "no",
            "RUN_RATE": "1000000/m",
            **settings,
        }
        own.manage("migrate", "--verbosity", "0")
        for number in range(workers):
            if own_engines:
                place = directory / f"engine-{number}"
                place.mkdir()
                own.engines.append(stack.enter_context(engine(place)))
                own.add_worker(DOCKER_HOST=own.engines[-1].address)
            else:
                own.add_worker()
        for _ in range(webs):
            own.add_web()
        for program in (*own.workers, *own.webs):
            stack.callback(program.stop)
            program.start()
        yield own
