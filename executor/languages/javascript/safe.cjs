// Looks at a program's values without calling anything of the program.
//
// The program may be hostile, and may have replaced any method of the language. So all functions are taken
// here before it starts, no getter and no proxy's trap is called, and all work is bounded.
'use strict';

const { isProxy } = require('util').types;

// Make a function out of a method. A bound function looks nothing up when it is called.
const { call } = Function.prototype;
const free = (method) => Function.prototype.bind.call(call, method);

const { getOwnPropertyDescriptor, getPrototypeOf, setPrototypeOf, hasOwn } = Object;
const { apply } = Reflect;
const { Error, parseInt } = globalThis;
const indexOf = free(String.prototype.indexOf);
const lastIndexOf = free(String.prototype.lastIndexOf);
const slice = free(String.prototype.slice);
const toWellFormed = free(String.prototype.toWellFormed);
const exec = free(RegExp.prototype.exec);
const stackGetter = getOwnPropertyDescriptor(new Error(), 'stack').get;
const { prepareStackTrace } = Error;

const LONGEST_STACK = 1_000_000; // characters; a longer one is not read
const CHAIN = 20; // prototypes that are looked at
const FRAMES = 200; // lines of a stack that are looked at
const LINE = 1000; // characters that are looked at of each line
const MARKED = 70_000; // and of one in which a mistake is marked: the parser of types marks none beyond 65,535

// An object or array without a prototype: nobody can have given it a toJSON.
const plain = (object) => setPrototypeOf(object, null);
const short = (text, length) =>
  toWellFormed(text.length > length ? `${slice(text, 0, length - 1)}…` : text);
const isObject = (value) =>
  (typeof value === 'object' && value !== null) || typeof value === 'function';

// Find a property without calling anything: the value of the first data property of this name.
function dataOf(object, name) {
  for (let n = 0; n < CHAIN && object !== null && !isProxy(object); n++) {
    const found = getOwnPropertyDescriptor(object, name);
    if (found !== undefined) return hasOwn(found, 'value') ? found.value : undefined;
    object = getPrototypeOf(object);
  }
  return undefined;
}

function stringOf(object, name) {
  const value = dataOf(object, name);
  return typeof value === 'string' ? value : undefined;
}

// The stack as a string, if reading it calls nothing of the program's.
function stackOf(error) {
  const found = isProxy(error) ? undefined : getOwnPropertyDescriptor(error, 'stack');
  if (found === undefined) return '';
  let stack = found.value;
  if (found.get === stackGetter) {
    const own = getOwnPropertyDescriptor(Error, 'prepareStackTrace');
    if (own === undefined || own.value !== prepareStackTrace) return '';
    stack = apply(stackGetter, error, []);
  }
  return typeof stack === 'string' && stack.length <= LONGEST_STACK ? stack : '';
}

const FRAME = /^ {4}at (?:async )?(?:.* \()?(?:file:\/\/)?([^ ()]*):(\d{1,7}):(\d{1,7})\)?$/;
const HEAD = /^(?:file:\/\/)?([^\n]{1,200}):(\d{1,7})$/;
const MARKER = /^[ \t]*\^+[ \t]*$/;

// Call `look` with each line until it returns true.
function eachLine(text, most, look, length = LINE) {
  for (let start = 0, n = 0; start <= text.length && n < most; n++) {
    let end = indexOf(text, '\n', start);
    if (end === -1) end = text.length;
    if (look(slice(text, start, end < start + length ? end : start + length), n)) return;
    start = end + 1;
  }
}

// The part of a stack after the message, which may look like frames.
function framesOf(stack, message) {
  const at = message ? indexOf(stack, message) : -1;
  return at === -1 ? stack : slice(stack, at + message.length);
}

// The program's innermost frame, and whether a frame comes twice.
function placeIn(stack, message, program) {
  const place = plain({ line: null, column: null, repeats: false, frames: 0 });
  const seen = plain({});
  eachLine(framesOf(stack, message), FRAMES, (line) => {
    const frame = exec(FRAME, line);
    if (frame === null) return false;
    place.frames++;
    if (seen[line] === true) place.repeats = true;
    seen[line] = true;
    if (place.line === null && frame[1] === program) {
      place.line = parseInt(frame[2], 10) || null;
      place.column = parseInt(frame[3], 10) || null;
    }
    return false;
  });
  return place;
}

// The place that Node puts before a syntax error's stack: the file and line, the line's text, a marker. In
// TypeScript the lines around it are there too.
function headOf(stack, program) {
  let line = null;
  let column = null;
  const look = (text, n) => {
    if (n === 0) {
      const head = exec(HEAD, text);
      if (head === null || head[1] !== program) return true;
      line = parseInt(head[2], 10) || null;
    }
    if (n < 2 || exec(MARKER, text) === null) return false;
    column = indexOf(text, '^') + 1;
    return true;
  };
  eachLine(stack, 6, look, MARKED);
  return plain({ line, column });
}

module.exports = {
  MARKED,
  dataOf,
  eachLine,
  exec,
  free,
  headOf,
  indexOf,
  isObject,
  isProxy,
  lastIndexOf,
  placeIn,
  plain,
  short,
  slice,
  stackOf,
  stringOf,
};
