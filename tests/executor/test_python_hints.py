"""Hints for Python programs that were written for something else: another version, place or language."""

import pytest

from tests.support.present import present
from tests.support.programs import run
from tests.support.told import hint_of

pytestmark = pytest.mark.docker


@pytest.mark.parametrize(
    ("code", "hint", "version"),
    [
        (
            "try:\n    pass\nexcept ValueError, TypeError:\n    pass",
            "needs-except-without-parentheses",
            "3.14",
        ),
        ("name = 'Ann'\nprint(t'Hello {name}')", "needs-template-strings", "3.14"),
        ("from compression import zstd", "needs-newer-modules", "3.14"),
        (
            "from concurrent import interpreters\nimport concurrent.interpreters",
            "name-that-a-module-lacks",
            "",
        ),
        ("import concurrent.interpreters", "needs-newer-modules", "3.14"),
        ("import heapq\nheapq.heappush_max([], 1)", "needs-newer-names", "3.14"),
        ("import distutils.core", "removed-in-3-12", "3.12"),
        ("import cgi", "removed-in-3-13", "3.13"),
        ("from collections import Iterable", "moved-to-collections-abc", "3.10"),
    ],
)
def test_program_for_another_version_is_told_which_one_it_needs(
    code: str, hint: str, version: str
) -> None:
    result = run(code)
    assert hint_of(result) == hint, result
    assert version in present(present(result.error_details).hint)


@pytest.mark.parametrize(
    "code",
    [
        'user = {"name": "Ann"}\nprint(f"Hello {user["name"]}")',
        "def first[T](xs: list[T]) -> T:\n    return xs[0]\nprint(first([1]))",
        "import itertools\nprint(list(itertools.batched('abc', 2)))",
        "from typing import override\nclass A:\n    @override\n    def f(self): pass",
        "type Pair = tuple[int, int]\nprint(Pair)",
    ],
)
def test_program_of_today_runs(code: str) -> None:
    result = run(code)
    assert (result.verdict, result.error) == ("ok", None), result


@pytest.mark.parametrize(
    ("code", "hint"),
    [
        ("```python\nprint('hi')\n```", "pasted-fence"),
        ("print('hi')\n```\n", "pasted-fence"),
        ("python\nx = 1", "pasted-language-name"),
        ("!pip install requests\nimport requests", "pip-install"),
        ("pip install x", "pip-install"),
        ("%matplotlib inline\nprint(1)", "notebook-command"),
        (">>> print('Hello')", "pasted-prompt"),
        ("In [1]: x = 5", "pasted-prompt"),
        ("$ python script.py", "terminal-command"),
        ("1 x = 5\n2 print(x)", "numbered-lines"),
        ("1. import math\n2. print(math.pi)", "numbered-lines"),
        ("if 3 &lt; 5:\n    print(1)", "html-entities"),
        ("<html>\n<body>Hi</body>\n</html>", "web-page"),
        ("const x = 5;\nconsole.log(x);", "javascript"),
        ("function add(a, b) {\n  return a + b;\n}", "javascript"),
        ("public class Main {\n  public static void main(String[] a) {}\n}", "java"),
        ("#include <stdio.h>\nint main() { return 0; }", "c"),
        ("select name from pupils", "sql"),
        ("x = 1\nprint “x”", "curly-quotes"),
    ],
)
def test_what_was_pasted_along_is_named(code: str, hint: str) -> None:
    assert hint_of(run(code)) == hint


@pytest.mark.parametrize(
    ("code", "hint"),
    [
        ('print("==========="\nprint("=====")', "never-closed"),
        ('x = """\nconst a = 1;\nfunction f() { }\n"""\nif True\n    print(x)', "missing-colon"),
        ('# function add(a, b) { }\nprint "x"', "print-statement"),
        ("text = 'public static void main'\nprint(text", "never-closed"),
    ],
)
def test_program_that_holds_text_of_another_language_is_taken_for_what_it_is(
    code: str, hint: str
) -> None:
    assert hint_of(run(code)) == hint
