const { spawnSync } = require('child_process');
for (const code of ['process.kill(process.pid, "SIGTERM")', 'process.on("SIGTERM", () => { console.log("handled"); process.exit(3) }); process.kill(process.pid, "SIGTERM"); setTimeout(() => {}, 10000)']) {
  const { status, signal, stdout } = spawnSync(process.execPath, ['-e', code], { encoding: 'utf8' });
  console.log(status, signal, stdout);
}
console.log(process.kill(process.pid, 0));
try { process.kill(process.pid, 'SIGNOPE'); } catch (error) { console.log(error.code); }
process.once('SIGUSR2', (name, number) => console.log(name, number));
process.kill(process.pid, 'SIGUSR2');
setTimeout(() => {}, 50);
