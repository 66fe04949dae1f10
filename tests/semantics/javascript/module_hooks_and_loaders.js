const Module = require('module');
const original = Module._load;
Module._load = function (request, ...rest) {
  if (request === 'virtual') return { virtual: true };
  return original.call(this, request, ...rest);
};
console.log(require('virtual'), Object.keys(Module._extensions));
require.extensions['.txt'] = (module, filename) => {
  module.exports = require('fs').readFileSync(filename, 'utf8');
};
require('fs').writeFileSync('/tmp/a.txt', 'text');
console.log(require('/tmp/a.txt'), Module._pathCache && typeof Module._pathCache, require('module').globalPaths.length);
const hooks = Module.registerHooks({ resolve: (name, context, next) => next(name === 'alias' ? 'node:os' : name) });
console.log(require('alias') === require('os'));
hooks.deregister();
