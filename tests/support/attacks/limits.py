"""Attacks on the limits: processor, memory, processes and disk."""

from executor import Limits, Verdict

from .attack import SECOND, javascript, python

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
        limits=Limits(cpu_seconds=0.5, wall_seconds=60),
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
        # Each shell that cannot fork says so: on a fast machine that is too much output first.
        code="""
        import os
        os.execv('/bin/sh', ['sh', '-c', 'exec 2>/dev/null; b() { b | b & }; b; sleep 9'])
        """,
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
