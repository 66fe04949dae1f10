const { builtinModules, isBuiltin } = require('module');
console.log(arguments.callee.toString().split('\n')[0], arguments.callee.name, arguments.callee.length);
console.log(require('module').wrapper, isBuiltin('node:test'), builtinModules.includes('fs'));
x = 5;
console.log(globalThis.x, delete globalThis.x, typeof x, (function () { return this === globalThis; })());
var declared = 1;
console.log(globalThis.declared);
