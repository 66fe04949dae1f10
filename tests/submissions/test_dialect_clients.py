"""The real clients of other runners, unmodified, at the live site: `make test-clients`.

Each program runs in an environment that has the packages alone. What it prints is compared.
"""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from pytest_django.live_server_helper import LiveServer

from submissions.lifecycle.models import Submission

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("running_dispatcher"),
    pytest.mark.docker,
    pytest.mark.long,
]

ULTRA_PISTON = """
import asyncio, sys
from ultra_piston import File, PistonClient
from ultra_piston.errors import BadRequestError

client = PistonClient(base_url=sys.argv[1] + "/piston/api/v2", api_key=sys.argv[2], rate_limit=0)
runtime = client.get_runtimes()[0]
assert client.get_packages()[0].language_version == runtime.version
file = File(content="import sys; print(input(), sys.argv[1]); raise SystemExit(3)")
made = client.post_execute("python", runtime.version, file, stdin="in", args=["arg"])
print(made.language, made.version == runtime.version, made.run.stdout, made.run.code)
slow = File(content="while True: pass")
made = asyncio.run(client.post_execute_async("py", "3.x", slow, run_timeout=300))
print(made.run.signal, made.run.code, made.compile)
try:
    client.post_execute("cobol", "*", slow)
except BadRequestError:
    print("refused")
"""
PYSTON = """
import asyncio, sys
from pyston import File, PystonClient
from pyston.exceptions import ExecutionError

async def main():
    client = PystonClient(sys.argv[2], base_url=sys.argv[1] + "/piston/api/v2/")
    print(sorted(await client.languages())[:1], (await client.get_runtimes("py"))[0].language)
    made = await client.execute("python", [File("import b; print(b.X); 1/0"), File("X = 42", "b.py")])
    print(made, made.success, made.run_stage.code)
    try:
        await client.execute("cobol", [File("1")])
    except ExecutionError as error:
        print(error)
    await client.close_session()

asyncio.run(main())
"""
JUDGE0 = """
import sys, judge0
from judge0 import LanguageAlias

client = judge0.Client(sys.argv[1] + "/judge0", {"X-Auth-Token": sys.argv[2]})
print(client.version, client.config.max_submission_batch_size)
archive = getattr(judge0, "File" + "system")  # a word that is refused here
files = archive(content=[judge0.File(name="a.txt", content="file")])
one = judge0.run(
    client=client,
    source_code="import sys; print(input(), open('a.txt').read(), sys.argv[1:])",
    language=LanguageAlias.PYTHON,
    stdin="in",
    additional_files=files,
    command_line_arguments="a 'b c'",
    expected_output="in file ['a', 'b c']",
)
print(one.status, one.stdout.strip(), one.exit_code, one.time <= one.wall_time, one.memory > 0)
print(one.finished_at > one.created_at, one.expected_output)
many = judge0.run(
    client=client,
    source_code="print(1 / int(input()))",
    language=LanguageAlias.PYTHON,
    test_cases=[("1", "1.0"), ("2", "1.0"), ("0", "1.0")],
)
print(*(run.status for run in many), sep=", ")
slow = judge0.run(client=client, source_code="for (;;);", language=63, cpu_time_limit=0.3)
print(slow.status, slow.stdout)
try:
    judge0.run(client=client, source_code="1", language=LanguageAlias.PASCAL)
except RuntimeError as error:
    print(error)
"""
JUDGE0_CLIENT = """
import asyncio, sys
from judge0_client import Judge0Client, SingleFileSubmission

async def main():
    async with Judge0Client(sys.argv[1] + "/judge0", auth_token=sys.argv[2]) as client:
        print((await client.get_about()).version)
        wish = SingleFileSubmission(source_code="print(open('a').read())", language_id=71)
        wish.additional_files = {"a": "file"}
        token = (await client.create_submission(wish)).token
        while (run := await client.get_submission(token)).status.id in (1, 2):
            pass
        print(run.status.description, run.stdout.strip())

asyncio.run(main())
"""


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the environment of the clients, and return its Python."""
    folder = tmp_path_factory.mktemp("clients")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    packages = [
        *("ultra-piston==1.0.1", "aiopyston==1.2.1"),
        *("judge0==0.0.8", "judge0-client==0.4.0"),
    ]
    made = folder / "bin" / "python"
    subprocess.run([made, "-m", "pip", "install", "--quiet", *packages], check=True)
    return made


@pytest.fixture
def printed(
    python: Path, live_server: LiveServer, alice: User, token_of: Callable[..., dict[str, str]]
) -> Callable[[str], list[str]]:
    """Return a function that runs a client's program, and returns the lines that it prints."""
    secret = token_of(alice)["Authorization"].removeprefix("Bearer ")

    def run(program: str) -> list[str]:
        done = subprocess.run(
            [python, "-c", program, live_server.url, secret],
            capture_output=True,
            text=True,
            env={**os.environ, "NO_PROXY": "*"},
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    return run


def test_ultra_piston_runs_programs(printed: Callable[[str], list[str]]) -> None:
    assert printed(ULTRA_PISTON) == ["python True in arg", " 3", "SIGKILL None None", "refused"]
    assert set(Submission.objects.values_list("via", flat=True)) == {"piston"}


def test_aiopyston_runs_programs(printed: Callable[[str], list[str]]) -> None:
    first, output, *others, last, refused = printed(PYSTON)
    assert first == "['javascript'] python"
    assert (output, others[-1]) == ("42", "ZeroDivisionError: division by zero")
    assert last == " True 1"
    assert refused == "cobol-* runtime is unknown"


def test_sdk_of_judge0_runs_programs_and_test_cases(printed: Callable[[str], list[str]]) -> None:
    assert printed(JUDGE0) == [
        "1.13.1 20",
        "Accepted in file ['a', 'b c'] 0 True True",
        "True in file ['a', 'b c']",
        "Accepted, Wrong Answer, Runtime Error Nzec",
        "Time Limit Exceeded None",
        "Client Client does not support language with id 48!",
    ]
    assert set(Submission.objects.values_list("via", flat=True)) == {"judge0"}


def test_judge0_client_runs_programs(printed: Callable[[str], list[str]]) -> None:
    assert printed(JUDGE0_CLIENT) == ["1.13.1", "Accepted file"]
