process.on('exit', (code) => console.log('first', code, process.exitCode));
process.on('exit', (code) => {
  console.log('last', code, process.exitCode);
  process.exitCode = 3;
});
console.log('body');
