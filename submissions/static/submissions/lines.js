// Lines of the user's program in error messages: found, and made into links that lead to the line.

import { element } from "./elements.js";

// Python: File "/app/script.py", line 3; Node.js: /app/script.js:3:7.
const PLACE = /(\/app\/script\.\w{1,4}"?(?:, line |: line |:))(\d{1,7})/g;
const IN_SENTENCE = /(\((?:detected at )?line )(\d{1,7})(?=\))/g;
// A frame of Node.js's own code: true, and no help to the author of the program.
const OWN_FRAME = /^ +at [^\n]*\bnode:[^\n]*|^Node\.js v[\d.]+$/gm;
const MOST_LINKS = 200; // of one run; a deep recursion prints a thousand frames

// Returns the sentence as nodes. "(line 3)" is never broken at the end of a line.
export function linkedSentence(text, lines) {
  const nodes = linked(text, IN_SENTENCE, lines, { left: 1 });
  if (nodes.length < 3) return nodes;
  const [before, button, after] = nodes;
  const start = before.lastIndexOf("(");
  const place = element("span", "nowrap", before.slice(start), button, after.slice(0, 1));
  return [before.slice(0, start), place, after.slice(1)];
}

// Makes links of the places in an element's text. `lines` is the number of lines of the program: other
// numbers are no links.
export function linkPlaces(root, lines) {
  const budget = { left: MOST_LINKS };
  replaceTexts(root, budget, (text) => linked(text, PLACE, lines, budget));
}

// Shows the runtime's own frames in an element's text less strongly than the program's.
export function quietFrames(root) {
  const budget = { left: MOST_LINKS };
  replaceTexts(root, budget, (text) => quieted(text, budget));
}

// Replaces each text node by the nodes that `parts` makes of its text, from the last one on.
function replaceTexts(root, budget, parts) {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) texts.push(walker.currentNode);
  for (const text of texts.reverse()) {
    if (!budget.left) return;
    const nodes = parts(text.data);
    if (nodes.length > 1) text.replaceWith(...nodes);
  }
}

function quieted(text, budget) {
  const nodes = [];
  let end = 0;
  for (const found of text.matchAll(OWN_FRAME)) {
    if (!budget.left) break;
    budget.left -= 1;
    nodes.push(text.slice(end, found.index), element("span", "runtime", found[0]));
    end = found.index + found[0].length;
  }
  nodes.push(text.slice(end));
  return nodes;
}

function linked(text, pattern, lines, budget) {
  const nodes = [];
  let end = 0;
  for (const found of text.matchAll(pattern)) {
    const line = Number(found[2]);
    if (!budget.left || line < 1 || line > lines) continue;
    budget.left -= 1;
    const start = found.index + found[1].length;
    const button = element("button", "line", found[2]);
    button.type = "button";
    button.dataset.line = found[2];
    button.setAttribute("aria-label", `Go to line ${found[2]}`);
    nodes.push(text.slice(end, start), button);
    end = start + found[2].length;
  }
  nodes.push(text.slice(end));
  return nodes;
}
