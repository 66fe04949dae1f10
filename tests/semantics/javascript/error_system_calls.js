const fs = require('fs');
for (const call of [() => fs.readFileSync('data.txt'), () => fs.mkdirSync('/tmp'), () => fs.readdirSync('/app/script.js'), () => fs.openSync(5), () => fs.readFileSync('/etc/shadow')]) {
  try { call(); } catch (error) { console.log(error.code, error.errno, error.syscall, error.path, error.message); }
}
fs.readFile('/nope', (error) => console.log(error, error.stack.split('\n').length));
fs.promises.readFile('/nope2').catch((error) => {
  console.log(error.message);
  fs.readFileSync('data.txt', 'utf8');
});
