// stdin: "1\n2\r\n3\n\nunfinished"
const readline = require('readline');
const lines = readline.createInterface({ input: process.stdin });
const seen = [];
lines.on('line', (line) => seen.push(line));
lines.on('close', () => console.log(seen, lines.closed));
