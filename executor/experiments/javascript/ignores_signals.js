// Catches every signal that can be caught, and refuses to exit. A polite time limit would wait
// without end; no program can catch SIGKILL.
const { signals } = require('os').constants;
for (const name of Object.keys(signals)) {
  try {
    process.on(name, () => console.log('caught', name));
  } catch {
    console.log('cannot be caught:', name);
  }
}

setTimeout(() => {
  console.log('ATTEMPT outlive the time limit: succeeded (no signal reached us)');
  process.exit(0);
}, 3000); // twice what it is allowed
