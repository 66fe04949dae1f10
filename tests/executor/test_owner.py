import subprocess
import sys

from executor import process_is_alive, this_process


def test_this_process_is_alive():
    assert process_is_alive(this_process()) is True


def test_process_that_ended_is_not():
    code = "from executor.owner import this_process; print(this_process())"
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.strip()
    assert process_is_alive(ended) is False


def test_process_id_that_was_given_to_another_is_not():
    *place, _ = this_process().split("/")
    assert process_is_alive("/".join([*place, "1"])) is False


def test_what_can_not_be_seen_from_here_is_unknown():
    assert process_is_alive("other-boot/1/2/3") is None
    assert process_is_alive("") is None
