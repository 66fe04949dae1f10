"""A small benchmark runs, gets right answers from every contender and shows them."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from django.core.management import call_command

from tools.benchmark.command import Command
from tools.benchmark.load import by_component, middle
from tools.benchmark.measure import Throughput, summary, throughput
from tools.benchmark.report import HEAD, markdown, picture, table
from tools.benchmark.spending import Spending, Unrelated, lineage
from tools.site import ROOT

LOAD = {"web_ms": 3.0, "engine_ms": None, "sandboxes_ms": 4.25, "all_ms": 12.0}


def way(name: str, *, users: int, p50: float, speeds: dict[int, float]) -> dict[str, Any]:
    loads = [
        LOAD | {"concurrency": at, "runs_per_second": speed, "p50_ms": 900 / speed}
        for at, speed in speeds.items()
    ]
    return {"name": name, "users": users, "latency_ms": {"p50": p50}, "throughput": loads}


BARE = way("bare interpreter", users=0, p50=10.0, speeds={1: 90.0, 4: 200.0})
SLOT = way("HTTP, slot", users=30, p50=8.0, speeds={1: 60.0, 4: 110.0})


MACHINE = {"processors": 2, "kernel": "6.1", "engine": "20.10", "runtime": "runc", "cgroup": "1"}


def results(*ways: dict[str, Any], load: float = 0.2) -> dict[str, Any]:
    languages = {"python": {"version": "3.13.5", "ways": list(ways)}}
    return {"machine": {**MACHINE, "load": load}, "languages": languages}


@pytest.mark.docker
@pytest.mark.long
def test_benchmark_shows_every_contender_in_table_json_and_picture(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record, drawing = tmp_path / "results.json", tmp_path / "latency.svg"
    call_command(
        Command(),
        rounds=1,
        seconds=0.3,
        concurrency="1,2",
        languages="python",
        users=2,
        json=record,
        svg=drawing,
    )
    shown = capsys.readouterr().out
    found = json.loads(record.read_text())["languages"]["python"]["ways"]
    names = {(one["name"], one["users"]) for one in found}
    forked = "HTTP, slot, forked"
    lanes = {("HTTP, container", 1), ("HTTP, slot", 1), ("HTTP, slot", 2), (forked, 1), (forked, 2)}
    assert lanes | {("docker run", 0)} <= names
    for one in found:
        assert 0 < one["latency_ms"]["p50"] <= one["latency_ms"]["p99"]
        assert f": {one['name']} |" in shown
        assert [load["concurrency"] for load in one["throughput"]] == [1, 2]
        assert all(load["runs_per_second"] > 0 for load in one["throughput"])
        assert all(load["p50_ms"] > 0 for load in one["throughput"])
        assert all((load["web_ms"] is not None) == bool(one["users"]) for load in one["throughput"])
    assert ElementTree.fromstring(drawing.read_text()).tag.endswith("svg")


@pytest.mark.docker
def test_tool_that_is_terminated_ends_its_site() -> None:
    """A site ends its sandboxes, so what is left of it is what is left of them."""
    line = [sys.executable, "-c", HOLDS_A_SITE]
    with subprocess.Popen(line, cwd=ROOT, stdout=subprocess.PIPE, text=True) as tool:
        assert tool.stdout is not None
        site = int(tool.stdout.readline())
        tool.terminate()
        tool.wait()
    assert tool.returncode == 128 + signal.SIGTERM
    assert not Path(f"/proc/{site}").exists()


HOLDS_A_SITE = """
import sys, time, types
from tools.command_line import run
from tools.site import service

class Command:
    def run_from_argv(self, argv):
        with service(EXECUTOR_POOL_SIZE="0") as served:
            print(served.process.pid, flush=True)
            time.sleep(600)

sys.modules["holder"] = types.ModuleType("holder")
sys.modules["holder"].Command = Command
run("holder", name="holder", arguments=[])
"""


def test_command_line_names_its_options() -> None:
    line = [sys.executable, "-m", "tools.benchmark", "--help"]
    shown = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "python -m tools.benchmark" in shown
    assert "--concurrency" in shown


def test_row_has_ratios_to_the_bare_interpreter() -> None:
    rows = markdown(results(BARE, SLOT)).splitlines()
    assert rows[0].count("|") == rows[1].count("|") == len(HEAD) + 1
    assert rows[3] == (
        "| Python 3.13.5: HTTP, slot | 30 | 8.0 | 0.80 | 15.0 | 1.50 | 110.0 (4) | 0.55"
        " | 3.0 | – | 4.2 | 12.0 |"
    )


def test_row_without_a_bare_interpreter_has_no_ratio() -> None:
    assert "| 8.0 | – | 15.0 | – | 110.0 (4) | – |" in markdown(results(SLOT))


def test_row_without_single_runs_has_no_p50_of_them() -> None:
    fast = way("HTTP, slot", users=1, p50=8.0, speeds={4: 110.0})
    assert "| 8.0 | 0.80 | – | – | 110.0 (4) | 0.55 |" in markdown(results(BARE, fast))


@pytest.mark.parametrize(("load", "is_said"), [(0.9, False), (7.0, True)])
def test_machine_that_was_busy_is_called_so(load: float, is_said: bool) -> None:
    said = markdown(results(BARE, load=load)).splitlines()[-1]
    assert said.startswith("2 processors, Linux 6.1, Docker 20.10, runc, cgroup v1.")
    assert ("a load of 7" in said) == is_said


def test_picture_has_a_bar_for_each_way_of_one_user() -> None:
    drawn = picture(results(BARE, SLOT, way("docker run", users=0, p50=300.0, speeds={1: 3.0})))
    assert drawn.count("<rect") == 2
    assert "slot" not in drawn


def spent(**parts: float | None) -> Spending:
    known: dict[str, Any] = {"machine": 1000.0, "client": 50.0, "server": 100.0, "others": 200.0}
    known |= {"dockerd": 20.0, "containerd": 10.0, "engine": None, "containers": None}
    return Spending(**(known | parts))


MET = Throughput(concurrency=4, runs=10, runs_per_second=5.0, p50=200.0)


def test_engine_with_a_cgroup_has_what_that_counts() -> None:
    found = by_component(MET, spent(engine=300.0, containers=80.0), has_site=True)
    assert (found.web_ms, found.engine_ms, found.sandboxes_ms) == (10.0, 30.0, 8.0)
    assert found.all_ms == 80.0


def test_engine_without_a_cgroup_has_what_nothing_else_used() -> None:
    found = by_component(MET, spent(containers=80.0), has_site=True)
    assert found.engine_ms == (1000 - 200 - 50 - 100 - 80) / 10


def test_engine_that_can_not_be_told_from_its_containers_has_no_figure() -> None:
    found = by_component(MET, spent(), has_site=True)
    assert (found.engine_ms, found.sandboxes_ms, found.all_ms) == (None, None, 80.0)


def test_contender_without_a_site_has_only_the_sum() -> None:
    found = by_component(MET, spent(engine=300.0, containers=80.0), has_site=False)
    assert (found.web_ms, found.engine_ms, found.sandboxes_ms) == (None, None, None)


def test_middle_of_the_passes_is_by_runs_a_second() -> None:
    loads = [
        by_component(
            Throughput(concurrency=1, runs=1, runs_per_second=speed, p50=9.0),
            spent(),
            has_site=False,
        )
        for speed in (9.0, 2.0, 5.0)
    ]
    assert middle(loads).runs_per_second == 5.0


PARENTS = {10: 1, 20: 10, 30: 20}
"""10 is a child of process 1; 20 of 10; 30 of 20."""


def unrelated(**spent: float) -> Unrelated:
    return Unrelated(spent={int(pid[1:]): ms for pid, ms in spent.items()}, parents=PARENTS)


def test_time_of_a_process_whose_parent_waited_is_counted_once() -> None:
    earlier = unrelated(_10=5.0, _20=40.0, _30=7.0)
    # 20 and 30 have ended after 2 ms more, so their 49 ms are in the time of 10.
    assert unrelated(_10=5.0 + 49.0).since(earlier) == 2.0


def test_past_of_a_process_that_process_1_reaps_is_no_gain() -> None:
    earlier = unrelated(_10=5.0, _20=40.0, _30=7.0)
    assert unrelated(_99=3.0).since(earlier) == 3.0


def test_lineage_ends_at_a_process_that_is_gone() -> None:
    parents = {30: 20, 20: 10, 10: 1}
    assert list(lineage(30, parents)) == [30, 20, 10]
    assert list(lineage(99, parents)) == []


def test_failure_of_a_run_ends_the_measurement() -> None:
    def work() -> None:
        raise ValueError("wrong output")

    with pytest.raises(ValueError, match="wrong output"):
        throughput(work, concurrency=2, seconds=30)


def test_throughput_has_the_median_of_the_times() -> None:
    pauses = iter([0.01, 0.05, 0.01, 1.0])
    found = throughput(lambda: time.sleep(next(pauses)), concurrency=1, seconds=1.0)
    assert found.runs == 4
    assert 10 <= found.p50 <= 300


def test_summary_is_of_the_sorted_times() -> None:
    found = summary([float(n) for n in range(100, 0, -1)])
    assert (found.p50, found.p95, found.p99) == (50.5, 96.0, 100.0)


def test_table_is_aligned() -> None:
    assert table([("", "ms"), ("a", 1.25), ("long", None)]) == "       ms\na     1.2\nlong    –"
