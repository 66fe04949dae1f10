const fs = require('fs');
fs.writeFileSync('/tmp/mod.mjs', 'export default "default"; export const a = 1; await 0; console.log(import.meta.url);');
fs.writeFileSync('/tmp/mod.cjs', 'module.exports = { b: 2, ["c-d"]: 3 };');
(async () => {
  console.log(await import('/tmp/mod.mjs'));
  console.log(await import('file:///tmp/mod.cjs'), (await import('node:path')).sep);
  console.log(require('/tmp/mod.cjs').b, (await import('data:text/javascript,export default 7')).default);
  console.log((await import('/tmp/mod.mjs')) === (await import('/tmp/mod.mjs')));
  await import('/tmp/none.mjs').catch((error) => console.log(error.code, error.message));
  await import('no-package');
})();
