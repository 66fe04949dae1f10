"""Isolation seen from outside: nothing survives a run, nothing is shared, nothing is lost."""

import json
import os
import pwd
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from executor import (
    Cancellation,
    Limits,
    RunRequest,
    Verdict,
    default_limits,
    execute,
    this_process,
)
from executor.conf import config
from executor.pool import creation, pool
from executor.runs import RunResult
from executor.sandbox import engine
from executor.sandbox.spec import LABEL_OWNER, container_spec
from tests.support.attacks import CATALOGUE
from tests.support.sandboxes import engine_client, inspect, processes_of
from tests.support.waiting import PATIENCE_SECONDS, eventually

pytestmark = pytest.mark.docker

NAMESPACES = """
import json, os
kinds = ("cgroup", "ipc", "mnt", "net", "pid", "uts")
print(json.dumps({kind: os.readlink(f"/proc/self/ns/{kind}") for kind in kinds}))
"""


@pytest.fixture
def alone() -> None:
    """Wait until no sandbox of an earlier test of this process exists."""
    pool.pool().close()
    pool.pool.forget()


def run(code: str, **over: Any) -> RunResult:
    return execute(RunRequest(**{"code": code, "limits": default_limits(), **over}))


def test_namespaces_are_the_runs_own() -> None:
    for kind, theirs in json.loads(run(NAMESPACES).stdout).items():
        assert theirs != str(Path(f"/proc/self/ns/{kind}").readlink())


def test_namespaces_are_not_those_of_another_run() -> None:
    """Both run at the same time: the kernel reuses the number of a removed namespace."""
    code = NAMESPACES + "import time; time.sleep(0.5)"
    with ThreadPoolExecutor(2) as threads:
        one, other = (json.loads(r.stdout) for r in threads.map(lambda _: run(code), range(2)))
    assert [kind for kind in one if one[kind] == other[kind]] == []


def cgroups_of(container: str) -> list[str]:
    """Find the cgroups of a container: version 1 or 2, made by the engine or by systemd."""
    places = (place for place, _, _ in os.walk("/sys/fs/cgroup"))
    return [place for place in places if container in Path(place).name]


def wait_until_removed(container: str) -> None:
    """A run is answered before its sandbox is removed."""
    eventually(lambda: engine.exit_state(container) is None)


@pytest.mark.parametrize(
    "slug",
    [
        "fork-bomb",
        "zombies",
        "orphans-write-on",
        "orphans-in-a-storm",
        "stops-everything",
        "traced-by-the-shim",
        "js-process-bomb",
        "floods-by-many-processes",
        "ignores-signals",
    ],
)
def test_nothing_of_an_attack_is_left_on_the_host(slug: str) -> None:
    container = CATALOGUE[slug].run().sandbox
    pool.pool().slots.retire_all()  # after an end by an exit code its slot would stay
    wait_until_removed(container)
    assert processes_of(container) == []
    assert cgroups_of(container) == []


@pytest.mark.container  # a pool of slots always has others
def test_a_survivor_would_be_seen(alone: None) -> None:
    """The search on the host that finds nothing above finds a process that exists."""
    seen, cancellation = [], Cancellation()

    def look(event: Any) -> None:
        for container in engine.containers(f"{LABEL_OWNER}={this_process()}"):
            places = cgroups_of(container["Id"])
            seen.append((len(processes_of(container["Id"])), len(places) > 0))
        cancellation.cancel()

    code = "import os, time\nif os.fork(): print('up', flush=True)\ntime.sleep(60)"
    request = RunRequest(code=code, limits=Limits(wall_seconds=PATIENCE_SECONDS))
    execute(request, on_event=look, cancellation=cancellation)
    assert max(seen) == (4, True)  # the supervisor, the relay and two


@pytest.mark.container  # a pool of slots always has others
def test_host_ends_a_run_whose_supervisor_is_silent(alone: None) -> None:
    def freeze(event: Any) -> None:
        for container in engine.containers(f"{LABEL_OWNER}={this_process()}"):
            if container["State"] == "running":
                with engine_client() as client:
                    client.pause(container["Id"])

    # Time enough for a slow engine to pause the sandbox before its supervisor ends the run.
    request = RunRequest(
        code="import os\nos.write(1, b'up\\n')\nwhile True: pass", limits=Limits(wall_seconds=4)
    )
    result = execute(request, on_event=freeze)
    assert result.verdict is Verdict.TIME_LIMIT_EXCEEDED
    assert (result.stdout, result.evidence.reported) == ("up\n", False)
    wait_until_removed(result.sandbox)
    assert processes_of(result.sandbox) == []


@pytest.mark.container  # a pool of slots always has others
def test_engine_keeps_no_log_of_a_run(alone: None) -> None:
    logs = []

    def look(event: Any) -> None:
        for container in engine.containers(f"{LABEL_OWNER}={this_process()}"):
            logs.append(inspect(container["Id"])["LogPath"])

    execute(RunRequest(code="print('x' * 1000)", limits=default_limits()), on_event=look)
    assert set(logs) == {""}


@pytest.mark.parametrize("slug", ["any-bytes", "js-lone-surrogates", "ends-like-a-frame"])
def test_output_is_fit_for_json_and_postgresql(slug: str) -> None:
    result = CATALOGUE[slug].run()
    for text in (result.stdout, result.stderr):
        assert json.loads(json.dumps(text)) == text
        assert "\0" not in text.encode("utf-8").decode("utf-8")


def processes_named(name: str) -> list[int]:
    found = []
    for directory in Path("/proc").iterdir():
        if directory.name.isdigit():
            try:
                command = (directory / "cmdline").read_bytes()
            except OSError:
                continue
            if name.encode() in command:
                found.append(int(directory.name))
    return found


@pytest.mark.parametrize(
    "escape",
    [
        "os.setsid()",
        "os.setsid(); os.fork() and os._exit(0)",
        "[signal.signal(n, signal.SIG_IGN) for n in range(1, 65) if n not in (9, 19, 32, 33)]",
        "ctypes.CDLL(None).ptrace(0, 0, 0, 0)",
    ],
)
def test_no_process_survives_its_run(escape: str) -> None:
    """The process is searched on the host by a name that the run set."""
    marker = f"survivor-{os.getpid()}-{threading.get_ident()}"
    code = f"""
import ctypes, os, signal, sys, time
if os.fork() == 0:
    {escape}
    os.execv("/usr/bin/sleep", ["{marker}", "30"])
time.sleep(0.2)
"""
    assert run(code).verdict is Verdict.OK
    assert processes_named(marker) == []


def test_runs_at_the_same_time_share_no_loopback_and_no_abstract_socket() -> None:
    serve = """
import socket, time
tcp = socket.create_server(("127.0.0.1", 7777)); tcp.settimeout(4)
unix = socket.socket(socket.AF_UNIX); unix.bind("\\0meeting-point"); unix.listen()
print("listening")
try: tcp.accept(); print("BREACH")
except TimeoutError: pass
"""
    visit = """
import socket
for family, address in ((socket.AF_INET, ("127.0.0.1", 7777)), (socket.AF_UNIX, "\\0meeting-point")):
    try: socket.socket(family).connect(address); print("BREACH", address)
    except ConnectionRefusedError: print("nobody")
"""
    listening = threading.Event()
    with ThreadPoolExecutor(1) as threads:
        request = RunRequest(code=serve, limits=Limits(wall_seconds=3))
        server = threads.submit(execute, request, on_event=lambda event: listening.set())
        assert listening.wait(30)
        assert run(visit).stdout == "nobody\nnobody\n"
        assert "BREACH" not in server.result().stdout


# What a sandbox sees of the whole machine, as docs/security.md says.
SEEN = {
    "/proc/loadavg",
    "/proc/meminfo",
    "/proc/stat",
    "/proc/uptime",
    "/proc/sys/kernel/random/uuid",
}
LOOK = """
import json, os, time
def look():
    seen = {}
    for place in ("/proc", "/sys"):
        for top, directories, files in os.walk(place):
            if top == "/proc": directories[:] = [d for d in directories if not d.isdigit()]
            if "cgroup" in top: continue  # its own
            for name in files:
                path = os.path.join(top, name)
                try: seen[path] = os.read(os.open(path, os.O_RDONLY | os.O_NONBLOCK), 1 << 16)
                except OSError: pass
                os.closerange(3, 100)
    return seen
before = look()
print("ready", flush=True)
time.sleep(1.5)
after = look()
print(json.dumps([path for path in after if after[path] != before.get(path)]))
"""
WORK = """
import fcntl, os, subprocess
for n in range(50):
    file = open(f"/tmp/{n}", "w"); file.write("x" * 10000); file.flush(); os.fsync(file.fileno())
    fcntl.lockf(file, fcntl.LOCK_EX); subprocess.run(["true"])
"""


def changed_while_another_run_works(ablation: str = "") -> Any:
    """Return the paths of files whose content changes meanwhile."""
    looking = threading.Event()
    with ThreadPoolExecutor(1) as threads:
        request = RunRequest(code=LOOK, ablation=ablation, limits=default_limits())
        spy = threads.submit(execute, request, on_event=lambda event: looking.set())
        assert looking.wait(30)
        assert run(WORK).verdict is Verdict.OK
        return set(json.loads(spy.result().stdout.splitlines()[-1]))


@pytest.mark.xdist_group("core_pattern")  # its tests change a file of /proc/sys
def test_nothing_but_the_load_tells_of_what_another_run_does() -> None:
    """Any other change in /proc and /sys could be a message or a secret."""
    assert changed_while_another_run_works() <= SEEN


@pytest.mark.xdist_group("sabotage")
def test_without_masks_many_files_reveal_another_run() -> None:
    assert "/proc/vmstat" in changed_while_another_run_works("masked-paths")


def with_logs(*args: Any, **kwargs: Any) -> Any:
    spec = container_spec(*args, **kwargs)
    spec["HostConfig"]["LogConfig"] = {"Type": "json-file"}
    return spec


@pytest.mark.parametrize("has_logs", [False, True])
def test_engine_writes_no_output_to_the_hosts_disk(
    monkeypatch: pytest.MonkeyPatch, has_logs: bool
) -> None:
    """The engine removes a log with its container, so the test looks while the program runs."""
    if has_logs:
        monkeypatch.setattr(creation, "container_spec", with_logs)
    kept = Path(engine.information()["DockerRootDir"]) / "containers"
    if not os.access(kept, os.R_OK):
        pytest.skip(f"only root may look into {kept}")
    printed = f"output of {uuid4().hex}".encode()

    def has(file: Path) -> bool:
        with suppress(FileNotFoundError):  # another container's, removed meanwhile
            return printed in file.read_bytes()
        return False

    def is_kept() -> bool:
        return any(has(file) for file in kept.glob("*/*.log"))

    found: list[bool] = []

    def look(event: Any) -> None:
        until = time.monotonic() + (PATIENCE_SECONDS if has_logs else 0.5)
        while not (kept_now := is_kept()) and time.monotonic() < until:
            time.sleep(0.05)
        found.append(kept_now)

    code = f"print({printed.decode()!r}, flush=True)\nimport time\ntime.sleep(1)"
    execute(RunRequest(code=code, limits=default_limits(), read_only=False), on_event=look)
    assert found == [has_logs]


def test_the_next_run_is_unharmed_by_a_bomb() -> None:
    for bomb in ("x = bytearray(10**9)", "import os\nwhile True: os.fork()"):
        assert run(bomb).verdict is not Verdict.OK
        assert run("print(1)").stdout == "1\n"


def test_nothing_below_the_cap_is_lost_under_parallel_load() -> None:
    code = """
import sys
for n in range(2000):
    print(f"out {n:06}", flush=True); print(f"err {n:06}", file=sys.stderr)
"""
    out = "".join(f"out {n:06}\n" for n in range(2000))
    err = out.replace("out", "err")
    with ThreadPoolExecutor(6) as threads:
        for result in threads.map(lambda _: run(code), range(60)):
            assert (result.verdict, result.stdout, result.stderr) == (Verdict.OK, out, err)


def test_sandbox_user_owns_nothing_on_the_host() -> None:
    assert not {entry.pw_uid for entry in pwd.getpwall()} & set(config().uids)


@pytest.mark.container  # a pool of slots always has others
def test_engine_saw_no_privileged_container(alone: None) -> None:
    seen = []
    code = "print('up')\nimport time; time.sleep(0.3)"

    def look(event: Any) -> None:
        for container in engine.containers(f"{LABEL_OWNER}={this_process()}"):
            details = inspect(container["Id"])
            seen.append((details["HostConfig"]["Privileged"], details["Mounts"]))

    execute(RunRequest(code=code, limits=default_limits()), on_event=look)
    assert seen
    assert all(privileged is False and not mounts for privileged, mounts in seen)
