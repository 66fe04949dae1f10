"""The self-check where containers serve several runs: its attacks meet both kinds of sandbox."""

import sys
from collections.abc import Callable
from typing import Any

import pytest

from executor import ABLATIONS, LANGUAGES, Limits
from executor.admission.gate import Gate
from executor.experiments import CATALOGUE, SelfCheck, catalogue
from executor.limits import MiB
from executor.pool import creation
from executor.pool.pool import Pool
from executor.sandbox.spec import LABEL_LANE, container_spec
from tests.support.slots import skip_without_slots

pytestmark = pytest.mark.docker

Spec = dict[str, Any]


def nothing(spec: Spec) -> Spec:
    return spec


def powers_in_nests(spec: Spec) -> Spec:
    return {**spec, "Entrypoint": [part for part in spec["Entrypoint"] if part != "nest=drop"]}


def no_filter_in_containers(spec: Spec) -> Spec:
    is_slot = spec["Labels"][LABEL_LANE] == "slot"
    return spec if is_slot else ABLATIONS["seccomp"].spec_for(spec)


@pytest.mark.parametrize(
    ("mistake", "reason"),
    [
        (nothing, ""),
        (powers_in_nests, "capabilities: breach"),
        (no_filter_in_containers, "user-namespace: breach"),
    ],
)
def test_check_with_slots_fails_if_either_kind_of_sandbox_lacks_a_layer(
    make_pool: Callable[..., Pool],
    monkeypatch: pytest.MonkeyPatch,
    mistake: Callable[[Spec], Spec],
    reason: str,
) -> None:
    skip_without_slots()

    def spec(*args: Any, **more: Any) -> Spec:
        return mistake(container_spec(*args, **more))

    monkeypatch.setattr(creation, "container_spec", spec)
    pool = make_pool(isolation="auto")
    for module in ("executor.execute", "executor.experiments.selfcheck"):
        monkeypatch.setattr(sys.modules[module], "pool", lambda: pool)
    pool.start()
    pool.decide_lane()
    gate = Gate(starts_closed=True)
    check = SelfCheck(
        gate,
        seconds=3600,
        on_change=lambda state: None,
        probes=[CATALOGUE["user-namespace"], CATALOGUE["capabilities"]],
    )
    assert check.check() is (not reason)
    assert gate.state.reason.startswith(reason)


def test_attack_meets_the_sandbox_of_users_where_the_deployment_allows_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Lower limits of these kinds would give it a container of its own, and no slot would be attacked."""
    more = {"cpus": 4.0, "disk_bytes": 64 * MiB, "disk_files": 9000, "open_files": 1000}
    raised = Limits(**more)  # type: ignore[arg-type]
    monkeypatch.setattr(catalogue, "default_limits", lambda: raised)
    for attack in CATALOGUE.values():
        asked, usual = attack.request().limits, LANGUAGES[attack.language].limits(Limits())
        about = {name for name, of in catalogue.OF_THE_SANDBOX.items() if of & {*attack.layers}}
        for name, allowed in more.items():
            most = attack.limits.get(name, getattr(usual, name)) if name in about else allowed
            assert getattr(asked, name) == attack.limits.get(name, most), (attack.slug, name)
    assert CATALOGUE["disk-fill"].request().limits.disk_bytes == Limits().disk_bytes
    assert CATALOGUE["be-root"].request().limits.disk_bytes == raised.disk_bytes
