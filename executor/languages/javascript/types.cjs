// Removes the types of a TypeScript program, as Node.js itself does before it runs one.
'use strict';

const { stripTypeScriptTypes } = require('module');
const { exec, free } = require('./safe.cjs');

const strip = free(stripTypeScriptTypes);
const NAME = /\.[cm]?ts$/;

const isTyped = (program) => exec(NAME, program) !== null;

// Load the parser, which takes far longer than to use it. Node shows a warning when a program calls this
// function for the first time. That would be this call.
function loadParser() {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    stripTypeScriptTypes('let one: 1');
  } finally {
    process.emitWarning = emitWarning;
  }
}

// Return a program with blanks in place of its types; null if Node cannot remove them.
function withoutTypes(source) {
  try {
    return strip(undefined, source);
  } catch {
    return null;
  }
}

module.exports = { isTyped, loadParser, withoutTypes };
