console.log(typeof require, typeof module, typeof exports, __filename, __dirname, this === module.exports);
console.log(require.main === module, module.id, module.filename, module.loaded, module.parent, module.children.length, module.paths);
console.log(Object.keys(require.cache), require.resolve('fs'), require.resolve.paths('x').slice(0, 2));
console.log(arguments.length, arguments[3] === __filename, module.constructor.name, typeof globalThis.require, new.target);
return;
console.log('a return ends a CommonJS program');
