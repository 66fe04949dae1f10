"""Boots Python in a sandbox, waits for the arguments, and becomes the program.

A byte on descriptor 4 signals to the supervisor that the interpreter has booted. Descriptor 3 brings the
arguments; its end starts the program. From then on everything must be as with `python3 /app/script.py`.
"""

import os
import sys

SOURCE = "/app/script.py"


def wait_for_arguments() -> list[str]:
    os.write(4, b"1")
    os.close(4)
    received = bytearray()
    while chunk := os.read(3, 65536):
        received += chunk
    os.close(3)
    return [os.fsdecode(argument) for argument in bytes(received).split(b"\0")[:-1]]


def become_main() -> dict[str, object]:
    """Make a new __main__ for the program; the runner's stays in this function's globals."""
    main = type(sys)("__main__")
    main.__dict__.update(__file__=SOURCE, __builtins__=__builtins__, __cached__=None)
    sys.modules["__main__"] = main
    return main.__dict__


def run(namespace: dict[str, object]) -> None:
    try:
        with open(SOURCE, "rb") as file:
            program = compile(file.read(), SOURCE, "exec", dont_inherit=True)
        exec(program, namespace)
    except SystemExit:
        raise
    except BaseException as error:
        # The first frame is the runner's. A syntax error has no other.
        traceback = error.__traceback__ and error.__traceback__.tb_next
        error.__traceback__ = traceback
        sys.excepthook(type(error), error, traceback)
        if isinstance(error, KeyboardInterrupt):
            sys.excepthook = lambda *already_shown: None
            raise  # so that the interpreter ends itself by SIGINT
    else:
        return
    sys.exit(1)


sys.argv = [SOURCE, *wait_for_arguments()]
sys.path[0] = "/app"
run(become_main())
