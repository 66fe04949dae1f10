process.on('exit', (code) => console.log('listener', code));
console.log(process.emit('exit', 9), process.emit('other'));
console.log('still here');
