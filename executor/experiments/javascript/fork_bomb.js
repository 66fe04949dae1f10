// The classic, with an end. Each child is a process of its own; when the machine's table of
// processes is full, nobody can start anything any more, not even the `kill` that would help.
const { spawn } = require('child_process');

const WANTED = 100;
let started = 0;
let failed = 0;
function count() {
  if (started + failed < WANTED) return;
  if (failed) console.log(`ATTEMPT have 100 children: blocked (${failed} could not be started)`);
  else console.log('ATTEMPT have 100 children: succeeded (all are alive)');
  process.exit(failed ? 1 : 0);
}
for (let n = 0; n < WANTED; n++) {
  const child = spawn('sleep', ['5'], { stdio: 'ignore' });
  child.on('spawn', () => { started++; count(); });
  child.on('error', () => { failed++; count(); });
}
