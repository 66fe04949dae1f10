process.on('uncaughtException', (error, origin) => {
  console.log('handler:', error.message, origin);
});
process.on('uncaughtExceptionMonitor', (error, origin) => console.log('monitor:', error.message, origin));
setTimeout(() => console.log('continues'), 10);
setImmediate(() => { throw new Error('in immediate'); });
process.nextTick(() => { throw new Error('in tick'); });
Promise.reject(new Error('rejected'));
