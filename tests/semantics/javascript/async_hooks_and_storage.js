const { AsyncLocalStorage, AsyncResource, executionAsyncId, triggerAsyncId, createHook } = require('async_hooks');
const storage = new AsyncLocalStorage();
console.log(executionAsyncId(), triggerAsyncId(), storage.getStore());
storage.run({ id: 1 }, () => {
  setTimeout(() => console.log('timer', storage.getStore()), 1);
  Promise.resolve().then(() => console.log('promise', storage.getStore()));
  process.nextTick(() => storage.run('inner', async () => { await null; console.log('nested', storage.getStore()); }));
  storage.exit(() => console.log('exit', storage.getStore()));
});
const resource = new AsyncResource('Mine');
console.log(resource.runInAsyncScope(() => executionAsyncId() === resource.asyncId()), resource.asyncId(), executionAsyncId());
const types = [];
const hook = createHook({ init(id, type) { types.push(type); } }).enable();
setTimeout(() => {}, 1); setImmediate(() => {}); process.nextTick(() => {}); Promise.resolve();
hook.disable();
console.log(types);
require('diagnostics_channel').subscribe('c', (message) => console.log(message));
require('diagnostics_channel').channel('c').publish('published');
