// stdin: "help\nadd 2 3\nquit\n"
const rl = require('readline').createInterface({ input: process.stdin, output: process.stdout, prompt: '> ' });
rl.prompt();
rl.on('line', (line) => {
  const [command, ...rest] = line.split(' ');
  if (command === 'quit') return rl.close();
  console.log(command === 'add' ? rest.map(Number).reduce((a, b) => a + b) : `no ${command}`);
  rl.prompt();
}).on('close', () => {
  console.log('bye');
  process.exitCode = 3;
});
