"""`manage.py check --deploy`: says so if what the sandboxes stand on is not there."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import env
from executor import checks
from executor.conf import config
from executor.sandbox import confinement, engine, probe
from executor.sandbox.confinement import Sockets
from executor.sandbox.probe import Probe
from tests.support.documents import ROOT
from tests.support.threads import in_a_new_thread


def ids(check: Callable[..., list[Any]]) -> Any:
    return [message.id for message in check(None)]


@pytest.mark.docker
def test_all_is_well_here() -> None:
    assert set(ids(checks.engine_can_confine)) <= {"executor.W001"}
    assert ids(checks.images_are_built) == []
    assert ids(checks.user_ids_are_free) == []


@pytest.mark.docker
@pytest.mark.parametrize(
    ("uids", "found"),
    [
        (range(60000, 66000), ["executor.W005"]),  # "nobody" is 65534
        (range(100_500, 102_000), ["executor.W005"]),
        (range(3_000_000, 3_001_000), []),
    ],
)
def test_user_ids_of_somebody_on_this_machine_are_a_warning(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, uids: range, found: list[str]
) -> None:
    (tmp_path / "subuid").write_text("alice:100000:65536\nnonsense\n")
    monkeypatch.setattr(checks, "SUBORDINATE_IDS", tmp_path / "subuid")
    monkeypatch.setattr(checks, "config", lambda: replace(config(), uids=uids))
    assert ids(checks.user_ids_are_free) == found


@pytest.mark.parametrize("option", ["name=userns", "name=rootless"])
def test_user_ids_that_the_engine_does_not_map_are_an_error(
    monkeypatch: pytest.MonkeyPatch, option: str
) -> None:
    """Stands for an engine that this machine does not have."""
    monkeypatch.setattr(engine, "information", lambda: {"SecurityOptions": [option]})
    assert ids(checks.user_ids_are_free) == ["executor.E006"]
    monkeypatch.setattr(checks, "config", lambda: replace(config(), uids=range(20000, 50000)))
    assert ids(checks.user_ids_are_free) == []


REFUSED = {
    "": "is not a range",
    "10001": "is not a range",
    "2-1": "fewer than",
    "100000-100500": "fewer than",
    "0-100000": "is not within",
    "999-100000": "is not within",
    "2147400000-2147483648": "is not within",
    "1-99999999999": "is not a range",
}


@pytest.mark.parametrize("value", REFUSED)
def test_unusable_range_of_user_ids_is_refused_at_the_start(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("EXECUTOR_UIDS", value)
    with pytest.raises(ImproperlyConfigured, match=f"EXECUTOR_UIDS.*{REFUSED[value]}"):
        env.user_ids("EXECUTOR_UIDS", "1000-2000", least=1000)


def test_range_of_user_ids_includes_its_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXECUTOR_UIDS", "5000-6000")
    assert env.user_ids("EXECUTOR_UIDS", "", least=1001) == range(5000, 6001)


def test_default_user_ids_are_above_those_of_users_and_namespaces() -> None:
    uids = config().uids
    assert uids[0] > 1_879_048_191  # the last that systemd gives to a container
    assert len(uids) > 2 * config().max_runs


@pytest.mark.docker
def test_missing_image_and_unknown_runtime_are_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    other = replace(config(), image_prefix="no-such-prefix", runtime="no-such-runtime")
    monkeypatch.setattr(checks, "config", lambda: other)
    assert "executor.E004" in ids(checks.engine_can_confine)
    assert ids(checks.images_are_built) == ["executor.E005"] * 2


def test_engine_without_the_kernels_support_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stands for an engine on a kernel without these; Docker itself would only warn."""
    monkeypatch.setattr(engine, "information", lambda: {"Runtimes": {config().runtime: {}}})
    assert ids(checks.engine_can_confine) == [
        *["executor.E002"] * 3,
        "executor.E003",
        "executor.W001",
    ]


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("core\n", []),
        ("/var/cores/%e\n", []),
        ("|/usr/share/apport/apport %p\n", ["executor.W002"]),
        ("@/run/coredump.socket\n", ["executor.W003"]),
    ],
)
def test_core_pattern_that_starts_something_is_a_warning(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, pattern: str, found: list[str]
) -> None:
    """Stands for another host's."""
    file = tmp_path / "core_pattern"
    file.write_text(pattern)
    monkeypatch.setattr(checks, "CORE_PATTERN", file)
    assert ids(checks.crashes_start_nothing) == found


def test_missing_core_pattern_is_no_warning(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(checks, "CORE_PATTERN", tmp_path / "missing")
    assert ids(checks.crashes_start_nothing) == []


@pytest.mark.parametrize(
    ("sockets", "setting", "expected"),
    [
        (confinement.Sockets.CHARGED, "auto", []),
        (confinement.Sockets.LIMITED, "auto", []),
        (confinement.Sockets.CLOSED, "auto", ["executor.I001"]),
        (confinement.Sockets.CLOSED, "no", []),
        (confinement.Sockets.UNBOUNDED, "yes", ["executor.W004"]),
    ],
)
def test_sockets_that_are_closed_or_unbounded_are_reported(
    monkeypatch: pytest.MonkeyPatch, sockets: Sockets, setting: str, expected: list[str]
) -> None:
    monkeypatch.setattr(confinement, "sockets", lambda: sockets)
    monkeypatch.setattr(checks, "config", lambda: replace(config(), inet_sockets=setting))
    assert ids(checks.sockets_are_bounded) == expected


@pytest.mark.parametrize(
    ("settings", "found", "expected"),
    [
        ({"isolation": "container"}, None, []),
        ({"isolation": "auto", "pool_size": 0}, None, ["executor.W006"]),
        ({"isolation": "auto"}, Probe(lane="slot"), []),
        ({"isolation": "auto"}, Probe(lane="container", step="/proc"), ["executor.I002"]),
        ({"isolation": "auto"}, Probe(lane="slot", step="fork"), ["executor.I003"]),
    ],
)
def test_slots_that_are_asked_for_and_impossible_are_reported(
    monkeypatch: pytest.MonkeyPatch,
    settings: dict[str, Any],
    found: Probe | None,
    expected: list[str],
) -> None:
    monkeypatch.setattr(probe, "probe", lambda: found)
    monkeypatch.setattr(checks, "config", lambda: replace(config(), **{"pool_size": 2, **settings}))
    assert ids(checks.slots_are_possible) == expected


def test_engine_that_is_away_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/docker.sock")
    assert in_a_new_thread(lambda: ids(checks.engine_can_confine)) == ["executor.E001"]


@pytest.mark.parametrize(
    ("host", "fails"), [("unix:///nonexistent/docker.sock", True), (None, False)]
)
@pytest.mark.docker
def test_command_fails_exactly_if_the_engine_is_away(host: str | None, fails: bool) -> None:
    ended = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy"],
        cwd=ROOT,
        env={**os.environ, **({"DOCKER_HOST": host} if host else {})},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (ended.returncode != 0) == fails, ended.stderr
    assert ("executor.E001" in ended.stderr) == fails
