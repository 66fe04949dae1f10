const line = 'x'.repeat(99);
for (let i = 0; i < 500; i++) process.stdout.write(`${line}\n`);
process.on('exit', () => {
  process.stdout.write('last\n');
  process.stderr.write('error\n');
});
