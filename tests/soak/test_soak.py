"""The service under a long steady load: nothing grows.

`make test-soak` (SOAK_SECONDS=1800, SOAK_DISPATCH=inline or celery).
"""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

import psycopg
import pytest

from executor.sandbox.engine import containers
from executor.sandbox.spec import LABEL_INSTANCE
from tests.support.faults.clients import Clients
from tests.support.present import present
from tests.support.samples import Sample, Timed, growth, sample, windows
from tests.support.services.deployment import deployment
from tools.benchmark.report import table
from tools.site import service

SECONDS = float(os.environ.get("SOAK_SECONDS", "0"))
DISPATCH = os.environ.get("SOAK_DISPATCH", "inline")
EVERY_SECONDS = 5
THREADS = 6
THINK_SECONDS = 1.5
"""Mean pause of each thread: two processors bear this load without refusals."""
INSTANCE = f"soak-{os.getpid()}"
COUNT_ROWS = "SELECT count(*) FROM submissions_submission"

pytestmark = [
    pytest.mark.docker,
    pytest.mark.skipif(not SECONDS, reason="SOAK_SECONDS says for how long: make test-soak"),
]


@dataclass(frozen=True, kw_only=True, slots=True)
class Soaked:
    """The service, and the ways to sample it."""

    addresses: Sequence[str]
    tokens: Sequence[str]
    pids: Sequence[int]
    count_containers: Callable[[], int]
    count_rows: Callable[[], int]


@contextmanager
def inline(directory: Path) -> Iterator[Soaked]:
    def count_rows() -> int:
        with closing(sqlite3.connect(f"file:{directory}/db.sqlite3?mode=ro", uri=True)) as found:
            return int(found.execute(COUNT_ROWS).fetchone()[0])

    settings = {"VAR_DIR": str(directory), "EXECUTOR_INSTANCE": INSTANCE}
    with service(**settings, EXECUTOR_SELF_CHECK_SECONDS="600") as served:
        yield Soaked(
            addresses=[served.address],
            tokens=[served.token],
            pids=[served.process.pid],
            count_containers=lambda: len(containers(f"{LABEL_INSTANCE}={INSTANCE}")),
            count_rows=count_rows,
        )


@contextmanager
def distributed(directory: Path) -> Iterator[Soaked]:
    def count_rows() -> int:
        with psycopg.connect(own.database.url) as connection:
            return int(present(connection.execute(COUNT_ROWS).fetchone())[0])

    with deployment(directory) as own:
        yield Soaked(
            addresses=own.addresses,
            tokens=own.tokens(3),
            pids=[program.pid for program in (*own.webs, *own.workers)],
            count_containers=lambda: sum(len(engine.containers()) for engine in own.engines),
            count_rows=count_rows,
        )


def soak(soaked: Soaked) -> tuple[list[Sample], list[Timed], Clients]:
    """Sample the service while clients use it."""
    clients = Clients(
        soaked.addresses,
        soaked.tokens,
        threads=THREADS // len(soaked.tokens),
        pause=THINK_SECONDS,
        seed=1,
    )
    samples = []
    start = monotonic()
    clients.start()
    try:
        while (at := monotonic() - start) < SECONDS:
            samples.append(
                sample(
                    at,
                    soaked.pids,
                    containers=soaked.count_containers(),
                    rows=soaked.count_rows(),
                )
            )
            sleep(EVERY_SECONDS)
    finally:
        clients.stop()
    times = [Timed(at=when - start, ms=seconds * 1000) for when, seconds in clients.waited]
    return samples, times, clients


@pytest.mark.skipif(
    DISPATCH == "celery" and (os.geteuid() != 0 or not shutil.which("dockerd")),
    reason="needs root, to start engines",
)
def test_nothing_grows_under_steady_load(tmp_path_factory: pytest.TempPathFactory) -> None:
    way = {"inline": inline, "celery": distributed}[DISPATCH]
    with way(tmp_path_factory.mktemp("soak")) as soaked:
        samples, times, clients = soak(soaked)
    found = growth(samples, times, SECONDS)
    print(f"\n{DISPATCH}, {SECONDS:.0f} s; answers by status: {dict(clients.met)}")
    print(table(windows(samples, times, SECONDS)))
    rows = [
        (name, one.before, one.after, one.allowed, "flat" if one.is_flat else "GROWS")
        for name, one in found.items()
    ]
    print(table([("", "second third", "last third", "allowed", ""), *rows]))
    assert set(clients.met) <= {200, 202}, clients.met
    assert [name for name, one in found.items() if not one.is_flat] == []
