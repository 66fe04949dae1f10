const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms, 'waited'));
console.log(await wait(5));
for await (const n of [1, Promise.resolve(2)]) console.log(n);
console.log(typeof require, import.meta.url);
