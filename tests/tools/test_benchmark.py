"""A small benchmark runs, gets right answers from every contender and shows them."""

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from django.core.management import call_command

from tools.benchmark.command import Command
from tools.benchmark.measure import summary
from tools.benchmark.report import table
from tools.site import ROOT

pytestmark = pytest.mark.docker


def test_benchmark_shows_every_contender_in_table_json_and_picture(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    results, drawing = tmp_path / "results.json", tmp_path / "latency.svg"
    call_command(
        Command(),
        rounds=1,
        seconds=0.5,
        concurrency="1,2",
        languages="python",
        json=results,
        svg=drawing,
    )
    shown = capsys.readouterr().out
    found = json.loads(results.read_text())["languages"]["python"]
    assert {"docker run", "engine, warm", "this service over HTTP"} <= found["latency_ms"].keys()
    for name, row in found["latency_ms"].items():
        assert 0 < row["p50"] <= row["p99"]
        assert name in shown
    for rows in found["throughput"].values():
        assert [row["concurrency"] for row in rows] == [1, 2]
        assert all(row["runs_per_second"] > 0 for row in rows)
    assert found["memory_of_a_waiting_sandbox_bytes"] > 0
    assert ElementTree.fromstring(drawing.read_text()).tag.endswith("svg")


def test_command_line_names_its_options() -> None:
    line = [sys.executable, "-m", "tools.benchmark", "--help"]
    shown = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "python -m tools.benchmark" in shown
    assert "--concurrency" in shown


def test_summary_is_of_the_sorted_times() -> None:
    found = summary([float(n) for n in range(100, 0, -1)])
    assert (found.p50, found.p95, found.p99) == (50.5, 96.0, 100.0)


def test_table_is_aligned() -> None:
    assert table([("", "ms"), ("a", 1.25), ("long", None)]) == "       ms\na     1.2\nlong    –"
