// A program's output as lines of styled text: what a console needs of a terminal, without the page.
//
// A line belongs to one stream. Each stream has one open line at most, at which it writes; other lines do not
// change any more. So the two streams never mix within a line, and each has its own progress bar. Lines stand
// in the order in which they began. Work is linear in the size of the output, however it is cut.

import { PLAIN, TYPED, restyled } from "./colours.js";
import { SEQUENCE, UNFINISHED, UNFINISHED_CHARACTERS, inert } from "./plaintext.js";

const CONTROL = new RegExp(`${SEQUENCE.source}|[\\n\\r\\b]`, "g");
const BLOCK_LINES = 200;
const BLOCK_SIZE = 1000;
// Changes of style that a line shows; the rest of it is plain. A page of elements takes seconds to lay out.
const LINE_RUNS = 1000;

function textOf(runs) {
  return runs.map(([text]) => text).join("");
}

class Line {
  #cells = []; // code points
  #styles = [];
  #cursor = 0;

  get isEmpty() {
    return !this.#cells.length;
  }

  get text() {
    return this.#cells.join("");
  }

  write(text, style) {
    for (const character of text) {
      this.#cells[this.#cursor] = character;
      this.#styles[this.#cursor] = style;
      this.#cursor += 1;
    }
  }

  // Moves the cursor to a column, but not beyond the end of the line.
  moveTo(column) {
    this.#cursor = Math.max(0, Math.min(column, this.#cells.length));
  }

  move(columns) {
    this.moveTo(this.#cursor + columns);
  }

  erase(from) {
    this.#cells.length = this.#styles.length = from;
    this.moveTo(this.#cursor);
  }

  eraseRest() {
    this.erase(this.#cursor);
  }

  // Returns [[text, style], …].
  runs() {
    const runs = [];
    let begin = 0;
    for (let at = 1; at <= this.#cells.length; at += 1) {
      if (at < this.#cells.length && this.#styles[at] === this.#styles[begin]) continue;
      if (runs.length < LINE_RUNS) {
        runs.push([this.#cells.slice(begin, at).join(""), this.#styles[begin]]);
      } else {
        runs.push([this.#cells.slice(begin).join(""), PLAIN]);
        break;
      }
      begin = at;
    }
    return runs;
  }
}

// Neighbouring lines of one stream.
class Block {
  closed = []; // runs of each line
  open = new Line();
  size = 1; // roughly the number of elements that show it

  constructor(stream) {
    this.stream = stream;
  }

  get isFull() {
    return this.closed.length >= BLOCK_LINES || this.size >= BLOCK_SIZE;
  }

  get lines() {
    return this.closed.length + (this.open.isEmpty ? 0 : 1);
  }

  get text() {
    return this.closed.map((runs) => `${textOf(runs)}\n`).join("") + this.open.text;
  }

  endLine() {
    const runs = this.open.runs();
    this.closed.push(runs);
    this.size += runs.length;
    this.open = new Line();
  }
}

export class Terminal {
  blocks = [];
  changed = new Set(); // blocks; who shows them empties it
  #streams = new Map();
  #styles = new Map([[JSON.stringify(PLAIN), PLAIN]]); // equal styles are one object

  write(name, text) {
    const stream = this.#stream(name);
    const whole = stream.rest + text;
    const unfinished = UNFINISHED.exec(whole.slice(-UNFINISHED_CHARACTERS))?.[0].length ?? 0;
    stream.rest = whole.slice(whole.length - unfinished);
    this.#take(stream, whole.slice(0, whole.length - unfinished));
  }

  // Adds what was typed to the program, as a terminal shows it: behind what was printed last. Sequences in it have
  // no effect.
  type(text) {
    const stream = this.#stream(this.blocks.at(-1)?.stream ?? "stdout");
    const [first, ...others] = text.split("\n");
    this.#printTyped(stream, first);
    for (const line of others) {
      this.#endLine(stream);
      this.#printTyped(stream, line);
    }
  }

  // Shows what still waits for the end of a sequence.
  end() {
    for (const stream of this.#streams.values()) {
      if (stream.rest) this.#print(stream, stream.rest);
      stream.rest = "";
    }
  }

  get isEmpty() {
    return this.blocks.every((block) => !block.lines);
  }

  // Returns what is shown of one stream, or of both.
  text(name) {
    let text = "";
    for (const block of this.blocks) {
      if (name && block.stream !== name) continue;
      if (text && !text.endsWith("\n")) text += "\n"; // another stream has begun below an open line
      text += block.text;
    }
    return text;
  }

  #stream(name) {
    if (!this.#streams.has(name)) {
      this.#streams.set(name, { name, rest: "", style: PLAIN, block: null });
    }
    return this.#streams.get(name);
  }

  #take(stream, text) {
    let at = 0;
    for (const found of text.matchAll(CONTROL)) {
      if (found.index > at) this.#print(stream, text.slice(at, found.index));
      at = found.index + found[0].length;
      if (found[0] === "\n") this.#endLine(stream);
      else if (found[0] === "\r") stream.block?.open.moveTo(0);
      else if (found[0] === "\b") stream.block?.open.move(-1);
      else if (!found[2]) this.#obey(stream, found[1], found[3]);
    }
    if (at < text.length) this.#print(stream, text.slice(at));
  }

  // A sequence that sets the style, or that moves or erases within the line. Others have no effect.
  #obey(stream, parameters, final) {
    if (final === "m") {
      stream.style = this.#known(restyled(stream.style, parameters));
      return;
    }
    if (!stream.block || !/^\d*$/.test(parameters)) return;
    const line = stream.block.open;
    const number = Number(parameters);
    if (final === "G") line.moveTo(Math.max(1, number) - 1);
    else if (final === "C") line.move(Math.max(1, number));
    else if (final === "D") line.move(-Math.max(1, number));
    else if (final === "K" && number === 0) line.eraseRest();
    else if (final === "K" && number === 2) line.erase(0);
    else return;
    this.changed.add(stream.block);
  }

  #known(style) {
    const key = JSON.stringify(style);
    if (!this.#styles.has(key)) this.#styles.set(key, style);
    return this.#styles.get(key);
  }

  #print(stream, text) {
    this.#blockOf(stream).open.write(inert(text), stream.style);
  }

  #printTyped(stream, text) {
    if (!text) return;
    const { open } = this.#blockOf(stream);
    open.moveTo(Infinity); // behind a progress bar that is being redrawn
    open.write(inert(text), TYPED);
  }

  #endLine(stream) {
    this.#blockOf(stream).endLine();
  }

  // Returns the block with the stream's open line; a line that has yet to begin begins at the end.
  #blockOf(stream) {
    const { block } = stream;
    const last = this.blocks.at(-1);
    if (!block || (block.open.isEmpty && (block !== last || block.isFull))) {
      stream.block = new Block(stream.name);
      this.blocks.push(stream.block);
    }
    this.changed.add(stream.block);
    return stream.block;
  }
}
