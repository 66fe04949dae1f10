console.log(Object.keys(globalThis));
console.log(Object.getOwnPropertyNames(globalThis).sort().join(' '));
