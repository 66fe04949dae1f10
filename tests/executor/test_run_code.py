"""`manage.py run_code`: the executor alone, from end to end."""

import io
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tests.support.documents import ROOT

pytestmark = [
    pytest.mark.docker,
    pytest.mark.container,
]  # it starts no pool, and ends its process's


def run_code(*arguments: Any, **options: Any) -> tuple[str, str, int | str | None]:
    """Run the command; return its stdout, stderr and exit code."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("run_code", *arguments, stdout=out, stderr=err, **options)
    except SystemExit as end:
        return out.getvalue(), err.getvalue(), end.code
    return out.getvalue(), err.getvalue(), 0


@pytest.fixture
def program(tmp_path: Path) -> Callable[..., str]:
    def write(source: Any, name: str = "program.py") -> str:
        (tmp_path / name).write_text(source)
        return str(tmp_path / name)

    return write


def test_output_and_verdict_are_shown(program: Callable[..., str]) -> None:
    file = program("import sys\nprint(input(), sys.argv[1:])\nprint('e', file=sys.stderr)")
    out, err, code = run_code("--stdin=hi", file, "--", "a", "-b")
    assert (out, code) == ("hi ['a', '-b']\n", 0)
    assert err == "e\nverdict: ok\n"


def test_language_follows_from_the_files_name(program: Callable[..., str]) -> None:
    assert run_code(program("console.log(1 + 1)", "program.mjs"))[0] == "2\n"
    assert run_code(program("console.log(1)", "x"), language="javascript")[0] == "1\n"


def test_working_directory_is_writable_on_request(program: Callable[..., str]) -> None:
    file = program("open('x', 'w')")
    assert run_code(file)[2] == 1
    assert run_code(file, writable=True)[2] == 0


def test_files_go_in_and_what_the_program_leaves_comes_out(
    program: Callable[..., str], tmp_path: Path
) -> None:
    file = program(
        "import os, helper\nos.mkdir('d')\nos.symlink('/etc/passwd', 'link')\n"
        "open('d/out.txt', 'w').write(helper.f(open('in/a.csv').read()))"
    )
    (tmp_path / "helper.py").write_text("def f(text): return text.upper()")
    (tmp_path / "a.csv").write_text("a,b")
    out = tmp_path / "out"
    sent = (f"--file={tmp_path / 'helper.py'}", f"--file=in/a.csv={tmp_path / 'a.csv'}")
    assert run_code(file, *sent, f"--outputs={out}") == (
        "",
        "verdict: ok\nfile: d/out.txt (3 bytes)\nleft out, not_regular: 1\n",
        0,
    )
    assert [str(path.relative_to(out)) for path in out.rglob("*")] == ["d", "d/out.txt"]
    assert (out / "d/out.txt").read_text() == "A,B"
    with pytest.raises(CommandError, match="File exists"):
        run_code(file, *sent, f"--outputs={out}")


def test_program_that_fails_makes_the_command_fail(program: Callable[..., str]) -> None:
    out, err, code = run_code(program("print(1)\n1/0"))
    assert (out, code) == ("1\n", 1)
    assert err.endswith("verdict: runtime_error\nZeroDivisionError: division by zero (line 2)\n")


def test_file_that_is_not_there_is_named() -> None:
    with pytest.raises(CommandError, match="no-such-file"):
        run_code("no-such-file.py")


def test_it_works_as_a_process_of_its_own_and_reads_stdin() -> None:
    ended = subprocess.run(
        [sys.executable, "manage.py", "run_code", "-"],
        cwd=ROOT,
        input="print('Hello World')",
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (ended.stdout, ended.stderr, ended.returncode) == ("Hello World\n", "verdict: ok\n", 0)
