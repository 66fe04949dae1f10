"""A Docker engine of its own for a test that kills it, with the sandbox images in it."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from executor import LANGUAGES
from executor.conf import config

START_SECONDS = 60


@dataclass(slots=True)
class Engine:
    directory: Path
    process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"unix://{self.directory}/docker.sock"

    def start(self) -> None:
        with (self.directory / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [
                    "dockerd",
                    f"--host={self.address}",
                    f"--data-root={self.directory}/data",
                    f"--exec-root={self.directory}/exec",
                    f"--pidfile={self.directory}/pid",
                    f"--containerd-namespace=test-{os.getpid()}",
                    "--bridge=none",
                    "--iptables=false",
                    "--ip-forward=false",
                    "--ip-masq=false",
                ],
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + START_SECONDS
        while self.docker("version", check=False).returncode != 0:
            assert time.monotonic() < deadline, (self.directory / "log").read_text()[-2000:]
            time.sleep(0.1)

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        assert self.process is not None
        self.process.terminate()
        self.process.wait(60)

    def docker(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        command = ["docker", "--host", self.address, *arguments]
        return subprocess.run(command, check=check, capture_output=True, text=True)

    def containers(self) -> list[str]:
        return self.docker("ps", "--all", "--quiet").stdout.split()


@contextmanager
def engine(directory: Path) -> Iterator[Engine]:
    """Runs within the block, and is gone after it."""
    own = Engine(directory)
    own.start()
    try:
        images = [f"{config().image_prefix}-{slug}" for slug in LANGUAGES]
        with subprocess.Popen(["docker", "save", *images], stdout=subprocess.PIPE) as saved:
            subprocess.run(
                ["docker", "--host", own.address, "load"],
                stdin=saved.stdout,
                check=True,
                stdout=subprocess.DEVNULL,
            )
        yield own
    finally:
        own.stop()
