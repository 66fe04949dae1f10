"""Defines the layers that can be removed, and how: fixed, pure data.

An attack that fails proves a layer only if it succeeds without the layer. A weakened sandbox is still a
container, bounded by all the other layers, and nothing of the host is within its reach: a raised limit is
still a limit, and root without the read-only root is root over a copy.

Layers of a nested sandbox are steps of making it (spec.py), and their ablations leave steps out.
"""

import re
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, fields
from typing import Any

from ..limits import Limits, MiB
from .spec import FLAGS, LABEL_ABLATION, LISTENS_ARGUMENT, LOCKS_ARGUMENT, READONLY_PATHS, STEP

Spec = dict[str, Any]


def unchanged(spec: Spec) -> None:
    """Leave the spec as it is, for a layer that is only a limit."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ablation:
    """The removal of one layer, and of the layers behind it: `helped_by`."""

    layer: str
    """A name of `LAYERS`."""
    helped_by: tuple[str, ...] = ()
    change: str
    """The change, in words for people."""
    limits: Mapping[str, float] = field(default_factory=dict)
    """The raised fields of Limits."""
    weaken: Callable[[Spec], None] = unchanged
    """Changes a copy of the engine's arguments in place."""
    network: bool = False
    """Whether the sandbox gets a network of its own: a bridge without a way out."""
    nested: bool = False
    """Whether it is a layer of nested sandboxes. The weakened sandbox is then a slot for one attack."""

    @property
    def slug(self) -> str:
        return "-".join(self.layer.split())

    def limits_for(self, limits: Limits) -> Limits:
        """Raise the limits that the ablation names; lower none."""
        return Limits(
            **{
                one.name: max(getattr(limits, one.name), self.limits.get(one.name, 0))
                for one in fields(Limits)
            }
        )

    def spec_for(self, spec: Spec, network: str | None = None) -> Spec:
        """Weaken a copy of the spec. `network` is the id of the sandbox's network, if `self.network`."""
        weakened = deepcopy(spec)
        if network:
            weakened["HostConfig"]["NetworkMode"] = network
        weakened["Labels"][LABEL_ABLATION] = self.slug
        self.weaken(weakened)
        # AppArmor is not one of our layers, and only some kernels have it: without it, results are
        # comparable. A slot can't be made without its profile: only its program has none of its own then.
        if not self.nested:
            weakened["HostConfig"]["SecurityOpt"].append("apparmor=unconfined")
        return weakened


def host(**values: Any) -> Callable[[Spec], None]:
    return lambda spec: spec["HostConfig"].update(values)


def every(*changes: Callable[[Spec], None]) -> Callable[[Spec], None]:
    def weaken(spec: Spec) -> None:
        for change in changes:
            change(spec)

    return weaken


def tmpfs(pattern: str, value: str) -> Callable[[Spec], None]:
    """Replace a pattern in the options of every writable place."""

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


def uncounted(spec: Spec) -> None:
    """Raise the bounds on calls that lock or listen. The supervisor still counts them."""
    spec["Entrypoint"][LOCKS_ARGUMENT : LISTENS_ARGUMENT + 1] = ["10000000", "10000"]


def as_root(spec: Spec) -> None:
    """Run as root. Root gets the writable places too: without capabilities it could not enter them."""
    spec["User"] = "0:0"
    tmpfs(r"uid=\d+,gid=\d+", "uid=0,gid=0")(spec)


def networked(spec: Spec) -> None:
    spec["NetworkDisabled"] = False


def queues_without_bound(spec: Spec) -> None:
    spec["HostConfig"]["Sysctls"].pop("net.core.somaxconn")


def with_a_secret(spec: Spec) -> None:
    spec["Env"].append("DATABASE_PASSWORD=not-a-real-one")


def without(*words: str) -> Callable[[Spec], None]:
    """Leave out the steps of a nest that have these words."""

    def weaken(spec: Spec) -> None:
        left_out = tuple(f"{STEP}{word}" for word in words)
        spec["Entrypoint"] = [
            part for part in spec["Entrypoint"] if part.split(" ")[0] not in left_out
        ]

    return weaken


SHARED_PLACES = ("/tmp", "/dev/shm")
"""Without /app and /box: the supervisor writes there, and expects them empty."""


def shared_places(spec: Spec) -> None:
    """Give all runs of a slot the same writable places, of its container, with little to bound them."""
    kept = []
    for part in spec["Entrypoint"]:
        word, _, rest = part.partition(" ")
        place, _, options = rest.partition(" ")
        if word == f"{STEP}tmpfs" and place in SHARED_PLACES:
            spec["HostConfig"]["Tmpfs"][place] = FLAGS + options
        else:
            kept.append(part)
    spec["Entrypoint"] = kept
    every(
        tmpfs("noexec", "exec"),
        tmpfs(r"size=\d+", f"size={100 * MiB}"),
        tmpfs(r"nr_inodes=\d+", "nr_inodes=100000"),
    )(spec)


ALL_BUT_THE_NETWORKS = (
    *(path for path in READONLY_PATHS if path != "/proc/sys"),
    *(f"/proc/sys/{name}" for name in ("abi", "debug", "dev", "fs", "kernel", "user", "vm")),
)
"""Paths of settings that belong to the host. They stay read-only, so that even root can't change them."""
NO_SECCOMP = host(SecurityOpt=["no-new-privileges=true", "seccomp=unconfined"])

ABLATIONS: dict[str, Ablation] = {
    ablation.slug: ablation
    for ablation in (
        Ablation(layer="wall clock", change="raised to 4 seconds", limits={"wall_seconds": 4}),
        Ablation(layer="cpu time", change="raised to 5 seconds", limits={"cpu_seconds": 5}),
        Ablation(layer="processors", change="2 instead of 1", limits={"cpus": 2}),
        Ablation(layer="output cap", change="raised to 4 MiB", limits={"output_bytes": 4 * MiB}),
        Ablation(
            layer="memory cgroup",
            change="raised to 512 MiB",
            limits={"memory_bytes": 512 * MiB},
        ),
        Ablation(
            layer="no swap",
            change="as much swap as memory",
            weaken=lambda spec: spec["HostConfig"].update(
                MemorySwap=2 * spec["HostConfig"]["Memory"]
            ),
        ),
        Ablation(layer="pids cgroup", change="raised to 512", limits={"processes": 512}),
        Ablation(
            layer="tmpfs size",
            change="raised to 100 MiB for each writable place",
            weaken=tmpfs(r"size=\d+", f"size={100 * MiB}"),
        ),
        Ablation(
            layer="tmpfs inodes",
            change="raised to 100,000 for each writable place",
            weaken=tmpfs(r"nr_inodes=\d+", "nr_inodes=100000"),
        ),
        Ablation(layer="file size", change="raised to 4 GiB", weaken=ulimit("fsize", 4096 * MiB)),
        Ablation(layer="open files", change="raised to 4,096", limits={"open_files": 4096}),
        Ablation(
            layer="counted calls",
            change="10,000 calls that listen and 10,000,000 that lock",
            weaken=uncounted,
        ),
        Ablation(
            layer="network settings",
            change="the kernel's own bound on waiting connections, 4,096",
            weaken=queues_without_bound,
        ),
        Ablation(
            layer="core dumps", change="up to 1 MiB, by file or handler", weaken=ulimit("core", MiB)
        ),
        Ablation(
            layer="no network",
            change="a bridge of its own, without a way out of the machine",
            weaken=networked,
            network=True,
        ),
        Ablation(
            layer="read-only root",
            helped_by=("non-root user",),
            change="the image's files can be written, and the program is root",
            weaken=every(as_root, host(ReadonlyRootfs=False)),
        ),
        Ablation(
            layer="noexec",
            change="files in writable places can be executed",
            weaken=tmpfs("noexec", "exec"),
        ),
        Ablation(layer="masked paths", change="nothing is masked", weaken=host(MaskedPaths=[])),
        Ablation(
            layer="read-only paths",
            helped_by=("non-root user",),
            change="/proc/sys/net, which is the sandbox's own, can be written, by root",
            weaken=every(as_root, host(ReadonlyPaths=list(ALL_BUT_THE_NETWORKS))),
        ),
        Ablation(
            layer="environment",
            change="a (false) password is in the environment",
            weaken=with_a_secret,
        ),
        Ablation(layer="cgroup namespace", change="the host's", weaken=host(CgroupnsMode="host")),
        Ablation(layer="non-root user", change="the program is root", weaken=as_root),
        Ablation(
            layer="capabilities",
            helped_by=("non-root user", "seccomp"),
            change="Docker's usual set of fourteen, for root, and no filter of system calls",
            weaken=every(as_root, host(CapDrop=[]), NO_SECCOMP),
        ),
        Ablation(
            layer="no new privileges",
            helped_by=("seccomp",),
            change="setuid programs work, and no filter of system calls",
            weaken=host(SecurityOpt=["seccomp=unconfined"]),
        ),
        Ablation(layer="seccomp", change="no filter of system calls", weaken=NO_SECCOMP),
        Ablation(
            layer="nested filter",
            change="the program has the slot's filter alone, which allows namespaces and mounts",
            weaken=without("filter"),
            nested=True,
        ),
        Ablation(
            layer="nested capabilities",
            change="the capabilities over the new namespaces stay in the bounding set",
            weaken=without("drop"),
            nested=True,
        ),
        Ablation(
            layer="nested network",
            change="all runs of the slot have its container's network",
            weaken=without("network", "sysctl"),
            nested=True,
        ),
        Ablation(
            layer="nested settings",
            change="the nested sandbox's network has the kernel's own settings",
            weaken=without("sysctl"),
            nested=True,
        ),
        Ablation(
            layer="nested proc",
            change="the container's own /proc",
            weaken=without("proc"),
            nested=True,
        ),
        Ablation(
            layer="nested masks",
            change="nothing of /proc is masked",
            weaken=without("mask"),
            nested=True,
        ),
        Ablation(
            layer="nested times",
            change="the container's devices are not read-only",
            weaken=without("freeze"),
            nested=True,
        ),
        Ablation(
            layer="nested places",
            change="the container's /tmp and /dev/shm, with 100 MiB, 100,000 files and execution",
            weaken=shared_places,
            nested=True,
        ),
    )
}
"""All ablations by slug. The list leaves out layers that no argument of the engine switches off (the
supervisor, its own stream, one container a run, the namespaces of a nest), and layers without which the
host would be within reach."""

IN_A_SLOT = Ablation(layer="slot", change="nothing is left out", nested=True)
"""Removes nothing, from a slot: the other half of each proof about a layer of a nested sandbox."""


def ablation_of(slug: str) -> Ablation | None:
    """Find an ablation, or the slot that lacks nothing."""
    return IN_A_SLOT if slug == IN_A_SLOT.slug else ABLATIONS.get(slug)
