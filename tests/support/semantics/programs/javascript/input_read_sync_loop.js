// stdin: "first line\nsecond line\n"
const fs = require('fs');
const buffer = Buffer.alloc(6);
const pieces = [];
let size;
while ((size = fs.readSync(process.stdin.fd, buffer)) > 0) pieces.push(buffer.toString('utf8', 0, size));
console.log(pieces.join('|'));
