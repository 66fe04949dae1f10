"""A Python program sees what `python3 script.py` would show it."""

import pytest

from tests.support.programs import printed, run

pytestmark = pytest.mark.docker


# --- What a program knows of itself ---


def test_program_is_main() -> None:
    assert printed(run("print(__name__, __file__, __doc__)")) == "__main__ /app/script.py None\n"


def test_docstring_is_the_modules() -> None:
    assert printed(run('"""Adds."""\nprint(__doc__)')) == "Adds.\n"


def test_namespace_is_that_of_a_fresh_main() -> None:
    code = "print(sorted(globals()))"
    assert printed(run(code)) == (
        "['__annotations__', '__builtins__', '__cached__', '__doc__', '__file__', '__loader__',"
        " '__name__', '__package__', '__spec__']\n"
    )


def test_main_can_be_imported_by_its_name() -> None:
    assert printed(run("import __main__\nx = 1\nprint(__main__.x)")) == "1\n"


def test_arguments_follow_the_programs_name() -> None:
    result = run("import sys; print(sys.argv)", args=("a b", "", "é", "-v"))
    assert printed(result) == "['/app/script.py', 'a b', '', 'é', '-v']\n"


def test_source_can_be_inspected() -> None:
    assert printed(run("import inspect\ndef f(): pass\nprint(inspect.getsource(f))")).startswith(
        "def f(): pass"
    )


def test_working_directory_is_the_programs() -> None:
    assert printed(run("import os, sys; print(os.getcwd(), sys.path[0])")) == "/app /app\n"


def test_classes_of_main_can_be_pickled() -> None:
    code = """
        import pickle
        class Point:
            def __init__(self, x): self.x = x
        print(pickle.loads(pickle.dumps(Point(3))).x)
    """
    assert printed(run(code)) == "3\n"


def test_future_statements_of_the_runner_do_not_leak() -> None:
    assert printed(run("def f(x: int): pass\nprint(f.__annotations__)")) == (
        "{'x': <class 'int'>}\n"
    )


def test_unicode_passes_both_ways() -> None:
    result = run("print(input()[::-1], 'é🎉\u00a0')", stdin="añ")
    assert printed(result) == "ña é🎉\u00a0\n"


def test_encoding_cookie_is_obeyed() -> None:
    assert printed(run('# -*- coding: latin-1 -*-\nprint(len("é"))')) == "2\n"


def test_shebang_and_windows_newlines_are_fine() -> None:
    assert printed(run("#!/usr/bin/env python3\r\nprint(1)\r\n")) == "1\n"


# --- Errors ---


def test_traceback_is_the_programs_alone() -> None:
    result = run("def f():\n    return 1 / 0\n\nf()\n")
    assert result.stderr == (
        "Traceback (most recent call last):\n"
        '  File "/app/script.py", line 4, in <module>\n'
        "    f()\n"
        "    ~^^\n"
        '  File "/app/script.py", line 2, in f\n'
        "    return 1 / 0\n"
        "           ~~^~~\n"
        "ZeroDivisionError: division by zero\n"
    )
    assert (result.verdict, result.exit_code) == ("runtime_error", 1)
    assert result.error == "ZeroDivisionError: division by zero (line 2)"


def test_chained_traceback_shows_both() -> None:
    code = """
        try:
            {}["a"]
        except KeyError as error:
            raise ValueError("b") from error
    """
    stderr = run(code).stderr
    assert "KeyError: 'a'" in stderr
    assert "The above exception was the direct cause" in stderr
    assert stderr.endswith("ValueError: b\n")
    assert "/sandbox" not in stderr


def test_syntax_error_points_at_the_place() -> None:
    result = run("x = 1\nif x\n    print(x)\n")
    assert result.stderr == (
        "  File \"/app/script.py\", line 2\n    if x\n        ^\nSyntaxError: expected ':'\n"
    )
    assert result.error == "SyntaxError: expected ':' (line 2)"


def test_error_in_a_thread_is_shown_and_does_not_end_the_program() -> None:
    code = """
        import threading
        thread = threading.Thread(target=lambda: 1 / 0)
        thread.start(); thread.join()
        print("on")
    """
    result = run(code)
    assert (result.verdict, result.stdout) == ("ok", "on\n")
    assert "Exception in thread Thread-1" in result.stderr
    assert "ZeroDivisionError" in result.stderr
    assert "/sandbox" not in result.stderr


def test_own_excepthook_is_called_without_our_frames() -> None:
    code = """
        import sys, traceback
        sys.excepthook = lambda kind, error, tb: print(kind.__name__, len(traceback.extract_tb(tb)))
        1 / 0
    """
    result = run(code)
    assert (result.stdout, result.stderr, result.exit_code) == ("ZeroDivisionError 1\n", "", 1)


def test_exception_group_is_shown_whole() -> None:
    stderr = run('raise ExceptionGroup("all", [ValueError("a"), TypeError("b")])').stderr
    assert "ExceptionGroup: all (2 sub-exceptions)" in stderr
    assert "| TypeError: b" in stderr


def test_deep_recursion_is_an_error_in_words() -> None:
    result = run("def f(): f()\nf()")
    assert result.verdict == "runtime_error"
    assert result.error == "More than 1000 calls are nested inside each other (line 1)"


# --- Input, output and end ---


def test_input_reads_lines_and_then_ends() -> None:
    result = run("print(input() + input())\ninput()", stdin="a\nb\n")
    assert result.stdout == "ab\n"
    assert result.stderr.endswith("EOFError: EOF when reading a line\n")
    assert result.error == "Your program asked for more input than you gave it (line 2)"


def test_stdin_of_64_kib_arrives_whole() -> None:
    result = run("import sys; s = sys.stdin.read(); print(len(s), s[-1])", stdin="x" * 65535 + "y")
    assert printed(result) == "65536 y\n"


def test_stdin_arrives_as_bytes_too() -> None:
    result = run("import sys; print(sys.stdin.buffer.read())", stdin="é\r\n")
    assert printed(result) == "b'\\xc3\\xa9\\r\\n'\n"


def test_binary_output_becomes_text() -> None:
    result = run(r"import sys; sys.stdout.buffer.write(b'a\xff\x00b')")
    assert printed(result) == "a\ufffd\ufffdb"


@pytest.mark.parametrize(
    ("code", "exit_code", "stderr"),
    [
        ("import sys; sys.exit()", 0, ""),
        ("import sys; sys.exit(3)", 3, ""),
        ("import sys; sys.exit('bye')", 1, "bye\n"),
        ("raise SystemExit(256 + 7)", 7, ""),
        ("import os; os._exit(5)", 5, ""),
        ("exit(4)", 4, ""),
    ],
)
def test_exit_code_is_the_programs(code: str, exit_code: int, stderr: str) -> None:
    result = run(code)
    assert (result.exit_code, result.signal, result.stderr) == (exit_code, None, stderr)
    assert result.verdict == ("runtime_error" if exit_code else "ok")


def test_keyboard_interrupt_ends_as_it_does_elsewhere() -> None:
    result = run("import os, signal; os.kill(os.getpid(), signal.SIGINT)")
    assert result.stderr.endswith("KeyboardInterrupt\n")
    assert (result.verdict, result.exit_code, result.signal) == ("runtime_error", None, 2)


def test_keyboard_interrupt_can_be_caught() -> None:
    code = """
        import os, signal
        try: os.kill(os.getpid(), signal.SIGINT)
        except KeyboardInterrupt: print("caught")
    """
    assert printed(run(code)) == "caught\n"


@pytest.mark.parametrize("end", ["", "sys.exit(1)", "1 / 0"])
def test_exit_handlers_run(end: str) -> None:
    code = f"import atexit, sys\natexit.register(print, 'bye')\n{end}"
    assert run(code).stdout == "bye\n"


def test_nothing_is_lost_that_was_printed_without_a_newline() -> None:
    assert printed(run("print(1, end='')")) == "1"


def test_threads_are_waited_for() -> None:
    code = """
        import threading, time
        threading.Thread(target=lambda: (time.sleep(.2), print("late"))).start()
        print("early")
    """
    assert printed(run(code)) == "early\nlate\n"


# --- Processes, files and sockets ---


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_multiprocessing_works(method: str) -> None:
    code = f"""
        import multiprocessing
        def square(x): return x * x
        if __name__ == "__main__":
            with multiprocessing.get_context("{method}").Pool(2) as pool:
                print(pool.map(square, range(4)))
    """
    assert printed(run(code)) == "[0, 1, 4, 9]\n"


def test_process_pools_work() -> None:
    code = """
        from concurrent.futures import ProcessPoolExecutor
        if __name__ == "__main__":
            with ProcessPoolExecutor(2) as pool:
                print(list(pool.map(abs, [-1, -2])))
    """
    assert printed(run(code)) == "[1, 2]\n"


def test_shell_and_interpreter_can_be_called() -> None:
    code = """
        import subprocess, sys
        print(subprocess.run("echo $HOME | tr t T", shell=True, capture_output=True, text=True).stdout)
        print(subprocess.check_output([sys.executable, "-c", "print(6 * 7)"], text=True))
    """
    assert printed(run(code)) == "/Tmp\n\n42\n\n"


def test_children_write_to_the_same_output() -> None:
    assert printed(run("import os; os.system('echo child')")) == "child\n"


def test_asyncio_runs_subprocesses() -> None:
    code = """
        import asyncio
        async def main():
            echo = await asyncio.create_subprocess_exec("echo", "hi", stdout=-1)
            print(await echo.communicate())
        asyncio.run(main())
    """
    assert printed(run(code)) == "(b'hi\\n', None)\n"


def test_temporary_files_and_directories_work() -> None:
    code = """
        import pathlib, tempfile
        with tempfile.TemporaryDirectory() as directory:
            path = pathlib.Path(directory, "é.txt")
            path.write_text("kept")
            print(path.read_text())
        with tempfile.NamedTemporaryFile() as file:
            print(file.write(b"12345"))
    """
    assert printed(run(code)) == "kept\n5\n"


def test_home_can_be_written() -> None:
    assert printed(run("import pathlib; print(pathlib.Path('~/x').expanduser().write_text('a'))"))


@pytest.mark.parametrize(
    ("host", "family"),
    [("127.0.0.1", "AF_INET"), ("localhost", "AF_INET"), ("::1", "AF_INET6")],
)
def test_loopback_carries_a_connection(host: str, family: str) -> None:
    code = f"""
        import socket
        server = socket.create_server(("{host}", 0), family=socket.{family})
        client = socket.create_connection(("{host}", server.getsockname()[1]), timeout=5)
        server.accept()[0].sendall(b"hi")
        print(client.recv(10))
    """
    assert printed(run(code)) == "b'hi'\n"


def test_http_server_answers_its_own_client() -> None:
    code = """
        import http.server, threading, urllib.request
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200); self.end_headers(); self.wfile.write(b"hello")
            def log_message(self, *args): pass
        server = http.server.HTTPServer(("localhost", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        print(urllib.request.urlopen(f"http://localhost:{server.server_port}").read())
    """
    assert printed(run(code)) == "b'hello'\n"


def test_module_that_the_program_wrote_can_be_imported() -> None:
    code = "open('helper.py', 'w').write('x = 5'); import helper; print(helper.x, helper.__file__)"
    assert printed(run(code, read_only=False)) == "5 /app/helper.py\n"


def test_program_finds_its_own_file() -> None:
    for read_only in (True, False):
        result = run("print(open(__file__).read(), end='')", read_only=read_only)
        assert printed(result) == "print(open(__file__).read(), end='')"


@pytest.mark.parametrize(
    "statement",
    [
        "import ssl; ssl.create_default_context()",
        "import sqlite3; sqlite3.connect('/tmp/x.db').execute('create table t (x)')",
        "import zoneinfo; zoneinfo.ZoneInfo('UTC')",
        "import decimal; decimal.Decimal('0.1') * 3",
        "import ctypes; ctypes.CDLL(None).getpid()",
        "import bz2, lzma, zlib, hashlib, curses, readline, uuid; uuid.uuid4()",
        "import getpass, pathlib; getpass.getuser(); pathlib.Path.home()",
        "import locale; locale.setlocale(locale.LC_ALL, '')",
        "import random, secrets, statistics, json, csv, xml.etree.ElementTree, unittest, doctest",
    ],
)
def test_standard_library_is_whole(statement: str) -> None:
    assert printed(run(f"{statement}\nprint('ok')")) == "ok\n"


def test_unittest_finds_the_tests_of_main() -> None:
    code = """
        import unittest
        class T(unittest.TestCase):
            def test_a(self): self.assertEqual(1, 1)
        unittest.main()
    """
    result = run(code)
    assert result.verdict == "ok"
    assert "Ran 1 test" in result.stderr


def test_user_and_group_are_known_by_a_name() -> None:
    code = """
        import getpass, grp, os, pwd, subprocess
        me = pwd.getpwuid(os.getuid())
        print(me.pw_name, me.pw_dir, me.pw_shell, me.pw_gid == os.getgid(), getpass.getuser())
        print(pwd.getpwnam("sandbox") == me, [entry.pw_name for entry in pwd.getpwall()])
        group = grp.getgrgid(os.getgid())
        print(group.gr_name, group.gr_mem, grp.getgrnam("sandbox") == group, os.path.expanduser("~"))
        print(os.path.expanduser("~sandbox"), pwd.getpwuid(0).pw_name)
        print(subprocess.check_output(["whoami"], text=True).strip())
        for unknown in (lambda: pwd.getpwuid(10001), lambda: pwd.getpwnam("nobody-here")):
            try: unknown()
            except KeyError: print("unknown")
    """
    assert printed(run(code)).splitlines() == [
        "sandbox /tmp /bin/sh True sandbox",
        "True ['root', 'nobody', 'sandbox']",
        "sandbox [] True /tmp",
        "/tmp root",
        "sandbox",
        "unknown",
        "unknown",
    ]
