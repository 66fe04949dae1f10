// stdin: "x\n"
process.stdin.resume();
process.stdin.pause();
process.stdin.unref();
setTimeout(() => console.log('timer'), 5);
