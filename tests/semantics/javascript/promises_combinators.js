const wait = (ms, value) => new Promise((resolve) => setTimeout(resolve, ms, value));
(async () => {
  console.log(await Promise.all([wait(5, 'a'), 'b', wait(1, 'c')]));
  console.log(await Promise.race([wait(50, 'slow'), wait(1, 'fast')]), await Promise.any([Promise.reject(1), wait(1, 'ok')]));
  console.log(await Promise.allSettled([Promise.reject(new Error('no')), 1]).then((all) => all.map((one) => one.status)));
  const { promise, resolve } = Promise.withResolvers();
  resolve('resolved');
  console.log(await promise, await Promise.try(() => { throw 5; }).catch((error) => error), await { then: (done) => done('thenable') });
  await Promise.resolve().finally(() => console.log('finally'));
  console.log(Promise.resolve(1), Promise.reject(2).catch(() => {}), new Promise(() => {}));
})();
