const assert = require('assert');

function hasClosePair(numbers, gap) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted.some((value, i) => i > 0 && value - sorted[i - 1] < gap);
}

assert.strictEqual(hasClosePair([1, 2, 3.9, 4], 0.3), true);
assert.strictEqual(hasClosePair([1, 2, 3.9], 0.3), false);
assert.deepStrictEqual([[], [5]].map((list) => hasClosePair(list, 1)), [false, false]);
console.log('passed');
