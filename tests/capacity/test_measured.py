"""Measuring, on a real service: small, but that each number comes from what it is said to come from."""

from dataclasses import replace
from random import Random

import pytest

from executor.benchmark.service import service
from executor.capacity import costs
from executor.capacity.arrivals import always, burst
from executor.capacity.databases import Postgresql, Sqlite
from executor.capacity.disturbance import mixture
from executor.capacity.simulation import Deployment
from executor.capacity.spending import cpu_ms_of, memory_of
from executor.capacity.storage import measure_storage
from executor.capacity.trial import Case, Machine, try_out
from executor.conf import config
from executor.pool.pool import Pool
from tests.support.services.postgresql import postgres, program

pytestmark = [pytest.mark.docker, pytest.mark.xdist_group("capacity")]

MACHINE = Machine(processors=2, run_seconds=0.02, start_seconds=0.1, cold_per_second=10.0)
RUNS, ROWS = 4, 400


def test_as_many_are_answered_and_refused_as_the_simulation_says():
    """Four at once of five seconds, for two places and one to wait."""
    arrivals = list(burst(Random(1), at=0, count=4, draw=always(5.0)))
    deployment = Deployment(places=2, room=1, patience=30.0)
    trial = try_out(Case(name="four", deployment=deployment, arrivals=arrivals), MACHINE)
    assert (trial.measured.answered, trial.measured.refused) == (3, 1)
    assert (trial.simulated.answered, trial.simulated.refused) == (3, 1)


@pytest.fixture(scope="module")
def served():
    with service(AUDIT_SEAL_SECONDS="86400") as running:
        yield running


@pytest.fixture
def on_sqlite(served):
    return served, Sqlite(served)


@pytest.fixture
def on_postgresql():
    with (
        postgres() as server,
        service(AUDIT_SEAL_SECONDS="86400", DATABASE_URL=server.url) as running,
    ):
        yield running, Postgresql(server.url)


needs_server = pytest.mark.skipif(not program("postgres"), reason="PostgreSQL is not installed")


@pytest.mark.parametrize("kind", ["on_sqlite", pytest.param("on_postgresql", marks=needs_server)])
def test_what_the_database_keeps_is_that_of_so_many_more_rows(kind, request):
    served, database = request.getfixturevalue(kind)
    found = measure_storage(served, database, runs=RUNS, rows=ROWS)
    # The sealing that was timed has forgotten none of the copies.
    assert "not sealed" not in served.manage("audit_verify")
    assert 300 < found.row_bytes < 5000
    assert 50 < found.row_index_bytes < 2000
    assert 200 < found.entry_bytes < 3000
    assert found.written_bytes > 0
    assert found.seals_per_second > 0
    if kind == "on_postgresql":
        assert found.transactions > 0
        assert found.cpu_ms is not None


def test_processor_time_has_an_owner(served, monkeypatch):
    monkeypatch.setattr(costs, "IDLE_ROUNDS", 2)
    monkeypatch.setattr(costs, "WARM_UP_SECONDS", 0.5)
    monkeypatch.setattr(costs, "SAMPLES", 1)
    pool = Pool(replace(config(), pool_size=1))
    try:
        found = costs.measure_cost("python", served, pool, concurrency=2, seconds=1)
    finally:
        pool.close()
    assert found.runs >= 2
    assert {"server", "dockerd", "containerd", "sandbox"} <= found.cpu_ms.keys()
    assert found.cpu_ms["server"] > 0
    assert found.cpu_ms["sandbox"] > 0
    assert found.waiting_bytes > 2**20
    assert 2**20 < found.peak_bytes < 2**27
    assert found.http_bytes > 500


def test_a_process_that_has_ended_has_used_nothing():
    assert cpu_ms_of(2**22 + 1) == 0
    assert memory_of(2**22 + 1) == 0


def test_a_mixture_has_its_share_of_the_rare():
    mixed = mixture([1.0, 2.0], [10.0], share=0.02)
    assert len(mixed) == 10_000
    assert mixed.count(10.0) == 200
    assert mixed.count(1.0) == mixed.count(2.0) == 4900
