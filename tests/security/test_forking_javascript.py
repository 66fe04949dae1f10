"""Node.js as a slot's zygote: a program has copies of the threads that Node has, and descriptors and
random numbers of its own."""

# ruff: noqa: E501 - the programs are lists, one thing in each line

import difflib
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from executor import default_limits
from executor.sandbox.container import Sandbox
from tests.support.pollution import LOOK_JAVASCRIPT, POLLUTE_JAVASCRIPT
from tests.support.slots import printed, run_in, skip_without_slots, slot, slot_spec
from tests.support.timing import TRIES
from tests.support.waiting import PATIENCE_SECONDS

pytestmark = [pytest.mark.docker, pytest.mark.xdist_group("slots")]

# A thread's name and the signals that it blocks are left out: both change while it starts, which it may do late.
LOOK_AT_THE_RUNTIME = r"""
    const fs = require('fs');
    const read = (path) => fs.readFileSync(path, 'utf8');
    const pick = (text) => text.match(/^(SigIgn|SigCgt|Cap...|Seccomp.*|NoNewPrivs):.*/gm);
    console.log(fs.readdirSync('/proc/self/task').map((id) => pick(read(`/proc/self/task/${id}/status`))).sort());
    for (const number of fs.readdirSync('/proc/self/fd')) try {
      const info = read(`/proc/self/fdinfo/${number}`).replace(/(mnt_id|ino|sdev|eventfd-id):\s*\S+/g, '');
      console.log(number, fs.readlinkSync(`/proc/self/fd/${number}`), info);
    } catch { console.log(number, 'the listing'); }
    console.log(read('/proc/self/environ'), read('/proc/self/cmdline'), process.argv, process.execArgv, process.title);
    console.log(Object.getOwnPropertyDescriptor(process, 'pid'), process.pid === Number(fs.readlinkSync('/proc/self')));
    console.log(process.eventNames(), Object.getOwnPropertyNames(process).sort(), process.getActiveResourcesInfo());
    console.log(new Error('place').stack, process.memoryUsage().heapTotal < 2 ** 25, process.versions);
"""
CHANCE = """
    const crypto = require('crypto');
    const { runInNewContext } = require('vm');
    console.log(Math.random(), crypto.randomUUID(), crypto.randomBytes(9).toString('hex'));
    console.log(globalThis.crypto.getRandomValues(new Uint32Array(2)).join(), crypto.randomInt(2 ** 47));
    console.log(require('fs').mkdtempSync('/tmp/'));
    if (new Set([1, 2, 3].map(() => runInNewContext('Math.random()'))).size !== 3) process.exit(1);
"""
WORK = r"""
    const { Worker } = require('worker_threads'), { execFileSync } = require('child_process');
    const kept = [];
    for (let n = 0; n < 20; n++) {  // more than fits: V8's threads collect it
      kept.push(Array.from({ length: 50_000 }, (_, x) => ({ x })));
      if (kept.length > 4) kept.shift();
    }
    const worker = new Worker('require("worker_threads").parentPort.postMessage(Math.random())', { eval: true });
    worker.on('message', (chance) => console.log('worker', chance < 1));
    worker.on('exit', (code) => console.log('worker ended', code));
    require('fs').readFile('/etc/passwd', (error, bytes) => console.log('file', bytes.length > 9));
    require('zlib').gzip(Buffer.alloc(1e5), (error, bytes) => console.log('packed', bytes.length < 1e5));
    setTimeout(() => console.log('timer'), 5);
    fetch('http://127.0.0.1:4711/').catch((error) => console.log('fetch', error.cause.code));
    require('dns').lookup('example.com', (error) => console.log('dns', error.code));
    WebAssembly.compile(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])).then(() => console.log('compiled'));
    require('net').createServer((socket) => socket.end('hello')).listen(4712, '127.0.0.1', function () {
      require('net').connect(4712, '127.0.0.1').on('data', (bytes) => console.log('net', `${bytes}`)).on('end', () => this.close());
    });
    console.log('child', execFileSync(process.execPath, ['-p', '1 + 1'], { encoding: 'utf8' }));
    process.on('SIGUSR2', () => console.log('signal'));
    process.kill(process.pid, 'SIGUSR2');
    process.on('exit', (code) => console.log('exit', code));
"""
"""Each line of its output comes from another thread, watcher or process."""
ENDS_OF_WORK = [
    "child 2",
    "compiled",
    "dns ENOTFOUND",
    "exit 0",
    "fetch ECONNREFUSED",
    "file true",
    "net hello",
    "packed true",
    "signal",
    "timer",
    "worker ended 0",
    "worker true",
]


@pytest.fixture(scope="module", autouse=True)
def _machine_has_slots() -> None:
    skip_without_slots()


@pytest.fixture
def forking(instance: str) -> Iterator[Sandbox]:
    with slot(slot_spec("javascript", instance=instance, forks=True)) as started:
        yield started
        assert started.channel.complaint == ""


def looked(sandbox: Sandbox) -> str:
    """All that a program sees, without what differs by chance or on purpose: its own process id."""
    for _ in range(TRIES):
        seen = printed(sandbox, LOOK_JAVASCRIPT)
        seen += printed(sandbox, LOOK_AT_THE_RUNTIME, args=("a", "b"))
        # A thread of Node's own has it open for a moment, to count the processors. Then look again.
        if "/proc/stat" not in seen:
            break
    seen = re.sub(r'("ids": \[\s+|"1",\s+"|value: )(2|101)\b', r"\1", seen)
    seen = re.sub(r"^tfd:.*\n", "", seen, flags=re.MULTILINE)  # listed in no order
    return re.sub(r"eventfd-count:\s+\d+|pipe:\[\d+\]|\b20\d{8}\b|[0-9a-f]{64}", "", seen)


def of_any_container(seen: str) -> str:
    """Take out what differs between two containers: times in nanoseconds, and layers on the host."""
    return re.sub(r"\b\d{19}\b|(lower|upper|work)dir=[^,\"]+", "", seen)


def difference(one: str, other: str) -> str:
    return "\n".join(difflib.unified_diff(one.split("\n"), other.split("\n"), n=0))


def test_forked_node_program_sees_what_an_executed_one_sees(
    instance: str, forking: Sandbox
) -> None:
    with slot(slot_spec("javascript", instance=instance)) as executing:
        executed = looked(executing)
    assert difference(of_any_container(executed), of_any_container(looked(forking))) == ""


def test_forked_node_program_finds_nothing_of_the_one_before(forking: Sandbox) -> None:
    before = looked(forking)
    report, output = run_in(forking, POLLUTE_JAVASCRIPT.replace("END", "process.exit()"))
    assert report.evidence.exit_code == 0, output.stderr.text
    assert forking.settle(PATIENCE_SECONDS), forking.channel.complaint
    assert difference(before, looked(forking)) == ""


def test_chance_differs_between_forked_node_programs(forking: Sandbox) -> None:
    first, second = (printed(forking, CHANCE).split() for _ in range(2))
    assert len({*first, *second}) == 12, (first, second)


def test_forked_node_program_has_threads_timers_children_and_a_network(forking: Sandbox) -> None:
    first, second = (sorted(printed(forking, WORK).split("\n")) for _ in range(2))
    assert first == second
    assert [line for line in first if line] == ENDS_OF_WORK


WORKERS = """
    const { Worker } = require('worker_threads');
    const busy = 'for (let n = 0; n < 60; n++) globalThis.kept = Array.from({ length: 50_000 }, (_, x) => ({ x }));';
    for (let n = 0; n < 2; n++) new Worker(busy, { eval: true }).on('exit', (code) => console.log(code));
"""
"""V8's threads look for garbage while others are new, by locks that know their owner's id."""


@pytest.mark.long
def test_locks_of_v8_hold_in_a_forked_node(forking: Sandbox) -> None:
    """With ids of the zygote's threads for new ones, one run in twenty crashed."""
    patient = replace(default_limits(), wall_seconds=60, cpu_seconds=60)
    for _ in range(200):
        assert printed(forking, WORKERS, limits=patient) == "0\n0\n"


def test_node_is_executed_where_new_threads_may_get_ids_of_the_zygotes(instance: str) -> None:
    spec = slot_spec("javascript", instance=instance, forks=True)
    [ids] = [part for part in spec["Entrypoint"] if part.startswith("nest=ids ")]
    spec["Entrypoint"].remove(ids)
    with slot(spec) as sandbox:
        # The first attempt to fork has taken 2.
        assert [printed(sandbox, "console.log(process.pid)") for _ in range(2)] == ["3\n", "2\n"]
        assert sandbox.channel.complaint.count("supervisor: fork: no zygote") == 1


NAMESPACE = r"""
    const number = process.arch === 'x64' ? 56 : 220;  // clone, with a namespace of users
    const code = `my $child = syscall(${number}, 0x10000000 | 17, 0, 0, 0, 0); exit if $child == 0; print "BREACH" if $child > 0`;
    console.log(require('child_process').execFileSync('perl', ['-e', code], { encoding: 'utf8' }));
"""
BOUNDING_SET = r"""
    const [, set] = require('fs').readFileSync('/proc/self/status', 'utf8').match(/CapBnd:\s*(\w+)/);
    if (parseInt(set, 16)) console.log('BREACH: an exec could bring powers');
"""
STEPS = {"filter": NAMESPACE, "drop": BOUNDING_SET}
"""The steps that the forked process takes itself, each with an attack that it stops."""


def attacked(instance: str, without: str, code: str) -> str:
    spec = slot_spec("javascript", instance=instance, forks=True)
    kept = [part for part in spec["Entrypoint"] if not part.startswith(f"nest={without}")]
    with slot({**spec, "Entrypoint": kept}) as sandbox:
        output = printed(sandbox, code)
        assert sandbox.channel.complaint == ""
        return output


@pytest.mark.parametrize("step", STEPS)
def test_attack_by_a_forked_node_program_gets_through_only_without_the_step(
    instance: str, step: str
) -> None:
    assert "BREACH" in attacked(instance, step, STEPS[step])
    assert "BREACH" not in attacked(instance, "none of them", STEPS[step])


def test_error_of_a_forked_node_program_is_reported(forking: Sandbox) -> None:
    code = "const said = require('fs').readFileSync(0, 'utf8');\nconsole.log(said);\nnull.x"
    report, output = run_in(forking, code, stdin="said\n")
    assert (report.evidence.exit_code, output.stdout.text) == (1, "said\n\n")
    assert report.uncaught
    assert (report.uncaught.type, report.uncaught.line) == ("TypeError", 3)
    assert report.evidence.processes_at_end == 0
    assert forking.settle(PATIENCE_SECONDS)


def test_what_v8_itself_prints_before_the_end_is_there(forking: Sandbox) -> None:
    code = """
        const { setFlagsFromString } = require('v8');
        setFlagsFromString('--expose-gc'), setFlagsFromString('--trace-gc');
        const collect = require('vm').runInNewContext('gc');
        for (let n = 0; n < 5; n++) collect({ type: 'minor' });
    """
    for end in ("", "process.exit();"):
        assert printed(forking, code + end).count("Scavenge") >= 5
    report, output = run_in(forking, code + "null.x")
    assert report.evidence.exit_code == 1
    assert output.stdout.text.count("Scavenge") >= 5


def test_typescript_program_is_forked_too(instance: str) -> None:
    code = "const chance: number = Math.random();\nawait null;\nconsole.log(chance, process.pid);"
    with slot(slot_spec("typescript", instance=instance, forks=True)) as sandbox:
        first, second = (printed(sandbox, code).split() for _ in range(2))
        assert first[0] != second[0]
        assert (first[1], second[1], sandbox.channel.complaint) == ("101", "101", "")


def test_image_whose_self_test_failed_executes_node(instance: str) -> None:
    """The build then leaves the addon out. Here a device is in its place."""
    spec = slot_spec("javascript", instance=instance, forks=True)
    spec["HostConfig"]["Binds"] = ["/dev/null:/sandbox/forking.node:ro"]
    with slot(spec) as sandbox:
        assert [printed(sandbox, "console.log(process.pid)") for _ in range(2)] == ["100\n"] * 2
        assert sandbox.channel.complaint.count("supervisor: fork: no zygote") == 1
        assert "Error: /sandbox/forking.node: " in sandbox.channel.complaint
