"""The hardening as data: every value reaches its place, under the engine's name."""

import json
from typing import Any

import pytest

from executor import LANGUAGES, Limits
from executor.limits import MiB, size_of
from executor.sandbox import confinement
from executor.sandbox.spec import ENVIRONMENT, SECCOMP_PROFILE, container_spec


def spec(read_only: bool = True, nested: bool = False, forks: bool = False, **limits: Any) -> Any:
    return container_spec(
        LANGUAGES["python"],
        Limits(**limits),
        image="sha256:0",
        instance="test",
        owner="me",
        runtime="runc",
        uid=2000000042,
        read_only=read_only,
        nested=nested,
        forks=forks,
    )


def test_default_limits_are_those_that_users_read_about() -> None:
    assert Limits() == Limits(
        wall_seconds=10.0,
        cpu_seconds=10.0,
        cpus=1.0,
        memory_bytes=134_217_728,
        processes=64,
        output_bytes=65_536,
        disk_bytes=33_554_432,
        disk_files=2048,
        open_files=256,
    )


def test_bounds_of_uncharged_memory_are_shares_of_the_memory_limit() -> None:
    limits = Limits(memory_bytes=96 * MiB)
    assert limits.socket_bytes == 24 * MiB
    assert limits.file_lock_calls == 96 * MiB // 448
    assert limits.listen_calls == 24


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (2, "2 bytes"),
        (1023, "1023 bytes"),
        (1024, "1 KiB"),
        (1024 * 1024 - 1, "1,024 KiB"),
        (1024 * 1024, "1 MiB"),
        (1024 * 1024 * 2000, "2,000 MiB"),
    ],
)
def test_size_is_told_in_its_largest_whole_unit(value: int, text: str) -> None:
    assert size_of(value) == text


@pytest.mark.parametrize(
    ("limits", "key", "value"),
    [
        ({"memory_bytes": 64 * MiB}, "Memory", 64 * MiB),
        ({"memory_bytes": 64 * MiB}, "MemorySwap", 64 * MiB),
        ({"processes": 7}, "PidsLimit", 9),
        ({"cpus": 0.5}, "NanoCpus", 500_000_000),
    ],
)
def test_limit_reaches_the_engine(limits: dict[str, Any], key: str, value: int) -> None:
    assert spec(**limits)["HostConfig"][key] == value


def test_counted_calls_follow_the_memory_limit() -> None:
    _, _, locks, listens, *_ = spec(memory_bytes=96 * MiB)["Entrypoint"]
    assert 2 * 192 * int(locks) < 96 * MiB
    assert 2 * MiB * int(listens) < 96 * MiB


def test_nothing_of_the_host_is_mounted() -> None:
    host = spec()["HostConfig"]
    assert not host.keys() & {"Binds", "Mounts", "VolumesFrom", "Devices", "Links", "CapAdd"}


def test_environment_is_ours_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", "x")
    found = dict(variable.split("=") for variable in spec()["Env"])
    assert found == {**ENVIRONMENT, "PYTHON_CPU_COUNT": "1"}


@pytest.mark.parametrize(("cpus", "seen"), [(0.5, "1"), (1.0, "1"), (1.5, "2"), (4.0, "4")])
def test_number_of_processors_that_python_sees_is_the_limit_rounded_up(
    cpus: float, seen: str
) -> None:
    assert f"PYTHON_CPU_COUNT={seen}" in spec(cpus=cpus)["Env"]


def test_working_directory_is_writable_only_on_request() -> None:
    assert "read-only" in spec()["Entrypoint"]
    assert "nr_inodes=2," in spec()["HostConfig"]["Tmpfs"]["/app"]
    assert "writable" in spec(read_only=False)["Entrypoint"]
    assert "nr_inodes=2048," in spec(read_only=False)["HostConfig"]["Tmpfs"]["/app"]
    assert spec(read_only=False)["HostConfig"]["ReadonlyRootfs"] is True


def test_every_writable_mount_is_bounded_and_inert() -> None:
    for mounts in (spec()["HostConfig"]["Tmpfs"], spec(read_only=False)["HostConfig"]["Tmpfs"]):
        for options in mounts.values():
            assert {"noexec", "nosuid", "nodev"} <= set(options.split(","))
            assert "size=" in options
            assert "nr_inodes=" in options


def test_tmpfs_is_smaller_than_the_memory_it_counts_against() -> None:
    assert Limits().disk_bytes < Limits().memory_bytes


def test_seccomp_is_an_allow_list_for_one_architecture_at_a_time() -> None:
    profile = json.loads(SECCOMP_PROFILE)
    assert profile["defaultAction"] == "SCMP_ACT_ERRNO"
    assert all(not entry["subArchitectures"] for entry in profile["archMap"])
    assert {rule["action"] for rule in profile["syscalls"]} == {"SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO"}


def test_call_that_is_narrowed_by_arguments_is_nowhere_allowed_whole() -> None:
    """A rule without arguments would make the rules with arguments void."""
    rules = json.loads(SECCOMP_PROFILE)["syscalls"]
    whole = {name for rule in rules if not rule.get("args") for name in rule["names"]}
    narrowed = {name for rule in rules if rule.get("args") for name in rule["names"]}
    assert whole & narrowed == set()


def test_no_rule_looks_at_an_argument_twice() -> None:
    """The runtime would then take the conditions one by one: either instead of both."""
    for rule in json.loads(SECCOMP_PROFILE)["syscalls"]:
        places = [one["index"] for one in rule.get("args", [])]
        assert len(places) == len(set(places)), rule


FORBIDDEN = [
    "acct",
    "add_key",
    "bpf",
    "chroot",
    "delete_module",
    "finit_module",
    "init_module",
    "io_uring_enter",
    "io_uring_register",
    "io_uring_setup",
    "ioperm",
    "iopl",
    "kcmp",
    "kexec_file_load",
    "kexec_load",
    "keyctl",
    "lookup_dcookie",
    "mount",
    "mount_setattr",
    "move_mount",
    "name_to_handle_at",
    "open_by_handle_at",
    "open_tree",
    "perf_event_open",
    "pidfd_getfd",
    "pivot_root",
    "process_vm_readv",
    "process_vm_writev",
    "ptrace",
    "quotactl",
    "reboot",
    "request_key",
    "setns",
    "settimeofday",
    "swapon",
    "syslog",
    "umount2",
    "unshare",
    "userfaultfd",
    "vmsplice",
]


@pytest.mark.parametrize("syscall", FORBIDDEN)
def test_seccomp_does_not_allow(syscall: str) -> None:
    rules = json.loads(SECCOMP_PROFILE)["syscalls"]
    assert not [rule for rule in rules if syscall in rule["names"]]


@pytest.mark.parametrize("kind", ["container", "slot", "forking slot"])
def test_sockets_are_taken_out_of_every_sandbox_whose_memory_nothing_bounds(
    monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    made = spec(nested=kind != "container", forks=kind == "forking slot")
    monkeypatch.setattr(confinement, "sockets", lambda: confinement.Sockets.CLOSED)
    changed = confinement.with_bounded_sockets(made)
    assert allowed_families(made) >= {confinement.AF_INET, confinement.AF_INET6}
    assert allowed_families(changed).isdisjoint({confinement.AF_INET, confinement.AF_INET6})


def allowed_families(made: dict[str, Any]) -> set[int]:
    """List the families of sockets that the spec's filter allows."""
    filters = [one for one in made["HostConfig"]["SecurityOpt"] if one.startswith("seccomp=")]
    (profile,) = (json.loads(one.removeprefix("seccomp=")) for one in filters)
    rules = (one for one in profile["syscalls"] if one["names"] == ["socket"])
    return {one["args"][0]["value"] for one in rules if one["action"] == "SCMP_ACT_ALLOW"}
