"""More attacks on time, memory, processes and disk: the indirect ways."""

import re
from pathlib import Path

from executor import Limits, Verdict

from .attack import ANY, SECOND, python

CAP_SYS_RESOURCE = 24
CAPABILITIES = int(re.findall(r"CapEff:\t(\w+)", Path("/proc/self/status").read_text())[0], 16)
MAY_LOWER_SCORES = bool(CAPABILITIES >> CAP_SYS_RESOURCE & 1)
"""Whether this process may make a supervisor unkillable, as root usually may."""

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
        limits=Limits(cpu_seconds=0.5, wall_seconds=60),  # a busy machine gives it little
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
        "unix-socket-buffers-and-heap",
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
    python(
        "shoots-the-messenger",  # a program of two pages is smaller than the supervisor
        "memory cgroup",
        code="""
        import os, struct
        open("/proc/self/oom_score_adj", "w").write("0")
        for fd in range(64, 69):
            file = os.memfd_create("x"); os.dup2(file, fd, inheritable=True); os.close(file)
        for fd in range(64, 67):
            for _ in range(31): os.write(fd, bytes(1 << 20))
        # for (r12 = 64;; r12++) while (write(r12, 0x400000, 4096) > 0);
        code = bytes.fromhex(
            "41bc40000000 4489e7be00004000ba00100000b8010000000f054885c0 7fe7 41ffc4 ebe2")
        head = b"\\x7fELF\\2\\1\\1" + bytes(9) + struct.pack(
            "<HHIQQQIHHHHHH", 2, 62, 1, 0x400078, 64, 0, 0, 64, 56, 1, 0, 0, 0)
        segment = struct.pack("<IIQQQQQQ", 1, 5, 0, 0x400000, 0, 4096, 4096, 4096)
        program = os.memfd_create("tiny")
        os.write(program, (head + segment + code).ljust(4096, bytes(1)))
        os.execve(program, ["tiny"], {})
        """,
        ends=Verdict.MEMORY_LIMIT_EXCEEDED,
        # The supervisor survives where the service may lower its score; its report is the program's.
        proof=lambda result: result.evidence.reported or not MAY_LOWER_SCORES,
    ),
    python(
        "writes-the-hosts-log",  # the kernel reports each process that it kills for memory there
        "supervisor",
        code="""
        import mmap, os
        open("/proc/self/oom_score_adj", "w").write("0")
        area = mmap.mmap(-1, 100 << 20)
        for at in range(0, 100 << 20, 4096): area[at] = 1
        while True:
            if os.fork() == 0:
                open("/proc/self/oom_score_adj", "w").write("1000")
                mmap.mmap(-1, 60 << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x8000)
            else: os.wait()
        """,
        ends=Verdict.MEMORY_LIMIT_EXCEEDED,
        # The third ends the run, if a crowded machine lets us. Without an end there are hundreds.
        proof=lambda result: 3 <= result.evidence.oom_kills <= 20,
    ),
)

UNCHARGED = (
    python(
        "tcp-buffers",
        "memory cgroup",
        code="""
        import socket
        server = socket.create_server(("127.0.0.1", 0)); kept = []; held = 0
        for _ in range(100):
            a = socket.create_connection(server.getsockname()); b, _ = server.accept()
            for end in (a, b):
                kept.append(end); end.setblocking(False)
                try:
                    while held < 80 << 20: held += end.send(bytes(65536))
                except OSError: pass
        print(held >> 20, "MiB")
        if held > 64 << 20: print("BREACH: in the buffers of TCP sockets")
        """,
    ),
    python(
        "udp-buffers",
        "memory cgroup",
        code="""
        import os, socket, time
        def fill():
            kept = []; held = 0
            for _ in range(200):
                kept.append(socket.socket(type=socket.SOCK_DGRAM)); kept[-1].bind(("127.0.0.1", 0))
                kept[-1].setblocking(False)
                for _ in range(20):
                    try: kept[-1].sendto(bytes(8000), kept[-1].getsockname())
                    except OSError: break
            time.sleep(0.5)
            for one in kept:
                try:
                    while True: held += len(one.recv(8000))
                except OSError: pass
            return held >> 20
        for _ in range(4):
            if os.fork() == 0: os._exit(fill())
        held = sum(os.waitstatus_to_exitcode(os.wait()[1]) for _ in range(4))
        print(held, "MiB")
        if held > 32: print("BREACH: in the buffers of UDP sockets")
        """,
    ),
    python(
        "connections-nobody-accepts",
        "memory cgroup",
        code="""
        import socket
        kept = []; made = 0
        try:
            while made < 8000:
                server = socket.socket(); server.bind(("127.0.0.1", 0)); server.listen(4096)
                kept.append(server)
                for _ in range(129):
                    client = socket.socket(); client.settimeout(0.5)
                    client.connect(server.getsockname()); client.send(b"x"); client.close(); made += 1
        except OSError as error: print(error)
        print(made)
        if made >= 8000: print("BREACH: 8,000 connections with 8 KiB each")
        """,
        limits=Limits(wall_seconds=60, cpu_seconds=60),
    ),
    python(
        "remembers-closed-connections",
        "memory cgroup",
        code=r"""
        import re, socket
        server = socket.create_server(("127.0.0.1", 0)); address = server.getsockname()
        for _ in range(20_000):
            with socket.create_connection(address): server.accept()[0].close()
        kept = int(re.search(r" tw (\d+)", open("/proc/net/sockstat").read())[1])
        print(kept, "are remembered")
        if kept > 4096: print("BREACH: with 256 bytes each")
        """,
        limits=Limits(wall_seconds=60, cpu_seconds=60),
    ),
    python(
        "record-locks",
        "memory cgroup",
        code="""
        import fcntl, os
        made = 0
        try:
            while made < 50_000:
                file = os.memfd_create("x")
                for at in range(2000, 0, -1):  # from the end: the kernel looks from the beginning
                    fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, 2 * at); made += 1
        except OSError as error: print(error)
        print(made)
        if made >= 50_000: print("BREACH: 50,000 locks of 192 bytes")
        """,
        limits=Limits(memory_bytes=16 << 20),
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
