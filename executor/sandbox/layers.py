"""Names the layers of defence, and what each stops.

Experiments, ablations, tests and documents use these names. Each layer is one line or a few of `spec.py`,
or a part of the design.
"""

LAYERS: dict[str, str] = {
    # Limits.
    "wall clock": "running without end",
    "cpu time": "burning the processors for the whole of the wall clock",
    "processors": "taking more than one processor at a time",
    "output cap": "floods of output, in memory or on the host's disk",
    "memory cgroup": "eating the machine's memory",
    "no swap": "eating its swap",
    "pids cgroup": "fork bombs and thread bombs",
    "tmpfs size": "filling the disk with bytes",
    "tmpfs inodes": "filling the disk with files",
    "file size": "huge sparse files",
    "open files": "taking every descriptor",
    "counted calls": "locks and connections that the kernel charges to nobody's memory",
    "core dumps": "memory images, and handlers that the kernel starts as root to take them",
    # Things within reach.
    "no network": "calling anybody: the internet, the cloud's metadata, the neighbours",
    "no mounts": "the host's files, devices and sockets, Docker's own above all",
    "read-only root": "changing the image's files",
    "noexec": "running a program that was dropped into a writable place",
    "masked paths": "reading about the kernel, the host and its other tenants",
    "read-only paths": "changing the kernel's settings",
    "read-only cgroups": "changing one's own limits, or the release agent",
    "environment": "the service's secrets in the environment",
    "image": "other people's names and setuid programs: there are none in the image",
    "cgroup namespace": "learning the container's id and its place on the host",
    "pid namespace": "seeing and signalling other processes",
    "own IPC": "sharing memory with others",
    "one container per run": "reading or disturbing another run",
    # Requests to the kernel.
    "non-root user": "what only root may",
    "capabilities": "root's powers one by one: mounts, devices, raw sockets",
    "no new privileges": "becoming root by a setuid program",
    "seccomp": "the kernel's rarer doors: namespaces, key rings, io_uring, ptrace, odd arguments",
    "ulimits": "raising one's own limits again",
    "kernel": "what any kernel refuses",
    # Our own code.
    "supervisor": "outliving the run, reading another's request, forging one's own end",
    "nonce": "a forged end of the run",
    "output decoding": "terminal codes, invisible characters and bytes that are no text",
    "inert pages": "script in output that runs in a reader's browser, formulae in their spreadsheet",
    "engine": "descriptors of the host's leaked into a container",
}
