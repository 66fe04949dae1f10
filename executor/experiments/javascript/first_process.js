// The first process of a container often knows more than it should: its environment, its memory,
// its open files. Ours belongs to the same user as this program, and is closed to it all the
// same.
const fs = require('fs');

const actions = {
  environ: path => fs.readFileSync(path),
  mem: path => fs.openSync(path, 'r+'),
  maps: path => fs.readFileSync(path),
  fd: path => fs.readdirSync(path),
  'fd/0': path => fs.openSync(path, 'r+'),
  root: path => fs.readlinkSync(path),
  exe: path => fs.readlinkSync(path),
};
for (const [name, action] of Object.entries(actions)) {
  try {
    action('/proc/1/' + name);
    console.log(`ATTEMPT open /proc/1/${name}: succeeded`);
  } catch (error) {
    console.log(`ATTEMPT open /proc/1/${name}: blocked (${error.code})`);
  }
}
