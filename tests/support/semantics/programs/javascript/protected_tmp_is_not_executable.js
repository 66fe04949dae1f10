const fs = require('fs');
const { spawnSync } = require('child_process');
fs.writeFileSync('/tmp/hello.sh', '#!/bin/sh\necho hello\n', { mode: 0o755 });
const { error, stdout } = spawnSync('/tmp/hello.sh');
console.log(error ? error.code : String(stdout));
fs.copyFileSync('/usr/lib/x86_64-linux-gnu/libatomic.so.1', '/tmp/addon.node');
try {
  require('/tmp/addon.node');
} catch (error) {
  console.log(error.code, error.message.replace(/^.*: /, ''));
}
