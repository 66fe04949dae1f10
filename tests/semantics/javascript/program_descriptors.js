const fs = require('fs');
for (const number of [0, 1, 2]) console.log(number, fs.fstatSync(number).isFIFO());
const opened = fs.openSync('/tmp/x', 'w');
fs.closeSync(opened);
const extra = fs.readdirSync('/proc/self/fd').map(Number).filter((n) => {
  try { return n > 2 && /pipe/.test(fs.readlinkSync(`/proc/self/fd/${n}`)); } catch { return false; }
});
console.log(extra.length);
try { fs.writeSync(99, 'x'); } catch (error) { console.log(error.message); }
for (const number of [3, 4]) {
  try { fs.writeSync(number, 'hello'); console.log('written'); } catch (error) { console.log(number, error.code); }
}
