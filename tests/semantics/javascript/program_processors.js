const os = require('os');
console.log(os.availableParallelism(), navigator.hardwareConcurrency);
