// Boots Node.js in a sandbox, waits for the go, and becomes the program.
//
// Descriptor 4 tells the supervisor that the runtime has booted; descriptor 3 brings the arguments
// and, by its end, the go. What follows is to differ in nothing from `node /app/script.js`, or from
// `node /app/script.mjs` where the source is an ES module.
'use strict';

const fs = require('fs');
const Module = require('module');
const vm = require('vm');

const COMMONJS = '/app/script.js';
const ESM = '/app/script.mjs';

// What V8 says of a CommonJS function body that only makes sense as a module.
const MODULE_SYNTAX =
  /^(Cannot use import statement outside a module|Unexpected token 'export'|Cannot use 'import\.meta' outside a module)/;

function waitForArguments() {
  fs.writeSync(4, '1');
  fs.closeSync(4);
  const received = fs.readFileSync(3, 'utf8');
  fs.closeSync(3);
  return received.split('\0').slice(0, -1);
}

function complaint(source) {
  try {
    new vm.Script(source);
    return '';
  } catch (error) {
    return error.message;
  }
}

// What V8 says of a top-level await depends on where it stands; an async function may have it
// anywhere. It may also have a __filename of its own, as modules do.
function isModule(source) {
  const asCommonJS = complaint(Module.wrap(source));
  if (asCommonJS === '' || MODULE_SYNTAX.test(asCommonJS)) return asCommonJS !== '';
  const asAsyncBody = complaint(`(async () => {${source}\n})`);
  return asAsyncBody === '' || MODULE_SYNTAX.test(asAsyncBody);
}

const args = waitForArguments();
// A shebang line is the loader's business, not the wrapper's.
const source = fs.readFileSync(COMMONJS, 'utf8').replace(/^#!.*/, '');
const program = isModule(source) ? ESM : COMMONJS;
process.argv = [process.execPath, program, ...args];
delete require.cache[__filename];
// In the read-only image this link is there from the start.
if (program === ESM && !fs.existsSync(ESM)) fs.symlinkSync(COMMONJS, ESM);
Module.runMain(); // Node's own way to start what argv[1] names, either kind
