"""The clients of clients/, with a site that is served as in production."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from safecode import Client, Failed, NotFound, Refused, Unauthorized

from tests.support.command import command
from tests.support.documents import ROOT
from tools.site import Service

pytestmark = [
    pytest.mark.docker,
    pytest.mark.inline,
    pytest.mark.xdist_group("clients"),
]

PIECES = "import sys\nprint('é')\nsys.stdout.flush()\nprint('no', file=sys.stderr)\nsys.exit(3)"
NO_ID = "00000000-0000-0000-0000-000000000000"


@pytest.fixture
def client(served: Service) -> Client:
    return Client(served.address, served.token)


def test_run_has_result_and_error_as_values(client: Client) -> None:
    program = "import sys; print(sys.stdin.read(), sys.argv[1]); 1/0"
    run = client.run(program, stdin="in", args=["é"], limits={"wall_seconds": 5})
    assert (run.verdict, run.ok, run.output) == ("runtime_error", False, "in é\n")
    assert (run.exit_code, run.signal, run.exit_status) == (1, None, 1)
    assert run.details is not None
    assert (run.details.type, run.details.line) == ("ZeroDivisionError", 1)
    assert run.usage is not None
    assert run.raw["limits"]["wall_seconds"] == 5
    with pytest.raises(Failed, match="runtime_error: ZeroDivisionError") as failed:
        run.check()
    assert failed.value.run == run
    assert client.get(run.id).output == run.output
    assert next(client.history()).id == run.id


def test_output_comes_in_pieces_before_the_result(client: Client) -> None:
    pieces: list[tuple[str, str]] = []
    run = client.run(PIECES, on_output=lambda stream, text: pieces.append((stream, text)))
    printed = {
        name: "".join(text for stream, text in pieces if stream == name)
        for name in ("stdout", "stderr")
    }
    assert (
        printed
        == {"stdout": run.output, "stderr": run.stderr}
        == {
            "stdout": "é\n",
            "stderr": "no\n",
        }
    )


def test_reader_that_stops_ends_the_run(client: Client) -> None:
    def stop(stream: str, text: str) -> None:
        raise KeyboardInterrupt

    program = "import time\nprint(1, flush=True)\nwhile True: time.sleep(1)"
    with pytest.raises(KeyboardInterrupt):
        client.run(program, on_output=stop)
    last = client.get(next(client.history()).id, wait=True)
    assert last.verdict == "cancelled"


def test_batch_yields_its_runs_in_order(client: Client) -> None:
    programs: list[Any] = ["print(1)", {"code": "console.log(2)", "language": "javascript"}]
    assert [run.output for run in client.batch(programs).wait()] == ["1\n", "2\n"]


def test_key_of_ones_own_runs_once(client: Client) -> None:
    first, second = (client.run("print(1)", key="mine") for _ in range(2))
    assert first.id == second.id


def test_refusals_are_errors_by_kind(client: Client, served: Service) -> None:
    with pytest.raises(Refused, match="There is nothing to run yet") as refused:
        client.run("")
    assert (refused.value.code, list(refused.value.fields)) == ("invalid", ["code"])
    with pytest.raises(NotFound):
        client.get(NO_ID)
    with pytest.raises(Unauthorized, match="unknown, expired or revoked"):
        Client(served.address, "sce_x").languages()


def test_command_ends_as_the_program_does(served: Service, tmp_path: Path) -> None:
    file = tmp_path / "program.js"
    file.write_text("console.log(process.argv.slice(2)); process.exitCode = 3")
    done = command(served, "run", str(file), "--one", "two")
    assert (done.returncode, done.stdout) == (3, "[ '--one', 'two' ]\n")
    assert "runtime_error: " in done.stderr
    killed = command(served, "run", "-", given="import os; os.kill(os.getpid(), 9)")
    assert killed.returncode == 137


def test_command_that_does_not_reach_a_run_ends_with_125(served: Service) -> None:
    for arguments, environment in [
        (["run", "no-such-file"], {}),
        (["history"], {"SAFE_CODE_TOKEN": "x"}),
        (["history"], {"SAFE_CODE_TOKEN": ""}),
        (["history"], {"SAFE_CODE_URL": "file:///etc/passwd"}),
    ]:
        done = command(served, *arguments, **environment)
        assert (done.returncode, done.stdout) == (125, "")
        assert done.stderr.startswith("safecode: ")


def test_command_lists_languages_and_runs(served: Service, client: Client) -> None:
    run = client.run("print(1)")
    listed = dict(
        line.split(maxsplit=1) for line in command(served, "languages").stdout.splitlines()
    )
    assert listed["python"].startswith("Python 3.")
    assert command(served, "history", "--most", "1").stdout.split()[1:] == [run.id, "python", "ok"]


def test_bridge_hands_on_messages_of_both_kinds(served: Service) -> None:
    envelope = {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    call = {"name": "run_code", "arguments": {"code": "print(6 * 7)"}}
    messages: list[Any] = [
        {"id": 0, "method": "initialize", "params": {"protocolVersion": "2025-06-18"}},
        {"method": "notifications/initialized"},
        {"id": 1, "method": "tools/list"},
        {"id": 2, "method": "tools/call", "params": {**call, "_meta": envelope}},
    ]
    lines = [json.dumps({"jsonrpc": "2.0", **one}) for one in messages]
    done = command(served, "mcp", given="\n".join([*lines, "", "no message"]))
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["id"] for one in answers] == [0, 1, 2, None]
    assert answers[2]["result"]["structuredContent"]["output"] == "42\n"
    assert answers[3]["error"]["code"] == -32700


def test_bridge_without_a_right_token_answers_with_the_reason(served: Service) -> None:
    ping = json.dumps({"jsonrpc": "2.0", "id": 5, "method": "ping"})
    done = command(served, "mcp", given=ping, SAFE_CODE_TOKEN="x")
    answer = json.loads(done.stdout)
    assert (answer["id"], answer["error"]["message"]) == (
        5,
        "This API token is unknown, expired or revoked.",
    )


JAVASCRIPT = """
const { Client, Refused, Unauthorized, Failed } = await import(process.argv[2]);
const client = new Client();
const told = [];
const pieces = "import sys\\nprint('é')\\nprint('no', file=sys.stderr)\\nsys.exit(3)";
const run = await client.run(pieces, { on_output: (...piece) => told.push(piece) });
const thrown = async (act) => { try { await act(); } catch (error) { return error; } };
const batch = await client.batch(["print(1)", { code: "console.log(2)", language: "javascript" }]);
const outputs = [];
for await (const one of batch.wait()) outputs.push(one.output);
const endless = "import time\\nprint(1, flush=True)\\nwhile True: time.sleep(1)";
const stopped = await thrown(() => client.run(endless, { on_output() { throw new Error("enough"); } }));
let latest;
for await (const one of client.history()) { latest = await client.get(one.id, { wait: true }); break; }
console.log(JSON.stringify({
  told, run, outputs,
  plain: (await client.run("print(6 * 7)")).check().output,
  failed: (await thrown(() => run.check())) instanceof Failed,
  refused: await thrown(() => client.run("")),
  unauthorized: (await thrown(() => new Client({ token: "x" }).languages())) instanceof Unauthorized,
  stopped: stopped.message,
  latest: latest.verdict,
  languages: (await client.languages()).length,
}));
"""


def test_javascript_module_has_the_same_names(served: Service, tmp_path: Path) -> None:
    file = tmp_path / "use.mjs"
    file.write_text(JAVASCRIPT)
    done = subprocess.run(
        ["node", file, ROOT / "clients" / "javascript" / "safecode.mjs"],
        env={
            **os.environ,
            "SAFE_CODE_URL": served.address,
            "SAFE_CODE_TOKEN": served.token,
        },
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert sorted(found["told"]) == [["stderr", "no\n"], ["stdout", "é\n"]]
    assert (found["run"]["exit_code"], found["run"]["output"]) == (3, "é\n")
    assert (found["outputs"], found["plain"]) == (["1\n", "2\n"], "42\n")
    assert (found["failed"], found["unauthorized"]) == (True, True)
    assert (found["refused"]["status"], found["refused"]["code"]) == (400, "invalid")
    assert (found["stopped"], found["latest"]) == ("enough", "cancelled")
    assert found["languages"] == 3
