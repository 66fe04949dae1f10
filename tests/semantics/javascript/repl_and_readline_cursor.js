// stdin: "1 + 1\nconst x = 5\nx * 2\nnope\n.exit\n"
const repl = require('repl');
repl.start({ prompt: '$ ', input: process.stdin, output: process.stdout, terminal: false });
