"""E2B's own client, unmodified, in an environment of its own: `make test-clients`."""

import json
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
    pytest.mark.docker,
    pytest.mark.long,
    pytest.mark.usefixtures("running_dispatcher"),
]

VERSIONS = ("e2b-code-interpreter==2.11.5", "e2b==2.63.0")
PROGRAM = """
import json
from e2b_code_interpreter import Sandbox

PNG = b"\\x89PNG\\r\\n\\x1a\\n" + bytes(100)
seen = []
sandbox = Sandbox.create(timeout=60)
good = sandbox.run_code("print(6 * 7)", on_stdout=lambda message: seen.append(message.line))
drawn = sandbox.run_code(f"open('plot.png', 'wb').write({PNG!r})")
bad = sandbox.run_code("x = 1\\nraise KeyError('gone')")
script = sandbox.run_code("console.log(1 + 1)", language="js")
refused = []
for attempt in (
    lambda: sandbox.commands.run("ls"),
    lambda: sandbox.files.read("plot.png"),
    lambda: sandbox.files.list("/"),
    lambda: sandbox.create_code_context(),
    lambda: Sandbox.create(envs={"A": "1"}),
    lambda: sandbox.run_code("print(1)", language="cobol"),
):
    try:
        attempt()
    except Exception as error:
        refused.append(str(error))
print(json.dumps({
    "running": sandbox.is_running(),
    "good": [good.logs.stdout, good.error],
    "seen": seen,
    "drawn": [drawn.results[0].png, drawn.error],
    "bad": [bad.error.name, bad.error.value, "KeyError" in bad.error.traceback],
    "script": script.logs.stdout,
    "refused": refused,
    "killed": sandbox.kill(),
}))
"""


def test_code_interpreter_runs_programs(
    live_server: LiveServer,
    alice: User,
    token_of: Callable[..., dict[str, str]],
    tmp_path: Path,
) -> None:
    subprocess.run([sys.executable, "-m", "venv", tmp_path], check=True)
    python = tmp_path / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", *VERSIONS], check=True)
    address = f"{live_server.url}/e2b"
    own = {
        "NO_PROXY": "*",
        "E2B_API_KEY": token_of(alice)["Authorization"].removeprefix("Bearer "),
        "E2B_API_URL": address,
        "E2B_SANDBOX_URL": address,
    }
    done = subprocess.run(
        [python, "-c", PROGRAM], capture_output=True, text=True, env={**os.environ, **own}
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    refused = told.pop("refused")
    assert told == {
        "running": True,
        "good": [["42\n"], None],
        "seen": ["42\n"],
        "drawn": ["iVBORw0KGgo" + told["drawn"][0][11:], None],
        "bad": ["KeyError", "'gone'", True],
        "script": ["2\n"],
        "killed": True,
    }
    assert [("only a label" in sentence) for sentence in refused[:4]] == [True] * 4
    assert "no environment variables" in refused[4]
    assert "Choose one of" in refused[5]
    assert set(Submission.objects.values_list("via", flat=True)) == {"e2b"}
