const { setTimeout: sleep } = require('timers/promises');
await sleep(5);
console.log('slept');
