const util = require('util');
const cyclic = { name: 'c' }; cyclic.self = cyclic; cyclic.list = [cyclic];
console.log(cyclic, { a: { b: { c: { d: 1 } } } }, [1, , 3], new Array(5), Array.from({ length: 120 }, (_, i) => i), 'x'.repeat(10));
console.log([undefined, null], { f() {}, g: () => {}, async h() {}, *i() {}, get x() { return 1; }, set x(v) {}, [Symbol('k')]: 1, 'a-b': 1, 1: 2 });
console.log(new Map([[{ a: 1 }, new Set([1, [2]])]]), new WeakSet(), Promise.resolve([1]), new Date(0), /x/gi, new Error('e').message, Buffer.from('hi'), new Uint8Array(3), new ArrayBuffer(4), new Proxy([], {}));
console.log(util.inspect({ a: 'it\'s', b: "x\ny", c: { d: { e: { f: 1 } } } }, { depth: null, compact: false, breakLength: 20, sorted: true }), util.inspect('a'.repeat(200)).length, util.inspect(new (class X { [util.inspect.custom](d, o) { return `<X ${d}>`; } })()));
console.log([['a', 'b'], ['c']], [{}], {}, [], [[]], [[[[1]]]], Object.assign(() => {}, { p: 1 }), new Number(3), new String('s'), Object(1n), globalThis === global, new (class extends Array {})(2), [,'a'], -0, [-0]);
console.log('a'.repeat(50), ['a'.repeat(50), 'b'.repeat(50)], { text: 'long '.repeat(30) }, [1.5, 'x', null, undefined, true], 'multi\nline', ['multi\nline'], util.format('%s', { toString() { return 'own'; } }), util.format('%s %s', 'a'), util.styleText('red', 'r', { validateStream: false }));
