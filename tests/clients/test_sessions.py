"""Sessions in the clients: a run has what the last one of its session left."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from safecode import Client, Refused

from tests.support.command import command
from tests.support.documents import ROOT
from tools.site import Service

pytestmark = [pytest.mark.docker, pytest.mark.inline, pytest.mark.xdist_group("clients")]

JAVASCRIPT = """
const { Client } = await import(process.argv[2]);
const client = new Client();
const first = await client.run("a = 1", { session: "js" });
const second = await client.run("print(a + 1)", { session: "js", on_output: () => {} });
console.log(JSON.stringify([first.session.kept, second.output, (await client.run("1")).session]));
"""


def test_run_has_what_the_last_one_of_its_session_left(served: Service) -> None:
    client = Client(served.address, served.token)
    first = client.run("a = 1\nb = (n for n in ())", session="py").check()
    assert first.session is not None
    assert (first.session["id"], first.session["kept"]) == ("py", True)
    assert [one["name"] for one in first.session["not_kept"]] == ["b"]
    told: list[str] = []
    client.run("print(a + 1)", session="py", on_output=lambda _, text: told.append(text))
    assert told == ["2\n"]
    assert client.get(first.id).session == first.session
    assert client.run("print(1)").session is None
    with pytest.raises(Refused) as refused:
        client.batch(["print(1)"], session="py")
    assert list(refused.value.fields) == ["submissions.0.session"]


def test_javascript_client_names_a_session(served: Service, tmp_path: Path) -> None:
    file = tmp_path / "use.mjs"
    file.write_text(JAVASCRIPT)
    done = subprocess.run(
        ["node", file, ROOT / "clients" / "javascript" / "safecode.mjs"],
        env={**os.environ, "SAFE_CODE_URL": served.address, "SAFE_CODE_TOKEN": served.token},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [True, "2\n", None]


def test_command_continues_a_session_and_says_what_is_lost(served: Service) -> None:
    def run(code: str) -> tuple[str, str]:
        done = command(served, "run", "--session", "shell", "-", given=code)
        return done.stdout, done.stderr

    output, told = run("a = 1\nb = (n for n in ())")
    assert output == ""
    assert told.startswith("safecode: not kept: b: ")
    assert run("print(a + 1)") == ("2\n", "")
    assert "safecode: session: this run has left nothing: " in run("import os; os._exit(0)")[1]
    assert run("print(a)") == ("1\n", "")
