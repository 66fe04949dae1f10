import os
import subprocess
import sys
from pathlib import Path

from executor import process_is_alive, this_process
from tests.support.present import present


def test_this_process_is_alive() -> None:
    assert process_is_alive(this_process()) is True


def test_process_that_ended_is_not() -> None:
    code = "from executor.owner import this_process; print(this_process())"
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.strip()
    assert process_is_alive(ended) is False


def test_process_id_that_was_given_to_another_is_not() -> None:
    *place, _ = this_process().split("/")
    assert process_is_alive("/".join([*place, "1"])) is False


def test_process_that_has_grown_is_the_same() -> None:
    before, kept = this_process(), bytearray(64 * 2**20)
    assert process_is_alive(before) is True
    assert kept


def test_process_of_another_namespace_is_unknown() -> None:
    assert process_is_alive("other-boot/1/2/3") is None
    assert process_is_alive("") is None


def test_zombie_is_not_alive() -> None:
    """It owns nothing, although its parent has not waited for it yet."""
    code = "from executor.owner import this_process; print(this_process(), flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        owner = present(child.stdout).readline().strip()
        assert process_is_alive(owner) is True
        child.kill()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # it has ended, and stays a zombie
        assert Path(f"/proc/{child.pid}").exists()
        assert process_is_alive(owner) is False
    assert process_is_alive(owner) is False
