process.on('beforeExit', (code) => {
  console.log('beforeExit', code);
  if (!globalThis.again) {
    globalThis.again = true;
    setTimeout(() => console.log('more work'), 1);
  }
});
process.on('exit', (code) => {
  console.log('exit', code, process.exitCode);
  setTimeout(() => console.log('never'), 0);
});
console.log('main ends');
