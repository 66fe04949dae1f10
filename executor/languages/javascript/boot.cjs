// Waits inside Node's boot for the program's arguments; a part of the real runner.
'use strict';

if (process.env.SANDBOX_BOOT) {
  delete process.env.SANDBOX_BOOT;
  const fs = require('fs');
  fs.writeSync(4, '1');
  const received = fs.readFileSync(3, 'utf8');
  fs.closeSync(3);
  process.argv.push(...received.split('\0').slice(0, -1));
  process.execArgv = [];
  delete require.cache[__filename];
}
