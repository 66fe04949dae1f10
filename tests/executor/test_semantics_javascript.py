"""A JavaScript program sees what plain `node script.js` would show it."""

import json

import pytest

from tests.support.present import present
from tests.support.programs import printed, run_js

pytestmark = pytest.mark.docker


# --- What a program knows of itself ---


def test_program_is_commonjs_and_main() -> None:
    code = "console.log(require.main === module, __filename, __dirname, module.children.length)"
    assert printed(run_js(code)) == "true /app/script.js /app 0\n"


def test_nothing_of_the_runner_is_in_sight() -> None:
    code = """
        const seen = [process.argv, process.execArgv, process._preload_modules, module.children];
        seen.push(Object.keys(require.cache), process.eventNames(), Object.keys(process.env).sort());
        seen.push(process.listenerCount('uncaughtExceptionMonitor'), process.listenerCount('exit'));
        seen.push(typeof console.Console, Error.stackTraceLimit, module.parent, process.exitCode);
        console.log(JSON.stringify(seen));
    """
    argv, *rest = json.loads(printed(run_js(code)))
    assert argv == ["/usr/local/bin/node", "/app/script.js"]
    options, preloaded, children, cached, events, environment, *counts = rest
    assert (options, preloaded, children, cached) == ([], [], [], ["/app/script.js"])
    assert events == ["newListener", "removeListener", "warning"]
    assert "SANDBOX_BOOT" not in environment
    assert counts == [0, 0, "function", 10, None, None]


@pytest.mark.parametrize("code", ["", "import 'fs';"])
def test_stack_has_the_frames_of_plain_node(code: str) -> None:
    lines = printed(run_js(f"{code}console.log(new Error('x').stack)")).splitlines()
    assert "/app/script.js:1:" in lines[1]
    assert len(lines) > 3
    assert all("(node:internal/" in line or " node:internal/" in line for line in lines[2:])


def test_listener_of_errors_is_alone() -> None:
    code = """
        process.on('uncaughtExceptionMonitor', (error, origin) => {
            console.log(error, origin, process.listenerCount('uncaughtExceptionMonitor'));
        });
        throw 1;
    """
    assert run_js(code).stdout == "1 uncaughtException 1\n"


def test_worker_sees_nothing_of_the_runner() -> None:
    code = """
        const { Worker, isMainThread } = require('worker_threads');
        if (isMainThread) new Worker(__filename);
        else console.log(process.execArgv, Object.keys(require.cache), process._preload_modules);
    """
    assert printed(run_js(code)) == "[] [ '/app/script.js' ] []\n"


def test_child_process_inherits_nothing_of_the_runner() -> None:
    code = """
        const { fork, execFileSync } = require('child_process');
        if (process.send) console.log(process.execArgv, 'SANDBOX_BOOT' in process.env);
        else {
            console.log(execFileSync('ls', ['/proc/self/fd']).toString().split('\\n').length < 6);
            fork(__filename);
        }
    """
    assert printed(run_js(code)) == "true\n[] false\n"


def test_arguments_follow_the_programs_name() -> None:
    result = run_js("console.log(process.argv.slice(1))", args=("a b", "", "é", "-v"))
    assert printed(result) == "[ '/app/script.js', 'a b', '', 'é', '-v' ]\n"


def test_program_is_sloppy_without_a_use_strict_directive() -> None:
    assert printed(run_js("x = 1; console.log(x, this === module.exports)")) == "1 true\n"


def test_shebang_and_windows_newlines_are_fine() -> None:
    assert printed(run_js("#!/usr/bin/env node\r\nconsole.log(1)\r\n")) == "1\n"


def test_shebang_before_a_module_is_fine() -> None:
    code = "#!/usr/bin/env node\nimport fs from 'fs';\nconsole.log(typeof fs)"
    assert printed(run_js(code)) == "object\n"


def test_unicode_passes_both_ways() -> None:
    code = "console.log([...require('fs').readFileSync(0, 'utf8')].reverse().join(''), 'é🎉')"
    assert printed(run_js(code, stdin="añ🎉")) == "🎉ña é🎉\n"


def test_user_is_known_by_a_name() -> None:
    code = "const u = os.userInfo(); console.log(u.username, u.uid === process.getuid(), u.homedir)"
    assert printed(run_js("const os = require('os');" + code)) == "sandbox true /tmp\n"


# --- Modules ---


@pytest.mark.parametrize(
    "code",
    [
        "import { sep } from 'node:path'; console.log(sep)",
        "const { sep } = await import('path'); console.log(sep)",
        "export const sep = '/'; console.log(sep)",
        "console.log(import.meta.url.slice(7, 8))",
        "for await (const sep of ['/']) console.log(sep)",
        "console.log(await '/')",
        "const __filename = await '/'; console.log(__filename)",
    ],
)
def test_module_is_known_by_its_syntax(code: str) -> None:
    assert printed(run_js(code)) == "/\n"


def test_module_knows_its_place() -> None:
    code = "console.log(import.meta.url, process.argv[1], typeof require)"
    assert printed(run_js(code)) == "file:///app/script.js /app/script.js undefined\n"


def test_module_has_top_level_await_and_timers() -> None:
    code = """
        import { setTimeout as sleep } from 'timers/promises';
        console.log(await sleep(10, 'slept'));
    """
    assert printed(run_js(code)) == "slept\n"


def test_commonjs_can_import_dynamically() -> None:
    assert printed(run_js("import('os').then(os => console.log(os.EOL === '\\n'))")) == "true\n"


@pytest.mark.parametrize("read_only", [True, False])
def test_module_runs_with_either_root(read_only: bool) -> None:
    result = run_js("import 'fs'; console.log(1)", read_only=read_only)
    assert printed(result) == "1\n"


@pytest.mark.parametrize(
    ("name", "source", "use"),
    [
        ("helper.js", "exports.x = 5", "console.log(require('./helper').x)"),
        ("helper.mjs", "export const x = 5", "import('./helper.mjs').then(m => console.log(m.x))"),
        ("helper.json", '{"x": 5}', "console.log(require('./helper.json').x)"),
    ],
)
def test_module_that_the_program_wrote_can_be_loaded(name: str, source: str, use: str) -> None:
    code = f"require('fs').writeFileSync('{name}', `{source}`); {use}"
    assert printed(run_js(code, read_only=False)) == "5\n"


# --- Errors ---


def test_stack_is_the_programs_alone() -> None:
    result = run_js("function f() {\n  null.x;\n}\n\nf();\n")
    assert (result.verdict, result.exit_code) == ("runtime_error", 1)
    assert "/app/script.js:2" in result.stderr
    assert "at f (/app/script.js:2:8)" in result.stderr
    assert "/sandbox" not in result.stderr
    assert result.error == "TypeError: Cannot read properties of null (reading 'x') (line 2)"


def test_syntax_error_points_at_the_place() -> None:
    result = run_js("let x = 1;\nlet y = ;\n")
    assert "/app/script.js:2\nlet y = ;\n        ^\n" in result.stderr
    assert result.error == "SyntaxError: Unexpected token ';' (line 2)"
    assert "/sandbox" not in result.stderr


def test_error_in_a_module_is_shown_with_its_line() -> None:
    result = run_js("import 'fs';\nthrow new Error('bad');\n")
    assert result.exit_code == 1
    assert result.error == "Error: bad (line 2)"
    assert "/sandbox" not in result.stderr


@pytest.mark.parametrize(
    "code",
    ["Promise.reject(new Error('bad'))", "(async () => { throw new Error('bad') })()"],
)
def test_unhandled_rejection_ends_the_program(code: str) -> None:
    result = run_js(f"{code}; setTimeout(() => console.log('late'), 1000)")
    assert (result.verdict, result.exit_code, result.stdout) == ("runtime_error", 1, "")
    assert result.error == "Error: bad (line 1)"


def test_uncaught_exceptions_can_be_handled() -> None:
    code = "process.on('uncaughtException', e => console.log('got', e.message)); throw Error('x')"
    assert printed(run_js(code)) == "got x\n"


def test_deep_recursion_is_an_error_in_words() -> None:
    result = run_js("(function f() { f() })()")
    assert result.verdict == "runtime_error"
    assert result.error == "RangeError: Maximum call stack size exceeded (line 1)"
    assert "calls itself without end" in present(present(result.error_details).hint)


# --- Input, output and end ---


@pytest.mark.parametrize(
    ("code", "exit_code"),
    [
        ("", 0),
        ("process.exit(3)", 3),
        ("process.exitCode = 4", 4),
        ("process.on('exit', () => { process.exitCode = 5 })", 5),
        ("import 'fs'; process.exitCode = 6", 6),
        ("import 'fs'; await new Promise(() => {})", 13),
        ("import 'fs'; process.exit()", 0),
    ],
)
def test_exit_code_is_the_programs(code: str, exit_code: int) -> None:
    result = run_js(code)
    assert (result.exit_code, result.signal) == (exit_code, None)
    assert result.verdict == ("runtime_error" if exit_code else "ok")


def test_exit_handlers_run() -> None:
    code = (
        "process.on('beforeExit', () => console.log(1)); process.on('exit', () => console.log(2))"
    )
    assert printed(run_js(code)) == "1\n2\n"


@pytest.mark.parametrize(
    "code",
    [
        "console.log(require('fs').readFileSync(0, 'utf8').split('\\n'))",
        "let s = ''; process.stdin.on('data', d => s += d).on('end', () => console.log(s.split('\\n')))",
        "import { text } from 'stream/consumers'; console.log((await text(process.stdin)).split('\\n'))",
    ],
)
def test_stdin_can_be_read_whole(code: str) -> None:
    assert printed(run_js(code, stdin="a\nb")) == "[ 'a', 'b' ]\n"


def test_stdin_can_be_read_by_lines() -> None:
    code = """
        const lines = require('readline').createInterface({ input: process.stdin });
        lines.on('line', line => console.log('>', line)).on('close', () => console.log('end'));
    """
    assert printed(run_js(code, stdin="a\nb\n")) == "> a\n> b\nend\n"


@pytest.mark.parametrize("descriptor", ["0", "process.stdin.fd"])
def test_stdin_can_be_read_in_pieces_without_waiting_errors(descriptor: str) -> None:
    code = f"""
        const byte = Buffer.alloc(1);
        let text = '';
        while (require('fs').readSync({descriptor}, byte, 0, 1)) text += byte;
        console.log(JSON.stringify(text));
    """
    assert printed(run_js(code, stdin="a\nb\nc\n")) == '"a\\nb\\nc\\n"\n'


def test_each_question_gets_its_line() -> None:
    code = """
        const { createInterface } = require('readline/promises');
        const rl = createInterface({ input: process.stdin });
        (async () => {
            for (const name of ['a', 'b', 'c']) console.log(name, await rl.question(''));
            rl.close();
        })();
    """
    assert printed(run_js(code, stdin="1\n2\n3\n")) == "a 1\nb 2\nc 3\n"


def test_stdin_that_is_empty_ends_at_once() -> None:
    code = "process.stdin.on('end', () => console.log('end')).resume()"
    assert printed(run_js(code)) == "end\n"


def test_stdin_of_64_kib_arrives_whole() -> None:
    code = "console.log(require('fs').readFileSync(0).length)"
    assert printed(run_js(code, stdin="x" * 65536)) == "65536\n"


def test_long_output_before_the_end_is_not_cut() -> None:
    code = (
        "process.stdout.write('x'.repeat(60000)); console.error('e'.repeat(60000)); process.exit(0)"
    )
    result = run_js(code)
    assert (len(result.stdout), len(result.stderr)) == (60000, 60001)


def test_timers_and_microtasks_keep_their_order() -> None:
    code = """
        setTimeout(() => console.log('timeout'), 1);
        Promise.resolve().then(() => console.log('promise'));
        process.nextTick(() => console.log('tick'));
        console.log('now');
    """
    assert printed(run_js(code)) == "now\ntick\npromise\ntimeout\n"


def test_interval_can_be_cleared() -> None:
    code = """
        let n = 0;
        const timer = setInterval(() => {
            if (++n === 3) clearInterval(timer);
            console.log(n);
        }, 1);
    """
    assert printed(run_js(code)) == "1\n2\n3\n"


# --- Workers, processes and sockets ---


def test_worker_threads_work() -> None:
    code = """
        const { Worker, isMainThread, parentPort } = require('worker_threads');
        if (isMainThread) new Worker(__filename).on('message', m => console.log(m));
        else parentPort.postMessage('from a worker');
    """
    assert printed(run_js(code)) == "from a worker\n"


def test_worker_of_a_module_works() -> None:
    code = """
        import { Worker, isMainThread, parentPort } from 'worker_threads';
        if (isMainThread) new Worker(new URL(import.meta.url)).on('message', m => console.log(m));
        else parentPort.postMessage('from a worker');
    """
    assert printed(run_js(code)) == "from a worker\n"


def test_program_can_fork_itself() -> None:
    code = """
        const { fork } = require('child_process');
        if (process.send) process.send('from a child');
        else fork(__filename).on('message', m => console.log(m));
    """
    assert printed(run_js(code)) == "from a child\n"


def test_shell_can_be_called() -> None:
    code = "console.log(require('child_process').execSync('echo hi | tr h H').toString())"
    assert printed(run_js(code)) == "Hi\n\n"


def test_children_write_to_the_same_output() -> None:
    code = "require('child_process').spawnSync('echo', ['child'], { stdio: 'inherit' })"
    assert printed(run_js(code)) == "child\n"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
def test_http_server_answers_its_own_fetch(host: str) -> None:
    code = f"""
        const server = require('http').createServer((q, a) => a.end('hello'));
        server.listen(0, '{host.strip("[]")}', async () => {{
            console.log(await (await fetch(`http://{host}:${{server.address().port}}`)).text());
            server.closeAllConnections();
            server.close();
        }});
    """
    result = run_js(code)
    assert result.stdout == "hello\n"
    assert result.verdict == "ok"


@pytest.mark.parametrize(
    "code",
    [
        "require('crypto').createHash('sha256').update('a').digest('hex')",
        "require('zlib').gunzipSync(require('zlib').gzipSync('a')).toString()",
        "new Intl.NumberFormat('de-DE').format(1234.5)",
        "require('fs').mkdtempSync(require('os').tmpdir() + '/x')",
        "new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0))",
        "structuredClone(new Map([[1, 2n ** 64n]]))",
        "require('dns').promises.lookup('localhost')",
    ],
)
def test_standard_modules_are_whole(code: str) -> None:
    assert printed(run_js(f"{code}; console.log('ok')")) == "ok\n"
