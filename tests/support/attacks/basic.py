"""Attacks as data: the program, the layers that stop it, and the evidence that they did.

An attack reports its success truthfully: it prints a line that begins with BREACH for each thing that it
should not get. An attack without such a line that ends as expected is contained.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from textwrap import dedent
from typing import Any

from executor import Limits, RunRequest, RunResult, Verdict, execute

ANY = frozenset(Verdict) - {Verdict.INTERNAL_ERROR}
"""For attacks that may end in any way without a BREACH."""
Ends = Verdict | frozenset[Verdict]


def no_breach(result: RunResult) -> bool:
    return "BREACH" not in result.stdout and "BREACH" not in result.stderr


@dataclass(frozen=True, kw_only=True, slots=True)
class Attack:
    """A program that tries something it must not achieve."""

    slug: str
    layers: tuple[str, ...]
    """The layers that stop it. Without one of several, the others may still stop it."""
    code: str
    language: str = "python"
    expected: frozenset[Verdict] = field(default=frozenset({Verdict.OK}))
    limits: Limits = field(default_factory=lambda: Limits(wall_seconds=5))
    read_only: bool = True
    proof: Callable[[RunResult], bool] = no_breach

    def run(self, ablation: str = "") -> RunResult:
        return execute(
            RunRequest(
                code=dedent(self.code).lstrip("\n"),
                language=self.language,
                limits=self.limits,
                read_only=self.read_only,
                ablation=ablation,
            )
        )

    def contained(self, result: RunResult) -> bool:
        return result.verdict in self.expected and no_breach(result) and self.proof(result)


def python(slug: str, *layers: str, code: str, ends: Ends = Verdict.OK, **more: Any) -> Attack:
    return _attack("python", slug, layers, code, ends, more)


def javascript(slug: str, *layers: str, code: str, ends: Ends = Verdict.OK, **more: Any) -> Attack:
    return _attack("javascript", slug, layers, code, ends, more)


def _attack(
    language: str, slug: str, layers: tuple[str, ...], code: str, ends: Ends, more: dict[str, Any]
) -> Attack:
    expected = frozenset({ends}) if isinstance(ends, Verdict) else ends
    return Attack(slug=slug, layers=layers, code=code, language=language, expected=expected, **more)


SECOND = Limits(wall_seconds=1)

CPU = (
    python(
        "loop",
        "wall clock",
        code="while True: pass",
        ends=Verdict.TIME_LIMIT_EXCEEDED,
        limits=SECOND,
    ),
    javascript(
        "js-loop", "wall clock", code="for (;;);", ends=Verdict.TIME_LIMIT_EXCEEDED, limits=SECOND
    ),
    javascript(
        "js-event-loop",
        "wall clock",
        code="(function f() { setImmediate(f) })()",
        ends=Verdict.TIME_LIMIT_EXCEEDED,
        limits=SECOND,
    ),
    python(
        "ignores-signals",
        "wall clock",
        code="""
        import signal, time
        for number in range(1, 65):
            try: signal.signal(number, signal.SIG_IGN)
            except (OSError, ValueError): pass
        signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
        time.sleep(2)
        print("BREACH: outlived the wall clock")
        """,
        ends=Verdict.TIME_LIMIT_EXCEEDED,
        limits=SECOND,
    ),
    python(
        "c-loop", "wall clock", code="10**10**8", ends=Verdict.TIME_LIMIT_EXCEEDED, limits=SECOND
    ),
    python(
        "regex",
        "wall clock",
        code="import re; re.match('(a+)+$', 'a' * 64 + 'b')",
        ends=Verdict.TIME_LIMIT_EXCEEDED,
        limits=SECOND,
    ),
    python(
        "burns-cpu",
        "cpu time",
        code="""
        import time
        while time.process_time() < 1.5: pass
        print("BREACH: had 1.5 seconds of CPU time")
        """,
        ends=Verdict.TIME_LIMIT_EXCEEDED,
        limits=Limits(cpu_seconds=0.5),
    ),
)

MEMORY = (
    python(
        "big-allocation",
        "memory cgroup",
        code="x = bytearray(300 << 20); print('BREACH: 300 MiB')",
        ends=Verdict.MEMORY_LIMIT_EXCEEDED,
    ),
    python(
        "slow-growth",
        "memory cgroup",
        code="""
        kept = []
        for _ in range(300): kept.append(bytearray(1 << 20))
        print("BREACH: 300 MiB")
        """,
        ends=Verdict.MEMORY_LIMIT_EXCEEDED,
    ),
    python(
        "mapping",
        "memory cgroup",
        code="""
        import mmap
        area = mmap.mmap(-1, 300 << 20)
        for at in range(0, 300 << 20, 4096): area[at] = 1
        print("BREACH: 300 MiB")
        """,
        ends=Verdict.MEMORY_LIMIT_EXCEEDED,
    ),
    python(
        "many-small-processes",
        "memory cgroup",
        code="""
        import os, time
        for _ in range(20):
            if os.fork() == 0:
                x = bytearray(15 << 20); time.sleep(3); os._exit(0)
        codes = [os.wait()[1] for _ in range(20)]
        if not any(codes): print("BREACH: 300 MiB in 20 processes")
        raise SystemExit(1)
        """,
        ends=Verdict.MEMORY_LIMIT_EXCEEDED,
    ),
    python(
        "memory-files",
        "memory cgroup",
        code="""
        import os
        files = [os.memfd_create(str(n)) for n in range(20)]
        for file in files: os.write(file, bytes(15 << 20))
        print("BREACH: 300 MiB in memory files")
        """,
        ends=Verdict.MEMORY_LIMIT_EXCEEDED,
    ),
    python(
        "both-tmpfs-and-heap",
        "memory cgroup",
        code="""
        for place in ("/tmp/x", "/dev/shm/x"):
            open(place, "wb").write(bytes(31 << 20))
        x = bytearray(90 << 20)
        print("BREACH: 150 MiB")
        """,
        ends=Verdict.MEMORY_LIMIT_EXCEEDED,
    ),
    javascript(
        "js-memory",
        "memory cgroup",
        code="""
        const kept = [];
        for (let n = 0; n < 300; n++) kept.push(Buffer.alloc(1 << 20, 1));
        console.log('BREACH: 300 MiB');
        """,
        ends=Verdict.MEMORY_LIMIT_EXCEEDED,
    ),
)

PROCESSES = (
    python(
        "fork-bomb",
        "pids cgroup",
        code="""
        import os
        while True: os.fork()
        """,
        ends=Verdict.PROCESS_LIMIT_EXCEEDED,
    ),
    python(
        "thread-bomb",
        "pids cgroup",
        code="""
        import threading, time
        for n in range(200): threading.Thread(target=time.sleep, args=(2,), daemon=True).start()
        print("BREACH: 200 threads")
        """,
        ends=Verdict.PROCESS_LIMIT_EXCEEDED,
    ),
    python(
        "zombies",
        "pids cgroup",
        code="""
        import os
        for n in range(200):
            if os.fork() == 0: os._exit(0)
        print("BREACH: 200 zombies")
        """,
        ends=Verdict.PROCESS_LIMIT_EXCEEDED,
    ),
    python(
        "shell-bomb",
        "pids cgroup",
        code="import os; os.execv('/bin/sh', ['sh', '-c', 'b() { b | b & }; b; sleep 9'])",
        ends=Verdict.PROCESS_LIMIT_EXCEEDED,
        limits=Limits(wall_seconds=4),  # a busy machine may need a second to reach the limit
    ),
    javascript(
        "js-process-bomb",
        "pids cgroup",
        code="""
        const { spawn } = require('child_process');
        let alive = 0;
        for (let n = 0; n < 200; n++) {
          const child = spawn('sleep', ['3']);
          child.on('spawn', () => { if (++alive === 200) console.log('BREACH: 200 processes'); });
        }
        """,
        ends=frozenset({Verdict.PROCESS_LIMIT_EXCEEDED}),
    ),
)

DISK = (
    python(
        "fills-tmp",
        "tmpfs size",
        code="""
        for n in range(4): open(f"/tmp/{n}", "wb").write(bytes(16 << 20))
        print("BREACH: 64 MiB in /tmp")
        """,
        ends=Verdict.DISK_LIMIT_EXCEEDED,
    ),
    python(
        "fills-shm",
        "tmpfs size",
        code="""
        for n in range(4): open(f"/dev/shm/{n}", "wb").write(bytes(16 << 20))
        print("BREACH: 64 MiB in /dev/shm")
        """,
        ends=Verdict.DISK_LIMIT_EXCEEDED,
    ),
    python(
        "fills-working-directory",
        "tmpfs size",
        code="""
        for n in range(4): open(f"/app/{n}", "wb").write(bytes(16 << 20))
        print("BREACH: 64 MiB in /app")
        """,
        ends=Verdict.DISK_LIMIT_EXCEEDED,
        read_only=False,
    ),
    python(
        "many-files",
        "tmpfs inodes",
        code="""
        for n in range(5000): open(f"/tmp/{n}", "w").close()
        print("BREACH: 5000 files")
        """,
        ends=Verdict.DISK_LIMIT_EXCEEDED,
    ),
    python(
        "deep-directories",
        "tmpfs inodes",
        code="""
        import os
        for n in range(5000): os.mkdir("/tmp/d" if n == 0 else "d"); os.chdir("/tmp/d" if n == 0 else "d")
        print("BREACH: 5000 directories deep")
        """,
        ends=Verdict.DISK_LIMIT_EXCEEDED,
    ),
    python(
        "sparse-file",
        "file size",
        code="""
        open("/tmp/x", "wb").truncate(1 << 30)
        print("BREACH: a file of 1 GiB")
        """,
        ends=Verdict.RUNTIME_ERROR,
    ),
    python(
        "symlink-loop",
        "kernel",
        code="""
        import os
        os.symlink("/tmp/a", "/tmp/b"); os.symlink("/tmp/b", "/tmp/a")
        try: open("/tmp/a"); print("BREACH")
        except OSError as error: print(error)
        """,
    ),
    python(
        "writes-elsewhere",
        "read-only root",
        "non-root user",
        code="""
        import os
        allowed = ("/tmp", "/dev/shm")
        for top, directories, files in os.walk("/"):
            if top.startswith(("/proc", *allowed)): directories[:] = []; continue
            try:
                open(os.path.join(top, "intruder"), "w").close()
                print("BREACH: wrote in", top)
            except OSError: pass
        """,
    ),
    python(
        "overwrites-program-file",
        "read-only root",
        code="""
        for name in ("/app/script.py", "/app/other.py", "/sandbox/supervisor", "/bin/sh"):
            try: open(name, "w"); print("BREACH: opened", name)
            except OSError: pass
        """,
    ),
    javascript(
        "js-writes-elsewhere",
        "read-only root",
        "non-root user",
        code="""
        const fs = require('fs');
        for (const d of ['/', '/app', '/etc', '/usr/bin', '/sandbox', '/run', '/dev'])
          try { fs.writeFileSync(d + '/intruder', ''); console.log('BREACH: wrote in', d) } catch {}
        """,
    ),
    python(
        "open-files",
        "open files",
        code="""
        import os
        kept = [os.open("/dev/null", os.O_RDONLY) for _ in range(1000)]
        print("BREACH: 1000 open files")
        """,
        ends=Verdict.RUNTIME_ERROR,
    ),
)

NETWORK = (
    python(
        "interfaces",
        "no network",
        code="""
        import os
        found = sorted(os.listdir("/sys/class/net"))
        if found != ["lo"]: print("BREACH: interfaces", found)
        lines = open("/proc/net/route").read().splitlines()
        if len(lines) > 1: print("BREACH: routes", lines)
        """,
    ),
    python(
        "calls-out",
        "no network",
        code="""
        import socket
        for family, address in (
            (socket.AF_INET, ("192.0.2.1", 80)), (socket.AF_INET, ("172.17.0.1", 22)),
            (socket.AF_INET6, ("2001:db8::1", 80)), (socket.AF_INET, ("169.254.169.254", 80)),
        ):
            for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
                try:
                    s = socket.socket(family, kind); s.settimeout(0.5); s.connect(address)
                    print("BREACH: a way to", address)
                except OSError as error: print(error)
        """,
    ),
    python(
        "dns",
        "no network",
        code="""
        import socket
        try: print("BREACH:", socket.getaddrinfo("example.com", 80))
        except OSError as error: print(error)
        print("BREACH: a name server" if "nameserver" in open("/etc/resolv.conf").read() else "none")
        """,
    ),
    python(
        "odd-sockets",
        "seccomp",
        code="""
        import socket
        for name, family, kind in (
            ("netlink", 16, 3), ("packet", 17, 3), ("vsock", 40, 1), ("alg", 38, 5), ("can", 29, 3),
            ("bluetooth", 31, 3), ("xdp", 44, 3), ("key", 15, 3), ("tipc", 30, 1), ("smc", 43, 1),
        ):
            try: socket.socket(family, kind); print("BREACH:", name)
            except PermissionError: pass
            except OSError as error: print("BREACH: the kernel was asked for", name, error)
        """,
    ),
    python(
        "raw-sockets",
        "capabilities",
        code="""
        import socket
        for family in (socket.AF_INET, socket.AF_INET6):
            try: socket.socket(family, socket.SOCK_RAW, 1); print("BREACH: raw", family)
            except PermissionError: pass
        """,
    ),
    javascript(
        "js-network",
        "no network",
        code="""
        const say = e => console.log(e.cause ? e.cause.code : e.code);
        fetch('http://192.0.2.1/').then(() => console.log('BREACH'), say);
        fetch('http://example.com/').then(() => console.log('BREACH'), say);
        """,
    ),
)

READING = (
    python(
        "passwd",
        "image",
        code="""
        names = [line.split(":")[0] for line in open("/etc/passwd")]
        if names != ["root", "nobody"]: print("BREACH:", names)
        for name in ("/etc/shadow", "/etc/gshadow", "/root", "/home", "/var/lib/dpkg", "/etc/apt"):
            try: open(name) if "." in name else __import__("os").stat(name); print("BREACH:", name)
            except OSError: pass
        """,
    ),
    javascript(
        "js-passwd",
        "image",
        code="""
        const lines = require('fs').readFileSync('/etc/passwd', 'utf8').split('\\n');
        const names = lines.map(l => l.split(':')[0]);
        if (names.join() !== 'root,nobody,') console.log('BREACH:', names);
        """,
    ),
    python(
        "environment",
        "environment",
        code="""
        import os
        known = {"PATH", "HOME", "USER", "LANG", "HOSTNAME", "LC_CTYPE", "TERM"}
        for name in os.environ:
            if name not in known and not name.startswith("PYTHON"): print("BREACH:", name)
        """,
    ),
    javascript(
        "js-environment",
        "environment",
        code="""
        const known = ['PATH', 'HOME', 'USER', 'LANG', 'HOSTNAME', 'TERM'];
        for (const n of Object.keys(process.env))
          if (!known.includes(n) && !n.startsWith('PYTHON')) console.log('BREACH:', n);
        """,
    ),
    python(
        "first-process",
        "supervisor",
        code="""
        import os
        for name in ("environ", "mem", "maps", "fd", "cwd", "root", "exe", "stack", "syscall", "auxv"):
            path = f"/proc/1/{name}"
            try:
                if name in ("cwd", "root", "exe"): print("BREACH:", name, os.readlink(path))
                elif name == "fd": print("BREACH:", name, os.listdir(path))
                elif open(path, "rb").read(1): print("BREACH:", name)
            except OSError: pass
        """,
    ),
    python(
        "kernel-files",
        "masked paths",
        code="""
        import os
        for path in (
            "/proc/kcore", "/proc/keys", "/proc/key-users", "/proc/timer_list", "/proc/kallsyms",
            "/proc/modules", "/proc/interrupts", "/proc/softirqs", "/proc/schedstat", "/proc/kmsg",
            "/proc/sched_debug",
        ):
            try:
                if open(path, "rb").read(1): print("BREACH:", path)
            except OSError: pass
        for path in ("/sys/firmware", "/sys/kernel", "/sys/module", "/proc/acpi", "/sys/class/block"):
            try:
                if os.listdir(path): print("BREACH:", path)
            except OSError: pass
        """,
    ),
    python(
        "files-about-others",  # what the kernel counts for all of the machine together, by name
        "masked paths",
        code="""
        import os
        for path in ("/proc/locks", "/proc/vmstat", "/proc/cgroups", "/proc/sys/fs/file-nr"):
            try:
                if open(path, "rb").read(1): print("BREACH:", path)
            except OSError: pass
        cgroups = "/sys/fs/cgroup"
        for place in ("/sys/block", "/sys/dev", "/sys/devices", "/sys/fs", "/proc/fs", "/proc/irq"):
            for top, directories, files in os.walk(place):
                directories[:] = [one for one in directories if os.path.join(top, one) != cgroups]
                for name in files:
                    if "/features" in top or name == "supported_features": continue
                    try:
                        if open(os.path.join(top, name), "rb").read(1): print("BREACH:", top, name)
                    except OSError: pass
        """,
    ),
    python(
        "host-traces",
        "cgroup namespace",
        code="""
        for line in open("/proc/self/cgroup"):
            if line.strip().rpartition(":")[2] != "/": print("BREACH:", line)
        """,
    ),
    python(
        "sockets-and-devices",
        "no mounts",
        code="""
        import os, stat
        fine = {"null", "zero", "full", "random", "urandom", "tty", "ptmx"}
        for top, directories, files in os.walk("/"):
            if top.startswith(("/proc", "/sys")): directories[:] = []; continue
            for name in files:
                mode = os.lstat(os.path.join(top, name)).st_mode
                if stat.S_ISSOCK(mode): print("BREACH: socket", top, name)
                if stat.S_ISBLK(mode): print("BREACH: block device", top, name)
                if stat.S_ISCHR(mode) and name not in fine: print("BREACH: device", top, name)
        """,
    ),
    python(
        "others-code",
        "one container per run",
        code="""
        import os
        found = [p for p in os.listdir("/proc") if p.isdigit() and int(p) != os.getpid()]
        found = {p: open(f"/proc/{p}/comm").read().strip() for p in found}
        ours = [p for p in found if found[p] == "supervisor"]  # it and, not in a nest, the relay
        if len(ours) > 2 or len(ours) < len(found): print("BREACH: processes", found)
        if os.listdir("/tmp") or os.listdir("/dev/shm"): print("BREACH: leftovers")
        if os.listdir("/app") != ["script.py"]: print("BREACH: programs")
        """,
    ),
    python(
        "inherited-descriptors",
        "supervisor",
        code="""
        import os
        pipes = set()
        for fd in os.listdir("/proc/self/fd"):
            try: target = os.readlink(f"/proc/self/fd/{fd}")
            except OSError: continue
            if int(fd) <= 2 or "/proc/" in target: continue
            if target.startswith("pipe:"): pipes.add(target)
            else: print("BREACH:", fd, target)
        if len(pipes) > 1: print("BREACH: besides the channel of error reports,", pipes)
        """,
    ),
)
