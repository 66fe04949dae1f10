import { Worker, isMainThread, parentPort } from 'node:worker_threads';
import { once } from 'node:events';

if (isMainThread) {
  const worker = new Worker(new URL(import.meta.url));
  const [message] = await once(worker, 'message');
  console.log(message, await worker.terminate());
} else {
  parentPort.postMessage(import.meta.url);
  for (;;) await new Promise((resolve) => setTimeout(resolve, 1));
}
