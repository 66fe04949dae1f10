"""A JavaScript program that fails ends with a sentence about its own error, on its own line."""

from typing import Any

import pytest

from executor.runs import ErrorDetails
from tests.support.present import present
from tests.support.programs import run_js

pytestmark = pytest.mark.docker


def explained(code: str, **options: Any) -> tuple[str | None, str, ErrorDetails]:
    """Run a program that must fail; return its verdict's sentence, its hint and its details."""
    result = run_js(code, **options)
    assert result.error_details, result
    return result.error, result.error_details.hint or "", result.error_details


# --- Every way to fail has the author's own words and line ---


@pytest.mark.parametrize(
    ("code", "error"),
    [
        # Errors of the language and of Node.js.
        ("\nfoo()", "ReferenceError: foo is not defined (line 2)"),
        ("null.x", "TypeError: Cannot read properties of null (reading 'x') (line 1)"),
        (
            "function f() {\n  return [].at(0).x;\n}\nf();",
            "TypeError: Cannot read properties of undefined (reading 'x') (line 2)",
        ),
        ("JSON.parse('{')", "The JSON text has a mistake in its line 1, column 2: Expected"),
        ("\nBuffer.alloc(-1)", 'RangeError: The value of "size" is out of range.'),
        ("require('assert').ok(false, 'too small')", "AssertionError: too small (line 1)"),
        ("structuredClone(() => 1)", "DOMException: () => 1 could not be cloned. (line 1)"),
        ("new WebAssembly.Module(Uint8Array.of(1))", "CompileError: WebAssembly.Module(): "),
        # Own classes.
        (
            "class NotFound extends Error {}\nfunction f() { throw new NotFound('no user 7') }\nf();",
            "NotFound: no user 7 (line 2)",
        ),
        (
            "class A extends Error { constructor(m) { super(m); this.name = 'Bad' } }\nthrow new A('x')",
            "Bad: x (line 2)",
        ),
        ("throw Object.assign(new Error('x'), { name: 'Mine' })", "Mine: x (line 1)"),
        ("throw new Error()", "Error (line 1)"),
        # Thrown values that are no errors.
        ("\nthrow 'division by zero'", "The program threw a string: division by zero (line 2)"),
        ("throw 42", "The program threw a number: 42 (line 1)"),
        ("throw null", "The program threw null (line 1)"),
        ("throw undefined", "The program threw undefined (line 1)"),
        ("throw { code: 7 }", "The program threw an object: { code: 7 } (line 1)"),
        ("throw { message: 'no data' }", "The program threw an object: no data (line 1)"),
        ("throw 5n", "The program threw a bigint: 5"),
        ("throw Symbol('x')", "The program threw a symbol: Symbol(x)"),
        ("await 1;\nthrow 'late'", "The program threw a string: late"),
        # Rejections.
        ("Promise.reject('offline')", "A promise was rejected with a string: offline"),
        ("Promise.reject()", "A promise was rejected with undefined"),
        ("Promise.reject(7)", "A promise was rejected with a number: 7"),
        (
            "async function f() {\n  await 1;\n  throw new RangeError('far');\n}\nf();",
            "RangeError: far (line 3)",
        ),
        ("\nawait Promise.reject(new Error('x'))", "Error: x (line 2)"),
        (
            "Promise.any([Promise.reject(new Error('a'))])",
            "AggregateError: All promises were rejected: Error: a",
        ),
        # Causes and members.
        (
            "throw new Error('out', { cause: new TypeError('in') })",
            "Error: out; its cause: TypeError: in (line 1)",
        ),
        (
            "throw new Error('out', { cause: 'rain' })",
            "Error: out; its cause: string: rain (line 1)",
        ),
        (
            "throw new AggregateError([1, new Error('b')], 'two')",
            "AggregateError: two: number: 1; Error: b (line 1)",
        ),
        # Callbacks, emitters, workers.
        ("setTimeout(() => {\n  throw new Error('tick')\n}, 1)", "Error: tick (line 2)"),
        ("new (require('events'))().emit('error', new Error('disk'))", "Error: disk (line 1)"),
        (
            "const w = require('worker_threads');\nif (w.isMainThread) new w.Worker(__filename);\n"
            "else throw new Error('in worker');",
            "Error: in worker (line 3)",
        ),
        (
            "process.on('uncaughtException', () => {\n  throw new Error('again');\n});\nthrow 1",
            "Error: again (line 2)",
        ),
        # Ends without an error.
        ("process.exit(3)", "The program ended with exit code 3"),
        ("process.exitCode = 4", "The program ended with exit code 4"),
        ("console.error('TypeError: x'); process.exit(5)", "The program ended with exit code 5"),
        ("process.abort()", "The program was ended by an abort (SIGABRT)"),
        ("process.kill(process.pid, 'SIGTERM')", "The program was terminated (SIGTERM)"),
    ],
)
def test_error_is_told_in_its_own_words(code: str, error: str) -> None:
    result = run_js(code)
    assert result.verdict == "runtime_error", result
    assert present(result.error).startswith(error), result


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("let x = 1;\nlet y = ;", "SyntaxError: Unexpected token ';' (line 2)"),
        ("function f() {\n  let a = 1;\n\n", "The { on this line is never closed (line 1)"),
        ("console.log([1, 2);\n", "SyntaxError: Unexpected token ')' (line 1)"),
        ("console.log(1));\n", "SyntaxError: Unexpected token ')' (line 1)"),
        ("console.log('a);", "A quotation mark on this line is never closed (line 1)"),
        ("let a = 1;\nlet a = 2;", "a is declared a second time (line 2)"),
        ("import fs from 'fs';\n\nlet y = ;", "SyntaxError: Unexpected token ';' (line 3)"),
        ("export default 5;\nconst const = 1;", "SyntaxError: Unexpected token 'const' (line 2)"),
        ("if (1) {\n} else {\n}}\nf();", "SyntaxError: Unexpected token '}' (line 3)"),
    ],
)
def test_error_of_the_compiler_has_the_place_of_the_mistake(code: str, error: str) -> None:
    result = run_js(code)
    assert (result.verdict, result.stdout) == ("compile_error", ""), result
    assert result.error == error, result


# --- Module detection does not hide the mistake ---


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (
            "const r = await Promise.resolve(5);\nlet n = 0;\nfor (let i = 0; i < r; i++ {\n  n += i;\n}",
            "SyntaxError: Unexpected token '{' (line 3)",
        ),
        (
            "console.log(await Promise.resolve(1));\nlet a = ;",
            "SyntaxError: Unexpected token ';' (line 2)",
        ),
        (
            "const list = [await 1, 2];\n\nlist.forEach((x => x);",
            "SyntaxError: missing ) after argument list (line 3)",
        ),
        (
            "import fs from 'fs';\nawait 1;\nconst a = 'open;",
            "A quotation mark on this line is never closed (line 3)",
        ),
        (
            "for await (const x of [1]) {\n  console.log(x);\n",
            "The { on this line is never closed (line 1)",
        ),
        ("await 1;\n{{\n}}}\n", "SyntaxError: Unexpected token '}' (line 3)"),
        (
            "function f() {\n  await 1;\n}",
            "SyntaxError: await is only valid in async functions and the top level bodies of modules"
            " (line 2)",
        ),
    ],
)
def test_await_does_not_hide_the_mistake(code: str, error: str) -> None:
    result = run_js(code)
    assert (result.verdict, result.error) == ("compile_error", error), result


@pytest.mark.parametrize(
    ("code", "error", "hint"),
    [
        (
            "const { setTimeout: sleep } = require('timers/promises');\nawait sleep(5);",
            "require here and the await at the top level on line 2 cannot be in one file (line 1)",
            "Put the await into an async function",
        ),
        (
            "const fs = require('fs');\nconst module = { name: 'Maths' };",
            "require is not defined, because line 2 declares a name that CommonJS modules have already"
            " (line 1)",
            "Choose another name on line 2",
        ),
        (
            "\nconst fs = require('fs');\nexport const x = 1;",
            "require is not defined: the import or export on line 3 makes this file an ES module"
            " (line 2)",
            "use require everywhere",
        ),
        (
            "console.log(__dirname);\nimport 'fs';",
            "__dirname is not defined: line 2 makes this file an ES module (line 1)",
            "import.meta.dirname",
        ),
    ],
)
def test_both_lines_are_named_where_kinds_of_modules_meet(code: str, error: str, hint: str) -> None:
    told, more, _ = explained(code)
    assert told == error
    assert hint in more


# --- What a hint says fits the error ---


@pytest.mark.parametrize(
    ("code", "error", "hint"),
    [
        ("Math.max(...Array(200000).fill(1))", "The array is too long to be spread", "reduce"),
        ("[].push(...Array(200000).fill(1))", "The array is too long to be spread", "loop"),
        (
            "String.fromCharCode.apply(null, Array(200000).fill(65))",
            "The array is too long",
            "loop",
        ),
        (
            "function a() { b() }\nfunction b() { a() }\na()",
            "RangeError: Maximum call stack",
            "calls itself",
        ),
        (
            "const o = { get x() { return this.x } };\no.x",
            "RangeError: Maximum call stack",
            "calls itself",
        ),
        (
            "let a = [];\nfor (let i = 0; i < 2e5; i++) a = [a];\nJSON.stringify(a)",
            "RangeError",
            "nested too deeply",
        ),
        ("import x from './helper.js'", "There is no file /app/helper.js (line 1)", "Give the run"),
        ("\nrequire('./lib/x')", "There is no file ./lib/x (line 2)", "Give the run"),
        ("import('lodash')", "The module 'lodash' is not available here", "structuredClone"),
        ("require('left-pad')", "The module 'left-pad' is not available here", "spelling"),
        ("require('fs').readdirSync('x')", "There is no folder x (line 1)", "mkdirSync"),
        ("require('fs').readFile('x', (e) => { throw e })", "There is no file x", "input"),
        (
            "await (await import('fs/promises')).readFile('x')",
            "There is no file x (line 1)",
            "input",
        ),
        (
            "require('fs').writeFileSync('x', '')",
            "Error: EACCES: permission denied, open 'x' (line 1)",
            "read_only: false",
        ),
        (
            "fetch('http://example.com')",
            "There is no network in the sandbox, so fetch failed",
            "input",
        ),
        ("await fetch('http://127.0.0.1:9/')", "TypeError: fetch failed", ""),
        (
            "// x\nprint('a')",
            "print is not defined: Python has this name, JavaScript does not (line 2)",
            "console.log",
        ),
        ("const x: string = 'a'", "This looks like TypeScript", "choose that"),
        ("let y = <div>hi</div>", "This is JSX", "plain JavaScript"),
        ("for i in range(3):\n    print(i)", "This looks like Python", "Python"),
        ("int x = 5;", "This looks like Java, C", "const"),
        ("Temporal.Now", "Temporal needs Node.js 26; this is Node.js 24 (line 1)", "Date"),
        (
            "new Map().getOrInsert(1, 2)",
            "getOrInsert needs Node.js 26; this is Node.js 24",
            "map.get",
        ),
        (
            "const r = require('readline').createInterface(process.stdin);\nr.close();\n"
            "r.question('', (answer) => answer);",
            "The program uses readline after it was closed",
            "more lines",
        ),
    ],
)
def test_hint_fits_the_error(code: str, error: str, hint: str) -> None:
    told, more, _ = explained(code)
    assert present(told).startswith(error)
    assert hint in more


def test_question_without_input_left_is_told() -> None:
    code = """
        import { createInterface } from 'readline/promises';
        const rl = createInterface({ input: process.stdin });
        const first = await rl.question('A? ');
        const second = await rl.question('B? ');
    """
    told, more, _ = explained(code, stdin="1\n")
    assert told == "The program waits for an answer, but there is no input left (line 4)"
    assert "one line of input for each question" in more


def test_await_that_never_ends_is_told_with_its_line() -> None:
    told, _, details = explained("const x = 1;\nawait new Promise(() => {});")
    assert told == "The program ended while this await was still waiting (line 2)"
    assert details.line == 2


# --- Node's own output is left as it is ---


def test_stderr_is_nodes_own() -> None:
    stderr = run_js("function f() {\n  throw new Error('x');\n}\nf();").stderr
    assert stderr.startswith(
        "/app/script.js:2\n  throw new Error('x');\n  ^\n\nError: x\n    at f (/app/"
    )
    assert "    at node:internal/main/run_main_module:" in stderr
    assert stderr.endswith("\n\nNode.js v24.19.0\n")
    assert "/sandbox" not in stderr


@pytest.mark.parametrize(
    "code",
    [
        "console.error('    at f (/app/script.js:1:1)\\n    row 1'); process.exit(1)",
        "console.error('node:internal/x'); process.exit(1)",
    ],
)
def test_lines_of_the_program_on_stderr_are_all_kept(code: str) -> None:
    stderr = run_js(code).stderr
    assert stderr in ("    at f (/app/script.js:1:1)\n    row 1\n", "node:internal/x\n")


# --- A report changes nothing, whatever the program does ---


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (
            "throw Object.defineProperty(new Error('q'), 'stack', { get() { return 'mine' } })",
            "Error: q",
        ),
        ("Error.prepareStackTrace = () => 'mine'; throw new Error('q')", "Error: q"),
        ("Error.stackTraceLimit = 0; throw new Error('q')", "Error: q"),
        (
            "throw new Error('q\\n    at f (/app/script.js:7:7)')",
            "Error: q at f (/app/script.js:7:7) (line 1)",
        ),
        ("Object.prototype.toJSON = () => 'x'; throw new Error('q')", "Error: q (line 1)"),
        ("JSON.stringify = () => { while (true); }; throw new Error('q')", "Error: q (line 1)"),
        ("process.removeAllListeners(); throw new Error('q')", "Error: q (line 1)"),
        (
            "throw Object.assign(new Error('q'), { code: 1e300, errno: NaN, path: {} })",
            "Error: q (line 1)",
        ),
        (
            "const e = new Error('q'); e.cause = e; throw e",
            "Error: q (line 1)",
        ),
        (
            "throw new Error('q', { cause: new Proxy({}, {}) })",
            "Error: q; its cause: object: a Proxy (line 1)",
        ),
        (
            "throw Object.assign(new Error('q'), { errors: Array(1e6).fill(null) })",
            "Error: q: null: null; ",
        ),
        ("process.on('exit', () => process.exit(9)); throw new Error('q')", "Error: q (line 1)"),
    ],
)
def test_report_of_an_odd_error_is_right_and_short(code: str, error: str) -> None:
    result = run_js(code)
    assert result.verdict == "runtime_error", result
    assert present(result.error).startswith(error), result


def test_error_with_a_very_long_message_is_cut() -> None:
    result = run_js("throw new Error('é'.repeat(1e4))")
    assert present(result.error).startswith("Error: éééé")
    assert len(present(result.error)) < 1000


def test_program_that_handles_its_error_ends_well() -> None:
    code = "process.on('uncaughtException', (e) => console.log('got', e.message)); throw new Error('x')"
    result = run_js(code)
    assert (result.verdict, result.stdout, result.error_details) == ("ok", "got x\n", None)


@pytest.mark.parametrize(
    "code",
    [
        # It ran, so no error can make it one that was never compiled.
        "console.log(1); throw new SyntaxError('Unexpected token')",
        "console.log(1); new Function('let a = ;')",
        "console.log(1); require('vm').runInThisContext('let a = ;', '/app/script.js')",
        "console.log(1); for (const name of ['script.js', 'a.cjs'])"
        " require('fs').writeFileSync(name, 'let a = ;'); require('./a.cjs')",
    ],
)
def test_program_that_ran_is_no_compile_error(code: str) -> None:
    result = run_js(code, read_only=False)
    assert (result.verdict, result.stdout) == ("runtime_error", "1\n"), result
