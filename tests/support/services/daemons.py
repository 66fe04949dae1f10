"""Start, stop and kill private services: PostgreSQL, RabbitMQ, an engine, the site."""

import os
import select
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

STOP_SECONDS = 60


@contextmanager
def directory_of(account: str) -> Iterator[Path]:
    """Make a temporary directory that belongs to the service's account.

    It is not below pytest's: other accounts cannot enter that, and its names are too long for a unix
    socket."""
    with tempfile.TemporaryDirectory(prefix=f"test-{account}-") as name:
        if os.geteuid() == 0:
            shutil.chown(name, account, account)
        yield Path(name)


def launch(
    command: list[str | Path],
    *,
    log: Path,
    environment: dict[str, str],
    account: str | None = None,
    directory: Path | None = None,
) -> subprocess.Popen[bytes]:
    """Start it in the background with its output in `log`; as `account` if this process is root."""
    who: dict[str, Any] = {"user": account, "group": account, "extra_groups": []}
    as_it = who if account and os.geteuid() == 0 else {}
    with log.open("ab") as words:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=words,
            stderr=words,
            env=environment,
            cwd=directory or log.parent,
            start_new_session=True,
            **as_it,
        )


def kill(process: subprocess.Popen[bytes]) -> None:
    """Send SIGKILL to a process and all its descendants, in any session.

    SIGSTOP comes first, so that it starts no new ones meanwhile.

    Returns when all have ended, not only the first: a worker of PostgreSQL that is still about to end
    holds the shared memory, and the next server refuses to start beside it.
    """
    process.send_signal(signal.SIGSTOP)
    with ExitStack() as opened:
        ends = []
        for pid in [process.pid, *below(process.pid)]:
            with suppress(ProcessLookupError):
                ends.append(os.pidfd_open(pid))
                opened.callback(os.close, ends[-1])
                signal.pidfd_send_signal(ends[-1], signal.SIGKILL)
        _wait_for_all(ends)
    process.wait()


def _wait_for_all(ends: list[int]) -> None:
    """Wait until all have ended. A pidfd is readable once its process has released everything."""
    waiting = select.poll()
    for end in ends:
        waiting.register(end, select.POLLIN)
    deadline = time.monotonic() + STOP_SECONDS
    while ends:
        ready = waiting.poll(max(0.0, deadline - time.monotonic()) * 1000)
        assert ready, "killed, but did not end"
        for end, _ in ready:
            waiting.unregister(end)
            ends.remove(end)


def stop(
    process: subprocess.Popen[bytes],
    how: signal.Signals = signal.SIGTERM,
    *,
    pid: int | None = None,
) -> None:
    """Stop as an operator does. A process that does not end is killed, and the test fails.

    The signal goes to `pid` if `process` is only its parent."""
    if process.poll() is not None:
        return
    os.kill(pid or process.pid, how)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        kill(process)
        raise


def below(pid: int) -> list[int]:
    """List its descendants."""
    children = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            _, parent, *_ = stat.read_text(errors="replace").rpartition(")")[2].split()  # proc(5)
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(parent) == pid:
            children.append(int(stat.parent.name))
    return children + [further for child in children for further in below(child)]
