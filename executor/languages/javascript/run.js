// Boots Node.js in a sandbox, waits for the arguments, and becomes the program.
//
// A byte on descriptor 4 signals to the supervisor that the runtime has booted. Descriptor 3 brings
// the arguments; its end starts the program. From then on everything must be as with
// `node /app/script.js`, or with `node /app/script.mjs` if the source is an ES module.
'use strict';

const fs = require('fs');
const Module = require('module');
const vm = require('vm');

const COMMONJS = '/app/script.js';
const ESM = '/app/script.mjs';

// V8's errors for a CommonJS function body with syntax that only a module may have.
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

// V8's error for a top-level await depends on its place; an async function may have it anywhere. Such
// a function may also define __filename, as modules do.
function isModule(source) {
  const asCommonJS = complaint(Module.wrap(source));
  if (asCommonJS === '' || MODULE_SYNTAX.test(asCommonJS)) return asCommonJS !== '';
  const asAsyncBody = complaint(`(async () => {${source}\n})`);
  return asAsyncBody === '' || MODULE_SYNTAX.test(asAsyncBody);
}

const args = waitForArguments();
// The loader removes a shebang line; the wrapper does not.
const source = fs.readFileSync(COMMONJS, 'utf8').replace(/^#!.*/, '');
const program = isModule(source) ? ESM : COMMONJS;
process.argv = [process.execPath, program, ...args];
delete require.cache[__filename];
// In the read-only image this link exists already.
if (program === ESM && !fs.existsSync(ESM)) fs.symlinkSync(COMMONJS, ESM);
Module.runMain(); // Node's own way to start the file in argv[1], of either kind
