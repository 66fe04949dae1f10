// stdin: "first line\nsecond line\n"
const fs = require('fs');
// Not process.stdin.fd: to look at process.stdin makes the pipe one that does not wait.
const buffer = Buffer.alloc(6);
const pieces = [];
let size;
while ((size = fs.readSync(0, buffer)) > 0) pieces.push(buffer.toString('utf8', 0, size));
console.log(pieces.join('|'));
