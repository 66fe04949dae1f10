// stdin: "alpha\nbeta\n"
const fs = require('fs');
console.log(JSON.stringify(fs.readFileSync('/dev/stdin', 'utf8')));
console.log(JSON.stringify(fs.readFileSync('/proc/self/fd/0').toString()));
