// Uses all that a copied process might lack: threads of V8 and libuv, an event loop, a heap that grows, children.
'use strict';

const assert = require('assert');
const { execFileSync } = require('child_process');
const { readFile } = require('fs/promises');
const { setTimeout } = require('timers/promises');
const { Worker } = require('worker_threads');

process.dlopen({ exports: {} }, `${__dirname}/self_test.node`);

async function main() {
  const kept = [];
  for (let n = 0; n < 40; n++) {
    kept.push(Array.from({ length: 50_000 }, (_, x) => ({ x })));
    if (kept.length > 5) kept.shift();
    await setTimeout(1);
  }
  await WebAssembly.compile(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]));
  assert.equal(await readFile(__filename, 'utf8').then((text) => text.includes('main();')), true);
  const worker = new Worker('require("worker_threads").parentPort.postMessage(7)', { eval: true });
  assert.equal(await new Promise((resolve) => worker.once('message', resolve)), 7);
  assert.equal(execFileSync(process.execPath, ['-p', '1 + 1'], { encoding: 'utf8' }), '2\n');
  process.on('exit', (code) => console.log(`Node.js can be copied: ${code}`));
}

main();
