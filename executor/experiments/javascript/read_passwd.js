// Reads /etc/passwd, the first thing everybody tries. It works, and it shows nothing: the file
// is the image's, and names nobody who exists.
const fs = require('fs');

const names = fs.readFileSync('/etc/passwd', 'utf8').trim().split('\n').map(line => line.split(':')[0]);
console.log('the file can be read:', names);
const people = names.filter(name => !['root', 'sandbox', 'nobody'].includes(name));
if (people.length) console.log(`ATTEMPT find other people's names: succeeded (${people})`);
else console.log("ATTEMPT find other people's names: blocked (the image has its own /etc/passwd)");

for (const path of ['/etc/shadow', '/root', '/home', '/etc/ssh', '/var/lib/docker'])
  console.log(`ATTEMPT find ${path}: ${fs.existsSync(path) ? 'succeeded' : 'blocked (it is not there)'}`);
