const { Writable, Readable } = require('stream');
const sink = new Writable({ write(chunk, encoding, done) { setImmediate(done, chunk.toString() === 'c' ? new Error('third fails') : null); } });
sink.on('error', (error) => console.log('error event', error.message, sink.destroyed, sink.errored === error));
sink.on('close', () => console.log('close'));
for (const c of 'abc') sink.write(c, (error) => console.log('written', c, error && error.message));
Readable.from(['x']).on('data', (d) => console.log('data', d)).on('end', () => console.log('end'));
