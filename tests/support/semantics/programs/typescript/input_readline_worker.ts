// stdin: "Ann\nBob\n"
import { createInterface } from 'node:readline';
import { Worker, isMainThread, parentPort } from 'node:worker_threads';

type Greeting = { readonly text: string };

if (isMainThread) {
  const names: string[] = [];
  for await (const line of createInterface({ input: process.stdin })) names.push(line);
  const worker = new Worker(new URL(import.meta.url));
  worker.on('message', (greeting: Greeting) => {
    console.log(greeting.text);
    if (!names.length) worker.terminate();
    else worker.postMessage(names.shift());
  });
} else {
  parentPort!.postMessage({ text: `ready ${process.argv[1]}` } satisfies Greeting);
  parentPort!.on('message', (name: string) => parentPort!.postMessage({ text: `Hello ${name}` }));
}
