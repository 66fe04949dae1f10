const v8 = require('v8');
const usage = process.memoryUsage();
console.log(Object.keys(usage), usage.rss > usage.heapUsed, process.resourceUsage().maxRSS > 1000, process.cpuUsage().user >= 0, process.uptime() > 0, process.hrtime.bigint() > 0n, typeof gc);
console.log(v8.deserialize(v8.serialize({ a: [1, new Date(0)] })), v8.getHeapStatistics().number_of_native_contexts, process.constrainedMemory() > 0);
const registry = new FinalizationRegistry((name) => console.log('collected', name));
registry.register({}, 'never at exit');
let text = '';
for (let i = 0; i < 200000; i++) text += String.fromCharCode(97 + (i % 26));
console.log(text.length, Array.from({ length: 1e6 }, (_, i) => i * 2).reduce((a, b) => a + b));
