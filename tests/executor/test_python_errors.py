"""What a person is told of a Python program's end: the error that ended it, its line, and a hint.

The error comes from the runtime itself (executor/languages/python/report.py); whatever the program has
printed before explains nothing.
"""

import pytest

from tests.support.present import present
from tests.support.programs import run
from tests.support.told import assert_told

pytestmark = pytest.mark.docker


@pytest.mark.parametrize(
    ("code", "sentence", "hint"),
    [
        pytest.param(
            """
            import traceback
            try:
                import pandas
            except ImportError:
                traceback.print_exc()
            print([1, 2, 3][7])
            """,
            "IndexError: list index out of range (line 6)",
            "index-out-of-range",
            id="printed traceback",
        ),
        pytest.param(
            """
            import logging, urllib.request
            try:
                urllib.request.urlopen('http://example.com')
            except Exception:
                logging.exception('download failed, using the built-in table')
            {'a': 1}['b']
            """,
            "KeyError: 'b' (line 6)",
            "key",
            id="logged error",
        ),
        pytest.param(
            """
            import sys
            try:
                open('/app/cache.txt', 'w')
            except OSError as error:
                print('warning:', error, file=sys.stderr)
            print(1 / 0)
            """,
            "ZeroDivisionError: division by zero (line 6)",
            "division-by-zero",
            id="printed message",
        ),
        pytest.param(
            """
            import sys
            print('simulated: No space left on device', file=sys.stderr)
            sys.exit(2)
            """,
            "The program ended with exit code 2",
            None,
            id="exit code by choice",
        ),
        pytest.param(
            """
            import sys
            print('Traceback (most recent call last):', file=sys.stderr)
            print('  File "/app/script.py", line 1, in <module>', file=sys.stderr)
            print('MemoryError', file=sys.stderr)
            int('seven')
            """,
            "ValueError: invalid literal for int() with base 10: 'seven' (line 5)",
            "text-that-is-no-number",
            id="forged traceback",
        ),
        pytest.param(
            """
            import sys
            sys.excepthook = lambda *error: print('MemoryError', file=sys.stderr)
            [].pop()
            """,
            "IndexError: pop from empty list (line 3)",
            "index-of-an-empty-list",
            id="hook of its own",
        ),
        pytest.param(
            """
            import subprocess, sys
            subprocess.run([sys.executable, '-c', 'import numpy'])
            len(5)
            """,
            "TypeError: object of type 'int' has no len() (line 3)",
            "length-of-a-number",
            id="error of a child",
        ),
    ],
)
def test_error_that_ended_the_program_is_told_whatever_was_printed_before(
    code: str, sentence: str, hint: str | None
) -> None:
    assert_told(code, sentence, hint)


@pytest.mark.parametrize(
    ("code", "sentence", "hint"),
    [
        (
            "raise ExceptionGroup('multi', [ValueError('a'), KeyError('b')])",
            "ExceptionGroup: multi (2 sub-exceptions): ValueError: a; KeyError: 'b' (line 1)",
            "several-errors",
        ),
        (
            """
            import asyncio
            async def fail(): raise OSError('one')
            async def main():
                async with asyncio.TaskGroup() as group:
                    group.create_task(fail())
            asyncio.run(main())
            """,
            "ExceptionGroup: unhandled errors in a TaskGroup (1 sub-exception): OSError: one (line 4)",
            "several-errors",
        ),
        (
            "import sys\nsys.exit('error: no data for 2024')",
            "The program ended with exit code 1: error: no data for 2024",
            None,
        ),
        (
            "raise SystemExit('bye')",
            "The program ended with exit code 1: bye",
            None,
        ),
        (
            """
            import argparse
            parser = argparse.ArgumentParser()
            parser.add_argument('year', type=int)
            parser.parse_args()
            """,
            "The program ended with exit code 2: the following arguments are required: year",
            "arguments-of-argparse",
        ),
        ("import os; os._exit(7)", "The program ended with exit code 7", None),
        (
            """
            error = ValueError('no total')
            error.add_note('in row 7')
            raise error
            """,
            "ValueError: no total; in row 7 (line 3)",
            "raised-by-its-variable",
        ),
        (
            """
            try:
                int('x')
            except ValueError as error:
                raise LookupError('no') from error
            """,
            "LookupError: no; its cause: ValueError: invalid literal for int() with base 10: 'x'"
            " (line 4)",
            "raised-by-the-program",
        ),
    ],
)
def test_end_of_every_form_has_a_sentence(code: str, sentence: str, hint: str | None) -> None:
    assert_told(code, sentence, hint)


@pytest.mark.parametrize(
    ("code", "line", "hint"),
    [
        (
            "import threading\nthreading.Thread(target=lambda: 1 / 0).start()",
            2,
            "error-in-a-thread",
        ),
        (
            """
            class File:
                def __del__(self):
                    1 / 0
            File()
            """,
            3,
            "ignored-error",
        ),
        (
            """
            import asyncio
            async def fail():
                1 / 0
            async def main():
                task = asyncio.create_task(fail())
                await asyncio.sleep(0.01)
            asyncio.run(main())
            """,
            3,
            "error-in-a-task",
        ),
        ("import atexit\natexit.register(lambda: 1 / 0)", 2, "ignored-error"),
    ],
)
def test_error_that_did_not_end_the_program_is_in_the_details(
    code: str, line: int, hint: str
) -> None:
    result = assert_told(code, None, hint)
    assert result.verdict == "ok"
    details = present(result.error_details)
    assert (details.type, details.line) == ("ZeroDivisionError", line)


def test_coroutine_that_nobody_awaits_is_in_the_details() -> None:
    result = assert_told("async def main(): pass\nmain()", None, "never-awaited")
    details = present(result.error_details)
    assert (details.type, details.line) == ("RuntimeWarning", 2)


@pytest.mark.parametrize(
    ("code", "place"),
    [
        ("def f():\n    return [1][2]\nprint(f())", (2, 12)),
        ("é = 'ää'; x = é + 'é' + 1 / 0", (1, 25)),
        ("import json\njson.loads('')", (2, 1)),
        ("if x\n    pass", (1, 5)),
        ("def f():\n    exec('x = (')\nf()", (2, 5)),
        ("import random\nrandom.choice([])", (2, 1)),
        ("f = lambda row: row['a']\nprint(list(map(f, [{}])))", (1, 17)),
    ],
)
def test_place_is_the_innermost_one_in_the_programs_own_file(
    code: str, place: tuple[int, int]
) -> None:
    details = present(run(code).error_details)
    assert (details.line, details.column) == place


@pytest.mark.parametrize(
    ("code", "stdin", "sentence", "hint"),
    [
        (
            "name = input('Name: ')",
            "",
            "Your program asked for more input than you gave it (line 1)",
            "input-is-missing",
        ),
        (
            "n = int(input())\nfor _ in range(n):\n    print(int(input()))",
            "3\n1\n2\n",
            "Your program asked for more input than you gave it (line 3)",
            "input-is-missing",
        ),
        (
            "a = int(input())",
            "\n5\n",
            "ValueError: invalid literal for int() with base 10: '' (line 1)",
            "number-from-an-empty-line",
        ),
        (
            "a = int(input())",
            "3 4\n",
            "ValueError: invalid literal for int() with base 10: '3 4' (line 1)",
            "several-numbers-in-one-line",
        ),
        (
            "a, b = input().split()",
            "5\n",
            "ValueError: not enough values to unpack (expected 2, got 1) (line 1)",
            "too-few-values-in-a-line",
        ),
        (
            "print(float(input()) * 2)",
            "2,5\n",
            "ValueError: could not convert string to float: '2,5' (line 1)",
            "decimal-comma",
        ),
    ],
)
def test_input_that_does_not_fit_is_explained(
    code: str, stdin: str, sentence: str, hint: str
) -> None:
    assert_told(code, sentence, hint, stdin=stdin)


@pytest.mark.parametrize(
    ("code", "sentence", "hint"),
    [
        (
            "def fact(n):\n    return 1 if n == 0 else n * fact(n - 1)\nprint(fact(1000))",
            "More than 1000 calls are nested inside each other (line 2)",
            "recursion",
        ),
        (
            "import sys\nsys.setrecursionlimit(300)\ndef f(): f()\nf()",
            "More than 300 calls are nested inside each other (line 3)",
            "recursion",
        ),
        (
            "import turtle\nturtle.forward(100)",
            "The module 'turtle' needs a screen, and there is none here (line 1)",
            "no-screen-for-turtle",
        ),
        (
            "import pygame\npygame.init()",
            "The module 'pygame' needs a screen, and there is none here (line 1)",
            "no-screen",
        ),
        (
            "import maths",
            "The module 'maths' is not available here (line 1)",
            "misspelt-module",
        ),
        (
            "x = 1\nimport helpers",
            "The module 'helpers' is not available here (line 2)",
            "file-of-ones-own",
        ),
        (
            """
            import os, subprocess
            open('/tmp/a.sh', 'w').write('#!/bin/sh\\necho hi\\n')
            os.chmod('/tmp/a.sh', 0o755)
            subprocess.run(['/tmp/a.sh'], check=True)
            """,
            "PermissionError: [Errno 13] Permission denied: '/tmp/a.sh' (line 4)",
            "no-start-from-tmp",
        ),
        (
            "raise PermissionError(13, 'Permission denied', 'vault')",
            "PermissionError: [Errno 13] Permission denied: 'vault' (line 1)",
            "raised-by-the-program",
        ),
        (
            "import os\nos.mkdir('/tmp/x', 0)\nopen('/tmp/x/a', 'w')",
            "PermissionError: [Errno 13] Permission denied: '/tmp/x/a' (line 3)",
            "mode-forbids-it",
        ),
        (
            "import sqlite3\nsqlite3.connect('test.db').execute('create table t(x)')",
            "sqlite3.OperationalError: unable to open database file (line 2)",
            "sqlite-file",
        ),
        (
            "x = [0] * 10**12",
            "The program asks for more memory at once than a run may have (line 1)",
            "more-memory-than-there-is",
        ),
        (
            "import subprocess\nsubprocess.run(['git', 'status'])",
            "FileNotFoundError: [Errno 2] No such file or directory: 'git' (line 2)",
            "program-that-is-not-there",
        ),
        (
            "import urllib.request\nurllib.request.urlopen('http://example.com')",
            "There is no network in the sandbox (line 2)",
            "no-network",
        ),
    ],
)
def test_sentence_is_true_of_what_happened(code: str, sentence: str, hint: str) -> None:
    assert_told(code, sentence, hint)
