"""The plan's arithmetic on simple numbers, and its quotes in the document."""

import os
import subprocess
import sys
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from tests.support.documents import ROOT
from tools.capacity.__main__ import COMMANDS
from tools.capacity.plan import Hosts, Workload, ceilings, measured, needs

RUN = {
    "cpu_ms": {"server": 20.0, "dockerd": 30.0, "sandbox": 50.0},
    "idle_ms": 0.0,
    "waiting_bytes": 6 * 2**20,
    "shim_bytes": 2 * 2**20,
    "http_bytes": 1000.0,
}
KEPT = {
    "written_bytes": 4000.0,
    "transactions": 5.0,
    "statements": 10.0,
    "cpu_ms": 4.0,
    "row_bytes": 1000.0,
    "row_index_bytes": 300.0,
    "entry_bytes": 700.0,
    "seals_per_second": 1000.0,
}
FOUND = {"languages": {"python": RUN, "javascript": RUN}, "storage": {"postgresql": KEPT}}
WORKLOAD = Workload(
    runs_per_hour=36_000, peak=2, program_cpu_ms=20, program_seconds=1.0, text_bytes=1000
)
HOSTS = Hosts(load=0.5, processors=4)


def lines(**changed: Any) -> dict[str, float]:
    costs = measured(FOUND, WORKLOAD)
    return dict(needs(costs, WORKLOAD, Hosts(load=0.5, processors=4, **changed)))


def test_processors_are_the_rate_times_the_work_over_the_load() -> None:
    found = lines()
    assert (found["runs a second, mean"], found["runs a second, peak"]) == (10, 20)
    assert found["worker cores"] == pytest.approx(20 * 0.1 / 0.5)
    assert found["worker hosts"] == 1
    assert found["database cores"] == pytest.approx(20 * 0.004 / 0.5)
    assert found["sealing, % of its one writer"] == pytest.approx(2.0)


def test_rows_are_counted_by_the_mean_and_writes_by_the_peak() -> None:
    found = lines()
    assert found["rows a day"] == 864_000
    assert found["kept, GB a day"] == pytest.approx(864_000 * 3000 / 1e9)
    assert found["written, MB a second"] == pytest.approx(20 * 5000 / 1e6)


def test_more_places_are_needed_if_fewer_may_wait() -> None:
    assert lines(waiting_share=0.5)["places"] < lines(waiting_share=0.001)["places"]


def test_little_memory_needs_more_hosts() -> None:
    assert lines(memory_bytes=2 * 2**30)["worker hosts"] == 3


def test_the_lowest_ceiling_is_the_next_bottleneck() -> None:
    costs = measured(FOUND, WORKLOAD)
    found = ceilings(costs, WORKLOAD, HOSTS)
    assert [most for _, most in found] == sorted(most for _, most in found)
    assert dict(found)["a host of 4 cores"] == pytest.approx(3600 * 4 / 0.1)
    assert dict(found)["a web process, which has one core"] == pytest.approx(3600 / 0.02)


def test_languages_are_mixed_as_the_workload_has_it() -> None:
    dear = {**RUN, "cpu_ms": {"server": 20.0, "sandbox": 280.0}}
    found = {**FOUND, "languages": {"python": RUN, "javascript": dear}}
    costs = measured(found, Workload(javascript=0.25))
    assert costs.host_cpu_ms == pytest.approx(0.75 * 80 + 0.25 * 280)


def test_what_a_distributed_run_costs_goes_before() -> None:
    apart = {"web": 12.0, "worker": 8.0, "broker": 2.0, "database": 6.0}
    costs = measured({**FOUND, "distributed": apart}, WORKLOAD)
    assert (costs.web_cpu_ms, costs.broker_cpu_ms, costs.database_cpu_ms) == (12, 2, 6)
    assert costs.host_cpu_ms == pytest.approx(80 + 8)
    assert costs.transactions == 5
    assert dict(ceilings(costs, WORKLOAD, HOSTS))["a core of the broker"] == 3600 / 0.002


SLOT = {**RUN, "cpu_ms": {"server": 10.0, "dockerd": 1.0, "sandbox": 19.0}, "birth_cpu_ms": 100.0}
BOTH = {**FOUND, "slots": {"python": SLOT, "javascript": SLOT}}


def slot_lines(births: float, **changed: Any) -> dict[str, float]:
    workload = replace(WORKLOAD, births=births)
    costs = measured(BOTH, workload, lane="slot")
    return dict(needs(costs, workload, replace(HOSTS, **changed)))


def test_run_in_a_slot_costs_its_share_of_a_birth() -> None:
    workload = replace(WORKLOAD, births=0.2)
    assert measured(BOTH, workload, lane="slot").host_cpu_ms == pytest.approx(20 + 0.2 * 100)
    assert measured(BOTH, workload).host_cpu_ms == pytest.approx(80)  # each has a container


def test_slots_wait_as_long_as_the_memory_that_is_left_holds_them() -> None:
    found = slot_lines(0.5)
    assert found["slots born a second"] == 10
    assert found["seconds that a slot can wait"] == pytest.approx(
        (found["worker hosts"] * HOSTS.memory_bytes - found["places"] * (2**27 + 2**23))
        / 2**23
        / 10
    )
    assert slot_lines(0.001)["seconds that a slot can wait"] == HOSTS.slot_seconds
    assert slot_lines(0.001, slot_seconds=60.0)["seconds that a slot can wait"] == 60


def test_no_slot_is_born_without_births_or_with_a_container_each() -> None:
    assert "slots born a second" not in slot_lines(0.0)
    assert "slots born a second" not in lines()


@cache
def printed(command: Any) -> str:
    """Run a command as users do; return its output."""
    line = [sys.executable, "-m", *command.split()]
    return subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.parametrize("block", range(2))
def test_the_document_quotes_the_plan_as_the_command_gives_it(block: int) -> None:
    quoted = printed("tools.capacity plan").split("\n\n")[block]
    assert quoted in (ROOT / "docs" / "scaling.md").read_text()


def test_the_document_quotes_the_simulation_as_the_command_gives_it() -> None:
    assert printed("tools.capacity simulate") in (ROOT / "docs" / "scaling.md").read_text()


@pytest.mark.parametrize("command", COMMANDS)
def test_command_of_this_subject_is_described(command: str) -> None:
    assert f"python -m tools.capacity {command}" in (ROOT / "docs" / "scaling.md").read_text()


def test_threads_that_the_plan_assumes_are_those_of_two_processors() -> None:
    """The settings compute them if the environment sets none."""
    program = (
        "import os; os.cpu_count = lambda: 2;"
        " from django.conf import settings; print(settings.WEB_CLIENTS_MAX)"
    )
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "VAR_DIR")}
    environment = {**kept, "DJANGO_SETTINGS_MODULE": "config.settings"}
    shown = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(shown.stdout) == Hosts().web_threads


@pytest.mark.parametrize("arguments", [[], ["nothing"]])
def test_unknown_command_is_refused_with_those_there_are(arguments: list[str]) -> None:
    line = [sys.executable, "-m", "tools.capacity", *arguments]
    ended = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "check|measure|plan|simulate" in ended.stderr
