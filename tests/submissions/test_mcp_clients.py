"""Real clients of MCP: their recorded requests over real HTTP, and the SDKs themselves.

`tests/support/recorded_mcp.json` has what each client sent to this site, without its token.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
from django.contrib.auth.models import User
from pytest_django.live_server_helper import LiveServer

from submissions.lifecycle.models import Submission
from tests.support.documents import ROOT, text
from tests.support.pictures import COLOUR, DRAWS

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.docker]

CONVERSATIONS = json.loads(text("tests/support/recorded_mcp.json"))


@pytest.mark.parametrize("conversation", CONVERSATIONS, ids=lambda one: one["client"])
def test_recorded_client_gets_what_it_got(
    live_server: LiveServer,
    alice: User,
    token_of: Callable[..., dict[str, str]],
    conversation: dict[str, Any],
) -> None:
    session = requests.Session()
    session.headers.update(token_of(alice))
    results: dict[str, Any] = {}
    with session:
        for one in conversation["requests"]:
            body = None if one["body"] is None else json.dumps(one["body"])
            answer = session.request(
                one["http"], f"{live_server.url}/mcp", data=body, headers=one["headers"]
            )
            assert answer.status_code == one["status"], one
            if answer.status_code == 200:
                assert answer.json()["id"] == one["body"]["id"]
                results.setdefault(one["body"]["method"], answer.json().get("result"))
    assert results["tools/list"]["tools"][0]["name"] == "run_code"
    run = results["tools/call"]
    assert (run["isError"], run["structuredContent"]["output"]) == (False, "42\n")
    stored, first = Submission.objects.get(), conversation["requests"][0]
    assert (stored.via, stored.user_agent) == ("mcp", first["headers"]["user-agent"])


DRAWING = {"code": DRAWS, "files": [COLOUR], "outputs": True}

# --- The SDKs, each in an environment of its own: `make test-clients` ---

NEW = """
import asyncio, json, sys, httpx2
from mcp import StdioServerParameters
from mcp.client.client import Client
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client

async def use(client):
    async with client:
        assert len((await client.list_tools()).tools) == 3
        result = await client.call_tool("run_code", {"code": "print(6 * 7)"})
        print(client.protocol_version, result.is_error, result.structured_content["output"])
        drawn = await client.call_tool("run_code", json.loads(draws))
        words, picture, link = drawn.content
        files = drawn.structured_content["files"]
        print(words.type, picture.type, picture.mime_type, picture.data[:11], link.type)
        print(link.name, str(link.uri) == files[1]["url"])

async def main(site, token, mode, package, call):
    global draws
    draws = call
    if mode == "bridge":
        own = {"PYTHONPATH": package, "SAFE_CODE_URL": site, "SAFE_CODE_TOKEN": token}
        command = {"command": sys.executable, "args": ["-m", "safecode", "mcp"], "env": own}
        await use(Client(stdio_client(StdioServerParameters(**command))))
    else:
        headers = {"Authorization": f"Bearer {token}"}
        async with httpx2.AsyncClient(headers=headers, timeout=60) as http:
            transport = streamable_http_client(f"{site}/mcp", http_client=http)
            await use(Client(transport, mode=mode))

asyncio.run(main(*sys.argv[1:]))
"""
OLD = """
import asyncio, json, sys
from mcp import ClientSession
from mcp.client.streamable_http import streamablehttp_client

async def main(site, token, mode, package, call):
    headers = {"Authorization": f"Bearer {token}"}
    async with streamablehttp_client(f"{site}/mcp", headers=headers) as (read, write, _):
        async with ClientSession(read, write) as session:
            agreed = await session.initialize()
            assert len((await session.list_tools()).tools) == 3
            result = await session.call_tool("run_code", {"code": "print(6 * 7)"})
            print(agreed.protocolVersion, result.isError, result.structuredContent["output"])
            drawn = await session.call_tool("run_code", json.loads(call))
            words, picture, link = drawn.content
            files = drawn.structuredContent["files"]
            print(words.type, picture.type, picture.mimeType, picture.data[:11], link.type)
            print(link.name, str(link.uri) == files[1]["url"])

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.mark.long
@pytest.mark.parametrize(
    ("version", "program", "modes"),
    [
        ("2.3.0", NEW, {"auto": "2026-07-28", "legacy": "2025-11-25", "bridge": "2026-07-28"}),
        ("1.30.0", OLD, {"handshake": "2025-11-25"}),
    ],
)
def test_official_sdk_runs_a_program(
    live_server: LiveServer,
    alice: User,
    token_of: Callable[..., dict[str, str]],
    tmp_path: Path,
    version: str,
    program: str,
    modes: dict[str, str],
) -> None:
    subprocess.run([sys.executable, "-m", "venv", tmp_path], check=True)
    python = tmp_path / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", f"mcp=={version}"], check=True)
    secret = token_of(alice)["Authorization"].removeprefix("Bearer ")
    for mode, revision in modes.items():
        package, call = ROOT / "clients" / "python", json.dumps(DRAWING)
        done = subprocess.run(
            [python, "-c", program, live_server.url, secret, mode, package, call],
            capture_output=True,
            text=True,
            env={**os.environ, "NO_PROXY": "*"},
        )
        first, _, kinds, link = done.stdout.splitlines()
        assert first == f"{revision} False 42", done.stderr
        assert kinds == "text image image/png iVBORw0KGgo resource_link"
        assert link == "notes.txt True"
