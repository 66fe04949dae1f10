const fs = require('fs');
for (const path of ['notes.txt', '/notes.txt', '/usr/lib/notes.txt', '/etc/passwd', __filename, '/proc/sys/kernel/hostname', '/tmp/notes.txt']) {
  try {
    fs.writeFileSync(path, 'x');
    console.log(path, 'written');
  } catch (error) {
    console.log(path, error.code);
  }
}
