// Colours the programs that a page shows, as the editor does. They are strangers' texts, and a tokenizer may take
// long for some. Here that costs their reader a moment, and the server nothing. Until then, and without this
// script, a program is plain and complete.

import { element } from "./elements.js";

// Longer texts stay plain. A regular expression can't be stopped, but a line of this length takes it milliseconds.
const LONGEST_PROGRAM = 10_000; // characters
const LONGEST_LINE = 500;
const LONGEST_WORK = 100; // ms for one program. The lines after that stay plain.

const ACE = new URL("../django_ace/ace/", import.meta.url).href;

// `programs` are elements with the editor's mode in their data, and one element for each line.
export async function highlight(programs) {
  const short = [...programs].filter(isShort);
  if (!short.length || !(await loadAce())) return;
  const { config } = window.ace;
  config.set("basePath", ACE);
  for (const program of short) {
    config.loadModule(`ace/mode/${program.dataset.mode}`, (found) => {
      if (found) colour(program, new found.Mode().getTokenizer());
    });
  }
}

function isShort({ textContent: text }) {
  return text.length <= LONGEST_PROGRAM && text.split("\n").every((line) => line.length <= LONGEST_LINE);
}

// Resolves to whether the script arrived.
function loadAce() {
  if (window.ace) return true;
  return new Promise((resolve) => {
    const script = element("script");
    script.src = `${ACE}ace.js`;
    script.addEventListener("load", () => resolve(true));
    script.addEventListener("error", () => resolve(false));
    document.head.append(script);
  });
}

function colour(program, tokenizer) {
  const end = performance.now() + LONGEST_WORK;
  let state = "start";
  for (const line of program.querySelectorAll(".line")) {
    if (performance.now() > end) return;
    const found = tokenizer.getLineTokens(line.textContent, state);
    state = found.state;
    line.replaceChildren(...found.tokens.map(drawn));
  }
}

// Text stays text: nothing of it is read as HTML.
function drawn({ type, value }) {
  return type === "text" ? value : element("span", `ace_${type.replaceAll(".", " ace_")}`, value);
}
