"""A slot serves many runs, and each of them is alone. Each step of making a nested sandbox stops an
attack that gets through without it. What a run leaves behind is in test_slot_ends.py."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from textwrap import dedent
from typing import Any

import pytest

from executor import EngineError, Limits, Verdict, execute
from executor.conf import config
from executor.languages import LANGUAGES
from executor.limits import MiB
from executor.sandbox import probe as probe_module
from executor.sandbox.container import Sandbox
from executor.sandbox.probe import probe
from executor.sandbox.spec import SLOT_PROFILE, container_spec
from executor.verdicts import classify
from tests.support.attacks import CATALOGUE
from tests.support.sandboxes import make_spec
from tests.support.slots import LEAVE_MEMORY, Slots, run_in, skip_without_slots, slot, slot_spec
from tests.support.waiting import PATIENCE_SECONDS

pytestmark = [pytest.mark.docker, pytest.mark.xdist_group("slots")]


@pytest.fixture(scope="module", autouse=True)
def _machine_has_slots() -> None:
    skip_without_slots()


@pytest.fixture
def python_slot(instance: str) -> Iterator[Sandbox]:
    with slot(slot_spec("python", instance=instance)) as started:
        yield started


def printed(sandbox: Sandbox, code: str, **request: Any) -> str:
    """Run a program that must end with 0, and let the slot settle; return its output."""
    report, output = run_in(sandbox, dedent(code), **request)
    assert classify(report.evidence) is Verdict.OK, (output.stdout.text, output.stderr.text)
    assert sandbox.settle(PATIENCE_SECONDS), sandbox.channel.complaint
    return output.stdout.text


# --- One run after another ---


def test_slot_serves_one_run_after_another(python_slot: Sandbox) -> None:
    first = python_slot.run_number
    assert printed(python_slot, "import sys; print(sys.stdin.read(), sys.argv[1:])", stdin="a") == (
        "a []\n"
    )
    assert printed(python_slot, "import sys; print(sys.argv[1:])", args=("b",)) == "['b']\n"
    assert python_slot.run_number == first + 2


def test_programs_error_does_not_end_a_slot(python_slot: Sandbox) -> None:
    report, output = run_in(python_slot, "print('said')\n1 / 0")
    assert (report.evidence.exit_code, output.stdout.text) == (1, "said\n")
    assert report.uncaught
    assert report.uncaught.type == "ZeroDivisionError"
    assert python_slot.settle(PATIENCE_SECONDS)


def test_working_directory_is_the_runs_own(python_slot: Sandbox) -> None:
    code = """
    print(len(open("script.py").read()) > 0, oct(__import__("os").stat(".").st_mode))
    try: open("left", "w")
    except PermissionError: print("refused")
    """
    assert printed(python_slot, code) == "True 0o40555\nrefused\n"


def test_large_input_and_output_pass_through_a_nest(python_slot: Sandbox) -> None:
    code = "import sys; data = sys.stdin.read(); print(len(data)); print('x' * 60000)"
    assert printed(python_slot, code, stdin="y" * 3_000_000) == f"3000000\n{'x' * 60000}\n"


def test_container_of_one_run_never_settles(instance: str) -> None:
    sandbox = Sandbox.start(make_spec(instance=instance))
    run_in(sandbox, "1")
    assert not sandbox.settle(PATIENCE_SECONDS)
    sandbox.destroy()


def test_slot_whose_limits_were_lowered_ends(instance: str) -> None:
    with slot(slot_spec("python", instance=instance)) as sandbox:
        sandbox.lower(Limits(memory_bytes=64 * MiB))
        run_in(sandbox, "1", limits=Limits(memory_bytes=64 * MiB))
        assert not sandbox.settle(PATIENCE_SECONDS)


def test_slot_that_does_not_get_its_memory_back_ends(python_slot: Sandbox) -> None:
    report, _ = run_in(python_slot, dedent(LEAVE_MEMORY))
    assert classify(report.evidence) is Verdict.OK
    assert not python_slot.settle(PATIENCE_SECONDS)
    assert python_slot.channel.complaint == "supervisor: settle: Cannot allocate memory"


# --- Each step stops something ---

BOUNDING_SET = """
    status = open("/proc/self/status").read()
    if int(status.split("CapBnd:")[1].split()[0], 16): print("BREACH: an exec could bring powers")
"""
REMEMBERED = """
    import socket
    if len(open("/proc/net/tcp").readlines()) > 1: print("BREACH: another run's connections")
    server = socket.create_server(("127.0.0.1", 0))
    client = socket.create_connection(server.getsockname())
    server.accept()[0].close(); client.recv(1); client.close()
"""
TIMES = """
    import os
    open("/dev/null", "w").write("x")
    try: os.utime("/dev/full"); print("BREACH: a time that the next run sees")
    except OSError: pass
"""
STEPS = {
    "freeze": (("freeze",), TIMES),
    "filter": (("filter",), CATALOGUE["namespaces-by-clone"].code),
    "proc": (("proc",), CATALOGUE["others-code"].code),
    "mask": (("mask",), CATALOGUE["kernel-files"].code),
    "drop": (("drop",), BOUNDING_SET),
    "network": (("network", "sysctl"), REMEMBERED),
}
"""By the protection: the steps that make it, and an attack that they stop, in the second of two runs."""


def attacked(instance: str, without: tuple[str, ...], code: str) -> str:
    """Run the attack twice in a slot that lacks these steps; return the second one's output."""
    spec = slot_spec("python", instance=instance)
    left_out = tuple(f"nest={word}" for word in without)
    kept = [part for part in spec["Entrypoint"] if not (left_out and part.startswith(left_out))]
    with slot({**spec, "Entrypoint": kept}) as sandbox:
        run_in(sandbox, dedent(code))
        assert sandbox.settle(PATIENCE_SECONDS), sandbox.channel.complaint
        return run_in(sandbox, dedent(code))[1].stdout.text


@pytest.mark.parametrize("protection", STEPS)
def test_attack_gets_through_only_without_the_step(instance: str, protection: str) -> None:
    steps, code = STEPS[protection]
    assert "BREACH" in attacked(instance, steps, code)
    assert "BREACH" not in attacked(instance, (), code)


def test_nest_without_user_namespaces_fails_at_that_step(instance: str) -> None:
    """All other steps need the powers of a user namespace: without one there is no nest at all."""
    spec = slot_spec("python", instance=instance)
    plain = make_spec(instance=instance)["HostConfig"]["SecurityOpt"]
    spec["HostConfig"]["SecurityOpt"] = plain
    with pytest.raises(EngineError, match="nest: namespaces: Operation not permitted"):
        Sandbox.start(spec)


# --- The probe ---


def test_probe_finds_a_machine_that_can_nest_sandboxes() -> None:
    found = probe()
    assert (found.lane, found.step, found.reason) == ("slot", "", "")


def changed_by(change: Callable[[dict[str, Any]], object]) -> Callable[..., dict[str, Any]]:
    def changed(*arguments: Any, **named: Any) -> dict[str, Any]:
        spec = container_spec(*arguments, **named)
        change(spec)
        return spec

    return changed


@pytest.mark.parametrize(
    ("change", "step", "reason"),
    [
        (lambda spec: spec["HostConfig"].update(MaskedPaths=["/proc/keys"]), "/proc", "Operation"),
        (
            lambda spec: spec["Entrypoint"].remove("nest=filter /sandbox/filter.bpf"),
            "attack",
            "namespace",
        ),
        (lambda spec: spec.update(Entrypoint=["/bin/true"]), "start", "boot"),
    ],
    ids=["masks on /proc", "no filter", "no supervisor"],
)
def test_probe_names_the_step_that_fails(
    monkeypatch: pytest.MonkeyPatch, change: Callable[..., Any], step: str, reason: str
) -> None:
    monkeypatch.setattr(probe_module, "container_spec", changed_by(change))
    found = probe()
    assert (found.lane, found.step) == ("container", step)
    assert reason in found.reason


def without_the_addon(spec: dict[str, Any]) -> None:
    if "node" in " ".join(spec["Entrypoint"]):
        spec["HostConfig"]["Binds"] = ["/dev/null:/sandbox/forking.node:ro"]


def may_not_enter_nests(spec: dict[str, Any]) -> None:
    spec["HostConfig"]["SecurityOpt"] = ["no-new-privileges=true", f"seccomp={SLOT_PROFILE}"]


@pytest.mark.parametrize(
    ("change", "step", "reason"),
    [
        (lambda spec: None, "", ""),
        (without_the_addon, "fork", "javascript: .*forking.node: file too short"),
        (may_not_enter_nests, "fork", "python: supervisor: nest: join: Operation not permitted"),
    ],
    ids=["nothing", "Node's addon", "calls"],
)
def test_probe_names_the_language_whose_programs_are_not_forked(
    monkeypatch: pytest.MonkeyPatch, change: Callable[..., Any], step: str, reason: str
) -> None:
    forking = replace(config(), boot="fork")
    monkeypatch.setattr(probe_module, "config", lambda: forking)
    monkeypatch.setattr(probe_module, "container_spec", changed_by(change))
    found = probe()
    assert (found.lane, found.step) == ("slot", step)
    assert re.match(reason, found.reason)


# --- The attacks, in slots ---

CHOSEN = (
    *("fork-bomb", "thread-bomb", "zombies", "big-allocation", "fills-tmp", "many-files"),
    *("files-of-the-supervisor", "steals-the-request", "signals-by-other-ways", "forged-report"),
    *("writes-to-the-supervisors-stream", "holds-the-lock-of-its-output", "stops-the-relay"),
    *(
        "kills-the-relay",
        "inherited-descriptors",
        "host-details",
        "terminals",
        "files-about-others",
    ),
    *("interfaces", "all-other-syscalls", "capability-sets", "new-privileges", "seccomp-mode"),
    *("record-locks", "connections-nobody-accepts", "remembers-closed-connections"),
    *("js-floods", "js-process-bomb", "js-memory"),
)
"""Some of each kind. Three of the others cannot begin: their oom_score_adj is read-only."""


def test_attacks_are_contained_in_slots(instance: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One test for all, so that each attack comes after others in its slot."""
    slots = Slots(instance)
    monkeypatch.setitem(
        execute.__globals__,
        "_sandbox",
        lambda request, owner: slots.sandbox(LANGUAGES[request.language], request.limits),
    )
    results = {slug: CATALOGUE[slug].run() for slug in CHOSEN}
    slots.close()
    failed = {slug: one for slug, one in results.items() if not CATALOGUE[slug].contained(one)}
    assert failed == {}
    assert slots.again >= len(CHOSEN) // 2
