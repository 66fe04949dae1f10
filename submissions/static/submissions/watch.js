// The page of an unfinished submission: shows its output while it comes, then reloads the page.

import { PlainStream } from "./plaintext.js";
import { readEvents } from "./stream.js";

const PAUSE = 2000; // milliseconds
const status = document.querySelector("[data-address]");
const address = status.dataset.address;
const panels = { stdout: document.getElementById("stdout"), stderr: document.getElementById("stderr") };
let streams;

function clear() {
  streams = { stdout: new PlainStream(), stderr: new PlainStream() };
  for (const panel of Object.values(panels)) panel.textContent = "";
}

function append(name, text) {
  const panel = panels[name];
  const wasAtEnd = panel.scrollTop + panel.clientHeight >= panel.scrollHeight - 4;
  panel.append(streams[name].push(text));
  if (name === "stderr") document.getElementById("errors").hidden = false;
  if (wasAtEnd) panel.scrollTop = panel.scrollHeight;
}

// Polls while the submission is queued, because a stream would hold a thread of the server.
async function check() {
  const response = await fetch(address, { headers: { Accept: "application/json" } });
  const found = response.ok ? (await response.json()).status : "";
  if (found === "finished") location.reload();
  else if (found === "running") await follow();
  else setTimeout(attempt, PAUSE);
}

async function follow() {
  const response = await fetch(`${address}events/`, { headers: { Accept: "text/event-stream" } });
  if (response.ok) {
    status.textContent = "Running";
    clear();
    await readEvents(response, (name, data) => {
      if (name === "restart") clear();
      else if (name in panels) append(name, data.text);
    });
  }
  setTimeout(attempt, response.ok ? 0 : PAUSE);
}

async function attempt() {
  try {
    await check();
  } catch (error) {
    if (!(error instanceof TypeError || error.name === "AbortError")) throw error;
    setTimeout(attempt, PAUSE); // the connection broke
  }
}

attempt();
