process.on('beforeExit', (code) => {
  console.log('beforeExit', code);
  process.once('exit', (last) => {
    console.log('exit', last);
    process.on('exit', () => console.log('never'));
    queueMicrotask(() => console.log('microtask'));
    process.nextTick(() => console.log('tick'));
  });
});
