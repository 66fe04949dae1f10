"""Files in the clients: sent with a run or uploaded before it, read and saved after it."""

import hashlib
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from safecode import Client, File, NotFound, Refused, Unreachable
from safecode.command import _save
from safecode.files import INLINE_BYTES, safe_name
from safecode.transport import Transport

from tests.support.canned import Canned, answering
from tests.support.command import command
from tests.support.documents import ROOT
from tools.site import Service

LIVE = [pytest.mark.docker, pytest.mark.inline, pytest.mark.xdist_group("clients")]
LARGE = bytes(range(256)) * (3 * 2**12)
"""Three mebibytes."""
CODE = """
import hashlib, pathlib
for name in ("small.csv", "large.bin", "data/own.txt"):
    print(hashlib.sha256(pathlib.Path(name).read_bytes()).hexdigest())
pathlib.Path("sub").mkdir()
pathlib.Path("sub/made.bin").write_bytes(pathlib.Path("large.bin").read_bytes()[::-1])
pathlib.Path("a.txt").write_text("ü")
"""


@pytest.fixture
def client(served: Service) -> Client:
    return Client(served.address, served.token)


@pytest.fixture
def given(tmp_path: Path) -> list[Any]:
    (tmp_path / "small.csv").write_bytes(b"1,2\n")
    (tmp_path / "large.bin").write_bytes(LARGE)
    return [tmp_path / "small.csv", str(tmp_path / "large.bin"), ("data/own.txt", b"\0\xff")]


def digests(*contents: bytes) -> str:
    return "".join(f"{hashlib.sha256(one).hexdigest()}\n" for one in contents)


class TestLiveSite:
    pytestmark = LIVE

    def test_files_go_in_small_or_large_and_come_out(
        self, client: Client, given: list[Any], tmp_path: Path
    ) -> None:
        run = client.run(CODE, files=given, outputs=True).check()
        assert run.output == digests(b"1,2\n", LARGE, b"\0\xff")
        assert [file.name for file in run.files] == ["a.txt", "sub/made.bin"]
        assert run.files_left_out == {}
        assert run.files[1].read() == LARGE[::-1]
        assert run.files[1].save(tmp_path / "out") == tmp_path / "out" / "made.bin"
        assert (tmp_path / "out" / "made.bin").read_bytes() == LARGE[::-1]
        again = client.get(run.id)
        assert again.files == run.files
        uploads = client.transport.json("GET", "/api/files/")["results"]
        names = {one["name"] for one in uploads}
        assert "large.bin" in names
        assert not names & {"small.csv", "own.txt", "data/own.txt"}  # they went along

    def test_upload_is_named_by_many_runs_streamed_or_in_a_batch(self, client: Client) -> None:
        made = client.upload(b"6 * 7", name="sum.txt")
        assert client.upload(b"6 * 7", name="sum.txt").id == made.id
        program = "print(eval(open('sum.txt').read()))"
        told: list[str] = []
        client.run(program, files=[made], on_output=lambda _, text: told.append(text))
        assert told == ["42\n"]
        batch = client.batch([program, {"code": program}], files=[made])
        assert [run.output for run in batch.wait()] == ["42\n"] * 2

    def test_file_that_the_site_does_not_take_is_refused_in_words(self, client: Client) -> None:
        with pytest.raises(Refused, match="The file is larger than 8 MiB"):
            client.run("1", files=[("big", bytes(9 * 2**20))])
        with pytest.raises(Refused, match="Send a relative path"):
            client.run("1", files=[("../x", b"1")])
        with pytest.raises(FileNotFoundError):
            client.run("1", files=["no-such-file"])
        gone = File("a", 1, "", "", "/api/files/f_x/content/", client.transport)
        with pytest.raises(NotFound):
            gone.read()

    def test_command_sends_files_and_saves_what_comes_back(
        self, served: Service, given: list[Any], tmp_path: Path
    ) -> None:
        program = tmp_path / "program.py"
        program.write_text(CODE.replace("data/own.txt", "small.csv") + "print('end')")
        files = ["--file", str(given[0]), "--file", str(given[1])]
        out = tmp_path / "out"
        done = command(served, "run", *files, "--out", str(out), str(program))
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout == digests(b"1,2\n", LARGE, b"1,2\n") + "end\n"
        assert sorted(one.name for one in out.iterdir()) == ["a.txt", "made.bin"]
        assert (out / "made.bin").read_bytes() == LARGE[::-1]
        (out / "a.txt").write_text("mine")
        again = command(served, "run", *files, "--out", str(out), str(program))
        assert again.returncode == 125
        assert "safecode: not saved: a.txt: " in again.stderr
        assert (out / "a.txt").read_text() == "mine"
        over = command(served, "run", *files, "--out", str(out), "--overwrite", str(program))
        assert (over.returncode, (out / "a.txt").read_text()) == (0, "ü")

    def test_command_sends_input_byte_for_byte(self, served: Service, tmp_path: Path) -> None:
        program, given = tmp_path / "program.py", tmp_path / "in"
        program.write_text("import sys; print(sys.stdin.buffer.read())")
        given.write_bytes(b"a\r\nb")
        done = command(served, "run", "--stdin", str(given), str(program))
        assert (done.stdout, done.stderr) == ("b'a\\r\\nb'\n", "")

    def test_javascript_module_does_the_same(self, served: Service, tmp_path: Path) -> None:
        file = tmp_path / "use.mjs"
        file.write_text(JAVASCRIPT)
        module = ROOT / "clients" / "javascript" / "safecode.mjs"
        done = subprocess.run(
            ["node", file, module, json.dumps({"code": CODE})],
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
        assert found["output"] == digests(b"1,2\n", LARGE, b"\0\xff")
        assert found["names"] == ["a.txt", "sub/made.bin"]
        assert found["made"] == hashlib.sha256(LARGE[::-1]).hexdigest()
        assert found["blob"] == [2, "application/octet-stream"]
        assert found["batch"] == ["42\n", "42\n"]
        assert found["refused"] == "Refused"


JAVASCRIPT = """
import { createHash } from "node:crypto";
const { Client } = await import(process.argv[2]);
const { code } = JSON.parse(process.argv[3]);
const client = new Client();
const large = new Uint8Array(3 * 2 ** 20).map((_, at) => at % 256);
const files = [
  { name: "small.csv", content: "1,2\\n" },
  { name: "large.bin", content: new Blob([large]) },
  { name: "data/own.txt", content: new Uint8Array([0, 255]) },
];
const run = (await client.run(code, { files, outputs: true })).check();
const sum = await client.upload({ name: "sum.txt", content: "6 * 7" });
const program = "print(eval(open('sum.txt').read()))";
const batch = [];
const runs = await client.batch([program, program], { files: [sum] });
for await (const one of runs.wait()) batch.push(one.output);
const blob = await run.files[0].blob();
console.log(JSON.stringify({
  output: run.output,
  names: run.files.map(({ name }) => name),
  made: createHash("sha256").update(await run.files[1].read()).digest("hex"),
  blob: [blob.size, blob.type],
  batch,
  refused: await client.run("1", { files: [{ name: "../x", text: "" }] }).catch((error) => error.name),
}));
"""


# --- A site that answers what it likes, and names that a program has chosen ---

CONTENT = b"made by a program"


def saved(folder: Path, name: str, **options: bool) -> Path:
    with answering(Canned(200, CONTENT)) as site:
        transport = Transport(site.address, "sce_secret", attempts=1, timeout=30)
        made = File(name, len(CONTENT), "", "", "/api/x/", transport).save(folder, **options)
    assert [one for one, _ in site.heard] == ["GET /api/x/"]
    return made


@pytest.mark.parametrize(
    ("name", "last"),
    [
        ("plot.png", "plot.png"),
        ("../../.ssh/authorized_keys", "authorized_keys"),
        ("/etc/passwd", "passwd"),
        ("..", "file"),
        ("a/..", "file"),
        ("", "file"),
        (".bashrc", "bashrc"),
        ("C:\\Windows\\x.dll", "x.dll"),
        ("a\nb\x1b[31m", "a_b_[31m"),
        ("x:stream", "x_stream"),
    ],
)
def test_file_is_saved_in_the_folder_whatever_its_name(
    tmp_path: Path, name: str, last: str
) -> None:
    assert safe_name(name) == last
    folder = tmp_path / "out"
    assert saved(folder, name) == folder / last
    assert (folder / last).read_bytes() == CONTENT
    assert [one.name for one in tmp_path.rglob("*")] == ["out", last]


def test_nothing_that_is_there_is_written_over_unless_told(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"mine")
    with pytest.raises(FileExistsError):
        saved(tmp_path, "a")
    assert (tmp_path / "a").read_bytes() == b"mine"
    saved(tmp_path, "a", overwrite=True)
    assert (tmp_path / "a").read_bytes() == CONTENT
    assert [one.name for one in tmp_path.iterdir()] == ["a"]


def test_files_of_one_name_do_not_replace_each_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    about = {"size": 3, "type": "", "sha256": "", "url": "/api/x/"}
    files = [{"name": name, **about} for name in ("a/x", "b/x")]
    run = {"id": "x", "status": "finished", "verdict": "ok", "output": "", "files": files}
    with answering(Canned(200, run), Canned(200, b"one"), Canned(200, b"two")) as site:
        made = Client(site.address, "sce_secret").run("1", outputs=True)
        assert not _save(made, str(tmp_path), overwrite=True)
    assert (tmp_path / "x").read_bytes() == b"one"
    assert "safecode: not saved: b/x: " in capsys.readouterr().err


@pytest.mark.parametrize("is_there", [True, False], ids=["to a file", "to nothing"])
def test_no_link_is_followed(tmp_path: Path, is_there: bool) -> None:
    target, folder = tmp_path / "target", tmp_path / "out"
    folder.mkdir()
    if is_there:
        target.write_bytes(b"mine")
    (folder / "a").symlink_to(target)
    with pytest.raises(FileExistsError):
        saved(folder, "a")
    saved(folder, "a", overwrite=True)
    assert not (folder / "a").is_symlink()
    assert (folder / "a").read_bytes() == CONTENT
    assert target.exists() is is_there
    if is_there:
        assert target.read_bytes() == b"mine"


def test_failed_download_leaves_nothing(tmp_path: Path) -> None:
    with answering(Canned(404, {"code": "not_found", "detail": "x"})) as site:
        transport = Transport(site.address, "sce_secret", attempts=1, timeout=30)
        with pytest.raises(NotFound):
            File("a", 1, "", "", "/api/x/", transport).save(tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("url", ["http://elsewhere/", "@elsewhere/", "", "api/x"])
def test_token_goes_to_no_other_site_for_a_file(url: str) -> None:
    transport = Transport("http://127.0.0.1:9", "sce_secret", attempts=1, timeout=1)
    with pytest.raises(Unreachable, match="none of this site"):
        File("a", 1, "", "", url, transport).read()


def test_upload_waits_for_a_busy_site_and_its_run_names_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr("safecode.transport.time.sleep", pauses.append)
    busy = Canned(503, {"code": "busy", "detail": "Busy."}, {"Retry-After": "5"})
    upload = Canned(201, {"id": "f_1", "name": "big", "size": 1, "expires": None})
    run = Canned(200, {"id": "x", "status": "finished", "verdict": "ok", "files": []})
    with answering(busy, Canned(), upload, run) as site:
        Client(site.address, "sce_secret").run("1", files=[("big", bytes(INLINE_BYTES + 1))])
    assert pauses == [5, 1]
    assert [one for one, _ in site.heard] == [*(["POST /api/files/?name=big"] * 3), "POST /run"]
    kinds = [headers["Content-Type"] for _, headers in site.heard]
    assert kinds == [*(["application/octet-stream"] * 3), "application/json"]
