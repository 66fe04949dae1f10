"""Sabotage: with a layer taken away, the attack that it stops gets through.

A test that passes whether or not its protection is there proves nothing. The lab's ablations weaken
the spec in one layer (still in a container, still bounded, nothing of the host in reach); each is named
here with the attacks that must then no longer be contained. Two more are for the tests only: they put
something in reach that nobody is to play with.

Not here, and why: PID 1's being undumpable (a supervisor without it would be another image; the attack
on /proc/1 is in the catalogue), one container per run (no switch gives a run another's sandbox), the pid
namespace (with another's, the supervisor is not PID 1 and ends before it takes a program).
"""

import os
from collections.abc import Iterator

import pytest

from executor import ABLATIONS, IN_A_SLOT, Ablation, this_process
from executor.conf import config
from executor.limits import KiB
from executor.sandbox import engine
from executor.sandbox.ablations import NO_SECCOMP, as_root, every, host, ulimit
from executor.sandbox.spec import LABEL_INSTANCE, LABEL_OWNER, SYSCTLS
from tests.support.attacks import CATALOGUE
from tests.support.sandboxes import engine_client
from tests.support.slots import skip_without_slots

pytestmark = pytest.mark.docker

IPC_HOLDER = f"safe-code-executor-sabotage-{os.getpid()}"

FOR_TESTS_ONLY = {
    # Another container's memory.
    "own-IPC": Ablation(
        layer="own IPC",
        helped_by=("seccomp",),
        change="another container's",
        weaken=every(NO_SECCOMP, host(IpcMode=f"container:{IPC_HOLDER}")),
    ),
    # The host's kernel; the attacks open its settings and do not write.
    "all-read-only-paths": Ablation(
        layer="read-only paths",
        helped_by=("non-root user",),
        change="the kernel's settings can be written, by root",
        weaken=every(as_root, host(ReadonlyPaths=[])),
    ),
    # No user's to play with: such memory is the machine's, and no limit of the run's takes it back.
    "locked-memory": Ablation(
        layer="ulimits", change="64 KiB may be locked", weaken=ulimit("memlock", 64 * KiB)
    ),
    "pending-signals": Ablation(
        layer="ulimits", change="30,000 may be pending", weaken=ulimit("sigpending", 30_000)
    ),
    "closed-connections": Ablation(
        layer="memory cgroup",
        change="the kernel may remember 131,072",
        weaken=host(Sysctls={**SYSCTLS, "net.ipv4.tcp_max_tw_buckets": "131072"}),
    ),
}

BREAKS = {
    "wall-clock": (
        "leader-exits-thread-stays",
        "js-ignores-signals",
        "ignores-signals",
    ),
    "cpu-time": (
        "js-burns-cpu",
        "burns-cpu-in-many-processes",
        "burns-cpu",
    ),
    "output-cap": (
        "js-floods-stderr",
        "character-across-the-cap",
        "floods-stdout",
        "floods-stderr",
        "js-floods",
    ),
    "memory-cgroup": (
        "pipes-and-heap",
        "unix-socket-buffers-and-heap",
        "tcp-buffers",
        "udp-buffers",
        "connections-nobody-accepts",
        "record-locks",
        "shoots-the-messenger",
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
    "pids-cgroup": (
        "threads-in-families",
        "thread-bomb",
        "zombies",
        "js-process-bomb",
    ),
    "tmpfs-size": (
        "reserves-space",
        "writes-through-a-mapping",
        "deleted-but-open",
        "js-fills-tmp",
        "fills-tmp",
        "fills-shm",
        "fills-working-directory",
    ),
    "tmpfs-inodes": (
        "hard-links",
        "js-many-files",
        "many-files",
        "deep-directories",
    ),
    "file-size": ("sparse-file",),
    "open-files": ("open-files",),
    "counted-calls": ("record-locks",),
    "network-settings": ("connections-that-wait",),
    "closed-connections": ("remembers-closed-connections",),
    "core-dumps": ("raised-limits",),
    "locked-memory": ("locks-memory",),
    "pending-signals": ("timers-without-end",),
    "noexec": (
        "loads-a-library",
        "js-addon",
        "executable-tmpfs",
    ),
    "no-network": (
        "js-interfaces",
        "dns",
        "other-peoples-sockets",
        "interfaces",
    ),
    "seccomp": (
        "limits-of-the-supervisor",
        "hides-a-kill-for-memory",
        "raised-limits",
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
        "locks-that-outlast-their-processes",
    ),
    "own-IPC": ("things-left-in-shared-memory",),
    "no-swap": ("swap",),
    "processors": ("processors",),
    "non-root-user": (
        "user",
        "js-user",
    ),
    "capabilities": (
        "capability-sets",
        "device-nodes",
        "raw-sockets",
    ),
    "no-new-privileges": ("new-privileges",),
    "read-only-root": (
        "writes-elsewhere",
        "js-writes-elsewhere",
        "overwrites-program-file",
    ),
    "read-only-paths": ("kernel-settings",),
    "all-read-only-paths": ("settings-of-the-kernel", "kernel-settings"),
    "masked-paths": (
        "host-details",
        "terminals",
        "kernel-files",
        "files-about-others",
    ),
    "cgroup-namespace": ("host-traces",),
    "environment": (
        "environment",
        "js-environment",
    ),
    "nested-filter": ("namespaces-by-clone",),
    "nested-capabilities": ("capability-sets",),
    "nested-network": ("connections-of-the-last-run",),
    "nested-settings": ("connections-that-wait",),
    "nested-proc": ("others-code",),
    "nested-masks": ("kernel-files", "files-about-others"),
    "nested-times": ("times-of-the-last-run",),
    "nested-places": ("executable-tmpfs", "fills-tmp", "many-files", "others-code"),
}
"""By ablation: what must then get through. `make test-thorough` runs one, `make test-sabotage` all."""
MOST = None if os.environ.get("SABOTAGE") == "all" else 1
TWICE = {"things-left-in-shared-memory"}
"""The second run finds what the first has left."""


@pytest.fixture
def _more_ablations(monkeypatch: pytest.MonkeyPatch) -> None:
    for slug, ablation in FOR_TESTS_ONLY.items():
        monkeypatch.setitem(ABLATIONS, slug, ablation)


@pytest.fixture(scope="module")
def ipc_holder() -> Iterator[None]:
    """A container whose IPC namespace others may join."""
    image = engine.image(f"{config().image_prefix}-python")["Id"]
    with engine_client() as client:
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
    ("ablation", "slug"),
    [
        pytest.param(ablation, slug, id=f"{ablation}-{slug}")
        for ablation, slugs in BREAKS.items()
        for slug in slugs[:MOST]
    ],
)
@pytest.mark.usefixtures("_more_ablations", "ipc_holder")
def test_without_the_layer_the_attack_gets_through(ablation: str, slug: str) -> None:
    if ABLATIONS[ablation].nested:
        skip_without_slots()
        assert CATALOGUE[slug].contained(CATALOGUE[slug].run(IN_A_SLOT.slug))
    for _ in range(2 if slug in TWICE else 1):
        result = CATALOGUE[slug].run(ablation)
    assert not CATALOGUE[slug].contained(result), result


def test_every_ablation_lets_an_attack_through() -> None:
    assert BREAKS.keys() == ABLATIONS.keys() | FOR_TESTS_ONLY.keys()
    assert all(BREAKS.values())


def test_every_layer_that_the_spec_can_switch_off_is_sabotaged() -> None:
    claimed = {layer for attack in CATALOGUE.values() for layer in attack.layers}
    shown = {ablation.layer for ablation in (*ABLATIONS.values(), *FOR_TESTS_ONLY.values())}
    no_switch = {
        "engine",
        "image",
        "kernel",
        "no mounts",
        "own stream",
        "one container per run",
        "output decoding",
        "pid namespace",
        "read-only cgroups",
        "supervisor",
    }
    assert claimed - shown == no_switch
