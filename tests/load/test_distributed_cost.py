"""The cost of a run for web process, worker, broker and database in the distributed mode.

`make test-load` prints it for docs/scaling.md. CAPACITY may name a file of
`tools.capacity measure` to add it to.
"""

import json
import os
from itertools import count
from pathlib import Path
from threading import local
from typing import Any

import pytest
import requests

from tests.support.load import IS_LONG
from tests.support.services.daemons import below
from tests.support.services.deployment import deployment
from tools.benchmark.measure import throughput
from tools.benchmark.spending import cpu_ms_of
from tools.capacity.databases import Postgresql

pytestmark = [pytest.mark.docker, pytest.mark.xdist_group("load")]
CLIENTS = 4
SECONDS = 12


@pytest.mark.skipif(not IS_LONG, reason="a measurement: `make test-load`")
@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to start an engine")
def test_what_a_distributed_run_costs(tmp_path: Path) -> None:
    with deployment(tmp_path, webs=1, workers=1, EXECUTOR_SELF_CHECK_SECONDS="0") as own:
        tokens, number, kept = own.tokens(CLIENTS), count(), local()

        def run() -> None:
            if not hasattr(kept, "session"):
                kept.session = requests.Session()
                kept.session.trust_env = False
                kept.session.headers["Authorization"] = f"Bearer {tokens[next(number) % CLIENTS]}"
            answer = kept.session.post(
                f"{own.addresses[0]}/run", json={"code": "print(2 + 2)"}, timeout=60
            )
            answer.raise_for_status()
            assert answer.json()["output"] == "4\n"
            answered.append(answer)

        def spent() -> Any:
            assert own.broker.process is not None
            broker = own.broker.process.pid
            return {
                "web": cpu_ms_of(own.webs[0].pid),
                "worker": cpu_ms_of(own.workers[0].pid),
                "broker": sum(map(cpu_ms_of, [broker, *below(broker)])),
                "database": (counted := database.counters()).cpu_ms,
                "transactions": counted.transactions,
                "written_bytes": counted.written_bytes,
            }

        answered: list[requests.Response] = []
        database = Postgresql(own.database.url)
        throughput(run, concurrency=CLIENTS, seconds=3)
        before = spent()
        answered.clear()
        throughput(run, concurrency=CLIENTS, seconds=SECONDS)
        after = spent()
    found = {name: (after[name] - before[name]) / len(answered) for name in before}
    print(f"\na distributed run, of {len(answered)}, CPU ms and more: {found}")
    assert all(value > 0 for value in found.values())
    if name := os.environ.get("CAPACITY"):
        path = Path(name)
        path.write_text(json.dumps(json.loads(path.read_text()) | {"distributed": found}, indent=1))
