console.log(process.stdout.constructor.name, process.stdout.fd, process.stdout.writable, process.stdout.writableHighWaterMark, process.stdout._type, process.stderr._type, process.stdout.columns);
process.stdout.write('with callback\n', () => console.log('flushed'));
process.stdout.cork();
process.stdout.write('corked ');
process.nextTick(() => process.stdout.uncork());
const { Console } = require('console');
const own = new Console({ stdout: process.stderr, stderr: process.stdout });
own.log('swapped to stderr');
own.error('swapped to stdout');
new console.Console(process.stdout).log('by console.Console', typeof console.Console);
process.stdout.on('finish', () => console.error('finish'));
process.stdout.end('the end\n');
try { process.stdout.write('after end'); } catch (error) { console.error(error.code); }
process.stdout.on('error', (error) => console.error(error.code));
