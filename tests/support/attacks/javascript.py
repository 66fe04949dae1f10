"""Attacks in JavaScript with means of Node.js: workers, addons, the event loop."""

from executor import Limits, Verdict

from .attack import ANY, SECOND, javascript

JAVASCRIPT = (
    javascript(
        "js-microtasks",  # never gets to its timers
        "wall clock",
        code="""
        setTimeout(() => process.exit(0), 10);
        (function again() { Promise.resolve().then(again) })();
        """,
        ends=Verdict.TIME_LIMIT_EXCEEDED,
        limits=SECOND,
    ),
    javascript(
        "js-regex",
        "wall clock",
        code="/^(a+)+$/.test('a'.repeat(64) + 'b')",
        ends=Verdict.TIME_LIMIT_EXCEEDED,
        limits=SECOND,
    ),
    javascript(
        "js-ignores-signals",
        "wall clock",
        code="""
        for (const name of Object.keys(require('os').constants.signals))
          try { process.on(name, () => {}) } catch {}
        process.on('exit', () => { for (;;); });
        setTimeout(() => { console.log('BREACH: outlived the wall clock'); }, 2000);
        """,
        ends=Verdict.TIME_LIMIT_EXCEEDED,
        limits=SECOND,
    ),
    javascript(
        "js-waits-for-ever",
        "wall clock",
        code="Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)",
        ends=Verdict.TIME_LIMIT_EXCEEDED,
        limits=SECOND,
    ),
    javascript(
        "js-burns-cpu",
        "cpu time",
        code="""
        for (let used = 0; used < 1.5e6;) {
          for (let n = 0; n < 1e6; n++);
          const { user, system } = process.cpuUsage();
          used = user + system;
        }
        console.log('BREACH: had 1.5 seconds of CPU time');
        """,
        ends=Verdict.TIME_LIMIT_EXCEEDED,
        limits=Limits(cpu_seconds=0.5, wall_seconds=60),
    ),
    javascript(
        "js-wasm-memory",
        "memory cgroup",
        code="""
        const memory = new WebAssembly.Memory({ initial: 4800 });
        new Uint8Array(memory.buffer).fill(1);
        console.log('BREACH: 300 MiB');
        """,
        ends=Verdict.MEMORY_LIMIT_EXCEEDED,
    ),
    javascript(
        "js-string-doubling",
        "memory cgroup",
        code="""
        let text = Buffer.alloc(1 << 20, 'x').toString();
        for (let n = 0; n < 7; n++) text = Buffer.from(text + text).toString();
        console.log('BREACH: a string of 128 MiB');
        """,
        ends=Verdict.MEMORY_LIMIT_EXCEEDED,
    ),
    javascript(
        "js-worker-bomb",
        "pids cgroup",
        code="""
        const { Worker } = require('worker_threads');
        let alive = 0;
        for (let n = 0; n < 100; n++) {
          const worker = new Worker('setTimeout(() => {}, 3000)', { eval: true });
          worker.on('online', () => { if (++alive === 100) console.log('BREACH: 100 workers'); });
          worker.on('error', () => {});
        }
        """,
        # Each worker also wants memory: whichever ends first.
        ends=ANY - {Verdict.OK},
    ),
    javascript(
        "js-fills-tmp",
        "tmpfs size",
        code="""
        for (let n = 0; n < 4; n++) require('fs').writeFileSync('/tmp/' + n, Buffer.alloc(16 << 20));
        console.log('BREACH: 64 MiB in /tmp');
        """,
        ends=Verdict.DISK_LIMIT_EXCEEDED,
    ),
    javascript(
        "js-many-files",
        "tmpfs inodes",
        code="""
        for (let n = 0; n < 5000; n++) require('fs').writeFileSync('/tmp/' + n, '');
        console.log('BREACH: 5000 files');
        """,
        ends=Verdict.DISK_LIMIT_EXCEEDED,
    ),
    javascript(
        "js-addon",
        "noexec",
        code="""
        const fs = require('fs');
        const file = fs.readFileSync('/proc/self/maps', 'utf8').match(/\\/\\S*libm\\.so\\.6/)[0];
        fs.copyFileSync(file, '/tmp/x.node');
        try { process.dlopen({ exports: {} }, '/tmp/x.node'); console.log('BREACH: loaded'); }
        catch (error) {
          // A library that could be mapped would be refused for what it lacks.
          if (!/failed to map segment/.test(error.message)) console.log('BREACH:', error.message);
        }
        """,
    ),
    javascript(
        "js-interfaces",
        "no network",
        code="""
        let found = [];
        try { found = Object.keys(require('os').networkInterfaces()); } catch {}  // asks by netlink
        if (found.some(name => name !== 'lo')) console.log('BREACH:', found);
        if (require('fs').readdirSync('/sys/class/net').join() !== 'lo') console.log('BREACH');
        """,
    ),
    javascript(
        "js-datagrams",
        "no network",
        code="""
        const socket = require('dgram').createSocket('udp4');
        let left = 2;
        for (const address of ['192.0.2.1', '224.0.0.1'])
          socket.send('x', 53, address, error => {
            console.log(error ? error.code : 'BREACH: sent to ' + address);
            if (--left === 0) socket.close();
          });
        """,
    ),
    javascript(
        "js-first-process",
        "supervisor",
        code="""
        const fs = require('fs');
        for (const name of ['environ', 'mem', 'maps', 'auxv', 'syscall', 'stack'])
          try { if (fs.readFileSync('/proc/1/' + name).length) console.log('BREACH:', name); } catch {}
        for (const name of ['cwd', 'root', 'exe'])
          try { console.log('BREACH:', name, fs.readlinkSync('/proc/1/' + name)); } catch {}
        for (const fd of [0, 1, 2, 3, 4, 5])
          try { fs.openSync('/proc/1/fd/' + fd, 'r+'); console.log('BREACH: fd', fd); } catch {}
        """,
    ),
    javascript(
        "js-kills-the-supervisor",
        "pid namespace",
        code="""
        for (let number = 1; number < 65; number++) try { process.kill(1, number) } catch {}
        console.log('still here');
        """,
        proof=lambda result: result.stdout == "still here\n" and result.exit_code == 0,
    ),
    javascript(
        "js-poisons-our-runner",  # it shares a heap with the program
        "supervisor",
        code="""
        for (const key of ['then', 'toString', 'call', 'exports', 'code', 'get', 'set'])
          Object.defineProperty(Object.prototype, key, { get() { return undefined }, set() {} });
        process.exit = process.reallyExit = process.abort = () => {};
        Function.prototype.call = Array.prototype.push = JSON.stringify = () => { throw 1 };
        process.exitCode = 7;
        """,
        ends=Verdict.RUNTIME_ERROR,
        proof=lambda result: result.exit_code is not None and "/sandbox/" not in result.stderr,
    ),
    javascript(
        "js-floods-stderr",
        "output cap",
        code="for (let n = 0; n < 1000; n++) console.error('x'.repeat(1000))",
        ends=Verdict.OUTPUT_LIMIT_EXCEEDED,
    ),
    javascript(
        "js-lone-surrogates",
        "output decoding",
        code=r"""
        console.log('\ud800\udfff\udfff\0\x1b[31m');
        require('fs').writeSync(1, Buffer.from([0xed, 0xa0, 0x80, 0xff, 0xfe]));
        """,
        proof=lambda result: bool(result.stdout.encode()) and "\0" not in result.stdout,
    ),
)
