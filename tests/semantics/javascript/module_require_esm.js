const fs = require('fs');
fs.writeFileSync('/tmp/m.mjs', 'export const one = 1; export default class Thing {}');
const m = require('/tmp/m.mjs');
console.log(m, m.one, m.default.name, m.__esModule);
fs.writeFileSync('/tmp/tla.mjs', 'await 0; export const two = 2;');
require('/tmp/tla.mjs');
