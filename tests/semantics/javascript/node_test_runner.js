// The report has times, so a child writes it and this program takes them out.
const { spawnSync } = require('child_process');
if (process.argv[2] !== 'child') {
  const { stdout, stderr, status } = spawnSync(process.execPath, [__filename, 'child'], { encoding: 'utf8' });
  console.log(stdout.replace(/\d+\.\d+/g, 'T'), stderr, status);
  process.exit(status);
}
const test = require('node:test');
const assert = require('assert');
test('adds', () => assert.strictEqual(1 + 1, 2));
test('fails', { todo: 'later' }, () => assert.ok(false));
test('nested', async (t) => {
  t.diagnostic('a note');
  await t.test('inner', (t) => { t.mock.method(Math, 'random', () => 4); assert.equal(Math.random(), 4); });
  t.skip('rest');
});
test('is wrong', () => assert.deepStrictEqual([1], [2]));
test.after(() => console.log('after'));
