"""The cost and the gain of distribution: `make bench-distributed`."""

import os
import shutil
import statistics
import threading
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from time import monotonic

import pytest

from tests.support.services.deployment import Deployment, deployment
from tests.support.services.postgresql import postgres
from tools.benchmark.measure import latencies, summary
from tools.benchmark.report import table
from tools.site import Service, service

ROUNDS = int(os.environ.get("DISTRIBUTED_ROUNDS", "0"))
SETTLE_SECONDS = 0.15
"""Pause before each measured run, for removal, refill and sealing after the last one."""
PLACES = 4
"""Places of a worker."""
THREADS = 32
"""Threads of a web process, for clients that wait."""
SLEEP_SECONDS = 2
PHASE_SECONDS = 20
PHASES = 3
"""Measurements with one worker, and with two, in turn."""
PATIENT = {
    "EXECUTOR_MAX_RUNS": str(PLACES),
    # Plus the reserves for users without waiting requests, for streams and for pages.
    "WEB_THREADS": str(THREADS * 4 // 3 + 1 + 16 + 8),
    "EXECUTOR_QUEUE_SECONDS": "60",
    "EXECUTOR_SELF_CHECK_SECONDS": "0",  # otherwise its attacks are measured too
    "SIGNUP_OPEN": "no",
    "RUN_MAX_PER_USER": "0",  # one user sends all runs
}

pytestmark = [
    pytest.mark.docker,
    pytest.mark.skipif(
        not ROUNDS, reason="DISTRIBUTED_ROUNDS says how many: make bench-distributed"
    ),
    pytest.mark.skipif(
        os.geteuid() != 0 or not shutil.which("dockerd"), reason="needs root, to start engines"
    ),
]


def served_by(own: Deployment) -> Service:
    """Return its first web process, for a client with a persistent connection."""
    process = own.webs[0].process
    assert process is not None
    return Service(
        address=own.addresses[0],
        token=own.tokens(1)[0],
        staff_token="",
        admin_password="",
        process=process,
        environment=own.environment,
    )


def run(served: Service) -> None:
    answer = served.run("print(2 + 2)", "python")
    assert answer.status_code == 200, answer.text
    assert answer.json()["output"] == "4\n", answer.text


def warm_up(served: Service) -> None:
    """Let each thread of the server connect, which it does on first use. Waitress uses them in turn."""
    with ThreadPoolExecutor(PLACES) as clients:
        list(clients.map(lambda _: run(served), range(3 * THREADS)))


def test_latency_that_distributing_adds(tmp_path_factory: pytest.TempPathFactory) -> None:
    """One machine and one engine: only the way to the engine differs."""
    with ExitStack() as stack:
        inline = stack.enter_context(service(**PATIENT))
        database = stack.enter_context(postgres())
        on_postgresql = stack.enter_context(
            service(
                **PATIENT,
                DATABASE_URL=database.url,
                EXECUTOR_INSTANCE=f"benchmark-{os.getpid()}-postgresql",
            )
        )
        own = stack.enter_context(
            deployment(
                tmp_path_factory.mktemp("one"), webs=1, workers=1, own_engines=False, **PATIENT
            )
        )
        ways = {
            "inline, SQLite": inline,
            "inline, PostgreSQL": on_postgresql,
            "distributed": served_by(own),
        }

        for served in ways.values():
            warm_up(served)
        contenders = {name: partial(run, served) for name, served in ways.items()}
        found: dict[str, list[float]] = defaultdict(list)
        for name, ms in latencies(contenders, rounds=ROUNDS, settle_seconds=SETTLE_SECONDS):
            found[name].append(ms)
    rows: list[tuple[object, ...]] = [(f"{ROUNDS} of each, ms", "p50", "p95", "more than before")]
    before = None
    for name, times in found.items():
        it = summary(times)
        rows.append((name, it.p50, it.p95, None if before is None else it.p50 - before))
        before = it.p50
    print(f"\n{table(rows)}")


def throughput(served: Service, seconds: float) -> float:
    """Return the runs a second of a program that sleeps, from more clients than places."""
    ended: list[float] = []
    end = monotonic() + seconds

    def repeat() -> None:
        while monotonic() < end:
            answer = served.run(f"import time; time.sleep({SLEEP_SECONDS})", "python")
            assert answer.status_code == 200, answer.text
            ended.append(monotonic())

    threads = [threading.Thread(target=repeat) for _ in range(3 * PLACES)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # From the first end to the last while all places are busy: without filling and draining.
    counted = sorted(one for one in ended if one <= end)
    return (len(counted) - 1) / (counted[-1] - counted[0])


def test_two_workers_double_the_throughput_of_waiting_runs(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    one: list[float] = []
    two: list[float] = []
    with deployment(
        tmp_path_factory.mktemp("two"), webs=1, workers=2, own_engines=True, **PATIENT
    ) as own:
        served = served_by(own)
        second = own.workers[1]
        for number in range(2 * PHASES):
            figures = (two, one)[number % 2]
            if number % 2:
                second.stop()
            elif number:
                second.start()
            figures.append(throughput(served, PHASE_SECONDS))
            print(
                f"\n{len(own.workers) - number % 2} workers: {figures[-1]:.2f} runs/s", flush=True
            )
        second.start()
    ratio = statistics.median(two) / statistics.median(one)
    print(f"two workers give {ratio:.2f} times what one gives")
    assert ratio >= 1.8
