// Fills the disk. When the disk that holds containers, logs and databases is full, everything on
// the machine fails at once.
const fs = require('fs');

const piece = Buffer.alloc(16 << 20, 1);
try {
  for (let n = 0; n < 4; n++) fs.writeFileSync(`/tmp/file-${n}`, piece);
} catch (error) {
  console.log(`ATTEMPT write 64 MiB to /tmp: blocked (${error.code})`);
  process.exit(1);
}
console.log('ATTEMPT write 64 MiB to /tmp: succeeded (it is all there)');
