console.log(process.execArgv, process.env.NODE_OPTIONS, require('v8').getHeapStatistics().heap_size_limit > 50e6, process.binding === undefined);
const worker = new (require('worker_threads').Worker)('', { eval: true });
worker.on('online', () => console.log(worker.resourceLimits.maxYoungGenerationSizeMb > 0));
