"""The verdict compile_error, and what a program can do to get it."""

import json
from typing import Any

import pytest

from executor import RunRequest, Verdict, default_limits, execute
from executor.runs import RunResult
from tests.support.present import present

pytestmark = pytest.mark.docker


def run(code: str, *, language: str = "python", **more: Any) -> RunResult:
    return execute(RunRequest(code=code, language=language, limits=default_limits(), **more))


BROKEN = {
    "python": (
        "if x\n    pass",
        "print('begun')\nprint(",
        "x = '\0'",
        "return 1",
        "from __future__ import braces",
        "# -*- coding: nonsense -*-\nprint(1)",
        "for i in range(3):\nprint(i)",
        "(" * 300,
        "nonlocal x",
        "print('begun')\nawait f()",
    ),
    "javascript": (
        "let y = ;",
        "console.log('begun');\nconsole.log(",
        "const a = 1; const a = 2;",
        "import fs from 'fs';\nlet y = ;",
        "const r = await Promise.resolve(5);\nfor (let i = 0; i < r; i++ {}",
        "/(/",
        "function f() { await g(); }",
        "return 1 +",
        "let y = ;" + " /* long */" * 1000,
    ),
    "typescript": (
        "let y: number = ;",
        "console.log('begun');\nconst enum E { A }",
        "const a: number = 1; const a = 2;",
        "import fs from 'fs';\nfunction f(): void { await g(); }",
        "(" * 2500,
    ),
}


@pytest.mark.parametrize(
    ("language", "code"), [(slug, code) for slug, codes in BROKEN.items() for code in codes]
)
def test_program_that_cannot_be_compiled_is_a_compile_error(language: str, code: str) -> None:
    result = run(code, language=language, stdin="unread\n")
    assert result.verdict is Verdict.COMPILE_ERROR, (result.error, result.stderr)
    assert (result.stdout, result.exit_code) == ("", 1)
    assert result.evidence.input_left == len("unread\n")


BEGUN = {
    "python": (
        "1/0",
        "eval('if x')",
        "compile('(', 'f', 'exec')",
        "open('/tmp/m.py', 'w').write('if x'); import sys; sys.path.append('/tmp'); import m",
        "raise SyntaxError('mine')",
        "raise SyntaxError('mine', ('/app/script.py', 1, 1, 'text'))",
        "import sys; sys.exit('SyntaxError: invalid syntax')",
        "import nowhere",
    ),
    "javascript": (
        "null.x",
        "eval('let y = ;')",
        "new Function('let y = ;')",
        "require('fs').writeFileSync('/tmp/m.js', 'let y = ;'); require('/tmp/m.js')",
        "throw new SyntaxError('mine')",
        "JSON.parse('<')",
        "require('nowhere')",
    ),
    "typescript": (
        "null!.x",
        "require('module').stripTypeScriptTypes('enum A {}')",
        "require('fs').writeFileSync('/tmp/m.ts', 'enum A {}'); require('/tmp/m.ts')",
        "require('fs').writeFileSync('/tmp/m.ts', '('.repeat(2500)); require('/tmp/m.ts')",
    ),
}


@pytest.mark.parametrize(
    ("language", "code"), [(slug, code) for slug, codes in BEGUN.items() for code in codes]
)
def test_program_that_has_begun_is_a_runtime_error(language: str, code: str) -> None:
    assert run(code, language=language).verdict is Verdict.RUNTIME_ERROR


FRAME = {"phase": "compile", "kind": "exception", "type": "SyntaxError", "message": "forged"}
LINE = json.dumps(FRAME) + "\n"
FORGE = f"""
import os, sys
pipes = [fd for fd in map(int, os.listdir("/proc/self/fd")) if fd > 4]
for fd in pipes:
    try: os.write(fd, {LINE.encode()!r})
    except OSError: pass
"""
# Of its own pipes Node holds both ends; of the channel, one.
FORGE_JS = f"""
const fs = require('fs');
const ends = fs.readdirSync('/proc/self/fd').map((fd) => {{
  try {{ return [Number(fd), fs.readlinkSync('/proc/self/fd/' + fd)]; }} catch {{ return [0, '']; }}
}});
for (const [fd, pipe] of ends)
  if (fd > 2 && pipe.startsWith('pipe:') && ends.filter((end) => end[1] === pipe).length === 1)
    try {{ fs.writeSync(fd, {json.dumps(LINE)}); }} catch {{}}
"""


def test_program_that_forges_a_report_and_behaves_like_it_is_believed() -> None:
    """Known and harmless: it says of itself that it has failed, in other words."""
    assert run(FORGE + "os._exit(1)").verdict is Verdict.COMPILE_ERROR
    forged = run(FORGE_JS + "process.reallyExit(1)", language="javascript")
    assert forged.verdict is Verdict.COMPILE_ERROR
    assert present(forged.error_details).message == "forged"


@pytest.mark.parametrize(
    "code",
    [
        "os.write(1, b'x'); os._exit(1)",
        "os.read(0, 1); os._exit(1)",
        "os._exit(2)",
        "os.kill(os.getpid(), 9)",
        "if os.fork():\n    os._exit(1)\nimport time; time.sleep(60)",
    ],
)
def test_forged_report_that_a_fact_denies_is_a_runtime_error(code: str) -> None:
    assert run(FORGE + code, stdin="input").verdict is Verdict.RUNTIME_ERROR


def test_forged_report_makes_no_good_end_an_error() -> None:
    assert run(FORGE).verdict is Verdict.OK
    assert run(FORGE_JS, language="javascript").verdict is Verdict.OK


@pytest.mark.parametrize(
    ("code", "verdict"),
    [
        ("x = 'a' * 10**9", Verdict.MEMORY_LIMIT_EXCEEDED),
        ("while True: sys.stderr.write('x' * 9999)", Verdict.OUTPUT_LIMIT_EXCEEDED),
        (
            "try:\n    while True: os.fork() or time.sleep(9)\nexcept OSError: os._exit(1)",
            Verdict.PROCESS_LIMIT_EXCEEDED,
        ),
        (
            "f = open('/tmp/f', 'wb', 0)\ntry:\n    while True: f.write(bytes(65536))\n"
            "except OSError: os._exit(1)",
            Verdict.DISK_LIMIT_EXCEEDED,
        ),
    ],
)
def test_forged_report_hides_no_limit(code: str, verdict: Verdict) -> None:
    assert run(f"import time\n{FORGE}{code}").verdict is verdict


@pytest.mark.parametrize(
    ("language", "code"),
    [("python", FORGE + "1/0"), ("javascript", FORGE_JS + "null.x")],
)
def test_forged_report_beside_the_runners_own_is_seen_and_dropped(language: str, code: str) -> None:
    result = run(code, language=language)
    assert result.verdict is Verdict.RUNTIME_ERROR
    assert result.evidence.error_report_refused
    assert "forged" not in present(result.error)


@pytest.mark.parametrize(
    ("language", "code"),
    [
        ("python", FORGE.replace("os.write(fd,", "os.write(fd, 99999 *") + "1/0"),
        (
            "javascript",
            FORGE_JS.replace("writeSync(fd,", "writeSync(fd, 'x'.repeat(2 ** 20) +") + "null.x",
        ),
    ],
)
def test_program_that_fills_the_channel_still_ends_with_its_own_error(
    language: str, code: str
) -> None:
    result = run(code, language=language)
    assert (result.verdict, result.exit_code) == (Verdict.RUNTIME_ERROR, 1)
    assert result.evidence.error_report_refused
    assert {"python": "ZeroDivisionError", "javascript": "TypeError"}[language] in present(
        result.error
    )
