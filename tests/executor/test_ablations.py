"""Sandboxes without a layer: requested explicitly, allowed explicitly, removed afterwards."""

import subprocess
import sys
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from executor import (
    ABLATIONS,
    IN_A_SLOT,
    LANGUAGES,
    LAYERS,
    Ablation,
    InvalidRequest,
    RunRequest,
    RunResult,
    default_limits,
    execute,
    this_process,
)
from executor.conf import config
from executor.pool.holdings import Holdings
from executor.pool.networks import internal_network
from executor.pool.pool import Pool
from executor.pool.reaper import sweep
from executor.sandbox import engine
from executor.sandbox.spec import LABEL_ABLATION, LABEL_INSTANCE
from tests.support.sandboxes import make_spec
from tests.support.slots import skip_without_slots, slot_spec

pytestmark = pytest.mark.docker

INTERFACES = "import os; print(sorted(os.listdir('/sys/class/net')))"


def test_each_names_existing_layers() -> None:
    for slug, ablation in ABLATIONS.items():
        assert slug == ablation.slug
        assert {ablation.layer, *ablation.helped_by} <= LAYERS.keys()


def spec_before(ablation: Ablation) -> dict[str, Any]:
    limits = ablation.limits_for(config().limits)
    if ablation.nested:
        return slot_spec("python", instance="test", limits=limits)
    return make_spec(instance="test", limits=limits)


@pytest.mark.parametrize("slug", ABLATIONS)
def test_weakened_spec_is_marked_and_the_original_is_untouched(slug: str) -> None:
    spec = spec_before(ABLATIONS[slug])
    before = deepcopy(spec)
    weak = ABLATIONS[slug].spec_for(spec)
    assert spec == before
    assert weak["Labels"][LABEL_ABLATION] == slug
    assert LABEL_ABLATION not in spec["Labels"]


@pytest.mark.parametrize("slug", ABLATIONS)
def test_weakened_sandbox_is_still_bounded_and_has_nothing_of_the_hosts(slug: str) -> None:
    host = ABLATIONS[slug].spec_for(spec_before(ABLATIONS[slug]))["HostConfig"]
    assert not host.keys() & {"Binds", "Mounts", "VolumesFrom", "Devices", "CapAdd", "Privileged"}
    assert host["Memory"] <= 512 << 20
    assert host["PidsLimit"] <= 515
    assert host["NanoCpus"] <= 2e9
    assert host["IpcMode"] == "none"
    assert host["NetworkMode"] == "none"
    assert all("size=" in options for options in host["Tmpfs"].values())


NESTED = [slug for slug, one in ABLATIONS.items() if one.nested]


@pytest.mark.parametrize("slug", NESTED)
def test_ablation_of_a_nested_sandbox_takes_its_steps_and_no_other(slug: str) -> None:
    plain = slot_spec("python", instance="test")
    weak = ABLATIONS[slug].spec_for(plain)
    gone = {part.split()[0] for part in plain["Entrypoint"] if part not in weak["Entrypoint"]}
    assert gone == {
        "nested-filter": {"nest=filter"},
        "nested-capabilities": {"nest=drop"},
        "nested-network": {"nest=network", "nest=sysctl"},
        "nested-settings": {"nest=sysctl"},
        "nested-proc": {"nest=proc"},
        "nested-masks": {"nest=mask"},
        "nested-times": {"nest=freeze"},
        "nested-places": {"nest=tmpfs"},
    }.get(slug)
    same = [part for part in plain["Entrypoint"] if part.split()[0] not in gone]
    kept = [part for part in weak["Entrypoint"] if part.split()[0] not in gone]
    assert kept == same
    assert weak["HostConfig"]["SecurityOpt"] == plain["HostConfig"]["SecurityOpt"]


def test_slot_as_it_is_lacks_nothing() -> None:
    plain = slot_spec("python", instance="test")
    spec = IN_A_SLOT.spec_for(plain)
    assert spec == {**plain, "Labels": {**plain["Labels"], LABEL_ABLATION: "slot"}}


TELL = "import os; print(os.listdir('/tmp')); open('/tmp/left', 'w')"


def test_attack_in_a_slot_runs_twice_and_the_second_run_counts() -> None:
    skip_without_slots()
    seen: list[str] = []

    def run(ablation: str) -> RunResult:
        seen.clear()
        request = RunRequest(code=TELL, ablation=ablation, limits=default_limits())
        return execute(request, on_event=lambda event: seen.append(event.text))

    whole, weak = run("slot"), run("nested-places")
    assert (whole.stdout, weak.stdout) == ("[]\n", "['left']\n")
    assert (weak.lane, weak.run_number) == ("slot", 2)
    assert "".join(seen) == weak.stdout  # nothing of the first run
    assert weak.sandbox not in {one["Id"][:12] for one in engine.containers(LABEL_ABLATION)}


def test_slot_that_ends_after_the_first_run_leaves_its_result() -> None:
    skip_without_slots()
    seen: list[str] = []
    code = "import os; print('said', flush=True); os.kill(os.getpid(), 9)"
    request = RunRequest(code=code, ablation="slot", limits=default_limits())
    result = execute(request, on_event=lambda event: seen.append(event.text))
    assert (result.run_number, result.signal, result.stdout) == (1, 9, "said\n")
    assert "".join(seen) == "said\n"


def test_no_two_attacks_share_a_slot() -> None:
    skip_without_slots()
    request = RunRequest(code=TELL, ablation="nested-places", limits=default_limits())
    first, second = (execute(request, owner="somebody") for _ in range(2))
    assert first.sandbox != second.sandbox
    assert first.stdout == second.stdout == "['left']\n"


def test_deployment_that_forbids_it_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    module = sys.modules["executor.execute"]  # the function of that name hides it
    monkeypatch.setattr(module, "config", lambda: replace(config(), ablation=False))
    with pytest.raises(InvalidRequest, match="does not weaken"):
        execute(RunRequest(code="", ablation="seccomp", limits=default_limits()))


def test_layer_that_is_not_on_the_list_cannot_be_taken_away() -> None:
    with pytest.raises(InvalidRequest, match="there is no 'all of them'"):
        execute(RunRequest(code="", ablation="all of them", limits=default_limits()))


def test_ablation_is_forbidden_in_production_by_default(tmp_path: Path) -> None:
    show = "from config import settings; print(settings.EXECUTOR_ABLATION)"
    production = {
        "DJANGO_HTTPS": "yes",
        "DJANGO_SECRET_KEY": "x" * 32,
        "DJANGO_ALLOWED_HOSTS": "a.b",
    }
    for more, expected in (({}, "False"), ({"EXECUTOR_ABLATION": "yes"}, "True")):
        environment = {"PATH": "/usr/bin", "VAR_DIR": str(tmp_path), **production, **more}
        command = [sys.executable, "-c", show]
        told = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        assert told.stdout.strip() == expected


def test_weakened_sandbox_is_never_warm(make_pool: Callable[..., Pool]) -> None:
    pool = make_pool(pool_size=2)
    pool.start()
    limits = config().limits
    with pool.weakened_sandbox(
        LANGUAGES["python"], limits, ABLATIONS["seccomp"], read_only=True
    ) as lease:
        assert not lease.warm
        assert lease.sandbox.container_id
    assert lease.sandbox.container_id not in {
        one["Id"] for one in engine.containers(LABEL_ABLATION)
    }


def test_network_is_the_runs_own_and_is_gone_with_it() -> None:
    result = execute(RunRequest(code=INTERFACES, ablation="no-network", limits=default_limits()))
    assert result.stdout == "['eth0', 'lo']\n"
    mine = engine.networks(f"{LABEL_INSTANCE}={config().instance}")
    assert mine == []


def test_network_of_a_killed_predecessor_is_swept(instance: str) -> None:
    with internal_network(Holdings(instance)):
        sweep(instance)
        assert len(engine.networks(f"{LABEL_INSTANCE}={instance}")) == 1
    owner = this_process().rpartition("/")[0] + "/0"  # the same process id, started at another time
    engine.create_internal_network(
        f"test-{uuid4().hex[:12]}",
        labels={LABEL_INSTANCE: instance, "safe-code-executor.owner": owner},
    )
    sweep(instance)
    assert engine.networks(f"{LABEL_INSTANCE}={instance}") == []
