// Empty files fill a disk as well: each takes an inode, and when those are gone no file can be
// made, though `df` shows room.
const fs = require('fs');

let made = 0;
try {
  for (; made < 5000; made++) fs.writeFileSync(`/tmp/${made}`, '');
} catch (error) {
  console.log(`ATTEMPT make 5000 files: blocked (${error.code} after ${made})`);
  process.exit(1);
}
console.log('ATTEMPT make 5000 files: succeeded (all are there)');
