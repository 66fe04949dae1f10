process.on('exit', () => console.log('before'));
process.on('exit', () => {
  throw new Error('at the end');
});
process.on('exit', () => console.log('never'));
