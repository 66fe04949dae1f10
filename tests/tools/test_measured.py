"""Small measurements of a real service: each number comes from its source. `make test-load` runs them."""

import json
from dataclasses import asdict
from io import StringIO
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.core.management import call_command

from tests.support.present import present
from tests.support.services.postgresql import postgres, program
from tools.benchmark.spending import cpu_ms_of, memory_of
from tools.capacity.commands import check, measure
from tools.capacity.databases import Postgresql
from tools.capacity.disturbance import mixture
from tools.capacity.simulation.arrivals import always, burst
from tools.capacity.simulation.simulation import Deployment
from tools.capacity.storage import measure_storage
from tools.capacity.trial import Case, Machine, try_out
from tools.site import service

pytestmark = [pytest.mark.docker, pytest.mark.long, pytest.mark.xdist_group("capacity")]

MACHINE = Machine(processors=2, run_seconds=0.02, start_seconds=0.1, cold_per_second=10.0)
RUNS, ROWS = 4, 400


def test_answers_and_refusals_agree_with_the_simulation() -> None:
    """Four programs of five seconds arrive together, for two places and one that waits."""
    arrivals = list(burst(Random(1), at=0, count=4, draw=always(5.0)))
    deployment = Deployment(places=2, room=1, patience=30.0)
    trial = try_out(Case(name="four", deployment=deployment, arrivals=arrivals), MACHINE)
    assert (trial.measured.answered, trial.measured.refused) == (3, 1)
    assert (trial.simulated.answered, trial.simulated.refused) == (3, 1)


def reported(command: Any, *arguments: Any, **options: Any) -> str:
    out = StringIO()
    call_command(command, *arguments, stdout=out, **options)
    return out.getvalue()


def test_check_small_burst_reports_service_beside_simulation(tmp_path: Path) -> None:
    file = tmp_path / "check.json"
    shown = reported(
        check.Command(), places=2, seconds=1, samples=1, cold_seconds=1, cases="3", json=file
    )
    (trial,) = json.loads(file.read_text())["trials"]
    assert trial["case"] == "bursts of 8"
    assert trial["measured"]["answered"] == trial["simulated"]["answered"] == 8
    assert [line.split()[0] for line in shown.splitlines()[-2:]] == ["measured", "simulated"]


def test_measure_small_site_finds_an_owner_for_each_cost(tmp_path: Path) -> None:
    file = tmp_path / "costs.json"
    file.write_text('{"distributed": {"web": 1, "worker": 2, "broker": 3, "database": 4}}')
    shown = reported(
        measure.Command(),
        file,
        languages="python",
        single_runs=2,
        warm_up_seconds=0.5,
        seconds=1,
        concurrency=2,
        rounds=2,
        runs=RUNS,
        rows=ROWS,
    )
    found = json.loads(file.read_text())
    assert found["distributed"]["broker"] == 3  # unmeasured numbers stay
    cost = found["languages"]["python"]
    assert cost["runs"] >= 2
    assert {"server", "dockerd", "containerd", "sandbox"} <= cost["cpu_ms"].keys()
    assert cost["cpu_ms"]["server"] > 0
    assert cost["cpu_ms"]["sandbox"] > 0
    assert cost["waiting_bytes"] > 2**20
    assert 2**20 < cost["peak_bytes"] < 2**27
    assert cost["server_bytes"] > 2**20
    assert cost["http_bytes"] > 500
    slot = found["slots"]["python"]
    assert slot["cpu_ms"]["sandbox"] > 0
    assert slot["birth_cpu_ms"] > 0
    assert slot["waiting_bytes"] > 2**20
    assert_plausible(found["storage"]["sqlite"])
    disturbed = found["self_check"]
    assert disturbed["check_seconds"] > 0
    assert 0 < disturbed["calm"]["p50"] <= disturbed["calm"]["p99"]
    assert 0 < disturbed["checking"]["p50"] <= disturbed["checking"]["p99"]
    assert "python, slot" in shown
    for title in ("a run costs", "a distributed run costs", "a run costs the database", "beside a"):
        assert f"\n{title}" in f"\n{shown}"


def assert_plausible(storage: Any) -> None:
    assert 300 < storage["row_bytes"] < 5000
    assert 50 < storage["row_index_bytes"] < 2000
    assert 200 < storage["entry_bytes"] < 3000
    assert storage["written_bytes"] > 0
    assert storage["seals_per_second"] > 0


@pytest.mark.skipif(not program("postgres"), reason="PostgreSQL is not installed")
def test_storage_on_postgresql_is_that_of_as_many_more_rows() -> None:
    with (
        postgres() as server,
        service(AUDIT_SEAL_SECONDS="86400", DATABASE_URL=server.url) as served,
    ):
        found = measure_storage(served, Postgresql(server.url), runs=RUNS, rows=ROWS)
        # The timed sealing has sealed all copies.
        assert "not sealed" not in served.manage("audit_verify")
    assert_plausible(asdict(found))
    assert present(found.transactions) > 0
    assert found.cpu_ms is not None


def test_a_process_that_has_ended_has_used_nothing() -> None:
    assert cpu_ms_of(2**22 + 1) == 0
    assert memory_of(2**22 + 1) == 0


def test_a_mixture_has_its_share_of_the_rare() -> None:
    mixed = mixture([1.0, 2.0], [10.0], share=0.02)
    assert len(mixed) == 10_000
    assert mixed.count(10.0) == 200
    assert mixed.count(1.0) == mixed.count(2.0) == 4900
