const fs = require('fs');
const module = { name: 'Maths' };
console.log(module.name, typeof fs.readFileSync);
