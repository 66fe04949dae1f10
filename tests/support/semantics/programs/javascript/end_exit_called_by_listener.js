process.on('exit', () => {
  console.log('one');
  process.exit(5);
});
process.on('exit', () => console.log('two'));
