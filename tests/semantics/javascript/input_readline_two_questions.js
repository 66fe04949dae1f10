// stdin: "3\n4\n"
const readline = require('readline/promises');

async function main() {
  const rl = readline.createInterface({ input: process.stdin, output: process.stdout });
  const a = Number(await rl.question('A: '));
  console.log(a + 1);
  rl.close();
}
main();
