// stdin: "3\n1 2 3\n\nlast"
const fs = require('fs');
const lines = fs.readFileSync(0, 'utf8').split('\n');
console.log(lines, fs.readFileSync(0, 'utf8') === '');
console.log(lines[1].split(' ').map(Number).reduce((a, b) => a + b));
