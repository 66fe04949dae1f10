"""The tool of LibreChat's agents, unmodified, in a folder of its own: `make test-clients`."""

import json
import os
import subprocess
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

PACKAGES = ("@librechat/agents@3.9.2",)
PROGRAM = """
import { createCodeExecutionTool } from "@librechat/agents";

const use = async (args, params = {}) => {
  const tool = createCodeExecutionTool(params);
  try {
    const call = { name: tool.name, id: "1", type: "tool_call", args };
    const { content, artifact } = await tool.invoke(call);
    return { content, artifact };
  } catch (error) {
    return { error: error.message };
  }
};
const saves = "print(6 * 7); open('/mnt/data/table.csv', 'w').write('1,2')";
const first = await use({ lang: "py", code: saves }, { user_id: "u1" });
const files = first.artifact.files.map((file) => ({ ...file, kind: "user", resource_id: "u1" }));
const reads = "import sys; print(open('/mnt/data/table.csv').read(), sys.argv[1])";
console.log(JSON.stringify({
  first: first.content,
  second: (await use({ lang: "py", code: reads, args: ["a"] }, { files })).content,
  script: (await use({ lang: "js", code: "console.log([1, 2].length)" })).content,
  failed: await use({ lang: "py", code: "open('/mnt/data/x.txt', 'w').write('1'); 1 / 0" }),
  refused: (await use({ lang: "d", code: "1" })).error,
}));
"""


def test_tool_of_an_agent_runs_programs(
    live_server: LiveServer, alice: User, token_of: Callable[..., dict[str, str]], tmp_path: Path
) -> None:
    install = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
    subprocess.run([*install, f"--prefix={tmp_path}", *PACKAGES], check=True)
    (tmp_path / "use.mjs").write_text(PROGRAM)
    secret = token_of(alice)["Authorization"].removeprefix("Bearer ")
    own = {"LIBRECHAT_CODE_BASEURL": f"{live_server.url}/librechat/{secret}", "NO_PROXY": "*"}
    done = subprocess.run(
        ["node", tmp_path / "use.mjs"], capture_output=True, text=True, env={**os.environ, **own}
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["first"].startswith("stdout:\n42\n\nGenerated files:")
    assert told["second"] == "stdout:\n1,2 a"
    assert told["script"] == "stdout:\n2"
    assert "ZeroDivisionError" in told["failed"]["content"]
    assert "files" not in told["failed"]["artifact"]
    assert "The code execution request was rejected." in told["refused"]
    assert set(Submission.objects.values_list("via", flat=True)) == {"librechat"}
