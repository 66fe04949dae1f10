// stdin: "1234567 89\n"
// repeat: 20000
const { once } = require('events');
const readline = require('readline');

(async () => {
  let count = 0;
  let sum = 0;
  const rl = readline.createInterface(process.stdin);
  rl.on('line', (line) => {
    count++;
    sum += Number(line.split(' ')[1]);
  });
  await once(rl, 'close');
  console.log(count, sum);
})();
