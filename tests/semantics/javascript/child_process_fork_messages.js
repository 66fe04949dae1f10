const { fork } = require('child_process');
if (process.send) {
  process.on('message', (message) => {
    process.send({ echo: message, argv: process.argv.slice(2), connected: process.connected });
    process.disconnect();
  });
} else {
  const child = fork(__filename, ['argument']);
  child.on('message', (message) => console.log(message));
  child.on('exit', (code) => console.log('exit', code));
  child.send({ list: [1, null, 'x'] });
}
