// Tries to write a file where it should not. A program that can write to the image's files can lay
// traps for their next user.
const fs = require('fs');

for (const place of ['/', '/app', '/etc', '/usr/bin', '/usr/lib', '/sandbox', '/run', '/var', '/dev']) {
  try {
    fs.writeFileSync(place + '/intruder', 'here');
    console.log(`ATTEMPT write to ${place}: succeeded`);
  } catch (error) {
    console.log(`ATTEMPT write to ${place}: blocked (${error.code})`);
  }
}
