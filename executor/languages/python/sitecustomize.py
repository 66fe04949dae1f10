"""Waits inside the interpreter's own boot until the supervisor hands over a program.

The supervisor starts plain `python3 /app/script.py`. Before the interpreter opens the script, its own
module `site` imports this file, which waits. It leaves nothing behind but one callback for the end of the
program: no module, no frame, no replaced hook. Then the interpreter runs the script as it always does.

A byte on descriptor 4 signals that the interpreter has booted. Descriptor 3 brings the arguments, each
ended by NUL; its end starts the program. Descriptor 4 then carries the report of an uncaught error
(report.py).

Where descriptor 3 is a socket, this process is a slot's zygote. It gets no program; it forks a process
for each one, which then waits as above.

Every Python process of a program imports this file too. Without the variable it does nothing.
"""

import os
import stat
import sys

CHANNEL = 100
"""The number of the report's descriptor in the program: out of the way of its own."""


def prepare_report() -> dict[str, object]:
    """Load report.py, and arrange that it runs at the end of a program that an error ends.

    Return its namespace.
    """
    import atexit
    import builtins
    import marshal

    with open("/sandbox/report.pyc", "rb") as file:
        marshalled = file.read()[16:]  # after a header of 16 bytes
    # It is not imported: no module is left. Its builtins are a copy, which no program can replace.
    report: dict[str, object] = {"__builtins__": dict(vars(builtins)), "__name__": "report"}
    # Evaluated at the end, by C code alone, so that a program that watches calls sees no other ones.
    # Without an uncaught error there is no sys.last_exc, and nothing is called.
    ends = [filter(vars(sys).__contains__, ("last_exc",)) for _ in range(3)]
    nothing: dict[str, None] = {}
    stop_tracing = map(sys.settrace, map(nothing.get, ends[0]))
    stop_profiling = map(sys.setprofile, map(nothing.get, ends[1]))
    code = map(marshal.loads, map({"last_exc": marshalled}.__getitem__, ends[2]))
    atexit.register(any, map(any, [stop_tracing, stop_profiling, map(exec, code, [report])]))
    del sys.modules["atexit"]  # for the program it is not imported yet
    return report


def preload() -> dict[str, object]:
    """Let an environment import its packages before there is a program; return the namespace of its
    preload.py, empty if it has none."""
    import marshal

    try:
        with open("/sandbox/preload.pyc", "rb") as file:
            code = marshal.loads(file.read()[16:])  # noqa: S302  nobody can write it
    except FileNotFoundError:
        return {}
    found: dict[str, object] = {"__name__": "preload"}
    # Whatever a package prints would count as the boot's failure.
    null, kept = os.open("/dev/null", os.O_WRONLY), [os.dup(1), os.dup(2)]
    os.dup2(null, 1)
    os.dup2(null, 2)
    try:
        exec(code, found)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        for number, copy in enumerate(kept, start=1):
            os.dup2(copy, number)
            os.close(copy)
        os.close(null)
    return found


def fork_programs() -> None:
    """Be the slot's zygote, which forks the process of each run's program; return in that process."""
    import _imp
    from _frozen_importlib import ModuleSpec

    # Not imported: no module is left, and the library unloads itself (forking.c).
    forking = _imp.create_dynamic(ModuleSpec("forking", None, origin="/sandbox/forking.so"))
    _imp.exec_dynamic(forking)


def wait_for_arguments() -> list[str]:
    """Signal that the runtime has booted; return the program's arguments once they have arrived."""
    os.write(4, b"1")
    received = bytearray()
    while chunk := os.read(3, 65536):
        received += chunk
    os.close(3)
    return [os.fsdecode(argument) for argument in bytes(received).split(b"\0")[:-1]]


def take_channel() -> tuple[int, int, int]:
    """Move the report's descriptor out of the way; return this process, and what identifies the channel.

    No program that this one starts inherits it.
    """
    os.dup2(4, CHANNEL, inheritable=False)
    os.close(4)
    status = os.fstat(CHANNEL)
    return os.getpid(), status.st_dev, status.st_ino


def move_to_files() -> None:
    """Go to the files of the run, if it has any: then the script is a link to the one among them."""
    try:
        script = os.readlink(sys.argv[0])  # noqa: PTH115  pathlib is not imported yet
    except OSError:
        return
    os.chdir(script.rpartition("/")[0])
    sys.argv[0] = sys.orig_argv[-1] = script
    # The interpreter sets these where they are missing, to the link.
    vars(sys.modules["__main__"]).update(__file__=script, __cached__=None)


def open_session() -> None:
    """Load the state of the run's session, if it has one (sandbox_session.py)."""
    notes = "/box/.session.notes"
    if not sys.argv[0].startswith("/box/") or not os.access(notes, os.F_OK):
        return
    # Found only now: the program does not import from there.
    sys.path.insert(0, "/sandbox/session")
    import sandbox_session  # type: ignore[import-not-found]

    sys.path.remove("/sandbox/session")
    sandbox_session.begin()


def boot() -> None:
    """Wait for a program, and leave everything as it is after `python3 /app/script.py ARGUMENTS`."""
    report = prepare_report()
    environment = preload()
    if stat.S_ISSOCK(os.fstat(3).st_mode):
        fork_programs()
    arguments = wait_for_arguments()
    report["channel"] = take_channel()
    move_to_files()
    if environment:
        environment["begin"]()  # type: ignore[operator]
    sys.argv += arguments
    sys.orig_argv += arguments
    # As on a terminal: a whole line is written at once, also if several threads print.
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    open_session()


if os.environ.pop("SANDBOX_BOOT", None):
    boot()
# `site` ignores this very error, and the import system then forgets this module.
raise ModuleNotFoundError("No module named 'sitecustomize'", name="sitecustomize")
