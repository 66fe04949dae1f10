// The page of an unfinished submission: shows its place in the queue, then its output while it comes, and at
// the end the page with the result.

import { Console } from "./console.js";
import { inLine } from "./place.js";
import { Runner } from "./runner.js";

const PAUSE = 5_000; // milliseconds
const status = document.querySelector("[data-address]");
const csrf = () => document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
const output = new Console(place());
const sentence = document.createElement("span");
status.after(" ", sentence);

// The boxes of a finished run are empty here, and the console takes the place of both.
function place() {
  const [stdout, errors] = ["stdout", "errors"].map((id) => document.getElementById(id));
  const container = document.createElement("div");
  container.id = stdout.id;
  container.className = "bounded";
  stdout.replaceWith(container);
  errors.remove();
  return container;
}

function show(word, explanation) {
  status.textContent = word;
  sentence.textContent = explanation;
}

const reload = () => location.reload();
const reloadLater = () => setTimeout(reload, PAUSE);

new Runner({ url: "", csrf }).attach(status.dataset.address, {
  queued: (place) => {
    show("Waiting", inLine(place));
  },
  started: () => {
    show("Running", "");
  },
  output: (stream, text) => output.write(stream, text),
  typed: (text) => output.type(text),
  restart: () => output.clear(),
  reconnecting: () => {
    show("Reconnecting", "The connection broke. The page tries again …");
  },
  result: reload,
  stopped: reload,
  refused: reloadLater,
  lost: reloadLater,
});
