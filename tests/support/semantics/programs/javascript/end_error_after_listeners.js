process.on('exit', (code) => console.log('listener', code, process.exitCode));
setTimeout(() => {
  throw new TypeError('late');
}, 1);
