"""Our runner waits inside Python's boot and reports at its end: no program notices either."""

import pytest

from executor.languages.python.diagnostics import last_error
from executor.runs import RunResult
from tests.support.present import present
from tests.support.programs import printed, run

pytestmark = pytest.mark.docker


def told(result: RunResult) -> tuple[str | None, str | None, int | None] | None:
    details = result.error_details
    return None if details is None else (details.type, details.message, details.line)


# --- Nothing of the runner in sight ---


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (
            "import inspect\nprint([(f.filename, f.lineno) for f in inspect.stack()])",
            "[('/app/script.py', 2)]",
        ),
        ("import sys\nprint(sys._getframe().f_back)", "None"),
        ("import traceback\nprint(len(traceback.format_stack()))", "1"),
        ("import sys\nprint(sys.orig_argv[1:], sys.argv)", "['/app/script.py'] ['/app/script.py']"),
        (
            "import sys\nprint(sys.excepthook is sys.__excepthook__, sys.unraisablehook is"
            " sys.__unraisablehook__, sys.gettrace(), sys.getprofile())",
            "True True None None",
        ),
        (
            "import sys\nprint({'sitecustomize', 'report', 'atexit', 'collections', 'typing'}"
            " & sys.modules.keys())",
            "set()",
        ),
        ("import sys\nprint(sys.stdout.line_buffering, sys.stdout.write_through)", "True False"),
        ("import os\nprint('SANDBOX_BOOT' in os.environ)", "False"),
        ("import os\nprint(os.dup(0))", "3"),
        (
            "try:\n    import sitecustomize\nexcept ImportError as error:\n    print(error.name)",
            "sitecustomize",
        ),
        (
            "import gc, types\nprint([o for o in gc.get_objects() if isinstance(o,"
            " types.FunctionType) and '/sandbox' in o.__code__.co_filename])",
            "[]",
        ),
        (
            "def depth(n):\n    try: return depth(n + 1)\n"
            "    except RecursionError: return n\nprint(depth(0))",
            "998",
        ),
    ],
)
def test_program_sees_nothing_of_the_runner(code: str, expected: str) -> None:
    assert printed(run(code)) == f"{expected}\n"


@pytest.mark.parametrize("watch", ["settrace", "setprofile"])
@pytest.mark.parametrize("end", ["pass", "1 / 0", "sys.exit('bye')"])
def test_program_that_watches_its_calls_sees_none_of_the_runner(watch: str, end: str) -> None:
    code = f"""
        import sys
        def watch(frame, event, argument):
            print(event, frame.f_code.co_filename, flush=True)
            return watch
        sys.{watch}(watch)
        {end}
    """
    result = run(code)
    assert "/sandbox" not in result.stdout + result.stderr
    assert "sitecustomize" not in result.stdout


def test_child_interpreter_is_as_without_the_runner() -> None:
    """Without `site`, a child does not import our module at all."""
    code = """
        import subprocess, sys
        child = "import sys, atexit; print(sys.argv, sys.flags.no_site, atexit._ncallbacks()); 1 / 0"
        for options in ([], ['-S']):
            done = subprocess.run([sys.executable, *options, '-c', child], capture_output=True, text=True)
            print(done.returncode, done.stderr.count('File'), done.stdout, end='')
    """
    assert printed(run(code)) == "1 1 ['-c'] 0 0\n1 1 ['-c'] 1 0\n"


def test_lines_of_several_threads_stay_whole() -> None:
    code = """
        import threading
        def work(name):
            for n in range(200):
                print('thread', name, 'line', n)
        threads = [threading.Thread(target=work, args=(name,)) for name in range(4)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
    """
    lines = printed(run(code)).splitlines()
    broken = [line for line in lines if len(line.split()) != 4]
    assert len(broken) < 40  # at a terminal a few of 800 break, too


def test_line_is_written_at_once_also_after_reconfigure() -> None:
    code = """
        import os, sys
        sys.stdout.reconfigure(encoding='latin-1')
        print('kept')
        os.kill(os.getpid(), 9)
    """
    assert run(code).stdout == "kept\n"


# --- The report calls no code of the program ---


@pytest.mark.parametrize(
    ("definition", "message", "times"),
    [
        ("def __str__(self): print('asked'); return 'mine'", "mine", 1),
        ("def __repr__(self): print('asked'); return 'x'", None, 0),
        ("def __getattribute__(self, name): print('asked'); raise KeyError", None, 2),
        ("args = property(lambda self: print('asked'))", None, 0),
    ],
)
def test_only_the_interpreter_asks_an_error_for_its_text(
    definition: str, message: str | None, times: int
) -> None:
    code = f"""
        class Mine(Exception):
            {definition}
        raise Mine
    """
    result = run(code)
    assert told(result) == ("Mine", message, 3)
    assert result.stdout == "asked\n" * times


def test_error_that_tells_its_text_by_the_class_has_it_from_what_is_printed() -> None:
    code = """
        class TooLittle(Exception):
            def __init__(self, missing): self.missing = missing
            def __str__(self): return f'{self.missing} missing'
        raise TooLittle(7)
    """
    result = run(code)
    assert result.error == "TooLittle: 7 missing (line 4)"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("raise ValueError('x' * 60000)", ("ValueError", 500, 1)),
        ("error = ValueError('a')\nerror.__notes__ = ['n'] * 10**4\nraise error", None),
        ("a, b = ValueError('a'), KeyError('b')\na.__cause__, b.__cause__ = b, a\nraise a", None),
        ("raise ExceptionGroup('many', [ValueError(n) for n in range(10**4)])", None),
        ("class E(Exception):\n    def __str__(self): raise E\nraise E", None),
        ("class E(Exception):\n    __qualname__ = 'E' * 10**4\nraise E", None),
        ("raise ValueError([[10**10**5]])", None),
        ("import sys\nsys.setrecursionlimit(60)\n1 / 0", None),
        (
            "import builtins\nfor name in ('len', 'str', 'all', 'map', 'vars', 'issubclass', 'type'):\n"
            "    setattr(builtins, name, None)\nraise ValueError('a')",
            ("ValueError", 1, 4),
        ),
    ],
)
def test_error_of_any_kind_ends_as_it_does_elsewhere(
    code: str, expected: tuple[str, int, int] | None
) -> None:
    result = run(code)
    assert (result.verdict, result.exit_code) == ("runtime_error", 1)
    assert present(result.error_details).line
    if expected:
        kind, message, line = present(told(result))
        assert (kind, len(present(message)), line) == expected


# --- When there is nothing to report ---


def test_child_that_fails_reports_nothing() -> None:
    code = """
        import os
        if os.fork() == 0:
            raise ValueError('child')
        os.wait()
    """
    result = run(code)
    assert (result.verdict, result.error_details) == ("ok", None)
    assert "ValueError: child" in result.stderr


def test_program_reports_its_own_error_and_not_its_childs() -> None:
    code = """
        import os
        if os.fork() == 0:
            raise ValueError('child')
        os.wait()
        raise KeyError('parent')
    """
    assert told(run(code)) == ("KeyError", "'parent'", 5)


def test_error_that_a_library_has_shown_is_not_that_of_the_end() -> None:
    code = """
        import code, sys
        code.InteractiveInterpreter().runsource('1 / 0')
        sys.exit(3)
    """
    result = run(code)
    assert result.error == "The program ended with exit code 3"


@pytest.mark.parametrize(
    "before",
    [
        "import os; os.closerange(3, 200)",
        "import os\nos.closerange(3, 200)\nfiles = [open(f'/tmp/{n}', 'w') for n in range(120)]",
        "import atexit; atexit._clear()",
        "import os\nfor n in range(3, 200):\n"
        "    try: os.set_blocking(n, False); os.write(n, b'x' * 70000)\n    except OSError: pass",
    ],
)
def test_end_without_a_report_is_read_from_stderr(before: str) -> None:
    result = run(f"{before}\nint('a')\n")
    assert (result.verdict, result.exit_code) == ("runtime_error", 1)
    assert present(result.error).startswith(
        "ValueError: invalid literal for int() with base 10: 'a' (line"
    )


def test_report_never_reaches_a_file_of_the_program() -> None:
    code = """
        import os
        os.closerange(3, 200)
        files = [open(f'/tmp/{n}', 'w') for n in range(120)]
        if os.fork() == 0:
            1 / 0
        os.wait()
        try: print(sum(os.fstat(file.fileno()).st_size for file in files))
        finally: [file.close() for file in files]
    """
    assert run(code).stdout.endswith("0\n")


def test_report_of_a_program_with_a_broken_stdout_arrives() -> None:
    assert told(run("import sys\nsys.stdout.close()\n[][0]")) == (
        "IndexError",
        "list index out of range",
        3,
    )


# --- Reading stderr ---


def test_every_form_is_read_from_what_python_prints() -> None:
    """The fallback reads the same from stderr as the runtime reports."""
    codes = [
        "def f():\n    1 / 0\nf()",
        "if x\n  pass",
        "exec('x = (')",
        "raise ExceptionGroup('g', [ValueError('a'), KeyError('b')])",
        "try:\n    1 / 0\nexcept ZeroDivisionError:\n    raise LookupError",
        "import json\njson.loads('')",
        "def f(): f()\nf()",
    ]
    for code in codes:
        result = run(code)
        read = present(last_error(result.stderr.split("\n")))
        assert (read.type, read.message or None, read.line) == told(result), code
