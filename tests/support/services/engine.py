"""A private Docker engine with the sandbox images, for tests that kill it."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from executor.choices import images
from executor.conf import config

START_SECONDS = 60


@dataclass(slots=True)
class Engine:
    """A dockerd with a separate containerd, as under systemd: it outlives a killed dockerd."""

    directory: Path
    containerd: subprocess.Popen[bytes] | None = None
    process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"unix://{self.directory}/docker.sock"

    @property
    def cgroup(self) -> str:
        """Return the cgroup above those of all its containers. The kernel lists their processes there."""
        return f"engine-{os.getpid()}-{self.directory.name}"

    def start(self) -> None:
        if self.containerd is None:
            self.containerd = self._launch(
                "containerd",
                f"--address={self.directory}/containerd.sock",
                f"--root={self.directory}/containerd",
                f"--state={self.directory}/tasks",
            )
        # A killed engine leaves this file; the id may now belong to another process.
        (self.directory / "pid").unlink(missing_ok=True)
        self.process = self._launch(
            # A network of its own: without a bridge of its own an engine removes docker0, which on
            # this machine is another's.
            *("unshare", "--net", "dockerd"),
            f"--containerd={self.directory}/containerd.sock",
            f"--host={self.address}",
            f"--data-root={self.directory}/data",
            f"--exec-root={self.directory}/exec",
            f"--pidfile={self.directory}/pid",
            "--exec-opt=native.cgroupdriver=cgroupfs",
            f"--cgroup-parent=/{self.cgroup}",
            "--bridge=none",
            "--iptables=false",
            "--ip-forward=false",
            "--ip-masq=false",
        )
        deadline = time.monotonic() + START_SECONDS
        while self.docker("version", check=False).returncode != 0:
            assert time.monotonic() < deadline, (self.directory / "log").read_text()[-2000:]
            time.sleep(0.1)

    def _launch(self, *command: str) -> subprocess.Popen[bytes]:
        with (self.directory / "log").open("ab") as log:
            return subprocess.Popen(command, stdout=log, stderr=log)

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        for process in (self.process, self.containerd):
            if process is not None:
                process.terminate()
                process.wait(60)
        # A killed engine leaves shims that outlived their program, and mounts.
        subprocess.run(["pkill", "-KILL", "-f", f"containerd-shim.*{self.directory}"], check=False)
        places = (line.split()[1] for line in Path("/proc/mounts").read_text().splitlines())
        for place in sorted(
            (p for p in places if p.startswith(f"{self.directory}/")), reverse=True
        ):
            subprocess.run(["umount", place], check=True)

    def docker(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        command = ["docker", "--host", self.address, *arguments]
        return subprocess.run(command, check=check, capture_output=True, text=True)

    def containers(self) -> list[str]:
        """List all containers, in any state."""
        return self.docker("ps", "--all", "--quiet").stdout.split()

    def processes(self) -> list[int]:
        """List the processes in its containers, from the kernel's cgroups, not from the engine."""
        found = []
        for path in Path("/proc").glob("[0-9]*/cgroup"):
            with suppress(FileNotFoundError, ProcessLookupError):
                if f"/{self.cgroup}/" in path.read_text():
                    found.append(int(path.parent.name))
        return found


def has_program(pid: int) -> bool:
    """Return whether the sandbox of this process ever got a program (supervisor.c writes it there)."""
    try:
        return any(Path(f"/proc/{pid}/root/app").iterdir())
    except OSError:
        return False  # it has ended, or is no sandbox yet


@contextmanager
def engine(directory: Path) -> Iterator[Engine]:
    """Run an engine within the block; remove it afterwards."""
    own = Engine(directory)
    own.start()
    try:
        names = [f"{config().image_prefix}-{slug}" for slug in images()]
        with subprocess.Popen(["docker", "save", *names], stdout=subprocess.PIPE) as saved:
            subprocess.run(
                ["docker", "--host", own.address, "load"],
                stdin=saved.stdout,
                check=True,
                stdout=subprocess.DEVNULL,
            )
        yield own
    finally:
        own.stop()
