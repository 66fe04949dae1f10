"""Attacks on PID 1, which has the program's user id."""

from executor import Limits, Verdict

from .attack import ANY, SECOND, python
from .kernel import SYSCALL

SUPERVISOR = (
    python(
        "kills-the-supervisor",
        "pid namespace",
        code="""
        import os
        for number in range(1, 65):
            try: os.kill(1, number)
            except OSError: pass
        print("still here")
        """,
        proof=lambda result: result.stdout == "still here\n" and result.exit_code == 0,
    ),
    python(
        "forged-report",
        "own stream",
        code="""
        import os
        for run in (1, 2, 999):
            report = f"run={run} exit_code=0 signal=0 deadline_passed=0 oom_kills=0 END".encode()
            frame = b"X" + len(report).to_bytes(4, "little") + report
            os.write(1, frame); os.write(2, frame)
        raise SystemExit(3)
        """,
        ends=Verdict.RUNTIME_ERROR,
        proof=lambda result: result.exit_code == 3 and result.stdout.count("END") == 3,
    ),
    python(
        "writes-to-the-supervisors-stream",
        "own stream",
        "supervisor",
        code="""
        import os, stat
        here = os.getpid()
        for pid in filter(str.isdigit, os.listdir("/proc")):
            for fd in range(3 if int(pid) != here else 0):
                try: os.write(os.open(f"/proc/{pid}/fd/{fd}", os.O_WRONLY), bytes(5))
                except OSError: continue
                print("BREACH:", pid, fd)
        for fd in (1, 2):
            if not stat.S_ISFIFO(os.fstat(fd).st_mode): print("BREACH: no pipe", fd)
        """,
    ),
    python(
        "steals-the-request",
        "supervisor",
        code="""
        import os
        for path in ("/proc/1/fd/0", "/proc/1/fd/1", "/proc/self/fd/3", "/proc/self/fd/4"):
            try: os.open(path, os.O_RDWR); print("BREACH:", path)
            except OSError: pass
        """,
    ),
    python(
        "closes-everything",
        "supervisor",
        code="""
        import os
        print("before"); os.closerange(0, 256); os._exit(4)
        """,
        ends=Verdict.RUNTIME_ERROR,
        proof=lambda result: (result.stdout, result.exit_code) == ("before\n", 4),
    ),
    python(
        "orphans-write-on",
        "supervisor",
        code="""
        import os, time
        for n in range(8):
            if os.fork() == 0:
                os.setsid()
                while True:
                    os.write(1, b"late\\n") if os.getppid() == 1 else time.sleep(0.001)
        os.write(1, b"end\\n"); os._exit(0)
        """,
        ends=ANY,
        proof=lambda result: result.stdout.startswith("end\n") or result.truncated,
    ),
    python(
        "traced-by-the-shim",
        "seccomp",
        "supervisor",
        # Where user code is PID 1, a process that is traced by its parent outlived its removal.
        code=SYSCALL
        + """
refused("PTRACE_TRACEME", 101, 0, 0, 0, 0)
if os.getppid() != 1: print("BREACH: our parent is", os.getppid())
if os.getpid() == 1: print("BREACH: we are PID 1")
""",
    ),
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
        limits=Limits(cpu_seconds=0.5, wall_seconds=60),
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
