const { EventEmitter } = require('events');
const emitter = new EventEmitter({ captureRejections: true });
emitter.on('b', async () => { throw new Error('async listener'); });
emitter[Symbol.for('nodejs.rejection')] = (error, name) => console.log('captured', error.message, name);
emitter.emit('b');
const plain = new EventEmitter();
plain.on('b', async () => { throw new Error('not captured'); });
setImmediate(() => plain.emit('b'));
