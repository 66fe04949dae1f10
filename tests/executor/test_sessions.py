"""Sessions: what a run has in its names, the next one has too. The attacks on it are in
tests/security/test_sessions.py, and users meet it in tests/submissions/test_sessions.py."""

from dataclasses import dataclass, field, replace
from textwrap import indent
from typing import Any

import pytest

from executor import File, RunRequest, Verdict, default_limits, execute
from executor.files import StateLeft
from executor.limits import MiB
from executor.runs import RunResult
from executor.sandbox.box import problem_with
from executor.sandbox.state import NAMED, NO_ROOM, STOPPED
from tests.support.offer import offering

pytestmark = pytest.mark.docker


@dataclass
class Session:
    """Runs programs one after another, each with what the one before has left."""

    language: str = "python"
    state: bytes = b""
    results: list[RunResult] = field(default_factory=list)

    def run(self, code: str, **fields: Any) -> RunResult:
        request = RunRequest(
            **{
                "code": code,
                "language": self.language,
                "session": "s",
                "state": self.state,
                "limits": default_limits(),
                **fields,
            }
        )
        result = execute(request)
        assert result.state is not None
        if result.state.content is not None:
            self.state = result.state.content
        self.results.append(result)
        return result

    def prints(self, code: str, **fields: Any) -> str:
        """Run a program that must end well and keep all it has; return what it prints."""
        result = self.run(code, **fields)
        assert (result.verdict, result.stderr) == (Verdict.OK, "")
        assert result.state is not None
        assert (result.state.problem, result.state.notice, result.state.not_kept) == ("", "", ())
        return result.stdout

    @property
    def left(self) -> StateLeft:
        found = self.results[-1].state
        assert found is not None
        return found


@pytest.fixture
def session() -> Session:
    return Session()


DEFINE = """
import math, os.path as where
from collections import namedtuple, Counter
from dataclasses import dataclass, field, fields
from enum import Enum
from functools import lru_cache, partial

Point = namedtuple("Point", "x y")
class Colour(Enum):
    RED = 1
@dataclass
class Item:
    name: str
    tags: list = field(default_factory=list)
class Base:
    def hello(self): return "hello " + self.name()
class Child(Base):
    count = 0
    def __init__(self): super().__init__(); Child.count += 1
    def name(self): return "child"
    @property
    def twice(self): return 2 * self.count
    @staticmethod
    def one(): return 1
class Wrong(Exception):
    def __init__(self, number, text):
        super().__init__(text)
        self.number = number
def fact(n): return 1 if n < 2 else n * fact(n - 1)
def counter():
    n = 0
    def more():
        nonlocal n
        n += 1
        return n
    return more
@lru_cache
def square(n): return n * n
double = lambda n, by=2: n * by
tick = counter(); tick()
half = partial(double, by=0.5)
try: raise Wrong(3, "bad")
except Wrong as error: wrong = error
shared = []; both = {"a": shared, "b": shared}; again = shared
shared.append(shared)
colour, point, item, child = Colour.RED, Point(1, 2), Item("x", ["t"]), Child()
text, data, numbers = "ü\\ud800", b"\\0\\xff", {1, 2.5, 3j, None, ...}
"""
USE = """
print(math.floor(2.5), where.join("a", "b"), Counter("aab")["a"])
print(point == Point(1, 2), colour is Colour.RED, Colour(1) is colour, item == Item("x", ["t"]))
print([one.name for one in fields(Item)], isinstance(child, Base), child.hello())
print(child.twice, Child.one(), wrong.number, str(wrong), type(wrong) is Wrong)
print(fact(5), tick(), tick(), square(4), double(4), half(5))
print(both["a"] is both["b"] is again is shared is shared[0])
print(ascii(text), data, len(numbers), Child().count, Child.__module__, fact.__globals__ is globals())
"""
USED = """\
2 a/b 2
True True True True
['name', 'tags'] True hello child
2 1 3 bad True
120 2 3 16 8 2.5
True
'\\xfc\\ud800' b'\\x00\\xff' 5 2 __main__ True
"""


def test_next_run_has_what_the_last_one_had(session: Session) -> None:
    assert session.prints(DEFINE) == ""
    assert session.prints(USE) == USED
    assert session.prints("") == ""  # a run that adds nothing keeps all
    assert "\n4 1 3 bad True\n120 4 5 16 " in session.prints(USE)


def test_function_sees_the_variables_of_the_program_that_runs(session: Session) -> None:
    """Each function with globals of its own, which is what cloudpickle alone makes, prints 41."""
    session.prints(
        "x = 1\ndef f(y): return x + y\n"
        "def set_x(value):\n    global x\n    x = value\n"
        "class C:\n    def get(self): return x\n"
    )
    assert session.prints("x += 41\nprint(f(0), C().get())") == "42 42\n"
    assert session.prints("set_x(7)\nprint(x, f(1), C().get())") == "7 8 7\n"
    assert session.prints("def g(): return 'new'\ndef f(y): return g()\nprint(f(1))") == "new\n"
    assert session.prints("print(f(1), __builtins__.len('ab'))") == "new 2\n"


def test_closures_that_share_a_variable_still_do(session: Session) -> None:
    session.prints(
        "def pair():\n    n = 0\n    def add():\n        nonlocal n\n        n += 1\n"
        "    def get(): return n\n    def again(k): return again(k - 1) + 1 if k else 0\n"
        "    return add, get, again\nadd, get, again = pair(); add()"
    )
    assert session.prints("add()\nprint(get(), again(3))") == "2 3\n"
    session.prints("class C: pass\nc = C()")  # pickled in another way
    assert session.prints("add()\nprint(get(), again(3), type(c) is C)") == "3 3 True\n"


def test_data_and_functions_need_no_further_package(session: Session) -> None:
    code = "import sys, math\na = [1, {2: (3.5, 'x')}]\ndef f(b=1): return a, b"
    session.prints(code)
    assert session.prints("print('cloudpickle' in sys.modules, f())") == (
        "False ([1, {2: (3.5, 'x')}], 1)\n"
    )


@pytest.mark.parametrize(
    ("end", "verdict"),
    [
        ("1 / 0", Verdict.RUNTIME_ERROR),
        ("import sys; sys.exit(3)", Verdict.RUNTIME_ERROR),
        ("raise SystemExit", Verdict.OK),
        ("import sys; sys.exit('text')", Verdict.RUNTIME_ERROR),
    ],
)
def test_program_that_fails_keeps_what_it_had(session: Session, end: str, verdict: Verdict) -> None:
    result = session.run(f"a = 1\n{end}\na = 2")
    assert (result.verdict, session.left.problem) == (verdict, "")
    assert session.prints("print(a)") == "1\n"


def test_error_of_a_run_with_a_session_is_reported_as_without(session: Session) -> None:
    session.prints("def f(): return 1 / 0")
    result = session.run("\n\nf()\n")
    assert result.error_details is not None
    assert (result.error_details.type, result.error_details.line) == ("ZeroDivisionError", 3)
    assert 'File "<earlier run>", line 1, in f\n' in result.stderr
    broken = session.run("def f(:")
    assert broken.verdict == Verdict.COMPILE_ERROR
    assert "earlier" in session.run("f()").stderr


@pytest.mark.parametrize(
    ("end", "fields", "verdict"),
    [
        ("while True: pass", {"cpu_seconds": 0.5}, Verdict.TIME_LIMIT_EXCEEDED),
        ("import time; time.sleep(60)", {"wall_seconds": 0.5}, Verdict.TIME_LIMIT_EXCEEDED),
        ("b = bytes(range(256)) * 10**7", {}, Verdict.MEMORY_LIMIT_EXCEEDED),
        ("print('x' * 10**6)", {}, Verdict.OUTPUT_LIMIT_EXCEEDED),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", {}, Verdict.RUNTIME_ERROR),
    ],
    ids=["loop", "sleep", "memory", "output", "killed"],
)
def test_run_that_is_stopped_changes_nothing(
    session: Session, end: str, fields: dict[str, Any], verdict: Verdict
) -> None:
    session.prints("a = 1")
    result = session.run(f"a = 2\n{end}", limits=replace(default_limits(), **fields))
    assert result.verdict == verdict
    assert session.left.problem == STOPPED
    assert session.prints("print(a)") == "1\n"


def test_program_that_leaves_without_an_end_changes_nothing(session: Session) -> None:
    session.prints("a = 1")
    assert session.run("import os\na = 2\nos._exit(0)").verdict == Verdict.OK
    assert "os._exit" in session.left.problem
    assert session.prints("print(a)") == "1\n"


def test_what_cannot_be_kept_is_named_with_a_reason(session: Session) -> None:
    result = session.run(
        "import threading, sys\n"
        "lock = threading.Lock(); numbers = (n for n in range(3)); file = open(__file__)\n"
        "thread = threading.Thread(target=print); a = 1; nested = [1, [lock]]\n"
        "def uses():\n    return lock\n"
        "out = sys.stdout; me = sys.modules['__main__']\n"
    )
    assert (result.verdict, session.left.problem) == (Verdict.OK, "")
    reasons = {one.name: one.reason for one in session.left.not_kept}
    assert reasons.keys() == {"lock", "numbers", "file", "thread", "nested"}
    assert reasons["lock"] == "TypeError: cannot keep '_thread.lock' object"
    assert reasons["numbers"] == "TypeError: cannot keep 'generator' object"
    assert reasons["file"] == "TypeError: cannot keep an open file"
    assert session.prints("print(a, file=out)\nprint(me.a, 'lock' in globals())") == "1\n1 False\n"
    assert "lock" in session.run("uses()").stderr


def test_many_that_cannot_be_kept_are_counted(session: Session) -> None:
    session.run("for n in range(100): globals()[f'g{n}'] = (i for i in ())")
    assert (len(session.left.not_kept), session.left.more) == (NAMED, 100 - NAMED)


def test_state_that_is_too_large_is_not_kept(session: Session) -> None:
    session.prints("a = 1")
    result = session.run("b = bytes(2_000_000); c = bytes(500_000)", state_bytes=2 * MiB)
    assert (result.verdict, session.left.content) == (Verdict.OK, None)
    assert session.left.problem == ("it takes more than 2 MiB; the largest is b with 1.9 MiB")
    assert session.prints("print(a, 'b' in globals())") == "1 False\n"
    session.prints("b = bytes(1_900_000)", state_bytes=2 * MiB)
    assert session.prints("print(len(b))") == "1900000\n"


def test_largest_is_named_also_beside_what_cannot_be_kept(session: Session) -> None:
    session.run("b = bytes(3_000_000); c = (i for i in ())", state_bytes=2 * MiB)
    assert session.left.problem == "it takes more than 2 MiB; the largest is b with 2.9 MiB"
    own = "class Own: pass\nown = Own(); own.data = bytes(5_000_000)"
    session.run(f"a = bytes(3_000_000)\n{own}", state_bytes=2 * MiB)
    assert session.left.problem == "it takes more than 2 MiB; the largest is own with 4.8 MiB"


@pytest.mark.parametrize("kind", ["", "class Own: pass\nown = Own()\n"], ids=["data", "class"])
def test_state_without_room_on_the_disk_stays_as_it_was(session: Session, kind: str) -> None:
    """No variable is dropped for it: each could be kept with an emptier disk."""
    session.prints(f"{kind}a = [1]; b = bytes(1_000_000)")
    kept = session.state
    fill = """
import os
with open("/box/fill", "wb", 0) as file:
    try:
        while True: file.write(bytes(1 << 16))
    except OSError: pass
    file.truncate(file.tell() - 500_000)
a.append(2)
"""
    assert session.run(fill).verdict == Verdict.OK
    assert session.left.problem == "it could not be written to /box: No space left on device"
    assert (session.left.content, session.left.not_kept) == (None, ())
    assert session.state == kept
    assert session.prints("print(a, len(b))") == "[1] 1000000\n"


@pytest.mark.parametrize("what", ["bytes", "files"])
def test_disk_without_any_room_is_the_reason_that_is_told(session: Session, what: str) -> None:
    session.prints("a = 1")
    fill = {
        "bytes": "with open('/box/fill', 'wb', 0) as f:\n    while True: f.write(bytes(4096))",
        "files": "n = 0\nwhile True: open(f'/box/{n}', 'w').close(); n += 1",
    }[what]
    session.run(f"try:\n{indent(fill, '    ')}\nexcept OSError: pass")
    assert session.left.problem == NO_ROOM
    assert session.prints("print(a)") == "1\n"


def test_value_that_cannot_be_loaded_costs_no_other(session: Session) -> None:
    helper = File(name="helper.py", content=b"class Thing:\n    pass\n")
    code = "import helper\nt = helper.Thing(); also = [t]; a = [1]; b = a"
    session.prints(code, files=(helper,))
    kept = session.state
    assert (
        session.prints("print(helper.Thing is type(t), also[0] is t)", files=(helper,))
        == "True True\n"
    )
    result = session.run("b.append(2)\nprint(a)")
    assert result.stdout == "[1, 2]\n"
    reasons = {one.name: one.reason for one in session.left.not_kept}
    assert reasons.keys() == {"helper", "t", "also"}
    assert "No module named 'helper'" in reasons["helper"]
    assert session.prints("print(sorted(n for n in globals() if n[0] != '_'))") == "['a', 'b']\n"
    session.state = kept
    assert session.prints("print(also[0] is t)", files=(helper,)) == "True\n"


@pytest.mark.parametrize("state", [b"x", b"session 1 of Python 3.1\n", b"\0" * 1000, b"\n" * 9])
def test_state_that_cannot_be_read_begins_empty(session: Session, state: bytes) -> None:
    session.state = state
    assert session.run("a = 1\nprint(a)").stdout == "1\n"
    assert "it was not stored by Python 3." in session.left.notice or state.startswith(b"session")
    assert session.left.notice
    assert session.prints("print(a)") == "1\n"


def test_state_that_breaks_off_begins_empty(session: Session) -> None:
    session.prints("a = list(range(1000))")
    session.state = session.state[:-10]
    assert session.run("a = 1").verdict == Verdict.OK
    assert session.left.notice or session.left.not_kept
    assert session.prints("print(a)") == "1\n"


def test_state_without_memory_for_it_stays(session: Session) -> None:
    session.prints("a = [bytes(1000 + n) for n in range(1000)]; b = [0] * 2_000_000")
    # Eight million references of eight bytes come back from few bytes.
    session.prints("b = [[0] * 1_000_000 for _ in range(2)]")
    limits = replace(default_limits(), memory_bytes=24 * MiB)
    result = session.run("print('begun')", limits=limits)
    assert "begun" not in result.stdout
    assert session.left.content is None
    assert session.prints("print(len(b), len(a))") == "2 1000\n"


def test_run_with_a_session_has_files_as_any_other(session: Session) -> None:
    files = (File(name="in.txt", content=b"in"),)
    code = (
        "import os\nprint(sorted(os.listdir()))\na = open('in.txt').read()\n"
        "open('out.txt', 'w').write(a)"
    )
    result = session.run(code, files=files, outputs=True)
    assert result.stdout == "['in.txt', 'script.py']\n"
    assert [(file.name, file.content) for file in result.files] == [("out.txt", b"in")]
    assert not result.files_left_out
    assert session.prints("import os\nprint(a, os.listdir())") == "in ['script.py']\n"


def test_copy_of_the_process_and_a_watching_program_store_once(session: Session) -> None:
    session.prints("import os\na = 1\nif os.fork() == 0:\n    a = 2\nelse:\n    os.wait()")
    assert session.prints("print(a)") == "1\n"
    code = (
        "import sys\nseen = []\nsys.settrace(lambda *a: seen.append(a[1]))\nsys.setprofile(print)"
    )
    result = session.run(code)
    assert (result.verdict, session.left.problem) == (Verdict.OK, "")
    assert "sandbox_session" not in result.stdout


@pytest.mark.long
def test_data_of_packages_is_kept() -> None:
    session = Session(language="python-data")
    with offering("python-data"):
        session.prints(
            "import pandas as pd, numpy as np\ndf = pd.DataFrame({'a': np.arange(3.0)})\n"
            "v = df['a'].values"
        )
        shown = session.prints("print(df['a'].sum(), np.mean(v), type(df) is pd.DataFrame)")
    assert shown == "3.0 1.0 True\n"


@pytest.mark.parametrize("language", ["javascript", "c", "bash", "sql", "typescript"])
def test_other_languages_have_no_sessions(language: str) -> None:
    request = RunRequest(code="", language=language, session="s", limits=default_limits())
    assert (problem_with(request) or "").startswith("session: ")
