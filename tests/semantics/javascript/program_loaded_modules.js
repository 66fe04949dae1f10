console.log(process.moduleLoadList.filter((name) => /sandbox|boot/i.test(name)));
console.log(Object.keys(require.cache), module.children, require.main.children.length);
console.log(require('module')._preloadModules.toString().length > 0, Object.keys(require('module')._cache));
