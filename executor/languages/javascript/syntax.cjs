// Finds an author's mistake where Node.js could not read a file as the module that its author meant.
//
// Node decides between CommonJS and ES modules by trying; when neither can be compiled, it shows the first
// complaint, which is often about `await` and not about the mistake. This runs only after such an error.
'use strict';

const { Script, compileFunction } = require('vm');
const { eachLine, exec, free, headOf, indexOf, lastIndexOf } = require('./safe.cjs');
const { plain, short, slice, stackOf, stringOf } = require('./safe.cjs');

const replace = free(String.prototype.replace);

const MESSAGE_CHARACTERS = 500;
const REASON_CHARACTERS = 200;
const LINES = 20_000; // lines of the source that are looked at

const COMMONJS = ['exports', 'require', 'module', '__filename', '__dirname'];

const IMPORT =
  /^[ \t]*import\b(?!\s*[(.])[^'"();]{0,2000}?(['"])[^'"\n]{0,500}\1(?:[ \t]*with[ \t]*\{[^}]{0,200}\})?/gm;
const EXPORT_OF_NAMES =
  /^[ \t]*export[ \t]*(?:\*|\{)[^'"();=]{0,2000}?(?:\}(?!\s*from\b)|from\s*(['"])[^'"\n]{0,500}\1)/gm;
const EXPORT_DEFAULT = /^([ \t]*)export[ \t]+default\b/gm;
const EXPORT = /^([ \t]*)export\b/gm;
const IMPORT_META = /\bimport\.meta\b/g;

const blank = (found) => replace(found, /[^\n]/g, ' ');

// Turn a module into the body of an async function, with everything else left in its place.
function withoutModuleSyntax(source) {
  let body = replace(source, IMPORT, blank);
  body = replace(body, EXPORT_OF_NAMES, blank);
  body = replace(body, EXPORT_DEFAULT, (found, space) => `${space}void          `);
  body = replace(body, EXPORT, (found, space) => `${space}      `);
  return replace(body, IMPORT_META, 'import_meta');
}

// Return what is wrong with a source, and where; null if it can be compiled.
function complaint(compile, program) {
  try {
    compile();
    return null;
  } catch (error) {
    const stack = stackOf(error);
    const head = headOf(stack, program);
    return plain({ message: stringOf(error, 'message') || '', line: head.line, column: head.column });
  }
}

// Read the source as each kind of module.
function readings(source, program) {
  // The loader removes a shebang line.
  const body = replace(source, /^#!.*/, '');
  return plain({
    commonjs: complaint(() => compileFunction(body, COMMONJS, { filename: program }), program),
    module: complaint(
      () =>
        new Script(`"use strict";async()=>{\n${withoutModuleSyntax(body)}\n}`, {
          filename: program,
          lineOffset: -1,
        }),
      program,
    ),
  });
}

function isAfter(one, other) {
  if (one.line === null || other.line === null) return one.line !== null;
  return one.line > other.line || (one.line === other.line && one.column > other.column);
}

const LOADER = /^ {4}at (?:wrapSafe|compileSourceTextModule) \(node:internal\/modules\//m;
const NOT_IN_A_MODULE =
  /^(?:\w{6,10} is not defined in ES module scope|Cannot determine intended module format)/;
const NOT_IMPORTED =
  /^(?:Cannot find (?:module|package)|The requested module) '([^'\n]{1,300})' (?:imported from|does not)/;
const SPECIFIER = /(?:\bfrom|\bimport)\s*\(?\s*['"]([^'"\n]{1,300})['"]/;

// Put the author's mistake into the report of an error of the compiler. The source is what it was before the
// program started: where it can be compiled in no way, nothing of it has run.
function explainSyntax(report, stack, message, program, source) {
  const at = headOf(stack, program);
  if (at.line !== null) {
    report.line = at.line;
    report.column = at.column;
  }
  if (exec(LOADER, slice(stack, 0, 5000)) === null) return;
  const { commonjs, module } = readings(source, program);
  if (commonjs === null || module === null) return;
  report.phase = 'compile';
  report.kind = 'exception';
  // The reading that gets further understands more of the program.
  const shown = isAfter(module, commonjs) ? module : commonjs;
  if (message === module.message || message === commonjs.message) {
    report.message = short(shown.message, MESSAGE_CHARACTERS);
    report.line = shown.line;
    report.column = shown.column;
  }
}

// Where a module uses a name of CommonJS: add what made the file a module, and where.
function explainModule(report, message, program, source) {
  if (exec(NOT_IN_A_MODULE, message) === null) return;
  const { commonjs } = readings(source, program);
  if (commonjs === null) return;
  report.facts.module_line = commonjs.line;
  report.facts.module_reason = short(commonjs.message, REASON_CHARACTERS);
}

const lastPart = (path) => slice(path, lastIndexOf(path, '/') + 1);

// A module that cannot be imported has no frame of the program: look for the line that imports it.
function importLine(message, source) {
  const found = exec(NOT_IMPORTED, message);
  if (found === null) return null;
  const missing = found[1];
  let line = null;
  eachLine(source, LINES, (text, n) => {
    const specifier = exec(SPECIFIER, text);
    if (specifier === null) return false;
    const wanted = specifier[1];
    const isPart = indexOf(wanted, `${missing}/`) === 0;
    if (wanted === missing || isPart || lastPart(wanted) === lastPart(missing)) line = n + 1;
    return line !== null;
  });
  return line;
}

module.exports = { explainModule, explainSyntax, importLine };
