"""The program's folder /app: a small file system of its own, read-only except on request."""

import pytest

from executor import RunRequest, Verdict, default_limits, execute
from executor.limits import KiB
from executor.runs import RunResult
from executor.sandbox.spec import PROGRAM_BYTES

pytestmark = pytest.mark.docker

FILE = {"python": "/app/script.py", "javascript": "/app/script.js"}


def run(code: str, *, language: str = "python", read_only: bool = True) -> RunResult:
    return execute(
        RunRequest(code=code, language=language, read_only=read_only, limits=default_limits())
    )


def printed(result: RunResult) -> str:
    assert result.verdict is Verdict.OK, (result.error, result.stderr)
    return result.stdout


@pytest.mark.parametrize("read_only", [True, False])
def test_real_path_of_the_program_is_in_app(read_only: bool) -> None:
    code = (
        "import os; print(__file__, os.path.realpath(__file__), os.path.islink(__file__),"
        " os.getcwd(), os.listdir('.'))"
    )
    place = FILE["python"]
    expected = f"{place} {place} False /app ['script.py']\n"
    assert printed(run(code, read_only=read_only)) == expected


@pytest.mark.parametrize(
    "code",
    [
        "console.log(__filename, require('fs').realpathSync(__filename), process.cwd());",
        "import fs from 'fs'; import { fileURLToPath } from 'url';\n"
        "const name = fileURLToPath(import.meta.url);\n"
        "console.log(name, fs.realpathSync(name), process.cwd());",
    ],
)
def test_real_path_of_a_script_is_in_app(code: str) -> None:
    place = FILE["javascript"]
    assert printed(run(code, language="javascript")) == f"{place} {place} /app\n"


WRITES = {
    "overwrite": "open('/app/script.py', 'w')",
    "append": "open('/app/script.py', 'a')",
    "create": "open('data.txt', 'w')",
    "directory": "os.mkdir('x')",
    "link": "os.symlink('script.py', 'x')",
    "rename": "os.rename('script.py', 'x.py')",
    "remove": "os.remove('script.py')",
    "database": "os.open('x.db', os.O_RDWR | os.O_CREAT)",
}


@pytest.mark.parametrize("write", WRITES)
def test_writing_in_a_read_only_app_is_refused(write: str) -> None:
    code = f"import os\ntry: {WRITES[write]}\nexcept OSError as error: print(error.errno)"
    assert printed(run(code)) == "13\n"


@pytest.mark.parametrize("write", WRITES)
def test_writing_in_a_writable_app_works(write: str) -> None:
    assert printed(run(f"import os\n{WRITES[write]}\nprint('done')", read_only=False)) == "done\n"


def test_program_that_takes_back_its_rights_has_no_place_for_another_file() -> None:
    code = (
        "import os\nos.chmod('/app', 0o755)\n"
        "for make in (lambda: open('x', 'w'), lambda: os.mkdir('x'), lambda: os.symlink('a', 'x')):\n"
        "    try: make()\n    except OSError as error: print(error.errno)"
    )
    assert printed(run(code)) == "28\n28\n28\n"


@pytest.mark.parametrize("name", ["script.py", "other"])
def test_program_that_takes_back_its_rights_has_one_file_of_bounded_size(name: str) -> None:
    code = (
        "import errno, os\nos.chmod('/app', 0o755); os.remove('script.py')\n"
        f"f, size = open({name!r}, 'wb', 0), 0\n"
        "try:\n    while True: size += f.write(bytes(65536))\n"
        "except OSError as error: print(size, error.errno)"
    )
    assert printed(run(code)) == f"{PROGRAM_BYTES} 28\n"


@pytest.mark.parametrize("language", FILE)
def test_largest_program_runs(language: str) -> None:
    code = {"python": "print(1) #", "javascript": "console.log(1) //"}[language]
    longest = code + "é" * ((PROGRAM_BYTES - len(code)) // 2) + "x"
    assert len(longest.encode()) in (PROGRAM_BYTES, PROGRAM_BYTES - 1, PROGRAM_BYTES + 1)
    assert printed(run(longest[:-1], language=language)) == "1\n"


def test_app_without_room_is_no_full_disk() -> None:
    result = run("raise SystemExit(1)")
    assert result.verdict is Verdict.RUNTIME_ERROR
    assert not result.evidence.disk_full


def test_writable_app_without_room_is_a_full_disk() -> None:
    code = f"f = open('x', 'wb', 0)\nwhile True: f.write(bytes({64 * KiB}))"
    assert run(code, read_only=False).verdict is Verdict.DISK_LIMIT_EXCEEDED


def test_child_of_the_program_finds_its_file() -> None:
    code = (
        "import multiprocessing, sys\n"
        "def f(n): print(n, __file__); sys.stdout.flush()\n"
        "if __name__ == '__main__':\n"
        "    multiprocessing.set_start_method('spawn')\n"
        "    p = multiprocessing.Process(target=f, args=(1,)); p.start(); p.join()"
    )
    assert printed(run(code)) == "1 /app/script.py\n"
