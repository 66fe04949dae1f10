// The page of an unfinished submission: shows its place in the queue, then its output while it comes, and at
// the end the page with the result.

import { Console } from "./console.js";
import { Runner } from "./runner.js";

const PAUSE = 5_000; // milliseconds
const status = document.querySelector("[data-address]");
const csrf = () => document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
const output = new Console(place());

// The boxes of a finished run are empty here, and the console takes the place of both.
function place() {
  const [stdout, errors] = ["stdout", "errors"].map((id) => document.getElementById(id));
  const container = document.createElement("div");
  container.id = stdout.id;
  stdout.replaceWith(container);
  errors.remove();
  return container;
}

const reload = () => location.reload();
const reloadLater = () => setTimeout(reload, PAUSE);

new Runner({ url: "", csrf }).attach(status.dataset.address, {
  queued: (place) => {
    status.textContent = place ? `Queued, number ${place} in line` : "Queued";
  },
  started: () => {
    status.textContent = "Running";
  },
  output: (stream, text) => output.write(stream, text),
  restart: () => output.clear(),
  reconnecting: () => {
    status.textContent = "Reconnecting";
  },
  result: reload,
  stopped: reload,
  refused: reloadLater,
  lost: reloadLater,
});
