const timer = setTimeout(() => {}, 10000);
console.log(timer.hasRef(), timer.unref() === timer, timer.hasRef(), typeof timer[Symbol.toPrimitive](), timer.constructor.name);
console.log(setTimeout((a, b) => console.log(a, b), 1, 'x', 'y') instanceof Object);
const { setTimeout: sleep, setInterval: every, setImmediate: soon } = require('timers/promises');
(async () => {
  console.log(await sleep(2, 'value'), await soon('soon'));
  let n = 0;
  for await (const value of every(1, 'tick')) if (++n === 3) { console.log(value, n); break; }
  const controller = new AbortController();
  setTimeout(() => controller.abort(new Error('enough')), 5);
  await sleep(10000, null, { signal: controller.signal }).catch((error) => console.log(error.name, error.code, error.cause.message));
  try { setTimeout('text', 1); } catch (error) { console.log(error.message); }
})();
