"""What the host writes about a sandbox that has booted, in a directory in place of the process's own."""

import os
from pathlib import Path

import pytest

from executor import Limits
from executor.limits import MiB
from executor.sandbox import confinement, engine
from executor.sandbox.confinement import Sockets, confine

ID = "0123456789ab"
MEMORY_BYTES = 128 * MiB


@pytest.fixture
def process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The first process of a sandbox, as root sees it where the kernel counts the memory of sockets."""
    (tmp_path / "cgroup").write_text(f"4:memory:/{ID}\n0::/\n")
    (tmp_path / "oom_score_adj").write_text("0")
    monkeypatch.setattr(engine, "first_process", lambda container_id: f"..{tmp_path}")
    monkeypatch.setattr(confinement, "sockets", lambda: Sockets.CHARGED)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    return tmp_path


def score(process: Path) -> str:
    return (process / "oom_score_adj").read_text()


def test_kernel_short_of_memory_never_kills_the_first_process_of_a_sandbox(process: Path) -> None:
    confine(ID, MEMORY_BYTES)
    assert score(process) == "-1000"


def test_limit_of_sockets_is_written_besides(
    process: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confinement, "sockets", lambda: Sockets.LIMITED)
    monkeypatch.setattr(confinement, "memory_hierarchy", lambda: process)
    (process / ID).mkdir()
    confine(ID, MEMORY_BYTES)
    limit = (process / ID / confinement.TCP_LIMIT).read_text()
    assert limit == str(Limits(memory_bytes=MEMORY_BYTES).socket_bytes)
    assert score(process) == "-1000"


def test_process_of_another_container_is_left_alone(process: Path) -> None:
    confine("another", MEMORY_BYTES)
    assert score(process) == "0"


def test_user_who_is_not_root_writes_nothing(
    process: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    confine(ID, MEMORY_BYTES)
    assert score(process) == "0"
