const assert = require('assert');
for (const check of [() => assert(0), () => assert.equal(1, 2, 'own words'), () => assert.deepStrictEqual({ a: [1, { b: 2 }] }, { a: [1, { b: 3 }] }), () => assert.throws(() => {}), () => assert.match('abc', /x/), () => assert.notEqual(1, 1), () => assert.ifError(new Error('if')), () => assert.strictEqual('a\nb\nc', 'a\nB\nc'), () => assert.partialDeepStrictEqual({ a: 1 }, { b: 1 })]) {
  try { check(); } catch (error) { console.log(error.code, error.message, error.generatedMessage); }
}
assert(1 === 2);
