process.on('exit', (code) => {
  console.log('first', code);
  process.exit(9);
});
process.on('exit', (code) => console.log('second', code));
setTimeout(() => console.log('never'), 10000);
setImmediate(() => process.exit(2));
