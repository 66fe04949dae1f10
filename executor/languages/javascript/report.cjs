// Describes the error that ends a program, as one JSON object for the supervisor.
//
// Nothing of the error is called, and what is used of the language is taken before the program starts:
// safe.cjs has the reason.
'use strict';

const { writeSync, readFileSync } = require('fs');
const { isNativeError } = require('util').types;
const { dataOf, exec, free, indexOf, isObject, isProxy, lastIndexOf } = require('./safe.cjs');
const { placeIn, plain, short, slice, stackOf, stringOf } = require('./safe.cjs');
const { explainModule, explainSyntax, importLine } = require('./syntax.cjs');

const { getOwnPropertyDescriptor, hasOwn } = Object;
const { ownKeys } = Reflect;
const { isArray } = Array;
const { isSafeInteger } = Number;
const { stringify } = JSON;
const { byteLength } = Buffer;
const { String } = globalThis;
const describeSymbol = free(Symbol.prototype.toString);
const listenerCount = free(process.listenerCount);
const hasCallback = process.hasUncaughtExceptionCaptureCallback;

const MESSAGE_CHARACTERS = 500;
const TEXT_CHARACTERS = 200;
const TYPE_CHARACTERS = 100;
const REPORT_BYTES = 4000;
const MEMBERS = 5; // that are shown of an object, or of an AggregateError

// The name of the class that made an object.
function classOf(object) {
  const made = dataOf(object, 'constructor');
  return (typeof made === 'function' && !isProxy(made) && stringOf(made, 'name')) || '';
}

function isError(value) {
  if (!isObject(value) || isProxy(value)) return false;
  if (isNativeError(value)) return true;
  // A worker's error, or an object that a program made into one.
  return stringOf(value, 'stack') !== undefined && stringOf(value, 'message') !== undefined;
}

function nameOf(error) {
  const ofClass = classOf(error);
  if (ofClass === 'DOMException') return ofClass;
  const name = stringOf(error, 'name') || ofClass || 'Error';
  // As Node shows a class that sets no name of its own.
  return name === 'Error' && ofClass !== '' && ofClass !== 'Object' ? ofClass : name;
}

// A DOMException keeps its message and name where only its getters see them; its stack has both.
function ofDOMException(stack) {
  const found = exec(/^([A-Za-z]{1,100}): ([^\n]{0,500})/, slice(stack, 0, 700));
  return plain({ name: found === null ? '' : found[1], message: found === null ? '' : found[2] });
}

function text(value) {
  switch (typeof value) {
    case 'string':
      return value;
    case 'symbol':
      return describeSymbol(value);
    case 'function':
      return `[function ${(!isProxy(value) && stringOf(value, 'name')) || ''}]`;
    case 'object':
      return value === null ? 'null' : summary(value);
    default:
      return String(value);
  }
}

function inside(member) {
  if (isObject(member)) return '…';
  return typeof member === 'string' ? `'${short(member, 100)}'` : text(member);
}

// Show the first properties of an object, one level deep.
function summary(value) {
  if (isProxy(value)) return 'a Proxy';
  if (isArray(value)) return `an array of ${value.length}`;
  const named = classOf(value);
  const keys = ownKeys(value);
  let shown = '';
  for (let n = 0, at = 0; at < keys.length && n < MEMBERS; at++) {
    const found = getOwnPropertyDescriptor(value, keys[at]);
    if (typeof keys[at] !== 'string' || !found.enumerable) continue;
    const member = hasOwn(found, 'value') ? inside(found.value) : '…';
    shown += `${n++ === 0 ? '' : ', '}${short(keys[at], 50)}: ${member}`;
  }
  return `${named === 'Object' || named === '' ? '' : `${short(named, 50)} `}{ ${shown} }`;
}

const MOST_FACTS = 8; // of a report
const FACTS_OF_AN_ERROR = 4;
const FACTS = ['code', 'errno', 'syscall', 'path', 'dest', 'address', 'port'];

function factsOf(error) {
  const facts = plain({});
  for (let n = 0, left = FACTS_OF_AN_ERROR; n < FACTS.length && left > 0; n++) {
    const value = dataOf(error, FACTS[n]);
    if (typeof value === 'string') facts[FACTS[n]] = short(value, TEXT_CHARACTERS);
    else if (isSafeInteger(value)) facts[FACTS[n]] = value;
    else continue;
    left--;
  }
  return facts;
}

// Node marks an error that an emitter has thrown since nothing listens to its 'error' event.
function isEmitted(error) {
  const mark = 'Symbol(kEnhanceStackBeforeInspector)';
  const keys = ownKeys(error);
  for (let n = 0; n < keys.length; n++)
    if (typeof keys[n] === 'symbol' && describeSymbol(keys[n]) === mark) return true;
  return false;
}

// Errors of programs that may be written for another version.
const ABOUT_THE_VERSION = /is not (?:defined|a function)$|^No such built-in module/;
const { node } = process.versions;
const VERSION = slice(node, 0, indexOf(node, '.'));

function addVersion(report) {
  if (exec(ABOUT_THE_VERSION, report.message) === null) return;
  if (ownKeys(report.facts).length < MOST_FACTS) report.facts.node = VERSION;
}

// Describe a cause or a member of an AggregateError.
function related(value, program) {
  if (!isError(value)) return plain({ type: kindOf(value), message: short(text(value), 300), line: null });
  const message = stringOf(value, 'message') || '';
  return plain({
    type: short(nameOf(value), TYPE_CHARACTERS),
    message: short(message, 300),
    line: placeIn(stackOf(value), message, program).line,
  });
}

const kindOf = (value) => (value === null ? 'null' : typeof value);

function membersOf(error, program) {
  const errors = dataOf(error, 'errors');
  if (!isArray(errors) || isProxy(errors)) return null;
  const members = plain([]);
  for (let n = 0; n < errors.length && n < MEMBERS; n++) {
    const found = getOwnPropertyDescriptor(errors, n);
    members[n] = related(found === undefined ? undefined : found.value, program);
  }
  return members;
}

const REASONS = [
  ['undefined', /^undefined$/],
  ['null', /^null$/],
  ['boolean', /^(?:true|false)$/],
  ['number', /^(?:-?\d[\d.e+-]*|-?Infinity|NaN)$/],
  ['object', /^(?:#<.*>|\[object .*\])$/],
  ['symbol', /^Symbol\(.*\)$/],
];

// Node replaces a rejection's reason that is no Error by an error that quotes it.
function reasonOf(report, message) {
  const marker = 'rejected with the reason "';
  const at = indexOf(message, marker);
  if (at === -1) return;
  const reason = slice(message, at + marker.length, lastIndexOf(message, '"'));
  report.kind = 'rejection';
  report.message = short(reason, MESSAGE_CHARACTERS);
  report.facts = plain({ code: 'ERR_UNHANDLED_REJECTION' });
  report.type = 'string';
  for (let n = 0; n < REASONS.length; n++)
    if (exec(REASONS[n][1], report.message) !== null) report.type = REASONS[n][0];
}

function describe(error, origin, program, source) {
  const report = plain({
    phase: 'run',
    kind: 'exception',
    type: kindOf(error),
    message: '',
    line: null,
    column: null,
    facts: plain({}),
    notes: plain([]),
    cause: null,
    group: null,
  });
  if (isError(error)) {
    describeError(report, error, origin, program, source);
    return report;
  }
  const message = isObject(error) ? stringOf(error, 'message') : undefined;
  report.message = short(message === undefined ? text(error) : message, MESSAGE_CHARACTERS);
  if (isObject(error)) report.facts = factsOf(error);
  return report;
}

function describeError(report, error, origin, program, source) {
  const stack = stackOf(error);
  let message = stringOf(error, 'message') || '';
  report.facts = factsOf(error);
  report.type = short(nameOf(error), TYPE_CHARACTERS);
  if (report.type === 'DOMException') {
    const dom = ofDOMException(stack);
    message = dom.message;
    report.facts.name = dom.name;
  }
  report.message = short(message, MESSAGE_CHARACTERS);
  // What a module throws at its top level comes as a rejection too.
  const isOfModule = indexOf(stack, `file://${program}`) !== -1;
  if (origin === 'unhandledRejection' && !isOfModule) report.kind = 'rejection';
  if (isEmitted(error)) report.facts.emitted = 1;
  const place = placeIn(stack, message, program);
  report.line = place.line;
  report.column = place.column;
  if (report.type === 'RangeError' && place.frames > 0) report.facts.repeats = place.repeats ? 1 : 0;
  const cause = dataOf(error, 'cause');
  if (cause !== undefined) report.cause = related(cause, program);
  const code = isError(cause) ? stringOf(cause, 'code') : undefined;
  if (code !== undefined) report.facts.cause_code = short(code, TEXT_CHARACTERS);
  report.group = membersOf(error, program);
  if (report.facts.code === 'ERR_UNHANDLED_REJECTION') reasonOf(report, message);
  const ofTheParser = report.type === 'SyntaxError' || report.facts.code === 'ERR_INTERNAL_ASSERTION';
  if (ofTheParser) explainSyntax(report, stack, program, source);
  if (report.type === 'ReferenceError') explainModule(report, message, program, source);
  addVersion(report);
  if (report.line === null) report.line = importLine(message, source);
}

// The most of it that fits.
function encode(report) {
  const spare = ['group', 'cause', 'notes', 'facts'];
  let text = stringify(report);
  for (let n = 0; byteLength(text) >= REPORT_BYTES && n < spare.length; n++) {
    delete report[spare[n]];
    text = stringify(report);
  }
  while (byteLength(text) >= REPORT_BYTES) {
    report.message = short(report.message, report.message.length >> 1);
    text = stringify(report);
  }
  return `${text}\n`;
}

let descriptor, program, source;
let isReported = true; // or not expected yet

// Begin to report errors of this program to a descriptor.
function expectErrors(to, path) {
  descriptor = to;
  program = path;
  source = readFileSync(path, 'utf8'); // a program that has run may have changed its file
  isReported = false;
}

// Report an error, once, if nothing of the program handles it.
function report(error, origin) {
  if (isReported || listenerCount(process, 'uncaughtException') > 0) return;
  if (hasCallback()) return;
  isReported = true;
  try {
    writeSync(descriptor, encode(describe(error, origin, program, source)));
  } catch {
    // The report must never change how a program ends.
  }
}

module.exports = { expectErrors, report };
