"""Kernel memory that the memory limit does not count, by the host's own figures.

A run's own figures show nothing here: that is the fault. So a thread reads the machine's meanwhile, and
no other test runs.
"""

import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from docker import APIClient

from executor import Limits, RunRequest, Verdict, default_limits, execute
from executor.conf import config
from executor.errors import EngineError
from executor.limits import MiB
from executor.pool import pool
from executor.sandbox import confinement, engine
from tests.support.present import present
from tests.support.uncharged_memory import LOCKS, TCP, UDP, UNACCEPTED, at_once

pytestmark = [pytest.mark.docker, pytest.mark.xdist_group("uncharged-memory")]

PAGE = os.sysconf("SC_PAGE_SIZE")
SECONDS_BETWEEN_LOOKS = 0.02


def socket_bytes() -> int:
    """Buffers of all TCP and UDP sockets of the machine, whatever namespace they are in."""
    text = Path("/proc/net/sockstat").read_text()
    return sum(int(pages) for pages in re.findall(r"mem (\d+)", text)) * PAGE


def slab_bytes() -> int:
    found = re.search(r"^Slab: +(\d+) kB", Path("/proc/meminfo").read_text(), re.MULTILINE)
    assert found
    return int(found[1]) * 1024


@dataclass
class Growth:
    bytes: int = 0


@contextmanager
def growth_of(*figures: Any) -> Iterator[Growth]:
    """The most that the figures together have grown by, meanwhile."""
    before, growth, done = sum(figure() for figure in figures), Growth(), threading.Event()

    def look() -> None:
        while not done.wait(SECONDS_BETWEEN_LOOKS):
            growth.bytes = max(growth.bytes, sum(figure() for figure in figures) - before)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield growth
    finally:
        done.set()
        thread.join()


@pytest.fixture
def cold(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """No sandbox that was started under other circumstances is used, then or later."""
    pool.pool().close()
    pool.pool.forget()
    yield monkeypatch
    pool.pool().close()
    pool.pool.forget()


@pytest.mark.alone
@pytest.mark.parametrize("code", [TCP, UDP, UNACCEPTED], ids=["tcp", "udp", "unaccepted"])
def test_sockets_take_no_more_of_the_host_than_the_memory_limit(code: str) -> None:
    with growth_of(socket_bytes, slab_bytes) as growth:
        result = execute(RunRequest(code=code, limits=Limits(wall_seconds=6)))
    assert result.evidence.reported
    assert growth.bytes < result.limits.memory_bytes


@pytest.mark.alone
@pytest.mark.parametrize("code", [TCP, UDP], ids=["tcp", "udp"])
def test_sockets_without_a_host_limit_take_more_than_the_memory_limit(
    cold: pytest.MonkeyPatch, code: str
) -> None:
    if confinement.sockets() is not confinement.Sockets.LIMITED:
        pytest.skip("this kernel charges sockets by itself, or they are closed")
    cold.setattr(confinement, "confine", lambda *_: None)
    with growth_of(socket_bytes) as growth:
        execute(RunRequest(code=code, limits=Limits(wall_seconds=6)))
    assert growth.bytes > Limits().memory_bytes


@pytest.mark.alone
def test_file_locks_take_no_more_of_the_host_than_the_memory_limit() -> None:
    with growth_of(slab_bytes) as growth:
        result = execute(RunRequest(code=LOCKS, limits=Limits(wall_seconds=10)))
    assert result.evidence.reported
    assert growth.bytes < result.limits.memory_bytes


UNCHARGED = (44 + 119 + 110 + 1) * MiB
"""What one run may take beyond its memory limit; docs/security.md has the sum."""


@pytest.mark.alone
def test_all_kinds_of_uncharged_memory_together_stay_below_the_sum_of_their_bounds() -> None:
    with growth_of(socket_bytes, slab_bytes) as growth:
        result = execute(
            RunRequest(code=at_once(TCP, UNACCEPTED, LOCKS), limits=Limits(wall_seconds=10))
        )
    assert result.evidence.reported
    assert growth.bytes < UNCHARGED
    assert growth.bytes > 64 * MiB  # else little was tried


@pytest.mark.alone
def test_memory_of_sockets_is_given_back_with_the_run() -> None:
    before = socket_bytes()
    for _ in range(3):
        execute(RunRequest(code=TCP, limits=Limits(wall_seconds=6)))
    for _ in range(100):
        if socket_bytes() - before < 16 * MiB:
            return
        threading.Event().wait(0.1)
    pytest.fail("still there after ten seconds")


PROGRAMS = {
    "asyncio": """
import asyncio
async def serve(reader, writer):
    writer.write((await reader.readline()).upper()); writer.close()
async def ask(address):
    reader, writer = await asyncio.open_connection(*address)
    writer.write(b"yes\\n"); answer = await reader.read(); writer.close(); return answer
async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    answers = await asyncio.gather(*(ask(server.sockets[0].getsockname()) for _ in range(100)))
    print(set(answers) == {b"YES\\n"})
asyncio.run(main())
""",
    "http.server": """
import http.server, threading, urllib.request
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(bytes(1 << 20))
    def log_message(self, *args): pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = "http://127.0.0.1:%d/" % server.server_port
print(all(len(urllib.request.urlopen(url).read()) == 1 << 20 for _ in range(20)))
""",
    "udp": """
import socket
a = socket.socket(type=socket.SOCK_DGRAM); a.bind(("127.0.0.1", 0))
b = socket.socket(type=socket.SOCK_DGRAM)
for n in range(1000):
    b.sendto(b"%d" % n, a.getsockname()); assert a.recv(100) == b"%d" % n
print(True)
""",
    "manager": """
import multiprocessing
def work(shared, n): shared[n] = n * n
if __name__ == "__main__":
    with multiprocessing.Manager() as manager:
        shared = manager.dict()
        processes = [multiprocessing.Process(target=work, args=(shared, n)) for n in range(4)]
        for one in processes: one.start()
        for one in processes: one.join()
        print(dict(shared) == {0: 0, 1: 1, 2: 4, 3: 9})
""",
    "sqlite3": """
import multiprocessing, sqlite3
def work(n):
    with sqlite3.connect("/tmp/x.db", isolation_level=None, timeout=20) as database:
        for _ in range(50): database.execute("insert into t values (?)", (n,))
if __name__ == "__main__":
    database = sqlite3.connect("/tmp/x.db"); database.execute("create table t (n)"); database.commit()
    with multiprocessing.Pool(3) as workers: workers.map(work, range(3))
    print(database.execute("select count(*) from t").fetchone() == (150,))
""",
    "locks": """
import fcntl, os, time
file = open("/tmp/lock", "w"); fcntl.lockf(file, fcntl.LOCK_EX); fcntl.flock(file, fcntl.LOCK_SH)
if os.fork() == 0:
    other = open("/tmp/lock", "w")
    try: fcntl.lockf(other, fcntl.LOCK_EX | fcntl.LOCK_NB); print("not locked")
    except BlockingIOError: pass
    fcntl.lockf(other, fcntl.LOCK_EX); print(True, flush=True)  # it has waited for the other
    os._exit(0)
time.sleep(0.2); fcntl.lockf(file, fcntl.LOCK_UN); os.wait()
""",
    "killed-worker": """
import concurrent.futures
def eat(): return len(bytearray(300 << 20))
if __name__ == "__main__":
    with concurrent.futures.ProcessPoolExecutor(1) as workers:
        try: workers.submit(eat).result()
        except concurrent.futures.process.BrokenProcessPool: print(True)
""",
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_ordinary_program_works_as_anywhere(name: str) -> None:
    result = execute(RunRequest(code=PROGRAMS[name], limits=default_limits()))
    assert (result.verdict, result.stdout) == (Verdict.OK, "True\n"), result


def test_node_serves_http_on_its_loopback() -> None:
    code = """
const http = require("http");
const server = http.createServer((request, response) => response.end("x".repeat(1 << 20)));
server.listen(0, "127.0.0.1", async () => {
  const url = `http://127.0.0.1:${server.address().port}/`;
  const bodies = await Promise.all([...Array(20)].map(() => fetch(url).then((r) => r.text())));
  console.log(bodies.every((body) => body.length === 1 << 20));
  server.close(); server.closeAllConnections();
});
"""
    result = execute(RunRequest(code=code, language="javascript", limits=default_limits()))
    assert (result.verdict, result.stdout) == (Verdict.OK, "true\n"), result


def test_closed_sockets_are_missing_and_not_forbidden(cold: pytest.MonkeyPatch) -> None:
    cold.setattr(confinement, "sockets", lambda: confinement.Sockets.CLOSED)
    code = """
import errno, socket
for family in (socket.AF_INET, socket.AF_INET6):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        try: socket.socket(family, kind); print("BREACH")
        except OSError as error: print(errno.errorcode[error.errno])
a, b = socket.socketpair(); a.send(b"unix"); print(b.recv(10))
"""
    assert (
        execute(RunRequest(code=code, limits=default_limits())).stdout
        == "EAFNOSUPPORT\n" * 4 + "b'unix'\n"
    )


def test_error_explains_that_the_loopback_is_closed(cold: pytest.MonkeyPatch) -> None:
    cold.setattr(confinement, "sockets", lambda: confinement.Sockets.CLOSED)
    result = execute(
        RunRequest(
            code="import socket; socket.create_server(('127.0.0.1', 0))", limits=default_limits()
        )
    )
    assert "127.0.0.1" in present(present(result.error_details).hint)


LOCKS_WITHOUT_END = """
import fcntl
file = open("/tmp/x", "w")
while True: fcntl.lockf(file, fcntl.LOCK_EX)
"""
TRANSACTIONS_WITHOUT_END = """
import sqlite3
database = sqlite3.connect("/tmp/x.db", isolation_level=None, timeout=0)
database.execute("create table t (n)")
while True: database.execute("insert into t values (1)")
"""
LISTENERS_WITHOUT_END = """
import socket
kept = []
while True:
    kept.append(socket.socket(socket.AF_UNIX)); kept[-1].bind(f"\\0{len(kept)}"); kept[-1].listen()
"""
MORE_LOCKS = "The program has locked files more often than one run may"
MORE_LISTENERS = "The program has opened more sockets for connections than one run may"


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (LOCKS_WITHOUT_END, MORE_LOCKS),
        (TRANSACTIONS_WITHOUT_END, MORE_LOCKS),
        (LISTENERS_WITHOUT_END, MORE_LISTENERS),
    ],
    ids=["locks", "sqlite", "listeners"],
)
def test_error_explains_that_a_run_may_make_no_more_such_calls(code: str, sentence: str) -> None:
    limits = Limits(memory_bytes=16 * MiB, wall_seconds=60, cpu_seconds=60)
    result = execute(RunRequest(code=code, limits=limits))
    assert present(result.error).startswith(f"{sentence} (line ")
    assert result.evidence.calls_refused > 0


def test_engine_over_a_network_is_another_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    assert engine.is_on_this_machine()
    remote = APIClient("tcp://127.0.0.1:2375", version="1.41")  # it need not answer
    with monkeypatch.context() as patch:
        patch.setattr(engine, "_client", lambda: remote)
        assert not engine.is_on_this_machine()


def test_sandbox_of_an_engine_elsewhere_is_not_handed_out(cold: pytest.MonkeyPatch) -> None:
    """Stands for a unix socket that leads to another machine: its process numbers mean others here."""
    cold.setattr(confinement, "sockets", lambda: confinement.Sockets.LIMITED)
    cold.setattr(engine, "first_process", lambda container_id: os.getpid())
    with pytest.raises(EngineError, match="EXECUTOR_INET_SOCKETS"):
        execute(RunRequest(code="print(1)", limits=default_limits()))


@pytest.mark.parametrize(
    ("version", "wish", "hierarchy", "engine_host", "expected"),
    [
        ("2", "auto", None, "here", "charged"),
        ("2", "auto", None, "elsewhere", "charged"),
        ("1", "auto", "writable", "here", "limited"),
        ("1", "auto", "writable", "elsewhere", "closed"),
        ("1", "yes", "writable", "elsewhere", "unbounded"),
        ("1", "auto", None, "here", "closed"),
        ("1", "auto", "/sys/nowhere", "here", "closed"),
        ("1", "yes", None, "here", "unbounded"),
        ("2", "no", None, "here", "closed"),
    ],
)
def test_bound_on_sockets_follows_kernel_rights_engine_and_setting(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    version: str,
    wish: str,
    hierarchy: str | None,
    engine_host: str,
    expected: str,
) -> None:
    place = tmp_path if hierarchy == "writable" else Path(hierarchy) if hierarchy else None
    (tmp_path / "cgroup.procs").touch()
    monkeypatch.setattr(engine, "information", lambda: {"CgroupVersion": version})
    monkeypatch.setattr(engine, "is_on_this_machine", lambda: engine_host == "here")
    monkeypatch.setattr(confinement, "memory_hierarchy", lambda: place)
    monkeypatch.setattr(confinement, "config", lambda: replace(config(), inet_sockets=wish))
    assert confinement.sockets.__wrapped__() == expected
