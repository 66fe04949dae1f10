console.log(process.execArgv, process.env.NODE_OPTIONS, require('v8').getHeapStatistics().heap_size_limit > 50e6, process.binding === undefined);
console.log(new (require('worker_threads').Worker)('', { eval: true }).resourceLimits.maxYoungGenerationSizeMb > 0);
