// Shows a program's output while it comes: both streams in one pane, or stderr in a pane of its own.
//
// Output is drawn at most once a frame, and drawing takes a fifth of the time at most. So a program that
// prints without end does not block the page. Only the last lines are elements of the page.

import { PLAIN, shades } from "./colours.js";
import { element } from "./elements.js";
import { Terminal } from "./terminal.js";

const SHOWN_SIZE = 6000; // roughly the number of lines and pieces of lines on the page
const REST = 4; // times as long as the last drawing took
const CLOSE = 4; // pixels from the end of a pane that still count as its end

function pane(label) {
  const made = element("pre", "pane");
  made.tabIndex = 0; // so that the keyboard can scroll it
  made.setAttribute("role", "group");
  made.setAttribute("aria-label", label);
  return made;
}

export class Console {
  #terminal = new Terminal();
  #first = 0; // index of the first block on the page
  #hiddenLines = 0;
  #views = new Map(); // of each block; null if it is no longer on the page
  #isPlanned = false;
  #isApart = false;
  #drawn = 0; // time when the last drawing ended
  #rest = 0; // milliseconds until the next may begin
  #note = element("p", "note");
  #empty = element("p", "note");
  #main = pane("Output");
  #errors = pane("Errors (stderr)");

  constructor(container) {
    container.classList.add("console");
    this.#errors.classList.add("apart");
    container.replaceChildren(this.#note, this.#main, this.#errors, this.#empty);
    this.clear();
  }

  // Adds output of "stdout" or "stderr".
  write(stream, text) {
    this.#terminal.write(stream, text);
    this.#plan();
  }

  // Adds what was typed to the program.
  type(text) {
    this.#terminal.type(text);
    this.#plan();
  }

  clear() {
    this.#terminal = new Terminal();
    this.#first = this.#hiddenLines = 0;
    this.#views.clear();
    for (const one of [this.#main, this.#errors]) one.replaceChildren();
    for (const one of [this.#note, this.#empty]) {
      one.hidden = true;
      one.textContent = "";
    }
    this.#arrange();
  }

  // The program has ended: shows all of its output, or that there is none.
  finish() {
    this.#terminal.end();
    this.#draw();
    if (!this.#terminal.isEmpty) return;
    this.#empty.hidden = false;
    this.#empty.textContent = "(no output)";
  }

  get apart() {
    return this.#isApart;
  }

  // Whether stderr has a pane of its own.
  set apart(isApart) {
    this.#isApart = isApart;
    for (const [block, view] of this.#views) {
      if (view) this.#paneOf(block).append(view.element);
    }
    this.#arrange();
  }

  // Returns what is shown of one stream or of both, with the lines that are no longer on the page.
  text(stream) {
    return this.#terminal.text(stream);
  }

  #plan() {
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    const pause = this.#drawn + this.#rest - performance.now();
    const draw = () => requestAnimationFrame(() => this.#draw());
    if (pause > 0) setTimeout(draw, pause);
    else draw();
  }

  #draw() {
    this.#isPlanned = false;
    const began = performance.now();
    const ends = [this.#main, this.#errors].filter(
      (one) => one.scrollTop + one.clientHeight >= one.scrollHeight - CLOSE,
    );
    this.#dropEarlier();
    for (const block of this.#terminal.changed) {
      if (this.#views.get(block) !== null) this.#show(block);
    }
    this.#terminal.changed.clear();
    this.#arrange();
    for (const one of ends) one.scrollTop = one.scrollHeight; // lays the page out, so the time counts it
    this.#drawn = performance.now();
    this.#rest = REST * (this.#drawn - began);
  }

  // Takes the earlier blocks from the page when there are too many.
  #dropEarlier() {
    const { blocks } = this.#terminal;
    let first = blocks.length;
    for (let size = 0; first > this.#first; first -= 1) {
      const block = blocks[first - 1];
      size += block.size + block.lines;
      if (size > SHOWN_SIZE && first < blocks.length) break;
    }
    for (; this.#first < first; this.#first += 1) {
      const block = blocks[this.#first];
      this.#hiddenLines += block.lines;
      this.#views.get(block)?.element.remove();
      this.#views.set(block, null);
    }
    if (!this.#hiddenLines) return;
    this.#note.hidden = false;
    this.#note.textContent =
      `Earlier lines (${this.#hiddenLines}) are not shown here. Copy and download include them.`;
  }

  #show(block) {
    let view = this.#views.get(block);
    if (!view) {
      view = { element: element("div", block.stream), closed: 0, open: [] };
      if (block.stream === "stderr") {
        view.element.setAttribute("role", "group");
        view.element.setAttribute("aria-label", "stderr");
      }
      this.#views.set(block, view);
      this.#paneOf(block).append(view.element);
    }
    for (const node of view.open) node.remove();
    if (block.closed.length < view.closed) {
      view.element.replaceChildren();
      view.closed = 0;
    }
    const lines = block.closed.slice(view.closed).flatMap((runs) => [...runs, ["\n", PLAIN]]);
    view.closed = block.closed.length;
    view.element.append(...nodesOf(lines));
    view.open = nodesOf(block.open.runs());
    view.element.append(...view.open);
  }

  #paneOf(block) {
    return this.#isApart && block.stream === "stderr" ? this.#errors : this.#main;
  }

  #arrange() {
    this.#errors.hidden = !(this.#isApart && this.#errors.hasChildNodes());
  }
}

// Returns a text node for neighbours without style, and an element for each other run.
function nodesOf(runs) {
  const nodes = [];
  let plain = "";
  const endPlain = () => {
    if (plain) nodes.push(document.createTextNode(plain));
    plain = "";
  };
  for (const [text, style] of runs) {
    if (style === PLAIN) {
      plain += text;
      continue;
    }
    endPlain();
    nodes.push(styled(text, style));
  }
  endPlain();
  return nodes;
}

function styled(text, style) {
  const names = ["bold", "italic", "underline", "typed"].filter((name) => style[name]);
  const made = element("span", names.join(" "), text);
  for (const [scheme, colours] of Object.entries(shades(style))) {
    for (const [part, colour] of Object.entries(colours)) {
      if (!colour) continue;
      made.classList.add(part);
      made.style.setProperty(`--${scheme}-${part}`, `rgb(${colour.join(" ")})`);
    }
  }
  return made;
}
