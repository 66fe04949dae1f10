#!/usr/bin/env node
// args: ["one two", "", "é🎉", "--flag", "-x", "--", "a\nb"]
console.log(process.argv, process.argv0, process.execPath, process.execArgv);
console.log(require('util').parseArgs({ args: ['-v', '--name=x', 'rest'], options: { v: { type: 'boolean', short: 'v' }, name: { type: 'string' } }, allowPositionals: true }));
