const { Worker, isMainThread } = require('worker_threads');
if (isMainThread) {
  const worker = new Worker(__filename, { stdout: true });
  let text = '';
  worker.stdout.on('data', (chunk) => (text += chunk));
  worker.on('exit', (code) => console.log('worker printed', JSON.stringify(text), code));
} else {
  console.log('hello from the worker');
  process.stdout.write(`main: ${isMainThread}\n`);
  process.exit(5);
}
