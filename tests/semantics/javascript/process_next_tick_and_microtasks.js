setTimeout(() => console.log('timeout'), 0);
Promise.resolve().then(() => {
  console.log('promise 1');
  process.nextTick(() => console.log('tick in promise'));
}).then(() => console.log('promise 2'));
process.nextTick((a) => {
  console.log('tick', a);
  queueMicrotask(() => console.log('microtask in tick'));
}, 'argument');
queueMicrotask(() => console.log('microtask'));
(async () => {
  console.log('async start');
  await null;
  console.log('async end');
})();
console.log('sync');
