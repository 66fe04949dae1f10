// Queries a name server. Even where no connection gets out, names often do: "secret-
// data.attacker.example" is a message to the owner of attacker.example.
const servers = require('fs').readFileSync('/etc/resolv.conf', 'utf8').match(/^nameserver \S+/gm);
if (servers) console.log(`ATTEMPT find a name server: succeeded (${servers})`);
else console.log('ATTEMPT find a name server: blocked (none is configured)');

require('dns').lookup('example.com', (error, address) => {
  if (error) console.log(`ATTEMPT look up example.com: blocked (${error.code})`);
  else console.log(`ATTEMPT look up example.com: succeeded (${address})`);
});
