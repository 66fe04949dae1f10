process.on('unhandledRejection', (reason, promise) => {
  console.log('unhandled', reason, promise instanceof Promise);
  promise.catch(() => {});
});
process.on('rejectionHandled', () => console.log('handled late'));
Promise.reject('text');
Promise.reject();
