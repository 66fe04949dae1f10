// stdin: "only\n"
const rl = require('readline').createInterface({ input: process.stdin, output: process.stdout });
rl.question('First? ', (first) => {
  console.log('got', first);
  rl.question('Second? ', (second) => {
    console.log('never', second);
  });
});
rl.on('close', () => console.log('\nclosed'));
