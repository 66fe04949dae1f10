"""The clients with sites that are busy, break off, send them elsewhere, or are none."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from safecode import Busy, Client, Refused, SafeCodeError, Unreachable
from safecode.command import shown

from tests.support.canned import Canned, Site, answering
from tests.support.documents import ROOT

RUN = {"id": "x", "status": "finished", "verdict": "ok", "output": "hello world", "stderr": ""}
DONE = Canned(200, RUN)
BROKEN = Canned()


def busy(seconds: int) -> Canned:
    body = {"code": "throttled", "detail": "Too many runs.", "fields": {}}
    return Canned(429, body, {"Retry-After": str(seconds)})


def keys(site: Site) -> set[str | None]:
    return {headers.get("Idempotency-Key") for _, headers in site.heard}


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Do not wait between attempts; return how long each wait would be."""
    made: list[float] = []
    monkeypatch.setattr("safecode.transport.time.sleep", made.append)
    return made


def client(site: Site) -> Client:
    return Client(site.address, "sce_secret")


def test_busy_site_is_asked_again_under_the_same_key(pauses: list[float]) -> None:
    with answering(busy(3), Canned(503, b"<html>", {"Retry-After": "x"}), BROKEN, DONE) as site:
        assert client(site).run("1").ok
    assert pauses == [3, 1, 2]
    assert len(site.heard) == 4
    assert len(keys(site)) == 1
    assert None not in keys(site)


def test_each_run_has_a_key_of_its_own() -> None:
    with answering(DONE) as site:
        client(site).run("1")
        client(site).run("1")
    assert len(keys(site)) == 2


def test_site_that_stays_busy_is_left_after_the_last_attempt(pauses: list[float]) -> None:
    with answering(busy(2)) as site, pytest.raises(Busy, match="Too many runs") as refused:
        client(site).run("1")
    assert (refused.value.retry_after, refused.value.code) == (2, "throttled")
    assert (len(site.heard), pauses) == (5, [2, 2, 2, 2])


def test_limit_of_a_day_is_not_waited_for(pauses: list[float]) -> None:
    with answering(busy(86400)) as site, pytest.raises(Busy):
        client(site).run("1")
    assert (len(site.heard), pauses) == (1, [])


def test_nobody_there_is_unreachable(pauses: list[float]) -> None:
    with answering(BROKEN) as site, pytest.raises(Unreachable, match="does not answer"):
        client(site).languages()
    assert len(site.heard) == 5


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_token_follows_no_redirect(status: int) -> None:
    with answering(DONE) as elsewhere:
        there = {"Location": f"{elsewhere.address}/run"}
        with answering(Canned(status, b"", there)) as site, pytest.raises(Refused):
            client(site).run("1")
    assert (len(site.heard), elsewhere.heard) == (1, [])


@pytest.mark.parametrize("body", [b"<html>", b"", b"\xff", [], 5, None, {}, {"id": 1}])
def test_answer_of_something_else_is_unreachable(body: Any) -> None:
    with answering(Canned(200, body)) as site, pytest.raises(Unreachable):
        client(site).run("1")


@pytest.mark.parametrize("tail", [b"", b'event: stdout\ndata: {"te', b"event: stdout\ndata: 5\n\n"])
def test_rest_of_a_broken_stream_comes_at_the_end(tail: bytes) -> None:
    begin = b': begin\n\nevent: stdout\ndata: {"text": "hello"}\n\n' + tail
    told: list[tuple[str, str]] = []
    with answering(Canned(200, begin), DONE) as site:
        run = client(site).run("1", on_output=lambda *piece: told.append(piece))
    assert (run.output, told) == ("hello world", [("stdout", "hello"), ("stdout", " world")])
    assert len(keys(site)) == 1


def test_output_of_a_run_that_began_again_is_told_again() -> None:
    stream = (
        b'event: stdout\ndata: {"text": "he"}\n\nevent: restart\ndata: {}\n\n'
        b'event: stdout\ndata: {"text": "hello"}\n\n'
    )
    told: list[str] = []
    with answering(Canned(200, stream), DONE) as site:
        client(site).run("1", on_output=lambda _, text: told.append(text))
    assert told == ["he", "hello", " world"]


@pytest.mark.parametrize(
    ("url", "token"),
    [("file:///etc/passwd", "x"), ("ftp://x", "x"), ("http://x", "a\nb"), ("http://x", "é")],
)
def test_address_or_token_that_is_none_is_refused_at_once(url: str, token: str) -> None:
    with pytest.raises(ValueError, match=r"address|token"):
        Client(url, token)


def test_client_without_a_token_names_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SAFE_CODE_TOKEN", raising=False)
    with pytest.raises(SafeCodeError, match="SAFE_CODE_TOKEN"):
        Client("http://127.0.0.1:9")


def test_terminal_obeys_no_output() -> None:
    assert shown("é\tok\n") == "é\tok\n"
    assert shown("\x1b[2J\x9b\u202e\r") == "\\x1b[2J\\x9b\\u202e\\r"


SCRIPT = """
const { Client, Busy } = await import(process.argv[2]);
const client = new Client({ url: process.argv[3], token: "sce_secret" });
const once = new Client({ url: process.argv[3], token: "sce_secret", attempts: 1 });
const told = [];
const thrown = async (act) => { try { return await act(); } catch (error) { return error.name; } };
console.log(JSON.stringify([
  (await client.run("1")).ok,
  await thrown(() => client.run("1")),
  (await client.run("1", { on_output: (...piece) => told.push(piece) })).output,
  told,
  await thrown(() => client.languages()),
  await once.languages().catch((error) => error.retry_after),
]));
"""


def test_javascript_does_the_same(tmp_path: Path) -> None:
    file = tmp_path / "use.mjs"
    file.write_text(SCRIPT)
    stream = b'event: stdout\ndata: {"text": "hello"}\n\nevent: std'
    dated = Canned(503, b"<html>", {"Retry-After": "Fri, 27 Nov 2026 00:00:00 GMT"})
    answers = [busy(0), DONE, busy(86400), Canned(200, stream), DONE, Canned(200, b"<html>"), dated]
    with answering(*answers) as site:
        module = ROOT / "clients" / "javascript" / "safecode.mjs"
        done = subprocess.run(["node", file, module, site.address], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    pieces = [["stdout", "hello"], ["stdout", " world"]]
    assert json.loads(done.stdout) == [True, "Busy", "hello world", pieces, "Unreachable", 1]
    sent = [
        headers.get("Idempotency-Key") or headers.get("idempotency-key")
        for _, headers in site.heard
    ]
    assert sent[0] == sent[1] != sent[2]
    assert sent[3] == sent[4]
