// Fetches from the internet, and from the address at which clouds hand out credentials; then
// looks for a way.
const fs = require('fs');

const targets = { 'the internet': 'http://192.0.2.1/', 'the cloud\'s metadata': 'http://169.254.169.254/' };
(async () => {
  for (const [name, address] of Object.entries(targets)) {
    try {
      await fetch(address, { signal: AbortSignal.timeout(1000) });
      console.log(`ATTEMPT call ${name}: succeeded`);
    } catch (error) {
      console.log(`ATTEMPT call ${name}: blocked (${error.cause ? error.cause.code : error.name})`);
    }
  }
  const interfaces = fs.readdirSync('/sys/class/net').filter(name => name !== 'lo');
  if (interfaces.length) console.log(`ATTEMPT find a network: succeeded (${interfaces})`);
  else console.log('ATTEMPT find a network: blocked (there is nothing but a loopback)');
  process.exit(0); // what is still being connected is of no interest
})();
