"""Hints do not fit errors that look like theirs and have another cause."""

from typing import Any

import pytest

from executor import RunRequest, default_limits
from executor.explanation.entry import Hint
from executor.explanation.hints import find
from executor.uncaught import Uncaught
from executor.verdicts import Evidence
from executor.verdicts import Verdict as V


def hint_of(
    language: str, code: str, type_: str, message: str, *, phase: Any = "run", **facts: Any
) -> Hint | str | None:
    """Name the hint for an error on the last line of a program."""
    line = code.rstrip("\n").count("\n") + 1
    error = Uncaught(
        phase=phase, kind="exception", type=type_, message=message, line=line, facts=facts
    )
    request = RunRequest(code=code, language=language, limits=default_limits())
    found = find(request, error, V.RUNTIME_ERROR, Evidence())
    return found and found.name


@pytest.mark.parametrize(
    ("line", "message", "hint"),
    [
        ("if x === 5:", "invalid syntax", "three-equals-signs"),
        ('print("&lt;" x)', "invalid syntax. Perhaps you forgot a comma?", "missing-comma"),
        ('print("a && b" x)', "invalid syntax. Perhaps you forgot a comma?", "missing-comma"),
        ("x = (1 + 2  # see C++", "'(' was never closed", "never-closed"),
        ("switch = 5 5", "invalid syntax", "invalid-syntax"),
        ("f = (x) => x", "invalid syntax", "invalid-syntax"),
        ('if x == "then" y:', "invalid syntax", "invalid-syntax"),
        ("   % 3 3)", "invalid syntax", "invalid-syntax"),
        ("match = 5 5", "invalid syntax", "invalid-syntax"),
    ],
)
def test_line_that_python_cannot_read_has_the_hint_of_its_own_mistake(
    line: str, message: str, hint: str
) -> None:
    assert hint_of("python", line, "SyntaxError", message, phase="compile") == hint


@pytest.mark.parametrize(
    ("line", "type_", "message", "hint"),
    [
        ("raise ValueError('x')", "ValueError", "x", "raised-by-the-program"),
        ("raise errors.TooLate('x')", "errors.TooLate", "x", "raised-by-the-program"),
        ("raise error", "KeyError", "'b'", "raised-by-its-variable"),
        (
            "raise ValueError('age: ' + age)",
            "TypeError",
            'can only concatenate str (not "int") to str',
            "text-plus-number",
        ),
        (
            "raise ValueError(user.name)",
            "AttributeError",
            "'User' object has no attribute 'name'",
            "attribute-that-is-not-there",
        ),
        (
            "raise message",
            "TypeError",
            "exceptions must derive from BaseException",
            "raise-of-no-exception",
        ),
        ("raise", "RuntimeError", "No active exception to reraise", "raise-of-nothing"),
    ],
)
def test_raise_that_fails_itself_has_the_hint_of_its_own_mistake(
    line: str, type_: str, message: str, hint: str
) -> None:
    assert hint_of("python", line, type_, message) == hint


@pytest.mark.parametrize(
    ("line", "type_", "message", "facts", "hint"),
    [
        (
            "eval(text)",
            "SyntaxError",
            "'(' was never closed",
            {},
            "syntax-at-run-time",
        ),
        (
            "if n % 2 == 0:",
            "TypeError",
            "not all arguments converted during string formatting",
            {},
            "remainder-of-a-string",
        ),
        (
            "print('a' + f())",
            "TypeError",
            'can only concatenate str (not "NoneType") to str',
            {},
            "nothing-in-a-calculation",
        ),
        (
            "print('a' + b'b')",
            "TypeError",
            'can only concatenate str (not "bytes") to str',
            {},
            "bytes-and-text",
        ),
        (
            "print(box.size)",
            "AttributeError",
            "'Box' object has no attribute 'size'",
            {"object": "Box", "name": "size"},
            "attribute-that-is-not-there",
        ),
        ("globals(1)", "TypeError", "globals() takes no arguments (1 given)", {}, None),
        (
            "datetime.nowadays()",
            "AttributeError",
            "type object 'datetime.datetime' has no attribute 'nowadays'",
            {"object": "type", "name": "nowadays"},
            "attribute-that-is-not-there",
        ),
        ("set().pop()", "KeyError", "'pop from an empty set'", {}, "index-of-an-empty-list"),
        (
            r"'\ud800'.encode()",
            "UnicodeEncodeError",
            r"'utf-8' codec can't encode character '\ud800' in position 0: surrogates not allowed",
            {},
            None,
        ),
    ],
)
def test_error_of_python_has_the_hint_of_its_own_cause(
    line: str, type_: str, message: str, facts: dict[str, Any], hint: str | None
) -> None:
    assert hint_of("python", line, type_, message, **facts) == hint


@pytest.mark.parametrize(
    ("line", "type_", "message", "phase", "hint"),
    [
        (
            "this.user.name;",
            "TypeError",
            "Cannot read properties of undefined (reading 'name')",
            "run",
            "js-property-of-undefined",
        ),
        (
            "return add(text.replace('<', '&lt;'));",
            "ReferenceError",
            "add is not defined",
            "run",
            "js-not-defined",
        ),
        ("new Node(1)", "ReferenceError", "Node is not defined", "run", "js-not-defined"),
        ("if (x =<y) {", "SyntaxError", "Unexpected token '<'", "compile", "js-unexpected-word"),
        (
            "console.log('x is not y' z)",
            "SyntaxError",
            "missing ) after argument list",
            "compile",
            "js-missing-parenthesis",
        ),
        (
            "let a = ;  // don't",
            "SyntaxError",
            "Unexpected token ';'",
            "compile",
            "js-value-missing",
        ),
        (
            "console.log('“x”' 5)",
            "SyntaxError",
            "missing ) after argument list",
            "compile",
            "js-missing-parenthesis",
        ),
        ("#count = 0 0", "SyntaxError", "Unexpected number", "compile", "js-unexpected-word"),
        (
            "eval('(')",
            "SyntaxError",
            "Unexpected end of input",
            "run",
            "js-syntax-at-run-time",
        ),
        (
            "throw new TypeError('the name is not a function');",
            "TypeError",
            "the name is not a function",
            "run",
            "js-thrown-by-the-program",
        ),
        (
            "throw new Missing(user.find(1).name);",
            "TypeError",
            "user.find is not a function",
            "run",
            "js-not-an-array",
        ),
        (
            "new RegExp('a', 'x')",
            "SyntaxError",
            "Invalid flags supplied to RegExp constructor 'x'",
            "run",
            None,
        ),
    ],
)
def test_error_of_javascript_has_the_hint_of_its_own_cause(
    line: str, type_: str, message: str, phase: str, hint: str | None
) -> None:
    assert hint_of("javascript", line, type_, message, phase=phase) == hint


READLINE = "const rl = require('readline').createInterface(process.stdin, process.stdout);\n"
ASKS = READLINE + "rl.question('Name? ', greet);"
WAITS = READLINE + "const ask = (text) => new Promise((give) => rl.question(text, give));\n"
DATA = "process.stdin.once('data', use);"
CATCHES = "try:\n    n = int(input('Number: '))\nexcept:\n    print('no')\n"
KEEPS = CATCHES.replace("except:", "except ValueError:")


@pytest.mark.parametrize(
    ("language", "code", "stdin", "output", "hint"),
    [
        ("javascript", ASKS, "", "Name?\n", "js-question-without-input"),
        ("javascript", ASKS, "Bob\n", "Name? ", "js-question-at-the-end"),
        ("javascript", ASKS, "Bob\n", "Name?\n", "js-question-at-the-end"),
        ("javascript", WAITS + "await ask('A: ');", "Bob\n", "A: ", "js-question-at-the-end"),
        (
            "javascript",
            READLINE + 'rl.question("> ", run)',
            "1\n",
            "> 1\n> ",
            "js-question-at-the-end",
        ),
        ("javascript", DATA, "", "", "js-question-without-input"),
        ("javascript", ASKS, "Bob\n", "Name? Hello Bob\n", None),
        ("javascript", ASKS, "Bob\n", "Name? Hello Bob!", None),
        ("javascript", ASKS, "Bob\n", "Name? Hello Bob, how are you?\n", None),
        ("javascript", ASKS + "console.log('And you?');", "Bob\n", "Name? And you?\n", None),
        ("javascript", ASKS, "Bob\n", "Name? 50%> \n", None),
        ("javascript", DATA, "Bob\n", "Next:\n", None),
        ("javascript", DATA.replace("data", "end"), "", "lines: 0", None),
        ("javascript", "for (const one of quiz) console.log(one.question);", "", "2 + 2?\n", None),
        ("javascript", "class Survey { ask() { show(this.question); } }", "", "Why?\n", None),
        ("javascript", READLINE + "quiz.map((one) => one.question);", "", "Why?\n", None),
        ("javascript", READLINE + "rl.on('close', () => write(total));", "1\n", "Total: 1", None),
        ("javascript", "readFileSync(0, 'utf8'); console.log('done?');", "1\n", "done?\n", None),
        ("typescript", "type Q = { question: string };", "", "Why?\n", None),
        ("javascript", "rl.on('line', greet);", "", "> ", None),
        ("javascript", "console.log(1);", "", "1\n", None),
        ("python", CATCHES, "", "Number: no\n", "input-is-missing-and-caught"),
        (
            "python",
            CATCHES.replace("except:", "except (EOFError):"),
            "",
            "",
            "input-is-missing-and-caught",
        ),
        ("python", CATCHES, "four\n", "Number: no\n", None),
        ("python", CATCHES.replace("int(input", "net.input"), "", "", None),
        ("python", CATCHES.replace("n = ", "n = 3  # later: "), "", "", None),
        ("python", CATCHES.replace("input(", "check_input("), "", "", None),
        ("python", "for line in sys.stdin: pass\n", "", "Name?\n", None),
        ("python", KEEPS, "", "", None),
    ],
)
def test_run_that_ends_well_has_a_hint_only_if_its_input_may_be_missing(
    language: str, code: str, stdin: str, output: str, hint: str | None
) -> None:
    request = RunRequest(code=code, language=language, stdin=stdin, limits=default_limits())
    all_read, some_left = (Evidence(exit_code=0, input_left=left) for left in (0, 1))
    found = find(request, None, V.OK, all_read, output)
    assert (found and found.name) == hint
    assert find(request, None, V.OK, some_left, output) is None
