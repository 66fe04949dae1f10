"""Killing a service: when `kill` returns, none of its processes holds anything."""

import sys
from pathlib import Path

from tests.support.services.daemons import below, kill, launch

FAMILY = """
import os, time
for _ in range(6):
    if os.fork() == 0:
        print("up", flush=True)
        time.sleep(600)
time.sleep(600)
"""


def test_children_have_ended_when_kill_returns(tmp_path: Path) -> None:
    log = tmp_path / "log"
    process = launch([sys.executable, "-c", FAMILY], log=log, environment={})
    while log.read_text().count("up") < 6:
        assert process.poll() is None, log.read_text()
    children = below(process.pid)
    assert len(children) == 6
    kill(process)
    assert [pid for pid in children if is_alive(pid)] == []


def is_alive(pid: int) -> bool:
    """Return whether a process lives. A zombie holds nothing."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
        return stat.rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False
