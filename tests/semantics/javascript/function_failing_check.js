const assert = require('node:assert/strict');

const median = (values) => values.sort()[Math.floor(values.length / 2)];

assert.equal(median([3, 1, 2]), 2);
assert.deepEqual([median([10, 9, 1])], [9], undefined);
