"""More attacks on time, memory, processes and disk: the indirect ways."""

from executor import Limits, Verdict

from .attacks import ANY, SECOND, python

TIME = (
    python(
        "sleeps",
        "wall clock",
        code="import signal; signal.pause()",
        ends=Verdict.TIME_LIMIT_EXCEEDED,
        limits=SECOND,
    ),
    python(
        "starts-itself-again",  # the clock is the run's, not the process's
        "wall clock",
        code="import os, sys; os.execv(sys.executable, ['python3', __file__])",
        ends=Verdict.TIME_LIMIT_EXCEEDED,
        limits=SECOND,
    ),
    python(
        "leader-exits-thread-stays",
        "wall clock",
        code="""
        import ctypes, threading, time
        def stay():
            time.sleep(2); print("BREACH: outlived the wall clock")
        threading.Thread(target=stay).start()
        ctypes.CDLL(None).pthread_exit(None)
        """,
        ends=Verdict.TIME_LIMIT_EXCEEDED,
        limits=SECOND,
    ),
    python(
        "orphans-in-a-storm",  # so that the supervisor has always another one to reap
        "wall clock",
        code="""
        import os
        for _ in range(3): os.fork()
        while True:
            try:
                if os.fork() == 0:
                    os.fork()
                    os._exit(0)
                os.wait()
            except OSError: pass
        """,
        ends=frozenset({Verdict.TIME_LIMIT_EXCEEDED, Verdict.PROCESS_LIMIT_EXCEEDED}),
        limits=SECOND,
        proof=lambda result: result.evidence.deadline_passed and result.evidence.reported,
    ),
    python(
        "burns-cpu-in-many-processes",  # each of them little
        "cpu time",
        code="""
        import os, time
        for _ in range(16):
            if os.fork() == 0:
                while time.process_time() < 0.1: pass
                os._exit(0)
        for _ in range(16): os.wait()
        print("BREACH: 1.6 seconds together")
        """,
        ends=Verdict.TIME_LIMIT_EXCEEDED,
        limits=Limits(cpu_seconds=0.5),
        proof=lambda result: result.evidence.cpu_exhausted,
    ),
)

MEMORY = (
    python(
        "pipes-and-heap",
        "memory cgroup",
        code="""
        import fcntl, os
        kept = []
        for _ in range(60):
            r, w = os.pipe(); kept.append((r, w)); os.set_blocking(w, False)
            try: fcntl.fcntl(w, 1031, 1 << 20)
            except OSError: pass
            os.write(w, bytes(1 << 20))
        x = bytearray(110 << 20)
        print("BREACH: 110 MiB and what is in 60 pipes")
        """,
        ends=Verdict.MEMORY_LIMIT_EXCEEDED,
    ),
    python(
        "socket-buffers-and-heap",
        "memory cgroup",
        code="""
        import socket
        kept = []
        for _ in range(100):
            pair = socket.socketpair(); kept.append(pair)
            for end in pair:
                end.setblocking(False)
                try:
                    while True: end.send(bytes(65536))
                except BlockingIOError: pass
        x = bytearray(110 << 20)
        print("BREACH: 110 MiB and what is in 200 sockets")
        """,
        ends=Verdict.MEMORY_LIMIT_EXCEEDED,
    ),
    python(
        "page-tables",
        "memory cgroup",
        code="""
        import mmap
        area = mmap.mmap(-1, 120 << 30, flags=mmap.MAP_PRIVATE | 0x4000)  # MAP_NORESERVE
        for at in range(0, 120 << 30, 2 << 20): area[at]
        print("BREACH: 240 MiB of page tables")
        """,
        ends=Verdict.MEMORY_LIMIT_EXCEEDED,
    ),
    python(
        "child-only-and-fails",
        "memory cgroup",
        code="""
        import os, time
        if os.fork() == 0:
            x = bytearray(300 << 20); time.sleep(1); os._exit(0)
        raise SystemExit(os.wait()[1] != 0)
        """,
        ends=Verdict.MEMORY_LIMIT_EXCEEDED,
        proof=lambda result: result.evidence.oom_kills > 0,
    ),
    python(
        "child-only-and-goes-on",
        "memory cgroup",
        code="""
        import os
        if os.fork() == 0:
            x = bytearray(300 << 20); print("BREACH: 300 MiB"); os._exit(0)
        os.wait()
        """,
        proof=lambda result: result.evidence.oom_kills > 0,
    ),
    python(
        "hides-from-the-kernels-killer",  # all in files, no process bigger than the supervisor
        "memory cgroup",
        code="""
        import os
        score = os.open("/proc/self/oom_score_adj", os.O_WRONLY)
        os.write(score, b"0")
        try: os.write(score, b"-1000"); print("BREACH: out of its reach")
        except PermissionError: pass
        files = [os.memfd_create(str(n)) for n in range(20)]
        for file in files: os.write(file, bytes(15 << 20))
        print("BREACH: 300 MiB")
        """,
        ends=Verdict.MEMORY_LIMIT_EXCEEDED,
    ),
)

PROCESSES = (
    python(
        "threads-in-families",
        "pids cgroup",
        code="""
        import os, threading, time
        for _ in range(3): os.fork()
        for n in range(20): threading.Thread(target=time.sleep, args=(1,), daemon=True).start()
        time.sleep(0.3); print("twenty in", os.getpid())
        """,
        # Some of the eight get their twenty: what counts is that not all do.
        ends=ANY,
        proof=lambda result: result.evidence.pids_refusals > 0,
    ),
)

DISK = (
    python(
        "hard-links",
        "tmpfs inodes",
        code="""
        import os
        open("/tmp/x", "w").close()
        for n in range(5000): os.link("/tmp/x", f"/tmp/{n}")
        print("BREACH: 5000 links")
        """,
        ends=Verdict.DISK_LIMIT_EXCEEDED,
    ),
    python(
        "reserves-space",
        "tmpfs size",
        code="""
        import os
        for n in range(3): os.posix_fallocate(os.open(f"/tmp/{n}", os.O_CREAT | os.O_RDWR), 0, 16 << 20)
        print("BREACH: 48 MiB reserved in /tmp")
        """,
        ends=Verdict.DISK_LIMIT_EXCEEDED,
    ),
    python(
        "writes-through-a-mapping",
        "tmpfs size",
        code="""
        import mmap, os
        for n in range(3):
            fd = os.open(f"/tmp/{n}", os.O_CREAT | os.O_RDWR); os.ftruncate(fd, 16 << 20)
            area = mmap.mmap(fd, 16 << 20)
            for at in range(0, 16 << 20, 4096): area[at] = 1
        print("BREACH: 48 MiB in /tmp")
        """,
        ends=Verdict.DISK_LIMIT_EXCEEDED,
    ),
    python(
        "deleted-but-open",
        "tmpfs size",
        code="""
        import os
        kept = []
        for n in range(4):
            kept.append(open("/tmp/x", "wb", buffering=0)); os.unlink("/tmp/x")
            assert kept[-1].write(bytes(16 << 20)) == 16 << 20, "no room"
        print("BREACH: 64 MiB in files without a name")
        """,
        ends=Verdict.RUNTIME_ERROR,  # they are gone when the supervisor looks
    ),
    python(
        "attributes",
        "seccomp",
        code="""
        import os
        open("/tmp/x", "w").close()
        try: os.setxattr("/tmp/x", "user.x", b"x"); print("BREACH: stored in an attribute")
        except PermissionError: pass
        except OSError as error: print("BREACH: the file system was asked", error)
        """,
    ),
    python(
        "loads-a-library",
        "noexec",
        code="""
        import ctypes, glob, shutil
        shutil.copy(glob.glob("/lib/*/libm.so.6")[0], "/tmp/x.so")
        try: ctypes.CDLL("/tmp/x.so"); print("BREACH: loaded")
        except OSError as error: print(error)
        """,
    ),
)
