// A loop that does not mean to end. While it runs, Node's event loop runs nothing else: no
// timer, no signal handler, no "graceful shutdown". Only somebody outside can end it.
const end = Date.now() + 3000; // twice what it is allowed
while (Date.now() < end);

console.log('ATTEMPT run for 3 seconds: succeeded (nobody ended it)');
