for (let i = 0; i < 700; i++) process.stdout.write(`${String(i).padStart(5, '0')} ${'.'.repeat(80)}\n`);
process.stderr.write('e'.repeat(50000));
process.exit(7);
