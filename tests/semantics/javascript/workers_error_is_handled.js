const { Worker } = require('worker_threads');
const worker = new Worker('setTimeout(() => { null.x }, 1)', { eval: true });
worker.on('error', (error) => console.log('error:', error.name, error.message, error.stack.split('\n')[1]));
worker.on('exit', (code) => console.log('exit', code));
