"""More attacks on PID 1, which has the program's user id, and on the ends of the two streams."""

from executor import Limits, Verdict

from .basic import ANY, SECOND, python
from .kernel import SYSCALL

SUPERVISOR = (
    python(
        "limits-of-the-supervisor",  # without a descriptor it cannot read the kernel's counters
        "seccomp",
        code="""
        import resource, time
        try: resource.prlimit(1, resource.RLIMIT_NOFILE, (2, 2)); print("BREACH: set")
        except PermissionError: pass
        while time.process_time() < 1.5: pass
        print("BREACH: had 1.5 seconds of CPU time")
        """,
        ends=Verdict.TIME_LIMIT_EXCEEDED,
        limits=Limits(cpu_seconds=0.5),
    ),
    python(
        "hides-a-kill-for-memory",
        "seccomp",
        code="""
        import resource
        try: resource.prlimit(1, resource.RLIMIT_NOFILE, (2, 2))
        except PermissionError: pass
        x = bytearray(300 << 20)
        """,
        ends=Verdict.MEMORY_LIMIT_EXCEEDED,
        proof=lambda result: result.evidence.oom_kills > 0,
    ),
    python(
        "priority-of-the-supervisor",  # it would be late with 50 others before it
        "seccomp",
        code="""
        import os
        for name, take in (
            ("priority", lambda: os.setpriority(os.PRIO_PROCESS, 1, 19)),
            ("everybody's priority", lambda: os.setpriority(os.PRIO_USER, 0, 19)),
            ("processors", lambda: os.sched_setaffinity(1, {0})),
            ("class", lambda: os.sched_setscheduler(1, os.SCHED_IDLE, os.sched_param(0))),
        ):
            try: take(); print("BREACH: the supervisor's", name)
            except PermissionError: pass
        os.nice(1); os.sched_setaffinity(0, os.sched_getaffinity(0))
        """,
    ),
    python(
        "files-of-the-supervisor",
        "supervisor",
        code="""
        import os
        for directory in ("/proc/1", "/proc/1/task/1"):
            for name in os.listdir(directory):
                try:
                    os.write(os.open(f"{directory}/{name}", os.O_WRONLY), b"1")
                    print("BREACH: wrote", name)
                except OSError: pass
            for name in ("environ", "mem", "maps", "smaps", "auxv", "pagemap", "syscall", "stack", "io"):
                try:
                    if open(f"{directory}/{name}", "rb").read(1): print("BREACH:", directory, name)
                except OSError: pass
            for name in ("fd", "fdinfo", "ns", "map_files"):
                try: print("BREACH:", [os.readlink(f"{directory}/{name}/{n}")
                                       for n in os.listdir(f"{directory}/{name}")])
                except OSError: pass
        """,
    ),
    python(
        "signals-by-other-ways",
        "pid namespace",
        code=SYSCALL
        + """
import fcntl, signal, socket
for number in range(1, 65):
    call(234, 1, 1, number)  # tgkill
    call(200, 1, number)  # tkill
    call(129, 1, number, 0)  # rt_sigqueueinfo
pid = os.pidfd_open(1)
for number in (signal.SIGKILL, signal.SIGSTOP, signal.SIGSEGV): call(424, pid, number, 0, 0)
for number in (0, signal.SIGKILL, signal.SIGSTOP):  # by the kernel, on a descriptor's behalf
    a, b = socket.socketpair()
    try:
        fcntl.fcntl(a, fcntl.F_SETOWN, 1); fcntl.fcntl(a, 10, number)  # F_SETSIG
        fcntl.fcntl(a, fcntl.F_SETFL, os.O_ASYNC)
    except OSError: pass
    b.send(b"x")
print("still here")
""",
        proof=lambda result: result.stdout == "still here\n" and result.exit_code == 0,
    ),
    python(
        "wakes-the-supervisor",  # with the one signal that it listens to
        "supervisor",
        code="""
        import os, signal
        for _ in range(4): os.fork()
        while True: os.kill(1, signal.SIGCHLD)
        """,
        ends=Verdict.TIME_LIMIT_EXCEEDED,
        limits=SECOND,
        proof=lambda result: result.evidence.reported,
    ),
    python(
        "full-pipes-that-do-not-wait",  # the supervisor writes its marker to the very same ones
        "supervisor",
        code="""
        import fcntl, os, time
        for fd in (1, 2):
            fcntl.fcntl(fd, 1031, 1 << 20)  # F_SETPIPE_SZ
            fcntl.fcntl(fd, fcntl.F_SETFL, os.O_WRONLY | os.O_NONBLOCK | os.O_DIRECT)
        if os.fork() == 0:
            for n in range(50000):
                for fd in (1, 2):
                    try: os.write(fd, b"x")
                    except BlockingIOError: pass
        time.sleep(0.003)
        os._exit(5)
        """,
        ends=Verdict.RUNTIME_ERROR,
        proof=lambda result: result.exit_code == 5,
    ),
    python(
        "reads-its-own-output",  # a pipe can be opened at its other end
        "supervisor",
        code="""
        import os
        if os.fork() == 0:
            for fd in (1, 2):
                if os.fork(): continue
                pipe = os.open(f"/proc/self/fd/{fd}", os.O_RDONLY)
                while True:
                    got = os.read(pipe, 4096)
                    if b"END " in got: os.write(3 - fd, b"BREACH: " + got)
        os._exit(6)
        """,
        ends=Verdict.RUNTIME_ERROR,
        proof=lambda result: result.exit_code == 6,
    ),
    python(
        "stops-everything",
        "supervisor",
        code="""
        import os, signal
        if os.fork() == 0: os.kill(-1, signal.SIGSTOP)
        os.kill(os.getpid(), signal.SIGSTOP)
        """,
        ends=Verdict.TIME_LIMIT_EXCEEDED,
        limits=SECOND,
    ),
    python(
        "kills-everything",
        "pid namespace",
        code="""
        import os, signal
        if os.fork() == 0: os.kill(-1, signal.SIGKILL)
        signal.pause()
        """,
        ends=Verdict.RUNTIME_ERROR,
        proof=lambda result: (result.signal, result.evidence.oom_kills) == (9, 0),
    ),
)

OUTPUT = (
    python(
        "ends-like-a-frame",
        "own stream",
        code=r"""
        import os
        os.write(1, b"out\0X\xff"); os.write(2, b"errX\1\0\0")
        """,
        proof=lambda result: (
            result.stdout == "out\ufffdX\ufffd" and result.stderr == "errX\x01\ufffd\ufffd"
        ),
    ),
    python(
        "frame-in-pieces",
        "own stream",
        code=r"""
        import os, time
        for byte in b"X\x10\0\0\0run=1 exit_code=0END":
            os.write(1, bytes([byte])); time.sleep(0.001)
        raise SystemExit(4)
        """,
        ends=Verdict.RUNTIME_ERROR,
        proof=lambda result: result.exit_code == 4 and result.stdout.count("END") == 1,
    ),
    python(
        "kills-the-relay",  # a process that it may signal: the program loses its own output
        "supervisor",
        code="""
        import os, signal
        print("first", flush=True)
        for pid in filter(str.isdigit, os.listdir("/proc")):
            if int(pid) not in (1, os.getpid()): os.kill(int(pid), signal.SIGKILL)
        raise SystemExit(5)
        """,
        ends=Verdict.RUNTIME_ERROR,
        proof=lambda result: result.exit_code == 5,
    ),
    python(
        "stops-the-relay",
        "supervisor",
        code="""
        import os, signal
        for pid in filter(str.isdigit, os.listdir("/proc")):
            if int(pid) not in (1, os.getpid()): os.kill(int(pid), signal.SIGSTOP)
        print("last", flush=True)
        raise SystemExit(6)
        """,
        ends=Verdict.RUNTIME_ERROR,
        proof=lambda result: (result.exit_code, result.stdout) == (6, "last\n"),
    ),
    python(
        "holds-the-lock-of-its-output",  # who reads that pipe cannot even be killed, so PID 1 must not
        "supervisor",
        code="""
        import os, socket, threading, time
        one, other = socket.socketpair()
        threading.Thread(target=lambda: os.sendfile(1, one.fileno(), None, 100), daemon=True).start()
        time.sleep(0.2)
        os.write(2, b"still here")
        time.sleep(60)
        """,
        ends=Verdict.TIME_LIMIT_EXCEEDED,
        limits=SECOND,
        proof=lambda result: result.evidence.reported,
    ),
    python(
        "sends-its-output-to-itself",  # in sockets that nobody can close any more, the pipe has no end
        "supervisor",
        code="""
        import socket
        def lose(*kept):
            a, b = socket.socketpair()
            socket.send_fds(a, [b"x"], [a.fileno(), b.fileno(), *kept])
        print("sent", flush=True)
        for fds in ((1,), (2,), (1, 2)): lose(*fds)
        for _ in range(20): lose(1)
        raise SystemExit(7)
        """,
        ends=Verdict.RUNTIME_ERROR,
        proof=lambda result: (
            result.evidence.reported and (result.exit_code, result.stdout) == (7, "sent\n")
        ),
    ),
    python(
        "leaves-its-output-to-a-child-and-itself",
        "supervisor",
        code="""
        import os, socket, time
        a, b = socket.socketpair()
        socket.send_fds(a, [b"x"], [a.fileno(), b.fileno(), 1])
        if os.fork() == 0:
            os.write(1, b"child")
            time.sleep(60)
        time.sleep(0.2)
        os._exit(8)
        """,
        ends=Verdict.RUNTIME_ERROR,
        proof=lambda result: (
            result.evidence.reported and (result.exit_code, result.stdout) == (8, "child")
        ),
    ),
    python(
        "ends-well-past-its-time",  # the relay waits for a lock, so that it does not kill
        "supervisor",
        code="""
        import os, signal, socket, threading, time
        start = time.monotonic()
        pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]
        relay = next(pid for pid in pids if pid not in (1, os.getpid()))
        os.kill(relay, signal.SIGSTOP)
        os.write(1, b"x")
        one, other = socket.socketpair()
        threading.Thread(target=lambda: os.sendfile(1, one.fileno(), None, 100), daemon=True).start()
        time.sleep(0.1)
        os.kill(relay, signal.SIGCONT)
        while time.monotonic() < start + 1.5: pass
        os._exit(0)
        """,
        ends=ANY,
        limits=SECOND,
        # On a crowded machine PID 1 may wake after the end. Then no limit has been met.
        proof=lambda result: (
            result.evidence.reported and result.evidence.deadline_passed == (result.signal == 9)
        ),
    ),
    python(
        "closes-one-stream",
        "supervisor",
        code="""
        import os
        os.close(1); os.write(2, b"only here"); os._exit(0)
        """,
        proof=lambda result: (result.stdout, result.stderr) == ("", "only here"),
    ),
    python(
        "crosses-the-streams",
        "supervisor",
        code="""
        import os
        os.dup2(1, 9); os.dup2(2, 1); os.dup2(9, 2)
        os.write(1, b"to stderr"); os.write(2, b"to stdout"); os._exit(0)
        """,
        proof=lambda result: (result.stdout, result.stderr) == ("to stdout", "to stderr"),
    ),
    *(
        python(
            f"zeros-in-big-pipes-{name}",  # what a marker begins with, a megabyte of it at a time
            "output cap",
            code=f"""
            import fcntl, os
            for fd in (1, 2): fcntl.fcntl(fd, 1031, 1 << 20)  # F_SETPIPE_SZ
            second = os.fork() == 0
            fd, block = {fd}, bytes({size}) + b"x"
            while True: os.write(fd, block)
            """,
            ends=Verdict.OUTPUT_LIMIT_EXCEEDED,
            # The host has read all in time: it did not have to end the run by its own clock.
            proof=lambda result: result.evidence.reported,
        )
        for name, fd, size in (
            ("on-both-streams", "1 + second", 32767),
            ("on-one-stream", "1", 4095),
        )
    ),
    python(
        "character-across-the-cap",
        "output cap",
        code="""
        import os
        os.write(1, b"x" * 65535 + "\u20ac".encode()); os.write(1, b"BREACH")
        """,
        ends=Verdict.OUTPUT_LIMIT_EXCEEDED,
        limits=Limits(),
        proof=lambda result: result.stdout == "x" * 65535 + "\ufffd",
    ),
    python(
        "exactly-the-cap",
        "output cap",
        code="""
        import os
        for fd in (1, 2): os.write(fd, b"x" * 65536)
        """,
        limits=Limits(),
        proof=lambda result: len(result.stdout) == len(result.stderr) == 65536,
    ),
    python(
        "late-output",  # from an orphan, after the end
        "supervisor",
        code="""
        import os, time
        if os.fork() == 0:
            os.setsid(); time.sleep(0.5); os.write(1, b"BREACH"); os._exit(0)
        os.write(1, b"end"); os._exit(0)
        """,
        ends=ANY,
        proof=lambda result: result.stdout == "end" and result.verdict is Verdict.OK,
    ),
    python(
        "opens-its-output-anew",  # appends, truncates, changes its mode
        "supervisor",
        code="""
        import os
        for change in (lambda: os.ftruncate(1, 0), lambda: os.fchmod(1, 0), lambda: os.lseek(1, 0, 0)):
            try: change()
            except OSError: pass
        try: open("/dev/stdout", "a").write("")
        except OSError: pass
        os.write(1, b"end")
        """,
        proof=lambda result: result.stdout == "end",
    ),
)
