process.stdin.once('data', () => console.log('data'));
process.stdin.once('end', () => console.log('end'));
console.log(require('fs').fstatSync(0).isFIFO(), process.stdin.isTTY, process.stdout.isTTY, process.stderr.isTTY);
