"""A TypeScript program runs as with plain `node script.ts`: its types are removed, its lines stay."""

from typing import Any

import pytest

from executor.runs import RunResult
from tests.support.present import present
from tests.support.programs import printed, run
from tests.support.told import assert_told

pytestmark = pytest.mark.docker


LONG = "const a: number = 1;" + " /* - */" * 8000
"""The beginning of a long line."""


def run_ts(code: str, **options: Any) -> RunResult:
    return run(code, language="typescript", **options)


@pytest.mark.parametrize(
    ("code", "sentence", "hint", "place"),
    [
        (
            "function f(x: number): number {\n  return x.foo.bar;\n}\nf(1);\n",
            "TypeError: Cannot read properties of undefined (reading 'bar') (line 2)",
            "js-property-of-undefined",
            (2, 16),
        ),
        (
            "import 'fs';\n\nasync function f(): Promise<void> {\n  throw new Error('late');\n}\nf();\n",
            "Error: late (line 4)",
            "js-thrown-by-the-program",
            (4, 9),
        ),
        (
            "let total: number = 1;\nlet total: number = 2;\n",
            "total is declared a second time (line 2)",
            "js-declared-twice",
            (2, 5),
        ),
        (
            "if (true) {\n\tconst x: number = ;\n}\n",
            "SyntaxError: Expression expected (line 2)",
            "js-unexpected-word",
            (2, 20),
        ),
        (
            "const x: = 3;\n",
            "SyntaxError: Unexpected token '=' (line 1)",
            "js-unexpected-word",
            (1, 10),
        ),
        (
            "const n: number = 1;\nconsole.log(`${n});\n",
            "The template literal that begins with ` is never closed (line 2)",
            "js-unclosed-template",
            (2, 13),
        ),
        (
            "const list: number[] = [1, 2;\n",
            "The [ on this line is never closed (line 1)",
            "js-unclosed-bracket",
            (1, 24),
        ),
        (
            "const text: string = 'open;\n",
            "A quotation mark on this line is never closed (line 1)",
            "js-unclosed-quote",
            (1, 22),
        ),
        (
            "function f(): void {\n}}\n",
            "SyntaxError: Unexpected token '}' (line 2)",
            "js-one-bracket-too-many",
            (2, 2),
        ),
        (
            "const wait = (ms: number): void => {\n  await ms;\n};\n",
            "SyntaxError: await isn't allowed in non-async function (line 2)",
            "js-await-in-function",
            (2, 3),
        ),
        (
            "type Id = number;\nconst fs = require('fs');\nconst id: Id = await 1;\n",
            "require here and the await at the top level on line 3 cannot be in one file (line 2)",
            "js-require-and-await",
            (2, 12),
        ),
        (
            "let x: number = " + "(" * 2500,
            "SyntaxError: The program is nested too deeply for the parser that removes its types",
            None,
            (None, None),
        ),
        (
            LONG[:1400] + "*/ const b: number = ;\n",
            "SyntaxError: Expression expected (line 1)",
            "js-unexpected-word",
            (1, 1422),
        ),
        (
            LONG[:5000] + "*/ const b: number = ;\nconsole.log(a);\n",
            "SyntaxError: Expression expected (line 1)",
            "js-unexpected-word",
            (1, 5022),
        ),
        (
            LONG + LONG + " const b: number = ;\n",
            "SyntaxError: The program has an error in a very long line, or is nested too deeply for the"
            " parser that removes its types",
            None,
            (None, None),
        ),
        (
            "const a: number = 1;\r\n\tconst b: number = ;\r\n",
            "SyntaxError: Expression expected (line 2)",
            "js-unexpected-word",
            (2, 20),
        ),
        (
            "const page = <div className='big'/>;\n",
            "This is JSX, which is not part of TypeScript (line 1)",
            "js-is-jsx",
            (1, 19),
        ),
        (
            "def greet(name):\n    print(name)\n",
            "This looks like Python, but it was sent as TypeScript (line 1)",
            "js-is-python",
            (1, 5),
        ),
    ],
)
def test_error_has_its_own_line_and_the_hint_of_javascript(
    code: str, sentence: str, hint: str | None, place: tuple[int | None, int | None]
) -> None:
    details = present(assert_told(code, sentence, hint, language="typescript").error_details)
    assert (details.line, details.column) == place


def test_nothing_of_the_runner_is_in_sight() -> None:
    code = """
        import { stripTypeScriptTypes } from 'node:module';
        console.log(process.argv.slice(1), process.execArgv, process.eventNames());
        console.log(stripTypeScriptTypes('let a: string'), process.emitWarning.name);
        console.log(Object.keys(process).includes('emitWarning'), import.meta.filename);
    """
    assert printed(run_ts(code, args=("-v",))) == (
        "[ '/app/script.ts', '-v' ] [] [ 'newListener', 'removeListener', 'warning' ]\n"
        "let a         emitWarning\n"
        "true /app/script.ts\n"
    )
