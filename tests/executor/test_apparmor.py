"""The AppArmor profiles of slots: named where the engine uses AppArmor, and in step with the nest.
tests/security/test_apparmor.py has what they do, on a machine that has AppArmor."""

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from executor import ABLATIONS, EngineError
from executor.limits import Limits
from executor.sandbox import apparmor, engine
from executor.sandbox.container import Sandbox
from executor.sandbox.probe import probe
from executor.sandbox.spec import STEPS_ARGUMENT, nest, tmpfs
from tests.support.sandboxes import make_spec
from tests.support.slots import slot_spec

PROFILE = Path(apparmor.__file__).with_suffix(".profile")
FEATURES = Path("/usr/share/apparmor-features/features")
"""What Debian's kernels can do, for a parser on another kernel."""
OUR_STEP = "nest=stack safe-code-executor-program"
OUR_OPTION = "apparmor=safe-code-executor-slot"


@pytest.fixture
def engine_has(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Stands for an engine on another kernel."""

    def has(*options: str) -> None:
        monkeypatch.setattr(engine, "information", lambda: {"SecurityOptions": list(options)})
        monkeypatch.setattr(apparmor, "is_used", apparmor.is_used.__wrapped__)

    return has


# --- The spec ---


def test_slot_names_its_profiles_where_the_engine_uses_apparmor(
    engine_has: Callable[..., None],
) -> None:
    engine_has("name=seccomp,profile=default", "name=apparmor")
    plain = slot_spec("python", instance="test", forks=True)
    spec = apparmor.with_profiles(plain)
    assert spec["HostConfig"]["SecurityOpt"] == [*plain["HostConfig"]["SecurityOpt"], OUR_OPTION]
    assert spec["Entrypoint"][STEPS_ARGUMENT] == OUR_STEP
    assert [part for part in spec["Entrypoint"] if part != OUR_STEP] == plain["Entrypoint"]


def test_program_in_a_weakened_slot_has_no_profile_of_its_own(
    engine_has: Callable[..., None],
) -> None:
    engine_has("name=apparmor")
    plain = ABLATIONS["nested-filter"].spec_for(slot_spec("python", instance="test"))
    spec = apparmor.with_profiles(plain)
    assert spec["HostConfig"]["SecurityOpt"] == [*plain["HostConfig"]["SecurityOpt"], OUR_OPTION]
    assert spec["Entrypoint"] == plain["Entrypoint"]


def test_container_of_one_run_keeps_the_engines_own_profile(
    engine_has: Callable[..., None],
) -> None:
    engine_has("name=apparmor")
    spec = make_spec(instance="test")
    assert apparmor.with_profiles(spec) == spec


def test_slot_has_no_profile_where_the_engine_does_not_use_apparmor(
    engine_has: Callable[..., None],
) -> None:
    engine_has("name=seccomp,profile=default", "name=cgroupns")
    spec = slot_spec("python", instance="test")
    assert apparmor.with_profiles(spec) == spec


# --- The probe ---

REFUSED = (
    "the Docker engine refused: failed to create task for container: failed to create shim task:"
    " OCI runtime create failed: runc create failed: unable to start container process:"
    " error during container init: unable to apply apparmor profile: apparmor failed to apply"
    " profile: write /proc/self/attr/apparmor/exec: no such file or directory: unknown"
)
"""What Docker 26.1 with runc 1.1 says."""


@pytest.mark.docker
@pytest.mark.parametrize(
    ("error", "step", "reason"),
    [
        (REFUSED, "apparmor", "the profiles of slots are not loaded (scripts/apparmor loads them)"),
        (
            "no boot: supervisor: nest: apparmor: Permission denied",
            "apparmor",
            "Permission denied",
        ),
        ("the Docker engine refused: no space left", "start", "the Docker engine refused"),
    ],
    ids=["not loaded", "not allowed", "another reason"],
)
def test_probe_says_that_profiles_are_not_loaded(error: str, step: str, reason: str) -> None:
    """Stands for an engine on a kernel with AppArmor."""

    def start(spec: dict[str, Any], boot_seconds: float) -> Sandbox:
        raise EngineError(error)

    found = probe(start)
    assert (found.lane, found.step) == ("container", step)
    assert found.reason.startswith(reason)


# --- The file ---


def expanded(pattern: str) -> set[str]:
    """Write out the alternatives in braces."""
    if not (found := re.search(r"\{([^{}]*)\}", pattern)):
        return {pattern}
    start, end = found.span()
    choices = found[1].split(",")
    return set().union(*(expanded(pattern[:start] + one + pattern[end:]) for one in choices))


def rules(profile: str) -> list[str]:
    """Return the rules of one of the profiles, without the comma at their end."""
    _, _, rest = PROFILE.read_text().partition(f"\nprofile {profile} ")
    body = rest.partition("\n}")[0]
    lines = (line.partition("  #")[0].strip() for line in body.splitlines()[1:])
    return [line.removesuffix(",") for line in lines if line and not line.startswith("#")]


def mounted(*words: str) -> set[str]:
    """The places of the slot's mount rules that have all these words."""
    found = [rule for rule in rules(apparmor.SLOT_PROFILE) if rule.startswith("mount ")]
    places = [rule.rpartition("-> ")[2] for rule in found if all(word in rule for word in words)]
    return set().union(*map(expanded, places))


def steps(word: str) -> list[str]:
    """The arguments of a nest's steps of this kind."""
    start = f"nest={word} "
    every = nest(tmpfs(Limits(), uid=1, read_only=True))
    return [one.removeprefix(start) for one in every if one.startswith(start)]


def test_slots_profile_allows_the_mounts_of_a_nest_and_no_others() -> None:
    assert mounted("fstype=tmpfs") == {f"{one.split()[0]}/" for one in steps("tmpfs")}
    assert mounted("remount") == {f"{one}/" for one in steps("freeze")}
    assert mounted("/dev/null ") == {"/proc/**"}
    assert mounted("/sandbox/nothing/ ") == {"/proc/**/"}
    assert all(one.startswith("/proc/") for one in steps("mask"))
    others = {"/", "/proc/", "/dev/mqueue/", "/proc/**", "/proc/**/"}
    assert mounted() == mounted("fstype=tmpfs") | mounted("remount") | others


def test_slots_profile_denies_all_settings_but_those_of_the_nests_network() -> None:
    denied = denied_writes(apparmor.SLOT_PROFILE)
    assert steps("sysctl")
    for path in (*(step.split()[0] for step in steps("sysctl")), "/proc/sys/kernel/ns_last_pid"):
        assert not any(one.fullmatch(path) for one in denied), path
    for path in (
        "/proc/sys/net/ipv4/ip_forward",
        "/proc/sys/net/core/rmem_max",
        "/proc/sys/net/ipv6/conf/all/forwarding",
        "/proc/sys/net/unix/max_dgram_qlen",
        "/proc/sys/kernel/core_pattern",
        "/proc/sys/kernel/hostname",
        "/proc/sys/kernel/ngroups_max",
        "/proc/sys/vm/drop_caches",
        "/proc/sysrq-trigger",
    ):
        assert any(one.fullmatch(path) for one in denied), path


def denied_writes(profile: str) -> list[re.Pattern[str]]:
    denied = [rule.split() for rule in rules(profile) if re.match(r"deny [/@]", rule)]
    return [
        in_words_of_python(one)
        for _, pattern, access in denied
        for one in expanded(pattern.replace("@{PROC}", "/proc"))
        if "w" in access
    ]


def in_words_of_python(pattern: str) -> re.Pattern[str]:
    meanings = {"**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.compile(re.sub(r"\*\*|\*|\?", lambda found: meanings[found[0]], pattern))


def test_programs_profile_allows_no_power_mount_or_namespace() -> None:
    allowed = {rule.split()[0] for rule in rules(apparmor.PROGRAM_PROFILE)}
    assert allowed == {"network", "unix", "file", "deny", "signal", "ptrace"}
    assert "deny mount" in rules(apparmor.PROGRAM_PROFILE)


@pytest.mark.skipif(
    not (shutil.which("apparmor_parser") and FEATURES.exists()), reason="no AppArmor parser here"
)
def test_parser_knows_every_rule() -> None:
    command = ["apparmor_parser", "--skip-kernel-load", "--skip-cache"]
    subprocess.run([*command, "--kernel-features", str(FEATURES), str(PROFILE)], check=True)
