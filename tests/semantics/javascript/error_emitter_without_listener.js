const { EventEmitter } = require('events');
const emitter = new EventEmitter();
function emit() {
  emitter.emit('error', new Error('disk'));
}
emit();
