"""What the host lets into a sandbox as a session's state, and what it believes of one that comes out."""

from dataclasses import replace

import pytest

from executor import File, RunRequest, default_limits, execute
from executor.files import NotKept, StateLeft
from executor.sandbox.box import problem_with, problem_with_state
from executor.sandbox.state import NAMED, NOTES_BYTES, STOPPED, left_by


@pytest.mark.docker
def test_state_that_just_fits_the_disk_gets_there() -> None:
    """A page each for program, state and notes; an inode for each of them and the folder."""
    exact = {"disk_bytes": 3 * 4096, "disk_files": 4}
    request = RunRequest(
        code="print(1)",
        session="s",
        state=b"x",
        limits=replace(default_limits(), **exact),
    )
    assert problem_with_state(request, size=1) is None
    assert execute(request).stdout == "1\n"
    for name, most in exact.items():
        limits = replace(request.limits, **{name: most - 1})
        problem = problem_with_state(replace(request, limits=limits), size=1)
        assert problem == "session: its state does not fit the disk limit"


@pytest.mark.parametrize("name", [".session", ".session.notes", ".session.new", ".session/a"])
def test_names_of_a_session_are_no_files_of_a_request(name: str) -> None:
    file = File(name=name, content=b"")
    request = RunRequest(code="", files=(file,), limits=default_limits())
    assert "reserved" in (problem_with(request) or "")


def test_notes_may_be_anything() -> None:
    lost = b"lost\tname\treason\n"
    assert left_by(b"x", b"saved\n", ended_by_itself=True) == StateLeft(content=b"x")
    assert left_by(b"x", b"saved\n", ended_by_itself=False) == StateLeft(problem=STOPPED)
    for notes in (None, b"", b"\xff\0\n", b"saved\textra", b"problem", b"lost\t\n" * 9):
        left = left_by(b"x", notes, ended_by_itself=True)
        assert left.content is None
        assert left.problem
    many = left_by(b"x", lost * 1000 + b"\nsaved", ended_by_itself=True)
    assert many.problem  # beyond the bound of the notes nothing is read
    few = left_by(b"x", lost * 20 + b"more\nmore\nsaved\n", ended_by_itself=True)
    assert (len(few.not_kept), few.more) == (NAMED, 2)
    odd = left_by(None, "lost\ta\0\u202eb\t\x1b[31m\nsaved".encode(), ended_by_itself=True)
    assert odd.not_kept == (NotKept(name="a��b", reason="�[31m"),)
    assert NOTES_BYTES < 10_000
