const { exec, execFile, execFileSync, execSync, spawn, spawnSync } = require('child_process');
console.log(execSync('echo one; echo two >&2', { stdio: ['pipe', 'pipe', 'ignore'], encoding: 'utf8' }));
console.log(spawnSync('sh', ['-c', 'cat; exit 4'], { input: 'text', encoding: 'utf8' }).output, spawnSync('no-such').error.code);
try { execFileSync('false'); } catch (error) { console.log(error.status, error.message); }
exec('exit 3', (error, stdout, stderr) => {
  console.log(error.code, error.cmd, [stdout, stderr]);
  execFile('node', ['-p', '6 * 7'], (error, stdout) => {
    console.log(stdout);
    const child = spawn('sort', ['-r']);
    child.stdout.on('data', (data) => console.log(String(data)));
    child.on('close', (code, signal) => console.log('close', code, signal));
    child.stdin.end('a\nc\nb\n');
  });
});
