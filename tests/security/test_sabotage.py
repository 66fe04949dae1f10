"""Sabotage: with a layer switched off, the attack that it stops gets through.

A test that passes whether or not its protection is there proves nothing. Each row weakens the spec
in one layer (still in a container, still bounded, nothing of the host in reach) and names the
attacks that must then no longer be contained. Where two layers stand behind each other, both are
weakened, and the row says so. AppArmor, which the engine adds where the kernel has it, is off in all
of them: the layers are to hold without it.

Not here, and why: PID 1's being undumpable (a supervisor without it would be another image; the attack
on /proc/1 is in the catalogue), one container per run (there is no switch that shares one), the pid
namespace (with another's, the supervisor is not PID 1 and ends before it takes a program).
"""

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from executor import engine, pool, this_process
from executor.conf import config
from executor.limits import MiB
from executor.spec import LABEL_INSTANCE, LABEL_OWNER, container_spec

from .test_attacks import CATALOGUE

pytestmark = pytest.mark.docker

INTERNAL_NETWORK = f"safe-code-executor-sabotage-{os.getpid()}"
IPC_HOLDER = INTERNAL_NETWORK

Spec = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Sabotage:
    layer: str
    weaken: Callable[[Spec], None] = lambda spec: None
    limits: dict[str, float] = field(default_factory=dict)
    breaks: tuple[str, ...] = ()
    runs: int = 1
    """The last one counts: some attacks find what an earlier one has left."""


def host(**values: Any) -> Callable[[Spec], None]:
    return lambda spec: spec["HostConfig"].update(values)


def as_root(spec: Spec) -> None:
    """The writable places go to the new user too: without capabilities root has no way around."""
    spec["User"] = "0:0"
    mounts = spec["HostConfig"]["Tmpfs"]
    for place, options in mounts.items():
        mounts[place] = options.replace("uid=10001,gid=10001", "uid=0,gid=0")


def every(*changes: Callable[[Spec], None]) -> Callable[[Spec], None]:
    def weaken(spec: Spec) -> None:
        for change in changes:
            change(spec)

    return weaken


def tmpfs(pattern: str, value: str) -> Callable[[Spec], None]:
    def weaken(spec: Spec) -> None:
        mounts = spec["HostConfig"]["Tmpfs"]
        for place, options in mounts.items():
            mounts[place] = re.sub(pattern, value, options)

    return weaken


def ulimit(name: str, value: int) -> Callable[[Spec], None]:
    def weaken(spec: Spec) -> None:
        kept = [limit for limit in spec["HostConfig"]["Ulimits"] if limit["Name"] != name]
        spec["HostConfig"]["Ulimits"] = [*kept, {"Name": name, "Soft": value, "Hard": value}]

    return weaken


def networked(spec: Spec) -> None:
    spec["NetworkDisabled"] = False
    spec["HostConfig"]["NetworkMode"] = INTERNAL_NETWORK


NO_SECCOMP = host(SecurityOpt=["no-new-privileges=true", "seccomp=unconfined"])

ROWS = (
    Sabotage(
        layer="wall clock",
        limits={"wall_seconds": 4},
        breaks=(
            "leader-exits-thread-stays",
            "js-ignores-signals",
            "ignores-signals",
        ),
    ),
    Sabotage(
        layer="cpu time",
        limits={"cpu_seconds": 5},
        breaks=(
            "js-burns-cpu",
            "burns-cpu-in-many-processes",
            "burns-cpu",
        ),
    ),
    Sabotage(
        layer="output cap",
        limits={"output_bytes": 4 * MiB},
        breaks=(
            "js-floods-stderr",
            "character-across-the-cap",
            "floods-stdout",
            "floods-stderr",
            "js-floods",
        ),
    ),
    Sabotage(
        layer="memory cgroup",
        weaken=host(Memory=512 * MiB, MemorySwap=512 * MiB),
        breaks=(
            "pipes-and-heap",
            "socket-buffers-and-heap",
            "page-tables",
            "child-only-and-fails",
            "child-only-and-goes-on",
            "hides-from-the-kernels-killer",
            "js-wasm-memory",
            "js-string-doubling",
            "big-allocation",
            "slow-growth",
            "mapping",
            "many-small-processes",
            "both-tmpfs-and-heap",
            "memory-files",
            "js-memory",
        ),
    ),
    Sabotage(
        layer="pids cgroup",
        weaken=host(PidsLimit=512),
        breaks=("threads-in-families", "thread-bomb", "zombies", "js-process-bomb"),
    ),
    Sabotage(
        layer="tmpfs size",
        weaken=tmpfs(r"size=\d+", f"size={100 * MiB}"),
        breaks=(
            "reserves-space",
            "writes-through-a-mapping",
            "deleted-but-open",
            "js-fills-tmp",
            "fills-tmp",
            "fills-shm",
            "fills-working-directory",
        ),
    ),
    Sabotage(
        layer="tmpfs inodes",
        weaken=tmpfs(r"nr_inodes=\d+", "nr_inodes=100000"),
        breaks=("hard-links", "js-many-files", "many-files", "deep-directories"),
    ),
    Sabotage(layer="file size", weaken=ulimit("fsize", 4 << 30), breaks=("sparse-file",)),
    Sabotage(layer="open files", weaken=ulimit("nofile", 4096), breaks=("open-files",)),
    Sabotage(layer="core dumps", weaken=ulimit("core", 1 << 20), breaks=("raised-limits",)),
    Sabotage(
        layer="noexec",
        weaken=tmpfs("noexec", "exec"),
        breaks=(
            "loads-a-library",
            "js-addon",
            "executable-tmpfs",
        ),
    ),
    Sabotage(
        layer="no network",
        weaken=networked,
        breaks=(
            "js-interfaces",
            "dns",
            "other-peoples-sockets",
            "interfaces",
        ),
    ),
    Sabotage(
        layer="seccomp",
        weaken=NO_SECCOMP,
        breaks=(
            "limits-of-the-supervisor",
            "hides-a-kill-for-memory",
            "priority-of-the-supervisor",
            "odd-protocols",
            "protocols-loaded-by-an-option",
            "attributes",
            "syscall-io_uring_setup",
            "syscall-clone3",
            "32-bit-syscall",
            "32-bit-program",
            "seccomp-mode",
            "all-other-syscalls",
            "odd-sockets",
            "namespaces-by-clone",
            "syscall-ptrace",
            "syscall-keyctl",
            "traced-by-the-shim",
        ),
    ),
    Sabotage(
        layer="own IPC, with seccomp",
        weaken=every(NO_SECCOMP, host(IpcMode=f"container:{IPC_HOLDER}")),
        breaks=("things-left-in-shared-memory",),
        runs=2,
    ),
    Sabotage(layer="no swap", weaken=host(MemorySwap=256 * MiB), breaks=("swap",)),
    Sabotage(layer="processors", weaken=host(NanoCpus=2 * 10**9), breaks=("processors",)),
    Sabotage(layer="non-root user", weaken=as_root, breaks=("user", "js-user")),
    Sabotage(
        layer="capabilities",
        weaken=host(CapDrop=[]),
        breaks=("capability-sets",),
    ),
    Sabotage(
        layer="capabilities, with a root user and seccomp",
        weaken=every(as_root, host(CapDrop=[]), NO_SECCOMP),
        breaks=("device-nodes", "raw-sockets"),
    ),
    Sabotage(
        layer="no new privileges, with seccomp",
        weaken=host(SecurityOpt=["seccomp=unconfined"]),
        breaks=("new-privileges",),
    ),
    Sabotage(
        layer="read-only root, with a root user",
        weaken=every(as_root, host(ReadonlyRootfs=False)),
        breaks=("writes-elsewhere", "js-writes-elsewhere", "overwrites-program-file"),
    ),
    Sabotage(
        layer="read-only paths, with a root user",
        weaken=every(as_root, host(ReadonlyPaths=[])),
        breaks=(
            "settings-of-the-kernel",
            "kernel-settings",
        ),
    ),
    Sabotage(
        layer="masked paths",
        weaken=host(MaskedPaths=[]),
        breaks=(
            "host-details",
            "terminals",
            "kernel-files",
        ),
    ),
    Sabotage(layer="cgroup namespace", weaken=host(CgroupnsMode="host"), breaks=("host-traces",)),
    Sabotage(
        layer="environment",
        weaken=lambda spec: spec["Env"].append("DATABASE_PASSWORD=x"),
        breaks=("environment", "js-environment"),
    ),
)


@pytest.fixture(scope="module")
def internal_network() -> Iterator[None]:
    """A network without a way out."""
    client = engine._client()
    network = client.create_network(INTERNAL_NETWORK, internal=True)["Id"]
    yield
    pool.pool().close()  # until the last sandbox is gone, it is in use
    pool.pool.cache_clear()
    client.remove_network(network)


@pytest.fixture(scope="module")
def ipc_holder() -> Iterator[None]:
    """A container whose IPC namespace others may join."""
    client = engine._client()
    image = engine.image(f"{config().image_prefix}-python")["Id"]
    holder = client.create_container(
        image,
        entrypoint=["/bin/sleep", "300"],
        name=IPC_HOLDER,
        labels={LABEL_INSTANCE: config().instance, LABEL_OWNER: this_process()},
        host_config=client.create_host_config(network_mode="none", ipc_mode="shareable"),
    )
    client.start(holder)
    yield
    engine.remove(holder["Id"])


@pytest.mark.xdist_group("sabotage")
@pytest.mark.parametrize(
    ("row", "slug"),
    [pytest.param(row, slug, id=f"{row.layer}-{slug}") for row in ROWS for slug in row.breaks],
)
@pytest.mark.usefixtures("internal_network", "ipc_holder")
def test_without_the_layer_the_attack_gets_through(row, slug, monkeypatch):
    def weakened(*args: Any, **kwargs: Any) -> Spec:
        spec = container_spec(*args, **kwargs)
        row.weaken(spec)
        spec["HostConfig"]["SecurityOpt"] = [
            *spec["HostConfig"]["SecurityOpt"],
            "apparmor=unconfined",
        ]
        return spec

    monkeypatch.setattr(pool, "container_spec", weakened)
    attack = CATALOGUE[slug]
    attack = replace(attack, limits=replace(attack.limits, **row.limits))
    for _ in range(row.runs):
        result = attack.run()
    assert not attack.contained(result), result


def test_every_layer_that_the_spec_can_switch_off_is_sabotaged():
    claimed = {layer for attack in CATALOGUE.values() for layer in attack.layers}
    shown = {part.strip() for row in ROWS for part in row.layer.split(", with")}
    no_switch = {
        "engine",
        "image",
        "kernel",
        "no mounts",
        "nonce",
        "one container per run",
        "output decoding",
        "pid namespace",
        "read-only cgroups",
        "supervisor",
        "ulimits",
    }
    assert claimed - shown == no_switch
