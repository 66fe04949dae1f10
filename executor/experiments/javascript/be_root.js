// Who are we? In a container without user namespaces, root inside is root outside, only with
// fewer powers.
if (process.getuid() === 0 || process.getgid() === 0) console.log('ATTEMPT be root: succeeded');
else console.log(`ATTEMPT be root: blocked (we are user ${process.getuid()}, whom the host does not know)`);

for (const name of ['setuid', 'setgid', 'seteuid']) {
  try {
    process[name](0);
    console.log(`ATTEMPT ${name}(0): succeeded`);
  } catch (error) {
    console.log(`ATTEMPT ${name}(0): blocked (${error.code})`);
  }
}
