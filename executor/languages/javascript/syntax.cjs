// Finds an author's mistake where Node.js could not read a file as the module that its author meant.
//
// Node decides between CommonJS and ES modules by trying; when neither can be compiled, it shows the first
// complaint, which is often about `await` and not about the mistake. This runs only after such an error.
'use strict';

const { Script, compileFunction } = require('vm');
const { MARKED, eachLine, exec, free, headOf, indexOf, lastIndexOf } = require('./safe.cjs');
const { plain, short, slice, stackOf, stringOf } = require('./safe.cjs');
const { isTyped, withoutTypes } = require('./types.cjs');

const { RegExp, String } = globalThis;
const replace = free(String.prototype.replace);
const at = free(String.prototype.charAt);

const MESSAGE_CHARACTERS = 500;
const REASON_CHARACTERS = 200;
const LINES = 20_000; // lines of the source that are looked at
const DEEPEST = 1000; // brackets in each other that are looked at
const LONGEST_TOKEN = 10_000; // characters of a string or a comment

const COMMONJS = ['exports', 'require', 'module', '__filename', '__dirname'];

// Statements of modules, in lines that are indented like the program's first line, so not in a function.
const IMPORT =
  String.raw`import\b(?!\s*[(.])[^'"();]{0,2000}?(['"])[^'"\n]{0,500}\1(?:[ \t]*with[ \t]*\{[^}]{0,200}\})?`;
const EXPORT_OF_NAMES =
  String.raw`export[ \t]*(?:\*|\{)[^'"();=]{0,2000}?(?:\}(?!\s*from\b)|from\s*(['"])[^'"\n]{0,500}\1)`;
const EXPORT_DEFAULT = String.raw`export[ \t]+default\b`;
const EXPORT = String.raw`export\b`;
const INDENTATION = /^\s*?([ \t]*)\S/;
const IMPORT_META = /\bimport\.meta\b/g;

const blank = (found) => replace(found, /[^\n]/g, ' ');

// Turn a module into the body of an async function, with everything else left in its place.
function withoutModuleSyntax(source) {
  const first = exec(INDENTATION, source);
  const atTop = (statement) => new RegExp(`^${first === null ? '' : first[1]}${statement}`, 'gm');
  let body = replace(source, atTop(IMPORT), blank);
  body = replace(body, atTop(EXPORT_OF_NAMES), blank);
  body = replace(body, atTop(EXPORT_DEFAULT), (found) => `void${blank(slice(found, 4))}`);
  body = replace(body, atTop(EXPORT), blank);
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

const CLOSES = plain({ ')': '(', ']': '[', '}': '{' });
// After these a slash begins a regular expression, elsewhere it divides.
const BEFORE_REGEX = /(?:^|[(,=:[!&|?{};+*%~^<>-]|\b(?:return|typeof|case|in|of|do|else))\s*$/;
const REGEX = /^\/(?![*/])(?:[^\\/[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\//;
const SKIPPED = /^(?:'(?:[^'\\\n]|\\[^])*'|"(?:[^"\\\n]|\\[^])*"|\/\/[^\n]*|\/\*[^]*?\*\/)/;

// Find a bracket without a partner: the innermost one (or a backquote) that is open at the end, or the first
// closing one that fits no other. Return its character, line and column; null if there is none.
function lonelyBracket(source) {
  const open = plain([]);
  let depth = 0;
  let line = 1;
  let start = 0;
  const place = (char, n, isOpen) => plain({ char, isOpen, line, column: n - start + 1 });
  const push = (char, n) => {
    open[depth++] = place(char, n, true);
  };
  for (let n = 0; n < source.length && depth < DEEPEST; n++) {
    const char = at(source, n);
    const top = depth > 0 ? open[depth - 1].char : '';
    if (char === '\n') {
      line++;
      start = n + 1;
    } else if (top === '`') {
      if (char === '\\') n++;
      else if (char === '`') depth--;
      else if (char === '$' && at(source, n + 1) === '{') push('{', ++n);
    } else if (char === '`' || char === '(' || char === '[' || char === '{') {
      push(char, n);
    } else if (char === ')' || char === ']' || char === '}') {
      if (top !== CLOSES[char]) return place(char, n, false);
      depth--;
    } else if (char === "'" || char === '"' || char === '/') {
      const rest = slice(source, n, n + LONGEST_TOKEN);
      let skipped = exec(SKIPPED, rest);
      if (skipped === null && char === '/' && exec(BEFORE_REGEX, slice(source, n > 50 ? n - 50 : 0, n)) !== null)
        skipped = exec(REGEX, rest);
      for (let end = n + (skipped === null ? 0 : skipped[0].length - 1); n < end; n++) {
        if (at(source, n) !== '\n') continue;
        line++;
        start = n + 1;
      }
    }
  }
  return depth > 0 && depth < DEEPEST ? open[depth - 1] : null;
}

// Read the source as each kind of module.
function readings(source, program) {
  // The loader removes a shebang line.
  const body = replace(source, /^#!.*/, '');
  const asModule = `"use strict";async()=>{\n${withoutModuleSyntax(body)}\n}`;
  const commonjs = complaint(() => compileFunction(body, COMMONJS, { filename: program }), program);
  const module = complaint(() => new Script(asModule, { filename: program, lineOffset: -1 }), program);
  if (module !== null && module.line > linesOf(body)) blameTheSource(module, body);
  return plain({ commonjs, module });
}

// The complaint is about our own bracket, behind the end of the source.
function blameTheSource(module, source) {
  const lonely = lonelyBracket(source);
  if (lonely === null || lonely.isOpen) {
    module.message = 'Unexpected end of input';
    return;
  }
  module.message = `Unexpected token '${lonely.char}'`;
  module.line = lonely.line;
  module.column = lonely.column;
}

function linesOf(source) {
  let lines = 0;
  eachLine(source, LINES, () => {
    lines++;
    return false;
  });
  return lines;
}

function isAfter(one, other) {
  if (one.line === null || other.line === null) return one.line !== null;
  return one.line > other.line || (one.line === other.line && one.column > other.column);
}

// The last line that has anything in it.
function lastLine(source) {
  let last = 0;
  eachLine(source, LINES, (text, n) => {
    if (exec(/\S/, text) !== null) last = n + 1;
    return false;
  });
  return last;
}

// The compiler's place for a missing bracket is behind the last line. Show the bracket that lacks its partner.
function explainEnd(report, source) {
  const last = lastLine(source);
  if (exec(NO_END, report.message) === null && !(report.line > last)) return;
  const lonely = lonelyBracket(source);
  if (lonely !== null && lonely.isOpen) {
    report.facts.unclosed = lonely.char;
    report.line = lonely.line;
    report.column = lonely.column;
  } else if (report.line > last) {
    report.line = last;
    report.column = null;
  }
}

const MODULE_WORDS = /\b(?:await|import|export)\b/;
const LOADER =
  /^ {4}at (?:wrapSafe|compileSourceTextModule|parseTypeScript) \(node:internal\/modules\//m;
const STARTS = 'at Module.executeUserEntryPoint [as runMain]'; // loads the program itself
const NOT_IN_A_MODULE =
  /^(?:\w{6,10} is not defined in ES module scope|Cannot determine intended module format)/;
const NO_END = /^(?:Unexpected end of input|Unterminated template)/;
const NOT_IMPORTED =
  /^(?:Cannot find (?:module|package)|The requested module) '([^'\n]{1,300})' (?:imported from|does not)/;
const NOT_SUPPORTED = /Received protocol '([a-z]{1,20}:)'/;
const SPECIFIER = /(?:\bfrom|\bimport)\s*\(?\s*['"]([^'"\n]{1,300})['"]/;

const WITH_A_LIST = /^Unexpected token `([^`\n]{1,100})`\. Expected /;
const NOT_CLOSED = /^(?:Expected '[,)\]}]', got|Unterminated template)/;
const UNTERMINATED = /^Unterminated (?:string|regexp)/;
const WIDE = /(?!\r$)[^\t -~]/; // a line may end as on Windows
const VERY_LONG_LINE = /^[^\n]{60000}/m;
const TAB = 4; // columns that the parser shows

// The column in the source where the parser shows one. Of characters that take two places it is not known.
function sourceColumn(source, line, shown) {
  let found = null;
  const look = (text, n) => {
    if (n + 1 !== line) return false;
    if (exec(WIDE, text) !== null) return true;
    let column = 0;
    for (let place = 0; place < shown; column++) place += at(text, column) === '\t' ? TAB : 1;
    found = column;
    return true;
  };
  eachLine(source, LINES, look, MARKED);
  return found;
}

// Put the author's mistake into the report of an error of the parser that removes the types. It marks no
// place where the program has ended too early.
function explainTypes(report, source) {
  report.phase = 'compile';
  report.kind = 'exception';
  if (report.type !== 'SyntaxError') {
    // Its stack is full, or its mark is too far to the right. Node shows this as a bug of its own.
    const mayBeFarRight = exec(VERY_LONG_LINE, source) !== null;
    report.type = 'SyntaxError';
    report.message = mayBeFarRight
      ? 'The program has an error in a very long line, or is nested too deeply for the parser that removes its types'
      : 'The program is nested too deeply for the parser that removes its types';
    return;
  }
  const listed = exec(WITH_A_LIST, report.message);
  if (listed !== null) report.message = `Unexpected token '${listed[1]}'`;
  const isAtEnd = report.column === null;
  if (isAtEnd) report.facts.at_end = 1;
  else report.column = sourceColumn(source, report.line, report.column);
  const lonely = exec(UNTERMINATED, report.message) === null ? lonelyBracket(source) : null;
  if (lonely === null) return;
  if (!lonely.isOpen && lonely.line === report.line) {
    report.message = `Unexpected token '${lonely.char}'`;
    report.column = lonely.column;
  } else if (lonely.isOpen && (isAtEnd || exec(NOT_CLOSED, report.message) !== null)) {
    report.facts.unclosed = lonely.char;
    report.line = lonely.line;
    report.column = lonely.column;
  }
}

// Put the author's mistake into the report of an error of the compiler. The source is what it was before the
// program started: where it can be compiled in no way, nothing of it has run.
function explainSyntax(report, stack, program, source) {
  const isLoaded = report.line !== null;
  const at = headOf(stack, program);
  if (at.line !== null) {
    report.line = at.line;
    report.column = at.column;
  }
  if (exec(LOADER, stack) === null) return; // behind the program's line, which may be long
  const code = isTyped(program) ? withoutTypes(source) : source;
  if (code === null) {
    // The parser may be out of order since it has met a file that the program loads.
    if (!isLoaded && indexOf(stack, STARTS) !== -1) explainTypes(report, source);
    return;
  }
  const { commonjs, module } = readings(code, program);
  if (commonjs === null || module === null) return;
  report.phase = 'compile';
  report.kind = 'exception';
  // The reading that gets further understands more of the program.
  const shown = exec(MODULE_WORDS, source) !== null && isAfter(module, commonjs) ? module : commonjs;
  report.message = short(shown.message, MESSAGE_CHARACTERS);
  report.line = shown.line;
  report.column = shown.column;
  explainEnd(report, source);
}

// Where a module uses a name of CommonJS: add what made the file a module, and where.
function explainModule(report, message, program, source) {
  if (exec(NOT_IN_A_MODULE, message) === null) return;
  const { commonjs } = readings((isTyped(program) && withoutTypes(source)) || source, program);
  if (commonjs === null) return;
  report.facts.module_line = commonjs.line;
  report.facts.module_reason = short(commonjs.message, REASON_CHARACTERS);
}

const lastPart = (path) => slice(path, lastIndexOf(path, '/') + 1);

// A module that cannot be imported has no frame of the program: look for the line that imports it.
function importLine(message, source) {
  const found = exec(NOT_IMPORTED, message) || exec(NOT_SUPPORTED, message);
  if (found === null) return null;
  const missing = found[1];
  let line = null;
  eachLine(source, LINES, (text, n) => {
    const specifier = exec(SPECIFIER, text);
    if (specifier === null) return false;
    const wanted = specifier[1];
    const isPart = indexOf(wanted, `${missing}/`) === 0; // of a package, or of an address
    if (wanted === missing || isPart || lastPart(wanted) === lastPart(missing)) line = n + 1;
    return line !== null;
  });
  return line;
}

module.exports = { explainModule, explainSyntax, importLine };
