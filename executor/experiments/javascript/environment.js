// Reads the environment. It is where services keep the password of their database, and a program
// that is started by a service inherits it, unless somebody takes care.
const ours = ['PATH', 'HOME', 'USER', 'LANG', 'HOSTNAME', 'TERM'];
const found = Object.keys(process.env).filter(name => !ours.includes(name) && !name.startsWith('PYTHON'));
for (const name of found) console.log(`ATTEMPT read a secret: succeeded (${name}=${process.env[name]})`);
if (!found.length)
  console.log(`ATTEMPT read a secret: blocked (only ${Object.keys(process.env).sort().join(', ')})`);
