"""Clients that two generators make from the API's description, as it is served."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django.live_server_helper import LiveServer

BESIDE_PYTHON = Path(sys.executable).parent

PLAIN = """
import sys
from made import AuthenticatedClient
from made.api.runs import run
from made.models import Error, RunRequest, RunResult, Verdict

address, token = sys.argv[1:]
program = RunRequest(code="print(1)")
result = run.sync(client=AuthenticatedClient(base_url=address, token=token), body=program)
assert isinstance(result, RunResult)
assert result.verdict is Verdict.OK
print(result.output, end="")
"""
"""A client of openapi-python-client. It is told the address, because these clients have none built in."""

WITH_SERVER = """
import sys
import made

address, token = sys.argv[1:]
configuration = made.Configuration(access_token=token)
assert configuration.host == address
with made.ApiClient(configuration) as client:
    result = made.RunsApi(client).run(made.RunRequest(code="print(1)"))
assert isinstance(result, made.RunResult)
assert result.verdict is made.Verdict.OK
print(result.output, end="")
"""
"""A client of OpenAPI Generator. It knows the address from the description."""


def generate(folder: Path, description: Any, name: str) -> None:
    """Make the package `made` in the folder."""
    document = folder / "openapi.json"
    document.write_text(json.dumps(description))
    settings = folder / "settings.yaml"
    settings.write_text("post_hooks: []")  # it need not be pretty
    arguments: dict[str, list[str | Path]] = {
        "openapi-python-client": [
            *("generate", "--path", document, "--output-path", folder / "made"),
            *("--meta", "none", "--config", settings),
        ],
        "openapi-generator-cli": [
            *("generate", "--generator-name", "python", "--input-spec", document),
            *("--output", folder, "--package-name", "made"),
        ],
    }
    done = subprocess.run(
        [BESIDE_PYTHON / name, *arguments[name]], cwd=folder, capture_output=True, text=True
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    assert "WARNING" not in said, said  # it leaves out what it can't make


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("name", "client_code"),
    [("openapi-python-client", PLAIN), ("openapi-generator-cli", WITH_SERVER)],
)
def test_generated_client_runs_a_program_and_reads_a_typed_verdict(
    tmp_path: Path,
    live_server: LiveServer,
    client: Client,
    alice: User,
    token_of: Callable[..., dict[str, str]],
    name: str,
    client_code: str,
) -> None:
    site = live_server.url
    served = client.get("/api/schema/", {"format": "json"}, HTTP_HOST=site.removeprefix("http://"))
    generate(tmp_path, served.json(), name)
    secret = token_of(alice)["Authorization"].removeprefix("Bearer ")
    done = subprocess.run(
        [sys.executable, "-c", client_code, site, secret],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert (done.stdout, done.stderr) == ("1\n", "")
