process.on('uncaughtException', () => {
  throw new TypeError('the handler fails');
});
throw new Error('first');
