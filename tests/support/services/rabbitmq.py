"""A private RabbitMQ for a test: a node with its own name, port mapper and data, on loopback only."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

import amqp

from tools.site import free_port

from .daemons import directory_of, kill, launch, stop

ACCOUNT = "rabbitmq"
"""The account of the Debian package."""
PROGRAM = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
"""Debian's script on PATH insists on the system's service."""
START_SECONDS = 120


class Broker:
    """A node with its data in its own directory. `start` after `kill` finds them again."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.port, self._mapper_port, self._peer_port = (free_port() for _ in range(3))
        self.process: subprocess.Popen[bytes] | None = None
        self._mapper: subprocess.Popen[bytes] | None = None
        (directory / "plugins").write_text("[].\n")

    @property
    def url(self) -> str:
        return f"amqp://guest:guest@127.0.0.1:{self.port}//"  # RabbitMQ's own, from loopback only

    def start(self) -> None:
        """Start; return when it accepts connections."""
        if self._mapper is None:
            self._mapper = self._launch("epmd")
        self.process = self._launch(PROGRAM)
        deadline = monotonic() + START_SECONDS
        while True:
            try:
                with amqp.Connection(f"127.0.0.1:{self.port}", connect_timeout=5):
                    return
            except (OSError, amqp.AMQPError):
                log = (self.directory / "log").read_text()[-2000:]
                assert self.process.poll() is None, log
                assert monotonic() < deadline, log
                sleep(0.1)

    def kill(self) -> None:
        """Send SIGKILL to the node and its start script. The port mapper is another service."""
        assert self.process is not None
        kill(self.process)

    def has_recorded(self, queue: str) -> bool:
        """Return whether a new quorum queue would outlive a kill.

        RabbitMQ answers the declaration half a second before it records which log on disk belongs to the
        queue. Killed in between, it starts with a queue that never gets a leader, and each use of it
        times out after a minute."""
        names = self.directory.glob("data/*/quorum/*/names.dets")
        return any(f"_{queue}".encode() in path.read_bytes() for path in names)

    def stop(self) -> None:
        for process in (self.process, self._mapper):
            if process is not None:
                stop(process)

    def _launch(self, *command: str | Path) -> subprocess.Popen[bytes]:
        own = self.directory
        return launch(
            list(command),
            account=ACCOUNT,
            log=own / "log",
            environment={
                "PATH": os.environ["PATH"],
                "HOME": str(own),  # for the cookie
                "LANG": "C.UTF-8",
                "ERL_EPMD_PORT": str(self._mapper_port),
                "ERL_EPMD_ADDRESS": "127.0.0.1",
                "RABBITMQ_NODENAME": f"test-{self.port}@localhost",
                "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
                "RABBITMQ_NODE_PORT": str(self.port),
                "RABBITMQ_DIST_PORT": str(self._peer_port),
                "RABBITMQ_MNESIA_BASE": str(own / "data"),
                "RABBITMQ_LOG_BASE": str(own / "logs"),
                "RABBITMQ_LOGS": "-",
                "RABBITMQ_CONF_ENV_FILE": str(own / "none"),
                "RABBITMQ_CONFIG_FILE": str(own / "none"),
                "RABBITMQ_ADVANCED_CONFIG_FILE": str(own / "none"),
                "RABBITMQ_ENABLED_PLUGINS_FILE": str(own / "plugins"),
                # Its threads do not spin while they wait: tests need the processors.
                "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": (
                    "+sbwt none +sbwtdcpu none +sbwtdio none"
                    " -kernel inet_dist_use_interface {127,0,0,1}"
                ),
            },
        )


@contextmanager
def broker() -> Iterator[Broker]:
    """Run RabbitMQ within the block; remove it afterwards."""
    with directory_of(ACCOUNT) as directory:
        own = Broker(directory)
        try:
            own.start()
            yield own
        finally:
            own.stop()
