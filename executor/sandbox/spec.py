"""Everything that locks a sandbox down, in one literal: the engine's arguments for a container.

It is pure data in the terms of the Docker Engine API (POST /containers/create). Comments beside the lines
name what each stops; docs/security.md has the table, and the tests switch each line off in turn.
"""

import json
from math import ceil
from pathlib import Path
from typing import Any

from ..languages import Language
from ..limits import KiB, Limits, MiB


def _without_comments(profile: dict[str, Any]) -> str:
    """Shorten the profile: the engine copies and parses it several times at each start."""
    rules = [
        {key: value for key, value in rule.items() if key != "comment"}
        for rule in profile["syscalls"]
    ]
    return json.dumps({**profile, "syscalls": rules}, separators=(",", ":"))


def _allow(name: str, index: int, value: int) -> dict[str, Any]:
    """Allow a call whose argument at this index has this value."""
    argument = {"index": index, "value": value, "op": "SCMP_CMP_EQ"}
    return {"names": [name], "args": [argument], "action": "SCMP_ACT_ALLOW"}


def _with_forks(profile: dict[str, Any]) -> dict[str, Any]:
    """Allow a zygote to enter nests, and to find what a copy of its threads needs. Programs are under the
    usual profile, as above."""
    added = [
        {"names": ["setns"], "action": "SCMP_ACT_ALLOW"},
        _allow("prctl", 0, 40),  # PR_GET_TID_ADDRESS
    ]
    return {**profile, "syscalls": [*profile["syscalls"], *added]}


def _with_nests(profile: dict[str, Any]) -> dict[str, Any]:
    """Allow what the supervisor needs to make nested sandboxes. Each program in one is under the profile
    itself, which takes these calls away again."""
    added = [
        {"names": ["clone", "mount", "capset"], "action": "SCMP_ACT_ALLOW"},
        _allow("prctl", 0, 22),  # PR_SET_SECCOMP
        _allow("prctl", 0, 24),  # PR_CAPBSET_DROP
        _allow("prctl", 0, 28),  # PR_SET_SECUREBITS
        _allow("ioctl", 1, 0x8914),  # SIOCSIFFLAGS: brings the loopback up
    ]
    kept = [rule for rule in profile["syscalls"] if rule["names"] != ["clone"]]
    return {**profile, "syscalls": kept + added}


_PROFILE = json.loads(Path(__file__).with_name("seccomp.json").read_text())
SECCOMP_PROFILE = _without_comments(_PROFILE)
SLOT_PROFILE = _without_comments(_with_nests(_PROFILE))
FORKING_PROFILE = _without_comments(_with_forks(_with_nests(_PROFILE)))
"""Of a slot whose zygote forks the processes of programs."""
FILTER = "/sandbox/filter.bpf"
"""The profile in an image, compiled for a nested sandbox (images/compile_filter.py)."""

LABEL_INSTANCE = "safe-code-executor.instance"
LABEL_OWNER = "safe-code-executor.owner"
LABEL_POOL = "safe-code-executor.pool"
"""The pool of its owner that made it."""
LABEL_ABLATION = "safe-code-executor.ablation"
"""On a weakened sandbox: the slug of the ablation."""
LABEL_LANE = "safe-code-executor.lane"
"""On a sandbox: "slot" if it can serve several runs, each in a nested sandbox, else "container"."""
LABEL_PACKAGES = "safe-code-executor.packages"
"""On an image: the packages of an environment, with their versions, as JSON."""
LABEL_RUNTIME = "safe-code-executor.runtime"
"""On an image: name and version of the language's runtime, such as "Python 3.13.5"."""
LABEL_SOURCE = "safe-code-executor.source"
"""On an image: hash of our sources that it was built from (images/builder.py)."""

NAME = "safe-code-executor-uid-{}"
"""A container's name, by its user id. The engine's names are unique, so no two sandboxes share an id."""
SUPERVISOR = "/sandbox/supervisor"
LOCKS_ARGUMENT, LISTENS_ARGUMENT = 2, 3
"""Positions in its command line of the numbers of such calls that a run may make."""
STEPS_ARGUMENT = 7
"""Where the steps of making a nest begin, if it has any."""
STEP = "nest="
"""How a step of making a nest begins."""
LAST_ZYGOTE_ID = 99
"""No process of a nest has an id up to this one if a zygote with threads forks it. The zygote's own are
below: it is among the first processes of its container."""
FORK = f"{STEP}fork"
"""The step that starts a zygote (supervisor/zygote.h). Its argument is the number of its processes."""
PENDING_SIGNALS = 1024
"""Signals and timers of a run's user that may be queued. The usual limit is tens of thousands."""
PATIENCE_SECONDS = 2 * 60 * 60
"""A sandbox ends by itself after waiting this long for a program; the pool retires it long before."""
PROGRAM_BYTES = 4 * MiB
"""Room for the longest program: CODE_CHARACTERS is at most 1,048,576, of four bytes each."""

FILE_SYSTEMS = (
    "bcache",
    "bcachefs",
    "btrfs",
    "erofs",
    "ext4",
    "f2fs",
    "gfs2",
    "nfs",
    "nilfs2",
    "ocfs2",
    "orangefs",
    "ubifs",
    "virtiofs",
    "xfs",
    "zonefs",
)
MASKED_PATHS = (
    # Docker's own list …
    "/proc/acpi",
    "/proc/asound",
    "/proc/kcore",
    "/proc/keys",
    "/proc/latency_stats",
    "/proc/sched_debug",
    "/proc/scsi",
    "/proc/timer_list",
    "/proc/timer_stats",
    "/sys/firmware",
    # … and all else that shows the host or its other tenants.
    "/proc/buddyinfo",
    "/proc/cgroups",
    "/proc/cmdline",
    "/proc/crypto",
    "/proc/diskstats",
    "/proc/fs",
    "/proc/interrupts",
    "/proc/irq",
    "/proc/kallsyms",
    "/proc/key-users",
    "/proc/kmsg",
    "/proc/locks",  # lists the locks of all containers: two could talk by it
    "/proc/mdstat",
    "/proc/modules",
    "/proc/partitions",
    "/proc/pressure",
    "/proc/schedstat",
    "/proc/softirqs",
    "/proc/swaps",
    "/proc/sys/fs",  # the machine's numbers of files, inodes and directory entries
    "/proc/sys/kernel/pty/nr",
    "/proc/vmstat",
    "/proc/zoneinfo",
    # Terminals: the whole machine shares some 3,000, and one run could take them all.
    "/dev/pts",
    "/sys/block",
    "/sys/class/block",
    "/sys/dev",
    # All devices and their counters; /sys/class leads here. The C library falls back on
    # /proc/stat to count the processors.
    "/sys/devices",
    "/sys/kernel",
    "/sys/module",
    # Not /sys/fs itself, which holds the cgroups, but folders that file systems of the kernel may make
    # in it: one list for every machine, as the runtime skips paths that do not exist.
    *(f"/sys/fs/{name}" for name in FILE_SYSTEMS),
)
READONLY_PATHS = (  # Docker's list without /proc/fs and /proc/irq, which are masked
    "/proc/bus",
    "/proc/sys",
    "/proc/sysrq-trigger",
)
NEST_FROZEN = ("/dev", "/sys/fs/cgroup")
"""Mounts of the container that a program could write, if only the times of their files: anybody may set
those of a device, and reading a directory changes its own."""
NEST_MASKED = tuple(path for path in MASKED_PATHS if path.startswith("/proc/"))
FLAGS = "rw,noexec,nosuid,nodev,"
"""The beginning of each tmpfs's options. In a nest they are not the options', but the mount's."""
MOUNT_POINTS = {"/dev/shm": "ro,noexec,nosuid,nodev,size=4096,nr_inodes=1,mode=0555"}
"""What a slot needs so that each run's own file systems can be mounted: the other places are in the
image. Nothing outside of a nest can be written."""
BACKLOG = 128
"""Connections that one listener holds before they are accepted. No program notices this bound: with 256
descriptors, a process has both ends of at most 126."""
SYSCTLS = {
    # Settings of the sandbox's own network. The kernel charges a connection, and the data that it has
    # received, to a cgroup only when a program accepts it.
    "net.core.somaxconn": str(BACKLOG),
    # Receive buffers begin small and grow while a program reads. Those that nobody accepts stay small.
    "net.ipv4.tcp_rmem": f"4096 {8 * KiB} {6 * 1024 * KiB}",
    # It would send data before a connection is made: a second way to connect, which nobody needs.
    "net.ipv4.tcp_fastopen": "0",
    "net.ipv4.tcp_max_tw_buckets": "4096",  # what a closed connection leaves, charged to nobody
}
ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "HOME": "/tmp",  # the sandbox's own
    "USER": "sandbox",
    "LANG": "C.UTF-8",
    "TERM": "xterm",  # `clear`, curses and coloured output ask for one; the pages show its colours
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONNOUSERSITE": "1",
}


def container_spec(
    language: Language,
    limits: Limits,
    *,
    image: str,
    instance: str,
    owner: str,
    runtime: str,
    uid: int,
    read_only: bool = True,
    nested: bool = False,
    forks: bool = False,
    pool: str = "",
) -> dict[str, Any]:
    """Make the arguments for a container; `image` is an id or name, `uid` its host user.

    A nested one is a slot; any other serves one run. A slot that `forks` boots the runtime once, if the
    language's runner can.
    """
    spec = {
        "name": NAME.format(uid),
        "Image": image,
        "Entrypoint": [
            SUPERVISOR,
            str(PATIENCE_SECONDS),
            str(limits.file_lock_calls),
            str(limits.listen_calls),
            "lines" if language.stdin_by_line else "pages",
            "read-only" if read_only else "writable",
            language.source,
            *language.command,
        ],
        "Cmd": [],
        # Not root, no user or group of the host, and not another sandbox's: the kernel's counts per
        # user are this run's own.
        "User": f"{uid}:{uid}",
        "WorkingDir": "/app",
        "Hostname": "sandbox",  # the container's id is nobody's business
        "Env": [f"{name}={value}" for name, value in environment(language, limits).items()],
        # By these the reaper finds lost containers.
        "Labels": {
            LABEL_INSTANCE: instance,
            LABEL_OWNER: owner,
            LABEL_POOL: pool,
            LABEL_LANE: "container",
        },
        # No network except a loopback of its own. Unlike NetworkMode "none" it also skips Docker's
        # network set-up, half of a start's cost, and puts no name server into /etc/resolv.conf.
        "NetworkDisabled": True,
        # One connection carries code in and output out. If this process dies, the connection breaks,
        # stdin ends, and the supervisor ends with all else.
        "OpenStdin": True,
        "StdinOnce": True,
        "AttachStdin": True,
        "AttachStdout": True,
        "AttachStderr": True,
        "Tty": False,
        "HostConfig": {
            "AutoRemove": False,  # the host reads how a sandbox died before removing it
            "Runtime": runtime,
            "NetworkMode": "none",
            "ReadonlyRootfs": True,  # nothing can be written but the tmpfs below
            "Tmpfs": tmpfs(limits, uid=uid, read_only=read_only),
            "CapDrop": ["ALL"],  # root's powers, should a program become root
            "SecurityOpt": ["no-new-privileges=true", f"seccomp={SECCOMP_PROFILE}"],
            "Memory": limits.memory_bytes,
            "MemorySwap": limits.memory_bytes,  # equal: no swap
            "PidsLimit": limits.processes + own_processes([]) + feeders(limits),
            "NanoCpus": int(limits.cpus * 1e9),
            "Ulimits": ulimits(limits),
            "Sysctls": dict(SYSCTLS),
            "IpcMode": "none",  # own IPC namespace; /dev/shm is ours, with limits, not Docker's
            "CgroupnsMode": "private",  # hides the path of our cgroup on the host
            "MaskedPaths": list(MASKED_PATHS),
            "ReadonlyPaths": list(READONLY_PATHS),
            # json-file would write a program's output to the host's disk, outside every limit.
            "LogConfig": {"Type": "none"},
        },
    }
    zygote = language.zygote_processes if forks else 0
    return as_slot(spec, limits, zygote=zygote) if nested else spec


def environment(language: Language, limits: Limits) -> dict[str, str]:
    """Make a program's environment; it has nothing of the application's."""
    # Else a pool of workers would have one for each of the machine's processors. Node has no such
    # variable.
    count = {"PYTHON_CPU_COUNT": str(max(1, ceil(limits.cpus)))}
    return {**ENVIRONMENT, **count, **dict(language.environment)}


def tmpfs(limits: Limits, *, uid: int, read_only: bool) -> dict[str, str]:
    """List the writable mount points with their options; all are the run's own memory."""

    def options(size: int, files: int, mode: str) -> str:
        owner = f"uid={uid},gid={uid}"
        return f"rw,noexec,nosuid,nodev,size={size},nr_inodes={files},mode={mode},{owner}"

    if read_only:
        # The supervisor writes the program's file and takes away the right to write. The program has the
        # same user and may take it back, so this is how much it can then write: two inodes are the
        # directory and the file.
        app = options(PROGRAM_BYTES, 2, "0755")
    else:
        app = options(limits.disk_bytes, limits.disk_files, "0755")
    return {
        "/app": app,
        "/tmp": options(limits.disk_bytes, limits.disk_files, "1777"),
        "/dev/shm": options(limits.disk_bytes, limits.disk_files, "1777"),  # semaphores live here
        # Only a run with files may write here: the supervisor opens it to such a run.
        "/box": options(limits.disk_bytes, limits.disk_files, "0555"),
    }


def ulimits(limits: Limits) -> list[dict[str, Any]]:
    """List the limits of each process, on top of the cgroups' limits for all of them."""
    values = {
        "nofile": limits.open_files,
        # Also bounds sparse files and memory files. A page more than the disk, so that a full disk gives
        # the error "no space left", not "file too large".
        "fsize": limits.disk_bytes + 4 * KiB,
        # Not 0: where the host's core_pattern is a pipe, the kernel ignores 0 and starts the handler, as
        # root and outside of every limit. With 1 byte it does not, and 1 byte is too little for a file.
        "core": 1,
        "memlock": 0,
        "msgqueue": 0,
        # Also bounds timers. Each timer that is due interrupts a processor, at nobody's expense.
        "sigpending": PENDING_SIGNALS,
    }
    return [{"Name": name, "Soft": value, "Hard": value} for name, value in values.items()]


def as_slot(spec: dict[str, Any], limits: Limits, *, zygote: int) -> dict[str, Any]:
    """Make a slot of a container that serves one run: each run gets a nested sandbox in it.

    What shows or separates runs moves into the nest. What the container has for all of its runs stays:
    the root, /sys, /dev, the user, no network, and the limits of its cgroups. `zygote` is the number
    of the zygote's processes; 0: there is none.
    """
    host = spec["HostConfig"]
    entrypoint = spec["Entrypoint"]
    steps = [
        *([f"{STEP}ids {LAST_ZYGOTE_ID}"] if zygote > 1 else []),
        *nest(host["Tmpfs"]),
        *([f"{FORK} {zygote}"] if zygote else []),
    ]
    return {
        **spec,
        "Entrypoint": [*entrypoint[:STEPS_ARGUMENT], *steps, *entrypoint[STEPS_ARGUMENT:]],
        "Labels": {**spec["Labels"], LABEL_LANE: "slot"},
        "HostConfig": {
            **host,
            "Tmpfs": dict(MOUNT_POINTS),
            "SecurityOpt": [
                "no-new-privileges=true",
                f"seccomp={FORKING_PROFILE if zygote else SLOT_PROFILE}",
            ],
            "PidsLimit": limits.processes + own_processes(steps),
            # With a mask on the container's own /proc, the kernel refuses a fresh one to a nest. No
            # program sees that /proc.
            "MaskedPaths": [path for path in MASKED_PATHS if path not in NEST_MASKED],
            "ReadonlyPaths": [],
        },
    }


def nest(places: dict[str, str]) -> list[str]:
    """List the steps that make a nested sandbox, in their order (supervisor/nest.h). `places` has the
    options of its writable mount points."""
    return [
        # As empty as the container's, and new: no port or connection of the last run is left.
        "nest=network",
        *(f"nest=sysctl /proc/sys/{key.replace('.', '/')} {SYSCTLS[key]}" for key in SYSCTLS),
        *(f"nest=tmpfs {place} {places[place].removeprefix(FLAGS)}" for place in places),
        "nest=proc",  # shows this run's processes only, and cannot be written
        # Before the masks: each of them is /dev/null once more, with the flags of its mount.
        *(f"nest=freeze {path}" for path in NEST_FROZEN),
        *(f"nest=mask {path}" for path in NEST_MASKED),
        "nest=drop",  # the powers over the new namespaces
        f"nest=filter {FILTER}",  # the last: it forbids the steps before it
    ]


def own_processes(command: list[str]) -> int:
    """Count the processes in a container that are not the program's: the supervisor, the relay of its
    output, and, if the supervisor's command has such steps, the first process of a nest and a zygote."""
    is_nested = any(part.startswith(STEP) for part in command)
    zygote = sum(int(part.split()[1]) for part in command if part.startswith(f"{FORK} "))
    return 2 + is_nested + zygote


def feeders(limits: Limits) -> int:
    """Count the supervisor's processes that write the input of such a run: 1 if it may grow. A longer one
    has such a process too, which then counts as the program's."""
    return int(limits.idle_seconds > 0)
