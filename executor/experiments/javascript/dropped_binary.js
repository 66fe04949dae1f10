// Node loads native code by require() as well: an addon is a library that somebody has dropped.
// A library is mapped as executable, and a place that is mounted noexec allows none of that.
const fs = require('fs');

const library = fs.readFileSync('/proc/self/maps', 'utf8').match(/\/\S*libm\.so\.6/)[0];
fs.copyFileSync(library, '/tmp/addon.node');
try {
  process.dlopen({ exports: {} }, '/tmp/addon.node');
  console.log('ATTEMPT load native code from /tmp: succeeded');
} catch (error) {
  // Had it been mapped, Node would complain that it is no addon.
  if (/failed to map segment/.test(error.message))
    console.log('ATTEMPT load native code from /tmp: blocked (it cannot be mapped as executable)');
  else console.log(`ATTEMPT load native code from /tmp: succeeded (${error.message})`);
}
