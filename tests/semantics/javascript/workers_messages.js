const { Worker, isMainThread, parentPort, workerData, threadId, MessageChannel } = require('worker_threads');
if (isMainThread) {
  const worker = new Worker(__filename, { workerData: { start: 5 }, argv: ['extra'], env: { ONLY: 'this' } });
  worker.on('message', (message) => {
    console.log(message);
    if (message.ready) worker.postMessage({ add: 7, map: new Map([['k', new Date(0)]]) });
  });
  worker.on('exit', (code) => console.log('exit', code, threadId));
} else {
  parentPort.postMessage({ ready: true, argv: process.argv.slice(1), env: process.env, threadId: threadId > 0, exec: process.execArgv });
  parentPort.once('message', ({ add, map }) => parentPort.postMessage({ sum: workerData.start + add, map }));
}
