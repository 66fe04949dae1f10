const fs = require('fs');
fs.writeFileSync('/tmp/a.txt', '');
try {
  const watcher = fs.watch('/tmp/a.txt');
  console.log('watching');
  watcher.close();
} catch (error) {
  console.log(error.code, error.syscall);
}
