process.exitCode = 4;
process.on('exit', (code) => {
  console.log(code);
  process.exitCode = 6;
});
try {
  process.exitCode = 'five';
} catch (error) {
  console.log(error.code);
}
