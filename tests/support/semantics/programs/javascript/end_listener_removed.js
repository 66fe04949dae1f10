const listener = () => console.log('never');
process.on('exit', listener);
process.on('newListener', (name) => console.log('new', name));
process.removeListener('exit', listener);
process.removeAllListeners('exit');
console.log(typeof process.emit, Object.keys(process).includes('emit'), process.eventNames());
