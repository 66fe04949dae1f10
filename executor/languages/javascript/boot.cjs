// Boots Node.js in a sandbox, waits for the program, and gets out of its way.
//
// `node --require` runs this file before the program, and then Node itself starts the program: module
// detection, stack traces, require.main and all else are as with plain `node /app/script.js`. A byte on
// descriptor 4 signals that the runtime has booted. Descriptor 3 brings the arguments (each ended by NUL);
// its end starts the program. Where descriptor 3 is a socket, this process is a slot's zygote: it gets no program; it
// forks a process for each one, which then waits as above.
//
// Descriptor 4 then moves to a descriptor that no child inherits. If an error ends the program, one JSON
// object goes there (report.cjs). The program could write there too: nothing there decides more than words.
'use strict';

const fs = require('fs');

function waitForProgram() {
  fs.writeSync(4, '1');
  // Unlike 4, it is not inherited by children. It never blocks: a program may have filled the pipe.
  const { O_WRONLY, O_NONBLOCK } = fs.constants;
  const report = fs.openSync('/proc/self/fd/4', O_WRONLY | O_NONBLOCK);
  fs.closeSync(4);
  const received = fs.readFileSync(3, 'utf8');
  fs.closeSync(3);
  process.argv.push(...received.split('\0').slice(0, -1));
  return report;
}

// Go to the files of the run, if it has any: then the program is a link to the one among them, and Node runs it
// under that name.
function moveToFiles() {
  if (!fs.lstatSync(process.argv[1]).isSymbolicLink()) return;
  process.argv[1] = fs.readlinkSync(process.argv[1]);
  process.chdir(process.argv[1].slice(0, process.argv[1].lastIndexOf('/')));
}

// Compile what console.log() and this file need, once for all programs: of a small one's time, most would go into
// that. The handle stands for that of a pipe, so that nothing is opened, written or left to the event loop. To find
// out whether to use colours, Node would open the standard streams, which are not yet the program's.
function rehearse() {
  const { Console } = require('console');
  const { Socket } = require('net');
  const stream = new Socket({ readable: false, writable: true });
  stream._handle = { getAsyncId: () => 1, writeLatin1String: () => 0, writeUtf8String: () => 0 };
  const rehearsed = new Console({ stdout: stream, colorMode: false });
  rehearsed.log('%s', 'a', { a: [1] });
  rehearsed.log(1);
  stream._handle = null;
  process._tickCallback(); // what the stream has left for the next tick
  fs.lstatSync('/app').isSymbolicLink(); // for moveToFiles()
}

// Be the slot's zygote, which forks the process of each run's program; return in that process. The addon is
// missing if the image's self-test has failed.
function forkPrograms() {
  const { setFlagsFromString } = require('v8');
  const seed = Buffer.alloc(4);
  rehearse();
  process.dlopen({ exports: {} }, '/sandbox/forking.node');
  // Math.random() takes this seed at its first use, which is here. Later contexts have others.
  const random = fs.openSync('/dev/urandom');
  fs.readSync(random, seed);
  fs.closeSync(random);
  setFlagsFromString(`--random-seed=${(seed.readUInt32LE() >>> 1) || 1}`);
  Math.random();
  setFlagsFromString('--random-seed=0');
  Object.defineProperty(process, 'pid', { value: Number(fs.readlinkSync('/proc/self')) });
}

// Let Node end at once after the program's last listener of 'exit', as process.exit() does, where the exit code is
// 0. Else it takes its heap apart, piece by piece, which takes longer than a small program. The listener that does
// it is there only while Node emits 'exit': for that Node reads this property of `process`, and says before that it
// ends.
function endAtOnce() {
  const { emit, reallyExit } = process;
  const { defineProperty } = Object;
  const end = (code) => {
    if (code === 0 && !process.exitCode) reallyExit.call(process, 0);
  };
  const isHidden = { enumerable: false, configurable: true };
  defineProperty(process, 'emit', {
    ...isHidden,
    get() {
      if (process._exiting) {
        delete process.emit;
        const events = process._events;
        const { exit } = events;
        if (exit === undefined) events.exit = end;
        else if (typeof exit === 'function') events.exit = [exit, end];
        else exit.push(end);
      }
      return emit;
    },
    set(changed) {
      defineProperty(process, 'emit', { ...isHidden, enumerable: true, value: changed, writable: true });
    },
  });
}

// Call `watch` for each error that nothing has caught, before the program's own listeners. The program would
// see a permanent listener. So there is one only while Node handles an error: Node reads this property of
// `process` for each, to call what it finds.
function onUncaught(watch) {
  const name = '_fatalException';
  const value = process[name];
  const { defineProperty } = Object;
  const isOnProcess = { enumerable: true, configurable: true };
  defineProperty(process, name, {
    ...isOnProcess,
    get() {
      const events = process._events;
      const before = events.uncaughtExceptionMonitor;
      const listener = (error, origin) => {
        if (before === undefined) delete events.uncaughtExceptionMonitor;
        else events.uncaughtExceptionMonitor = before;
        watch(error, origin);
      };
      if (before === undefined) events.uncaughtExceptionMonitor = listener;
      else if (typeof before === 'function') events.uncaughtExceptionMonitor = [listener, before];
      else events.uncaughtExceptionMonitor = [listener, ...before];
      return value;
    },
    set(changed) {
      defineProperty(process, name, { ...isOnProcess, value: changed, writable: true });
    },
  });
}

// Let reads from descriptor 0 wait for input, which comes line by line, after the program has touched
// process.stdin too. Node makes the descriptor non-blocking then, so that fs.readSync(process.stdin.fd) would
// fail with EAGAIN; its own reading, which begins when there is something, needs no such thing.
function adaptInput() {
  const original = Object.getOwnPropertyDescriptor(process, 'stdin');
  Object.defineProperty(process, 'stdin', {
    ...original,
    get() {
      Object.defineProperty(process, 'stdin', original);
      const handle = process.stdin._handle;
      if (handle && handle.setBlocking) handle.setBlocking(true);
      process.stdin.on('pause', () => setImmediate(stopReading, process.stdin));
      return process.stdin;
    },
  });
}

// Let a program end that has paused its input, as `close` of node:readline does. At a terminal Node stops reading
// then; at a pipe it continues, and waits for the end of an input that may stay open. Reading begins again by itself.
function stopReading(stdin) {
  const handle = stdin._handle;
  if (!stdin.isPaused() || !handle || !handle.reading) return;
  handle.reading = stdin._readableState.reading = false;
  handle.readStop();
}

// Workers inherit --require, so they run this file as well, without the variable.
if (process.env.SANDBOX_BOOT !== undefined) {
  delete process.env.SANDBOX_BOOT;
  const { expectErrors, report } = require('./report.cjs');
  const { isTyped, loadParser } = require('./types.cjs');
  if (isTyped(process.argv[1])) loadParser(); // while nobody waits
  adaptInput();
  endAtOnce();
  onUncaught(report);
  if (fs.fstatSync(3).isSocket()) forkPrograms();
  const descriptor = waitForProgram();
  moveToFiles();
  expectErrors(descriptor, process.argv[1]);
}
process.execArgv = [];
process._preload_modules.length = 0; // an old name for what --require has

for (const name of Object.keys(require.cache)) delete require.cache[name];
