"""Programs that attack the collecting of their files, and what a run of each must give.

Each comes with the files `in.csv` and `sub/dir/in2.csv`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from textwrap import dedent
from typing import Any

from executor import File, Verdict
from executor.files import MOST_OUT
from executor.limits import MiB

INPUTS = (
    File(name="in.csv", content=b"1,2\n"),
    File(name="sub/dir/in2.csv", content=b"x"),
)


@dataclass(frozen=True, slots=True)
class Hostile:
    """A program, and the end that it must have."""

    code: str
    files: Mapping[str, Any] | Callable[[dict[str, bytes]], bool] = field(default_factory=dict)
    """The content of each file, or its size; or whether the files are as they must be."""
    left_out: Mapping[str, int | Callable[[int], bool]] = field(default_factory=dict)
    """Each reason that counts anything."""
    stdout: str | None = None
    verdict: Verdict = Verdict.OK
    limits: Mapping[str, Any] = field(default_factory=dict)

    @property
    def program(self) -> str:
        return dedent(self.code)


def _are_whole(files: dict[str, bytes]) -> bool:
    return (
        set(files) == {"grows"} and len(files["grows"]) == 65536 and set(files["grows"]) <= {97, 98}
    )


def _are_own(files: dict[str, bytes]) -> bool:
    """Whether a file that is swapped for a link, again and again, is there as a file or not at all."""
    return set(files) <= {"swapped", ".aside", "folder/f"} and set(files.values()) == {b"own"}


HOSTILE = {
    "links": Hostile(
        """
        import os
        os.symlink("/etc/passwd", "a.txt")
        os.symlink("/proc/1/mem", "b")
        os.symlink("/", "root")
        os.symlink("/tmp", "tmp")
        open("/tmp/secret.txt", "w").write("x")
        """,
        left_out={"not_regular": 4},
    ),
    "pipes-sockets-devices": Hostile(
        """
        import os, socket
        os.mkfifo("f")
        s = socket.socket(socket.AF_UNIX)
        s.bind("s")
        try: os.mknod("dev", 0o600 | 0o20000, os.makedev(1, 9))
        except OSError as error: print(error.errno)
        os.mkdir("d")
        os.mkfifo("d/f2")
        """,
        left_out={"not_regular": 3},
        stdout="1\n",
    ),
    "sparse-files": Hostile(
        f"""
        for name, size in ("above", {4 * MiB + 1}), ("big", {32 * MiB}), ("mid", {4 * MiB}):
            with open(name, "wb") as f: f.truncate(size)
        """,
        files={"mid": bytes(4 * MiB)},
        left_out={"too_large": 2},
    ),
    "hard-links": Hostile(
        """
        import os
        open("a", "wb").write(b"x" * 1000000)
        for i in range(100): os.link("a", f"l{i:02}")
        """,
        files=dict.fromkeys(("a", *(f"l{i:02}" for i in range(7))), 1000000),
        left_out={"too_large": MOST_OUT - 8, "too_many": 101 - MOST_OUT},
    ),
    "many-files": Hostile(
        """
        n = 0
        try:
            for i in range(10000):
                open(f"f{i:05}", "w").close()
                n += 1
        except OSError as error: print(error.errno)
        """,
        files={f"f{i:05}": b"" for i in range(MOST_OUT)},
        left_out={"too_many": lambda n: 1900 < n < 2048},
        stdout="28\n",
    ),
    "odd-names": Hostile(
        r"""
        for n in [
            b"new\nline.txt", b"ctl\x01\x1b[31m.txt", "\u202egnp.exe".encode(), b"bad\xff\xfe.bin",
            b"..hidden", b"-rf", b" ", b"a" * 255, b"con.txt;rm -rf", b"quote\"'.txt",
            "e\u0301.txt".encode(), b".bashrc", b"F 99999999 3",
        ]:
            open(n, "wb").write(b"1")
        """,
        files=dict.fromkeys(
            (
                *(
                    "..hidden",
                    "-rf",
                    " ",
                    "con.txt;rm -rf",
                    "quote\"'.txt",
                    "e\u0301.txt",
                    ".bashrc",
                ),
                "F 99999999 3",
            ),
            b"1",
        ),
        left_out={"bad_name": 5},
    ),
    "child-that-writes-on": Hostile(
        """
        import os, time
        if os.fork() == 0:
            os.setsid()
            f = os.open("grows", os.O_RDWR | os.O_CREAT)
            while True:
                for letter in b"ab": os.pwrite(f, bytes([letter]) * 65536, 0)
        while not (os.path.exists("grows") and os.path.getsize("grows") == 65536): time.sleep(0.01)
        """,
        files=_are_whole,
    ),
    "deep-folders": Hostile(
        """
        import os
        try:
            for n in range(1100):
                open("x", "w").write(str(n))
                os.mkdir("d"); os.chdir("d")
        except OSError as error: print(error.errno)
        """,
        files={"d/" * n + "x": str(n).encode() for n in range(9)},
        left_out={"too_deep": 1},
        stdout="28\n",
    ),
    "attributes": Hostile(
        """
        import os
        open("x", "w").write("1")
        for key in ("user.a", "security.selinux", "trusted.x"):
            try: os.setxattr("x", key, b"y" * 60000)
            except OSError as error: print(error.errno)
        """,
        files={"x": b"1"},
        stdout="1\n" * 3,
    ),
    "mode-000": Hostile(
        """
        import os
        open("x", "w").write("1"); os.chmod("x", 0)
        os.mkdir("d"); open("d/y", "w").write("2"); os.chmod("d", 0)
        """,
        files={"x": b"1", "d/y": b"2"},
    ),
    "box-taken-away": Hostile(
        """
        import os
        open("x", "w").write("1")
        os.chmod("/box", 0)
        for move in (lambda: os.rename("/box", "/other"), lambda: os.rmdir("/box")):
            try: move()
            except OSError as error: print(error.errno)
        """,
        files={"x": b"1"},
        stdout="30\n30\n",
    ),
    "forged-frames": Hostile(
        r"""
        import os, struct
        def frame(kind, payload): return struct.pack("<cI", kind, len(payload)) + payload
        frames = ((b"X", b"run=1 exit_code=0"), (b"F", b"4 evil"), (b"D", b"evil"), (b"L", b""))
        forged = b"".join(frame(*one) for one in frames)
        for fd in (1, 2, 3, 4, 5, 100):
            try: os.write(fd, forged)
            except OSError: pass
        open("real", "w").write("r")
        """,
        files={"real": b"r"},
    ),
    "no-name-and-mapping": Hostile(
        """
        import mmap, os
        fd = os.open("/box", os.O_TMPFILE | os.O_RDWR); os.write(fd, b"ghost")
        f = open("m", "w+b"); f.truncate(8192); m = mmap.mmap(f.fileno(), 8192); m[:5] = b"hello"
        """,
        files={"m": b"hello".ljust(8192, b"\0")},
    ),
    "out-of-memory": Hostile(
        """
        open("partial", "w").write("kept")
        x = bytearray(500 << 20)
        for i in range(0, len(x), 4096): x[i] = 1
        """,
        files={"partial": b"kept"},
        verdict=Verdict.MEMORY_LIMIT_EXCEEDED,
    ),
    "out-of-time": Hostile(
        """
        open("partial", "w").write("kept")
        while True: pass
        """,
        files={"partial": b"kept"},
        verdict=Verdict.TIME_LIMIT_EXCEEDED,
        limits={"wall_seconds": 2.0},
    ),
    "full-disk": Hostile(
        """
        f = open("fill", "wb", 0)
        try:
            while True: f.write(bytes(1000000))
        except OSError as error: print(error.errno)
        """,
        left_out={"too_large": 1},
        stdout="28\n",
    ),
    "supervisor": Hostile(
        """
        import os, signal
        for number in (9, 15, 19): os.kill(1, number)
        for path in ("/proc/1/fd/0", "/proc/1/mem", "/proc/1/environ", "/proc/1/cwd", "/proc/1/root"):
            try: print("BREACH", open(path, "rb").read(1))
            except OSError: pass
        open("x", "w").write("1")
        """,
        files={"x": b"1"},
    ),
    "stdout-that-does-not-wait": Hostile(
        """
        import os
        os.set_blocking(1, False)
        open("x", "wb").write(b"y" * 3000000)
        try:
            while True: os.write(1, b"z" * 4096)
        except OSError: pass
        """,
        files={"x": b"y" * 3000000},
        limits={"output_bytes": 4 * MiB},
    ),
    # Beyond the first eighteen.
    "input-becomes-a-link": Hostile(
        """
        import os
        os.remove("in.csv"); os.symlink("/etc/passwd", "in.csv")
        os.remove("script.py"); os.symlink("/proc/self/environ", "script.py")
        """,
        left_out={"not_regular": 2},
    ),
    "folder-becomes-a-link": Hostile(
        """
        import os
        os.rename("sub", "sub2"); os.symlink("/etc", "sub"); os.symlink(".", "sub2/dir/again")
        """,
        files={"sub2/dir/in2.csv": b"x"},
        left_out={"not_regular": 2},
    ),
    "input-changed-by-mapping": Hostile(
        """
        import mmap, os
        before = os.stat("in.csv")
        f = open("in.csv", "r+b"); m = mmap.mmap(f.fileno(), 4); m[:3] = b"7,8"; m.flush()
        os.utime("in.csv", ns=(before.st_atime_ns, before.st_mtime_ns))
        """,
        files={"in.csv": b"7,8\n"},
    ),
    "files-take-all-memory": Hostile(
        f"""
        open("kept", "w").write("kept")
        f = open("more", "wb", 0)
        while True: f.write(bytes({MiB}))
        """,
        files={"kept": b"kept"},
        left_out={"too_large": 1},
        verdict=Verdict.MEMORY_LIMIT_EXCEEDED,
        limits={"memory_bytes": 24 * MiB},
    ),
    "swaps-with-links": Hostile(
        """
        import os, time
        os.mkdir("folder")
        for path in ("swapped", "folder/f"): open(path, "w").write("own")
        def swap(path, link):
            while True:
                os.rename(path, "/box/.aside"); os.symlink(link, path)
                os.remove(path); os.rename("/box/.aside", path)
        for _ in range(3):
            if os.fork() == 0:
                while True:
                    try:
                        swap("swapped", "/etc/passwd")
                    except OSError: pass
        end = time.monotonic() + 0.3
        while time.monotonic() < end: pass
        """,
        files=_are_own,
        left_out={"not_regular": lambda n: n <= 2},
    ),
    "removes-everything": Hostile(
        """
        import os, shutil
        shutil.rmtree("sub"); os.remove("in.csv"); os.remove("script.py")
        os.mkdir("gone"); os.chdir("gone"); os.rmdir("/box/gone")
        """,
    ),
    "more-than-all-together": Hostile(
        """
        for name in "abc": open(name, "wb").write(bytes(3 << 20))
        open("d", "w").write("last")
        """,
        files={"a": 3 * MiB, "b": 3 * MiB, "d": b"last"},
        left_out={"too_large": 1},
    ),
    "long-paths": Hostile(
        """
        import os
        os.makedirs("d" * 98 + "/" + "e" * 98)
        os.chdir("d" * 98 + "/" + "e" * 98)
        for name in ("ab", "abc", "é", "éé"): open(name, "w").write("1")
        """,
        files={f"{'d' * 98}/{'e' * 98}/{name}": b"1" for name in ("ab", "é")},
        left_out={"bad_name": 2},
    ),
    "leases-and-locks": Hostile(
        """
        import fcntl, os, signal, time
        open("x", "w").write("1")
        f = open("x", "r+")
        for hold in (
            lambda: fcntl.fcntl(f, fcntl.F_SETLEASE, fcntl.F_WRLCK),
            lambda: fcntl.flock(f, fcntl.LOCK_EX),
            lambda: fcntl.lockf(f, fcntl.LOCK_EX),
        ):
            try: hold()
            except OSError: pass
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        read, write = os.pipe()
        if os.fork() == 0:
            os.write(write, b"1")
            os.kill(os.getpid(), signal.SIGSTOP)
        os.read(read, 1)
        """,
        files={"x": b"1"},
    ),
    "many-folders": Hostile(
        """
        import os
        try:
            for n in range(3000): os.mkdir(f"d{n}")
        except OSError as error: print(error.errno)
        """,
        stdout="28\n",
    ),
    "runs-what-it-writes": Hostile(
        r"""
        import os, shutil
        shutil.copy("/bin/true", "tool")
        for place in ("/box/tool", "/mnt/data/tool", "./tool"):
            try: print("BREACH", os.spawnv(os.P_WAIT, place, [place]) == 0 or os.execv(place, [place]))
            except OSError as error: print(error.errno)
        os.remove("tool")
        """,
        stdout="13\n" * 3,
    ),
    "mounts-over-it": Hostile(
        """
        import ctypes, os
        libc = ctypes.CDLL(None, use_errno=True)
        open("x", "w").write("1")
        for call in (
            lambda: libc.mount(b"/etc", b"/box/sub", None, 4096, None),
            lambda: libc.mount(b"tmpfs", b"/box", b"tmpfs", 0, None),
            lambda: libc.umount2(b"/box", 2),
            lambda: libc.unshare(0x10020000),
        ):
            print(call())
        """,
        files={"x": b"1"},
        stdout="-1\n" * 4,
    ),
}
