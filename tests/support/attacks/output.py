"""Attacks on the two streams, and on our reading of them."""

from executor import Limits, Verdict

from .attack import ANY, SECOND, javascript, python

OUTPUT = (
    python(
        "floods-stdout",
        "output cap",
        code="""
        import sys
        for _ in range(1000): sys.stdout.write("x" * 1000)
        """,
        ends=Verdict.OUTPUT_LIMIT_EXCEEDED,
    ),
    python(
        "floods-stderr",
        "output cap",
        code="""
        import sys
        for _ in range(1000): sys.stderr.write("x" * 1000)
        """,
        ends=Verdict.OUTPUT_LIMIT_EXCEEDED,
    ),
    python(
        "floods-by-many-processes",
        "output cap",
        code="""
        import os
        for _ in range(5): os.fork()
        while True: os.write(1, b"x" * 4096); os.write(2, b"y" * 4096)
        """,
        ends=Verdict.OUTPUT_LIMIT_EXCEEDED,
    ),
    python(
        "one-endless-line",
        "output cap",
        code="""
        import os
        while True: os.write(1, b"x" * (1 << 20))
        """,
        ends=Verdict.OUTPUT_LIMIT_EXCEEDED,
    ),
    javascript(
        "js-floods",
        "output cap",
        code="for (let n = 0; n < 1000; n++) console.log('x'.repeat(1000))",
        ends=Verdict.OUTPUT_LIMIT_EXCEEDED,
    ),
    python(
        "any-bytes",
        "output decoding",
        code="""
        import os
        os.write(1, bytes(range(256)) * 8 + b"\\xed\\xa0\\x80\\xf5\\xc0\\x80" + b"\\0" * 100)
        """,
        proof=lambda result: result.stdout.encode() is not None and "\0" not in result.stdout,
        limits=Limits(),
    ),
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
        has_written, written = os.pipe()
        if os.fork() == 0:
            os.write(1, b"child"); os.write(written, b"x")
            time.sleep(60)
        os.read(has_written, 1)
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
        "opens-its-output-again",  # appends, truncates, changes its mode
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
