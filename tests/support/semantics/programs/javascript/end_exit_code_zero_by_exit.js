process.exitCode = 4;
process.on('exit', (code) => console.log(code, process.exitCode));
setInterval(() => {}, 1000);
setTimeout(() => process.exit(0), 1);
