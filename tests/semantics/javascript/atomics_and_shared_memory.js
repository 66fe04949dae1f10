const { Worker, isMainThread, workerData, parentPort } = require('worker_threads');
if (isMainThread) {
  const shared = new SharedArrayBuffer(16);
  const view = new Int32Array(shared);
  const workers = [1, 2].map((n) => new Worker(__filename, { workerData: { shared, n } }));
  let left = workers.length;
  for (const worker of workers) worker.on('exit', () => { if (!--left) console.log(Atomics.load(view, 0), view); });
} else {
  const view = new Int32Array(workerData.shared);
  for (let i = 0; i < 1000; i++) Atomics.add(view, 0, workerData.n);
  console.log = () => {};
  parentPort.postMessage(Atomics.wait(view, 1, 0, 1));
}
