import fs = require('fs');
console.log(typeof fs.readFileSync);
