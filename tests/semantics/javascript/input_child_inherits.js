// stdin: "for the child\n"
const { spawnSync } = require('child_process');
const result = spawnSync('cat', { stdio: ['inherit', 'pipe', 'inherit'], encoding: 'utf8' });
console.log(JSON.stringify(result.stdout), result.status);
