const { spawnSync } = require('child_process');
if (process.argv[2]) {
  console.log('child', process.argv, process.execArgv, require.main === module);
  process.exit(Number(process.argv[2]));
}
const result = spawnSync(process.execPath, [__filename, '6'], { encoding: 'utf8' });
console.log(result.stdout, result.stderr, result.status, result.signal);
