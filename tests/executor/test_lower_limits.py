"""Limits that a run lowers: they hold in a sandbox that has waited as in one made for the run."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib import import_module
from typing import Any

import pytest

from executor import LANGUAGES, EngineError, choices, chosen_limits, default_limits, offered
from executor.limits import Limits, MiB
from executor.pool.pool import Pool
from executor.runs import RunResult
from executor.sandbox import confinement
from executor.sandbox.container import Sandbox
from tests.support import lane
from tests.support.present import present
from tests.support.programs import run
from tests.support.waiting import eventually

pytestmark = pytest.mark.docker

OWN = default_limits()
FILL_MEMORY = """
    kept = []
    while True:
        kept.append(bytearray(b"x") * 2**20)
        print(len(kept), flush=True)
"""
FILL_MEMORY_JS = """
    const kept = [];
    for (;;) {
      kept.push(Buffer.alloc(2 ** 20, 1));
      require("fs").writeSync(1, `${kept.length}\\n`);
    }
"""
FILL_DISK = """
    import os
    for place in ("/tmp", "/dev/shm"):
        with open(f"{place}/full", "wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(2**20))
            except OSError as error:
                print(error.errno, flush=True)
"""
FORK = """
    import os, signal
    children = 0
    try:
        while True:
            if os.fork() == 0:
                signal.pause()
            children += 1
            print(children + 1, flush=True)
    except BlockingIOError:
        raise SystemExit(1)
"""


@pytest.fixture(scope="module", autouse=True)
def _runtimes_are_read() -> None:
    """Have the runtimes' files in memory: the run that reads them first has them in its limit."""
    for language in ("python", "javascript"):
        run("", language=language)


@pytest.fixture(params=["warm", "cold"])
def warm(
    request: pytest.FixtureRequest, make_pool: Callable[..., Pool], monkeypatch: pytest.MonkeyPatch
) -> bool:
    """Serve the test's runs from a pool with an idle sandbox, or without."""
    is_warm: bool = request.param == "warm"
    pool = make_pool(pool_size=2)  # of one, TypeScript has none
    monkeypatch.setattr(import_module("executor.execute"), "pool", lambda: pool)
    if is_warm:
        pool.start()
        eventually(lambda: pool.state().ready == pool.state().target)
    return is_warm


def ran(warm: bool, code: str, **lower: Any) -> RunResult:
    language = lower.pop("language", "python")
    result = run(code, language=language, limits=replace(OWN, **lower))
    assert result.warm is warm
    assert result.limits == replace(OWN, **lower)
    return result


@pytest.mark.parametrize(
    ("code", "language", "mebibytes"),
    [(FILL_MEMORY, "python", 12), (FILL_MEMORY, "python", 48), (FILL_MEMORY_JS, "javascript", 48)],
)
def test_run_with_less_memory_is_stopped_at_it(
    warm: bool, code: str, language: str, mebibytes: int
) -> None:
    result = ran(warm, code, language=language, memory_bytes=mebibytes * MiB)
    assert result.verdict == "memory_limit_exceeded", result.evidence
    assert f"{mebibytes} MiB" in present(result.error)
    # A copy of a booted Python shares the limit with the one that was booted.
    least = mebibytes / (5 if lane.BOOT == "fork" else 3)
    assert least < len(result.stdout.splitlines()) < mebibytes, result.evidence


def test_files_count_against_less_memory(warm: bool) -> None:
    result = ran(warm, FILL_DISK, memory_bytes=24 * MiB)
    assert result.verdict == "memory_limit_exceeded"
    assert result.evidence.reported


@pytest.mark.parametrize(
    ("processes", "told"), [(1, "more than one process or thread"), (5, "more than 5 processes")]
)
def test_run_with_fewer_processes_is_refused_the_next(
    warm: bool, processes: int, told: str
) -> None:
    result = ran(warm, FORK, processes=processes)
    assert result.verdict == "process_limit_exceeded"
    assert told in present(result.error)
    assert result.stdout.splitlines() == [str(n) for n in range(2, processes + 1)]


@pytest.mark.parametrize(
    ("code", "lower", "verdict"),
    [
        ("while True: pass", {"wall_seconds": 0.3}, "time_limit_exceeded"),
        ("while True: pass", {"cpu_seconds": 0.3}, "time_limit_exceeded"),
        ("print('x' * 101)", {"output_bytes": 100}, "output_limit_exceeded"),
    ],
)
def test_limit_that_belongs_to_the_run_is_lowered_too(
    warm: bool, code: str, lower: dict[str, Any], verdict: str
) -> None:
    assert ran(warm, code, **lower).verdict == verdict


@pytest.mark.parametrize("slug", sorted(offered()))
def test_small_program_ends_well_at_every_floor(warm: bool, slug: str) -> None:
    language = LANGUAGES[slug]
    ranges = choices(language)
    lowest: dict[str, Any] = {n: ranges[n].least for n in ("memory_bytes", "processes")}
    # Not `ran`: a Python that waits to be copied uses more than the floor, so the run starts cold.
    result = run(language.hello, language=slug, limits=replace(OWN, **lowest))
    assert result.warm is warm or (lane.BOOT, slug) == ("fork", "python")
    assert result.limits == replace(OWN, **lowest)
    assert (result.verdict, result.stdout) == ("ok", "Hello World\n")
    assert present(result.usage.memory_peak_bytes) <= lowest["memory_bytes"]


def test_sandbox_whose_limits_cannot_be_lowered_is_replaced_by_a_cold_one(
    make_pool: Callable[..., Pool], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The engine refuses less memory than a container may have at all, 6 MiB."""
    pool = make_pool()
    pool.start()
    eventually(lambda: pool.state().ready["python"])
    refused = replace(OWN, memory_bytes=MiB)
    with (
        pytest.raises(EngineError, match="Minimum memory"),  # the cold one is refused too
        pool.sandbox(LANGUAGES["python"], refused, read_only=True),
    ):
        pass
    eventually(lambda: pool.state().destroyed == 1)


def test_choice_never_raises_a_limit() -> None:
    assert (
        chosen_limits({"memory_bytes": 10**12, "wall_seconds": 10**9}, LANGUAGES["python"]) == OWN
    )
    assert chosen_limits({"wall_seconds": 2}, LANGUAGES["python"]) == replace(OWN, wall_seconds=2)


LOCK = """
    import fcntl
    file, locks = open("/tmp/f", "w"), 0
    try:
        while True:
            fcntl.lockf(file, fcntl.LOCK_EX, 1)
            locks += 1
    except OSError:
        print(locks)
"""
LISTEN = """
    import socket
    kept, listens = [socket.socket(socket.AF_UNIX)], 0
    kept[0].bind("\\0x")
    try:
        while True:
            kept[0].listen(1)
            listens += 1
    except OSError:
        print(listens)
"""


@pytest.mark.parametrize(
    ("code", "bound"), [(LOCK, "file_lock_calls"), (LISTEN, "listen_calls")], ids=["lock", "listen"]
)
def test_counted_calls_follow_the_memory(warm: bool, code: str, bound: str) -> None:
    lower = 16 * MiB
    result = ran(warm, code, memory_bytes=lower)
    assert int(result.stdout) == getattr(replace(OWN, memory_bytes=lower), bound)


def test_socket_buffers_follow_the_memory(full_sandbox: tuple[Sandbox, Limits]) -> None:
    sandbox, limits = full_sandbox
    with confinement._first_process(
        sandbox.container_id
    ) as process:  # private: no program can see it
        found = (confinement._memory_cgroup(process) / confinement.TCP_LIMIT).read_text()
    assert int(found) == limits.socket_bytes


@pytest.fixture
def full_sandbox(make_pool: Callable[..., Pool]) -> Iterator[tuple[Sandbox, Limits]]:
    if confinement.sockets() is not confinement.Sockets.LIMITED:
        pytest.skip("the kernel charges socket buffers as memory, or there are none")
    pool = make_pool()
    pool.start()
    eventually(lambda: pool.state().ready["python"])
    limits = replace(OWN, memory_bytes=32 * MiB)
    with pool.sandbox(LANGUAGES["python"], limits, read_only=True) as lease:
        assert lease.warm
        yield lease.sandbox, limits
