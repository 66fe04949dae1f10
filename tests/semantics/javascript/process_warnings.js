// The text of a warning has the process id, so a child writes it and this program takes the id out.
const { spawnSync } = require('child_process');
if (process.argv[2] !== 'child') {
  const { stdout, stderr } = spawnSync(process.execPath, [__filename, 'child'], { encoding: 'utf8' });
  console.log(stdout, stderr.replace(/\(node:\d+\)/g, '(node)'));
  process.exit();
}
process.on('warning', (warning) => console.log('event:', warning.name, warning.message, warning.code));
process.emitWarning('watch out', { code: 'MY_CODE', detail: 'more\ndetail' });
process.emitWarning('old', 'DeprecationWarning', 'DEP_X');
new Buffer(3);
const emitter = new (require('events'))();
for (let i = 0; i < 11; i++) emitter.on('x', () => {});
require('util').deprecate(() => console.log('called'), 'use y()', 'DEP_Y')();
process.on('exit', () => console.timeEnd('no label'));
