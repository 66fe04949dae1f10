"""nsjail, as snekbox calls it: the sandbox of another service, without its HTTP server.

The options are those of config/snekbox.cfg and snekbox/nsjail.py in
https://github.com/python-discord/snekbox, at 610083369354da6714c368bc3ae446cef4a29baf. What differs: the
files are those of our image; /home is one directory for all runs, where snekbox mounts a tmpfs for
each; and variables that only numpy reads are left out. nsjail itself is no part of Debian 12: an
executable of it has to be there.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

CGROUPS = Path("/sys/fs/cgroup")
PARENT = "NSJAIL"
"""nsjail's own name for the cgroup above those of its runs. It does not make it."""
NOBODY = "65534:65534"
MEMORY_BYTES, PROCESSES, SECONDS = 73_400_320, 15, 6


@contextmanager
def jail(nsjail: str, root: Path) -> Iterator[tuple[str, ...]]:
    """Yield the beginning of a command that runs a program of `root` in a jail. Needs root."""
    with ExitStack() as stack:
        home = stack.enter_context(TemporaryDirectory())
        Path(home).chmod(0o777)
        root.chmod(0o755)  # nsjail has become nobody when it mounts what is in there
        limits = stack.enter_context(_limits())
        options = (
            *("--really_quiet", "--mode", "o", "--hostname", "snekbox", "--cwd", "/home"),
            *("--time_limit", str(SECONDS), "--env", "LANG=C.UTF-8", "--env", "HOME=/home"),
            *("--env", "PYTHONDONTWRITEBYTECODE=true", "--env", "PYTHONUNBUFFERED=true"),
            *("--rlimit_as", "700", "--rlimit_fsize", "inf", "--user", NOBODY, "--group", NOBODY),
            *("--disable_proc", "--iface_no_lo", "--bindmount", f"{home}:/home"),
            *("--mount", "none:/dev/shm:tmpfs:size=40m"),
        )
        shown = ("usr", "lib", "lib64")
        files = [part for name in shown for part in ("--bindmount_ro", f"{root / name}:/{name}")]
        yield (nsjail, *options, *files, *limits, "--")


@contextmanager
def _limits() -> Iterator[tuple[str, ...]]:
    """Yield the options of the cgroups. Version 1 needs a parent for each kind, and loses it again."""
    memory = ("--cgroup_mem_max", str(MEMORY_BYTES), "--cgroup_mem_swap_max", "0")
    limits = (*memory, "--cgroup_pids_max", str(PROCESSES))
    if (CGROUPS / "cgroup.controllers").exists():
        yield ("--use_cgroupv2", *limits)
        return
    parents = {f"--cgroup_{kind}_mount": CGROUPS / name for kind, name in KINDS.items()}
    made = [mount / PARENT for mount in parents.values() if not (mount / PARENT).exists()]
    for parent in made:
        parent.mkdir()
    try:
        yield (*limits, *(part for name, mount in parents.items() for part in (name, str(mount))))
    finally:
        for parent in made:
            parent.rmdir()


KINDS = {"mem": "memory", "pids": "pids"}
"""nsjail's names of the kinds of cgroups, and the kernel's."""
