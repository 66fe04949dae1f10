process.on('uncaughtException', (error, origin) => {
  console.log('handler:', error.message, origin);
  // A timer of the start may be due before the immediate.
  if (error.message === 'in immediate') setTimeout(() => console.log('continues'), 1);
});
process.on('uncaughtExceptionMonitor', (error, origin) => console.log('monitor:', error.message, origin));
setImmediate(() => { throw new Error('in immediate'); });
process.nextTick(() => { throw new Error('in tick'); });
Promise.reject(new Error('rejected'));
