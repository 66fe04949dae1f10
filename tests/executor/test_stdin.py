"""The standard input is a pipe: what programs do with one, and what hostile ones try."""

from typing import Any

import pytest

from executor import Limits, RunRequest, Verdict, default_limits, execute
from executor.limits import MiB
from executor.runs import RunResult

pytestmark = pytest.mark.docker

MOST = 16 * MiB
HUGE = "0123456789abcde\n" * (MOST // 16)


def run(code: str, stdin: str = "", **more: Any) -> RunResult:
    request = {"limits": default_limits(), **more}
    return execute(RunRequest(code=code, stdin=stdin, **request))


def run_js(code: str, stdin: str = "", **more: Any) -> RunResult:
    return run(code, stdin, language="javascript", **more)


def outcome(result: RunResult) -> tuple[str, int | None]:
    assert result.verdict is Verdict.OK, (result.error, result.stderr)
    return result.stdout, result.evidence.input_left


PYTHON = {
    "is a pipe": (
        "import os, stat; print(stat.S_ISFIFO(os.fstat(0).st_mode))",
        "abc",
        ("True\n", 3),
    ),
    "end at once": ("import os; print(os.read(0, 10), os.read(0, 10))", "", ("b'' b''\n", 0)),
    "lines": ("for _ in range(3): print(input())", "a\nb\nc\n", ("a\nb\nc\n", 0)),
    "one byte at a time": (
        "import os\nprint(sum(len(os.read(0, 1)) for _ in range(3000)))",
        "x" * 5000,
        ("3000\n", 2000),
    ),
    "all of the most": ("import sys; print(len(sys.stdin.read()))", HUGE, (f"{MOST}\n", 0)),
    "the most by lines": (
        "import sys; print(sum(line == '0123456789abcde\\n' for line in sys.stdin))",
        HUGE,
        (f"{MOST // 16}\n", 0),
    ),
    "a part of the most": (
        "import os; print(len(os.read(0, 1000)))",
        HUGE,
        ("1000\n", MOST - 1000),
    ),
    "nothing of the most": ("print('no')", HUGE, ("no\n", MOST)),
    "closed": ("import os; os.close(0); print('no')", HUGE, ("no\n", MOST)),
    "the end, twice": (
        "import sys; print(len(sys.stdin.read()), len(sys.stdin.read()))",
        "ab\n",
        ("3 0\n", 0),
    ),
    "open again": ("print(len(open('/dev/stdin').read()))", HUGE, (f"{MOST}\n", 0)),
    "epoll": (
        "import os, select\np = select.epoll(); p.register(0, select.EPOLLIN)\n"
        "print(p.poll()[0][0], os.read(0, 9))",
        "ab",
        ("0 b'ab'\n", 0),
    ),
    "asyncio": (
        "import asyncio, sys\nasync def main():\n    reader = asyncio.StreamReader()\n"
        "    loop = asyncio.get_running_loop()\n"
        "    protocol = asyncio.StreamReaderProtocol(reader)\n"
        "    await loop.connect_read_pipe(lambda: protocol, sys.stdin)\n"
        "    print(len(await reader.read()))\nasyncio.run(main())",
        HUGE[: 3 * MiB],
        (f"{3 * MiB}\n", 0),
    ),
    "subprocess": (
        "import subprocess; subprocess.run(['wc', '-c'])",
        HUGE,
        (f"{MOST}\n", 0),
    ),
}


@pytest.mark.parametrize("way", PYTHON)
def test_python_reads_its_input(way: str) -> None:
    code, stdin, expected = PYTHON[way]
    assert outcome(run(code, stdin)) == expected


JAVASCRIPT = {
    "whole": (
        "console.log(require('fs').readFileSync(0, 'utf8').length)",
        HUGE,
        (f"{MOST}\n", 0),
    ),
    "whole by name": (
        "console.log(require('fs').readFileSync('/dev/stdin', 'utf8').length)",
        "a\nb\n",
        ("4\n", 0),
    ),
    "events": (
        "let n = 0; process.stdin.on('data', (d) => (n += d.length));\n"
        "process.stdin.on('end', () => console.log(n));",
        HUGE,
        (f"{MOST}\n", 0),
    ),
    "long line": (
        "console.log(require('fs').readFileSync(0, 'utf8').trimEnd().length)",
        "x" * MiB + "\n",
        (f"{MiB}\n", 0),
    ),
    "end at once": ("console.log(require('fs').readFileSync(0).length)", "", ("0\n", 0)),
    "nothing": ("console.log('no')", "ab\ncd\n", ("no\n", 6)),
    "lines in order": (
        "let n = 0; const rl = require('readline').createInterface({ input: process.stdin });\n"
        "rl.on('line', (line) => { if (Number(line) !== n++) throw line; });\n"
        "rl.on('close', () => console.log(n));",
        "".join(f"{n}\n" for n in range(2500)),
        ("2500\n", 0),
    ),
    "questions that are awaited": (
        "const rl = require('readline/promises').createInterface({ input: process.stdin });\n"
        "(async () => { let sum = 0;\n"
        "for (let i = 0; i < 900; i++) sum += Number(await rl.question(''));\n"
        "console.log(sum); rl.close(); })();",
        "1\n" * 900,
        ("900\n", 0),
    ),
    "interfaces one after the other": (
        "const readline = require('readline/promises');\n"
        "async function ask() {\n"
        "  const rl = readline.createInterface({ input: process.stdin });\n"
        "  const answer = await rl.question(''); rl.close(); return answer; }\n"
        "(async () => { const a = await ask(); console.log(a, await ask()); })();",
        "a\nb\n",
        ("a b\n", 0),
    ),
}


@pytest.mark.parametrize("way", JAVASCRIPT)
def test_javascript_reads_its_input(way: str) -> None:
    code, stdin, expected = JAVASCRIPT[way]
    assert outcome(run_js(code, stdin)) == expected


def test_readers_in_several_processes_get_each_byte_once() -> None:
    code = (
        "import os\nresults = []\nfor _ in range(4):\n    r, w = os.pipe()\n"
        "    if os.fork() == 0:\n        n = 0\n"
        "        while chunk := os.read(0, 5000): n += len(chunk)\n"
        "        os.write(w, b'%d' % n); os._exit(0)\n    results.append(r); os.close(w)\n"
        "print(sum(int(os.read(r, 20)) for r in results))"
    )
    assert outcome(run(code, HUGE)) == (f"{MOST}\n", 0)


@pytest.mark.parametrize("size", [4096, 65536, MiB])
def test_program_that_resizes_its_pipe_still_gets_all(size: int) -> None:
    code = (
        "import fcntl, sys\ntry: fcntl.fcntl(0, fcntl.F_SETPIPE_SZ, %d)\n"
        "except OSError: pass  # a pipe does not shrink below what it holds\n"
        "print(len(sys.stdin.read()))"
    )
    assert outcome(run(code % size, HUGE)) == (f"{MOST}\n", 0)


def test_program_that_enlarges_a_pipe_of_lines_still_gets_all() -> None:
    code = (
        "const { spawnSync } = require('child_process');\n"
        "console.log(String(spawnSync('perl', ['-e', "
        "'fcntl(STDIN, 1031, 1 << 20); local $/; print length(<STDIN>)'], "
        "{ stdio: [0, 'pipe', 2] }).stdout));"
    )
    assert outcome(run_js(code, "ab\n" * 5000)) == ("15000\n", 0)


def test_program_that_fills_its_own_input_only_confuses_itself() -> None:
    code = (
        "import os\nw = os.open('/proc/self/fd/0', os.O_WRONLY | os.O_NONBLOCK)\n"
        "try:\n    while True: os.write(w, b'x' * 4096)\n"
        "except BlockingIOError: print('full')"
    )
    assert outcome(run(code, "a" * 100)) == ("full\n", 100)
    assert outcome(run(code, "a" * (2 * MiB))) == ("full\n", 2 * MiB)


def test_program_that_waits_for_more_than_it_wrote_itself_runs_into_its_time_limit() -> None:
    code = "import os\nw = os.open('/proc/self/fd/0', os.O_WRONLY)\nwhile os.read(0, 100): pass"
    result = run(code, "a" * 100, limits=Limits(wall_seconds=3))
    assert result.verdict is Verdict.TIME_LIMIT_EXCEEDED
    assert result.evidence.input_left == 0


# Several processes want to write, since only the first one that finds room takes the lock.
HOLDERS = {
    "python": """
import os, socket, threading
own = os.open('/proc/self/fd/0', os.O_WRONLY)
silent = [socket.socketpair() for _ in range(10)]
for _, end in silent:
    threading.Thread(target=os.sendfile, args=(own, end.fileno(), None, 65536)).start()
def take():
    while os.read(0, 4096): pass
threading.Timer(0.2, take).start()
while True: pass
""",
    "javascript": """
require('child_process').spawn('perl', ['-MSocket', '-e', `
open(OWN, '>', '/proc/self/fd/0') or die;
for (1..10) {
    socketpair(my $one, my $end, AF_UNIX, SOCK_STREAM, 0) or die;
    push @silent, $one;
    if (fork == 0) { syscall(40, fileno(OWN), fileno($end), 0, 65536); exit }
}
if (fork == 0) { select(undef, undef, undef, 0.2); 1 while sysread(STDIN, $_, 4096); exit }
1 while 1;
`], { stdio: 'inherit' });
""",
}


@pytest.mark.parametrize("language", sorted(HOLDERS))
def test_program_that_holds_the_lock_of_its_input_meets_its_limits(language: str) -> None:
    limits = Limits(wall_seconds=60, cpu_seconds=0.5)
    result = run(HOLDERS[language], HUGE, language=language, limits=limits)
    assert result.evidence.reported
    assert result.evidence.cpu_exhausted
    assert result.verdict is Verdict.TIME_LIMIT_EXCEEDED


def test_child_that_still_reads_is_ended_with_its_parent() -> None:
    code = "import os\nif os.fork() == 0:\n    while os.read(0, 1): pass\nprint('done')"
    result = run(code, HUGE)
    assert result.verdict is Verdict.OK
    assert result.stdout == "done\n"


@pytest.mark.parametrize("end", ["input()", "raise SystemExit(3)", "import os; os.abort()"])
def test_what_is_left_is_known_however_the_program_ends(end: str) -> None:
    assert run(f"import os\nos.read(0, 5)\n{end}", "x" * 5).evidence.input_left == 0
    assert run(f"import os\nos.read(0, 5)\nos.close(0)\n{end}", "x" * 9).evidence.input_left == 4
