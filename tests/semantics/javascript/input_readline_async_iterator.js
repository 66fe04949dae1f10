// stdin: "3 4\n10 20\n"
import readline from 'node:readline';

let total = 0;
for await (const line of readline.createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  total += line.split(' ').map(Number).reduce((a, b) => a * b);
}
console.log(total);
